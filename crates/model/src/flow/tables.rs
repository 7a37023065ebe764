//! Sources, sinks, and what calls do to the values they are given, from `data/flow/*.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use super::hazard::{Hazard, Hazards};
use crate::words;

/// What somebody knows of calls: the files that come with the model, and those that users write for code of their own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlowTable {
    /// What hands in data of clients, by its dotted path, and what readers call it.
    objects: BTreeMap<String, String>,
    /// As `objects`, of a request or websocket object.
    request: BTreeMap<String, String>,
    /// As `objects`, of an uploaded file.
    upload: BTreeMap<String, String>,
    /// Objects that keep values for the next requests of one client, by their dotted paths.
    sessions: BTreeSet<String>,
    sink: Vec<SinkRow>,
    passes: Passes,
    /// Calls whose results are safe.
    returns: Vec<SafeRow>,
    converters: Names,
    details: Names,
    tests: Vec<SafeRow>,
    tells: Vec<SafeRow>,
}

/// Some calls that are sinks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SinkRow {
    hazard: Hazard,
    #[serde(default)]
    place: usize,
    #[serde(default)]
    keyword: String,
    #[serde(default)]
    only_with: Condition,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    methods: Vec<String>,
    /// Words of which one stands in the name of what the method is called on.
    #[serde(default)]
    on: Vec<String>,
}

