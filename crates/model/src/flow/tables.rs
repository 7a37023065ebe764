//! Sources, sinks, and what calls do to the values they are given, from `data/flow/*.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use super::hazard::{Hazard, Hazards};
use crate::words;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sources {
    objects: BTreeMap<String, String>,
    request: BTreeMap<String, String>,
    upload: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sinks {
    sink: Vec<SinkRow>,
}

/// Some calls that are sinks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SinkRow {
    hazard: Hazard,
    #[serde(default)]
    place: usize,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Passes {
    methods: FxHashSet<String>,
    joining: FxHashSet<String>,
    functions: FxHashSet<String>,
    parsed_urls: FxHashSet<String>,
    file_paths: FxHashSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sanitisers {
    returns: Vec<SafeRow>,
    converters: Names,
    details: Names,
    tests: Vec<SafeRow>,
    tells: Vec<SafeRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SafeRow {
    safe: Vec<Hazard>,
    paths: Vec<String>,
    #[serde(default)]
    methods: Vec<String>,
}

impl SafeRow {
    fn hazards(&self) -> Hazards {
        self.safe.iter().copied().collect()
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
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

/// All tables.
pub(super) struct Tables {
    sources: Sources,
    /// The last segments of the paths of all sources.
    source_names: FxHashSet<String>,
    sinks_by_path: FxHashMap<String, Vec<SinkSpec>>,
    sinks_by_method: FxHashMap<String, Vec<SinkSpec>>,
    by_path: FxHashMap<String, Effect>,
    by_method: FxHashMap<String, Effect>,
    joining: FxHashSet<String>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::bundled);

impl Tables {
    pub(super) fn get() -> &'static Self {
        &TABLES
    }

    fn bundled() -> Self {
        let sources: Sources = words::load(include_str!("../../data/flow/sources.toml"));
        let source_names =
            sources.objects.keys().filter_map(|path| path.rsplit('.').next()).map(str::to_owned).collect();
        let sinks: Sinks = words::load(include_str!("../../data/flow/sinks.toml"));
        let passes: Passes = words::load(include_str!("../../data/flow/passes.toml"));
        let sanitisers: Sanitisers = words::load(include_str!("../../data/flow/sanitisers.toml"));
        let mut tables = Self {
            sources,
            source_names,
            sinks_by_path: FxHashMap::default(),
            sinks_by_method: FxHashMap::default(),
            by_path: FxHashMap::default(),
            by_method: FxHashMap::default(),
            joining: passes.joining.clone(),
        };
        sinks.sink.into_iter().for_each(|row| tables.add_sink(row));
        tables.add_passes(passes);
        tables.add_sanitisers(sanitisers);
        tables
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
        let methods = passes.methods.into_iter().chain(passes.joining);
        self.by_method.extend(methods.map(|method| (method, Effect::Passes)));
    }

    fn add_sanitisers(&mut self, sanitisers: Sanitisers) {
        let Sanitisers { returns, converters, details, tests, tells } = sanitisers;
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

    /// The name of what an object of a framework hands in.
    pub(super) fn source(&self, path: &str) -> Option<&str> {
        self.sources.objects.get(path).map(String::as_str)
    }

    /// Whether some source is an attribute of this name.
    pub(super) fn may_be_source(&self, attribute: &str) -> bool {
        self.source_names.contains(attribute)
    }

    /// The name of what a request object hands in under this attribute or method.
    pub(super) fn request_part(&self, name: &str) -> Option<&str> {
        self.sources.request.get(name).map(String::as_str)
    }

    /// The name of what an uploaded file hands in under this attribute.
    pub(super) fn upload_part(&self, name: &str) -> Option<&str> {
        self.sources.upload.get(name).map(String::as_str)
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