/// What must hold besides for a call to be a sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Condition {
    /// Nothing.
    #[default]
    None,
    /// `shell=True`.
    Shell,
    /// The value is one piece of a larger text.
    Joined,
    /// The text around the value is markup.
    Markup,
    /// The text is markup, and sent as such.
    HtmlMail,
    /// It is called on a path object, which decides instead of an argument.
    PathObject,
    /// It is called on an uploaded file.
    Upload,
    /// It is called on an uploaded file, which decides instead of an argument.
    UploadObject,
    /// No loader is named that builds plain data only.
    UnsafeLoader,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Passes {
    methods: FxHashSet<String>,
    joining: FxHashSet<String>,
    functions: FxHashSet<String>,
    parsed_urls: FxHashSet<String>,
    file_paths: FxHashSet<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SafeRow {
    safe: Vec<Hazard>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    methods: Vec<String>,
}

impl SafeRow {
    fn hazards(&self) -> Hazards {
        self.safe.iter().copied().collect()
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Names {
    paths: FxHashSet<String>,
    methods: FxHashSet<String>,
}

/// One argument of a call that does harm.
#[derive(Clone, Debug)]
pub(super) struct SinkSpec {
    pub(super) hazard: Hazard,
    pub(super) place: usize,
    pub(super) keyword: String,
    pub(super) only_with: Condition,
    on: Vec<String>,
}

/// What a call does to what it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Its result is made of it.
    Passes,
    /// Its result is made of it and safe there.
    Cleans(Hazards),
    /// Its result is a URL taken apart.
    ParsesUrl,
    /// Its result is a file path as an object.
    MakesPath,
    /// It returns only for harmless values.
    Converts,
    /// Its result says nothing of the value.
    Details,
    /// Its result tells whether the value is safe there, and unsafe values make it raise.
    Tests(Hazards),
    /// Its result tells whether the value is safe there, to those who look at it.
    Tells(Hazards),
}

impl FlowTable {
    /// All dotted paths in it.
    fn paths(&self) -> impl Iterator<Item = &String> {
        let rows = self.returns.iter().chain(&self.tests).chain(&self.tells).flat_map(|row| &row.paths);
        let sinks = self.sink.iter().flat_map(|row| &row.paths);
        let names = self.converters.paths.iter().chain(&self.details.paths).chain(&self.passes.functions);
        rows.chain(sinks).chain(names).chain(self.objects.keys()).chain(&self.sessions)
    }
}

/// All tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    objects: BTreeMap<String, String>,
    request: BTreeMap<String, String>,
    upload: BTreeMap<String, String>,
    sessions: BTreeSet<String>,
    /// The last segments of the paths of all sources and sessions.
    source_names: FxHashSet<String>,
    sinks_by_path: FxHashMap<String, Vec<SinkSpec>>,
    sinks_by_method: FxHashMap<String, Vec<SinkSpec>>,
    by_path: FxHashMap<String, Effect>,
    by_method: FxHashMap<String, Effect>,
    joining: FxHashSet<String>,
    /// The paths in tables of users, by their last segments: they may name functions of the project.
    own: FxHashMap<String, Vec<String>>,
}

static TABLES: LazyLock<Arc<Tables>> = LazyLock::new(|| {
    let mut tables = Tables::default();
    for text in [
        include_str!("../../data/flow/sources.toml"),
        include_str!("../../data/flow/sinks.toml"),
        include_str!("../../data/flow/passes.toml"),
        include_str!("../../data/flow/sanitisers.toml"),
    ] {
        tables.add(words::load(text));
    }
    Arc::new(tables)
});

impl Tables {
    /// The tables that come with the model and those of users, which decide where both speak of one call.
    pub(crate) fn with(own: &[FlowTable]) -> Arc<Self> {
        if own.is_empty() {
            return Arc::clone(&TABLES);
        }
        let mut tables = Self::clone(&TABLES);
        for table in own {
            for path in table.paths() {
                let name = path.rsplit('.').next().unwrap_or(path);
                tables.own.entry(name.to_owned()).or_default().push(path.clone());
            }
            tables.add(table.clone());
        }
        Arc::new(tables)
    }

    /// The path in a table of a user that means a function with this path and name.
    pub(super) fn own_path(&self, name: &str, path: impl Fn() -> String) -> Option<&str> {
        let own = self.own.get(name)?;
        let path = path();
        let is_meant =
            |own: &&String| path.strip_suffix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        own.iter().find(is_meant).map(String::as_str)
    }

    fn add(&mut self, table: FlowTable) {
        let FlowTable { objects, request, upload, sessions, .. } = table;
        let FlowTable { sink, passes, returns, converters, details, tests, tells, .. } = table;
        let names = objects.keys().chain(&sessions).filter_map(|path| path.rsplit('.').next());
        self.source_names.extend(names.map(str::to_owned));
        self.objects.extend(objects);
        self.request.extend(request);
        self.upload.extend(upload);
        self.sessions.extend(sessions);
        for row in sink {
            self.add_sink(row);
        }
        self.add_passes(passes);
        for (names, effect) in [(converters, Effect::Converts), (details, Effect::Details)] {
            self.by_path.extend(names.paths.into_iter().map(|path| (path, effect)));
            self.by_method.extend(names.methods.into_iter().map(|method| (method, effect)));
        }
        let returns = returns.into_iter().map(|row| (Effect::Cleans(row.hazards()), row));
        let tests = tests.into_iter().map(|row| (Effect::Tests(row.hazards()), row));
        let tells = tells.into_iter().map(|row| (Effect::Tells(row.hazards()), row));
        for (effect, row) in returns.chain(tests).chain(tells) {
            self.by_path.extend(row.paths.into_iter().map(|path| (path, effect)));
            self.by_method.extend(row.methods.into_iter().map(|method| (method, effect)));
        }
    }

    fn add_sink(&mut self, row: SinkRow) {
        let SinkRow { hazard, place, keyword, only_with, paths, methods, on } = row;
        let spec = SinkSpec { hazard, place, keyword, only_with, on };
        for path in paths {
            self.sinks_by_path.entry(path).or_default().push(spec.clone());
        }
        for method in methods {
            self.sinks_by_method.entry(method).or_default().push(spec.clone());
        }
    }

    fn add_passes(&mut self, passes: Passes) {
        self.by_path.extend(passes.functions.into_iter().map(|path| (path, Effect::Passes)));
        self.by_path.extend(passes.parsed_urls.into_iter().map(|path| (path, Effect::ParsesUrl)));
        self.by_path.extend(passes.file_paths.into_iter().map(|path| (path, Effect::MakesPath)));
        self.joining.extend(passes.joining.iter().cloned());
        let methods = passes.methods.into_iter().chain(passes.joining);
        self.by_method.extend(methods.map(|method| (method, Effect::Passes)));
    }

    /// The name of what an object of a framework hands in.
    pub(super) fn source(&self, path: &str) -> Option<&str> {
        self.objects.get(path).map(String::as_str)
    }

    /// Whether an object keeps values for the next requests of one client.
    pub(super) fn is_session(&self, path: &str) -> bool {
        self.sessions.contains(path)
    }

    /// Whether some source or session has this name.
    pub(super) fn may_be_source(&self, name: &str) -> bool {
        self.source_names.contains(name)
    }

    /// The name of what a request object hands in under this attribute or method.
    pub(super) fn request_part(&self, name: &str) -> Option<&str> {
        self.request.get(name).map(String::as_str)
    }

    /// The name of what an uploaded file hands in under this attribute.
    pub(super) fn upload_part(&self, name: &str) -> Option<&str> {
        self.upload.get(name).map(String::as_str)
    }

    /// The sinks of a call of something from outside.
    pub(super) fn sinks_of_path(&self, path: &str) -> &[SinkSpec] {
        self.sinks_by_path.get(path).map_or(&[], Vec::as_slice)
    }

    /// The sinks of a method that is called on something with this name.
    pub(super) fn sinks_of_method<'t>(&'t self, method: &str, on: &str) -> impl Iterator<Item = &'t SinkSpec> {
        let found = self.sinks_by_method.get(method).map_or(&[][..], Vec::as_slice);
        let on = on.to_ascii_lowercase();
        found.iter().filter(move |spec| spec.on.is_empty() || spec.on.iter().any(|word| on.contains(word.as_str())))
    }

    /// What a call of something from outside does to its arguments.
    pub(super) fn effect_of_path(&self, path: &str) -> Option<Effect> {
        self.by_path.get(path).copied()
    }

    /// What a method does to the object it is called on.
    pub(super) fn effect_of_method(&self, method: &str) -> Option<Effect> {
        self.by_method.get(method).copied()
    }

    /// Whether a method gives back its arguments too.
    pub(super) fn is_joining(&self, method: &str) -> bool {
        self.joining.contains(method)
    }
}
