//! MNT013: a package from outside that the code imports or starts and no manifest asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use backlint_finding::Findings;
use backlint_model::{File, Project};
use backlint_semantic::{Binding, BindingKind};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};
use serde::Deserialize;

use crate::data;
use crate::mnt::conditions::{is_for_types, is_import_probe};

/// What provides a module: the distribution to ask for, then others that install it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Packages {
    modules: BTreeMap<String, Vec<String>>,
}

static PACKAGES: LazyLock<Packages> = LazyLock::new(|| data::load(include_str!("../../data/packages.toml")));

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let asked: BTreeSet<&str> = project.own_packages().map(|package| package.name.as_str()).collect();
    if asked.is_empty() {
        return;
    }
    let mut lacking: BTreeMap<&str, Lacking<'_>> = BTreeMap::new();
    for file in project.app_files() {
        for binding in file.index().imports() {
            let Some(module) = outside_module(project, file, binding).filter(|module| !lacking.contains_key(module))
            else {
                continue;
            };
            let is_optional =
                || binding.stmt.is_some_and(|stmt| is_import_probe(file, stmt) || is_for_types(file, stmt));
            if let Some(providers) = missing_providers(module, &asked).filter(|_| !is_optional()) {
                lacking.insert(module, Lacking { at: file.at(binding.span), verb: "imported", providers });
            }
        }
        for (module, at) in started_modules(project, file) {
            if let Some(providers) = missing_providers(module, &asked) {
                lacking.entry(module).or_insert(Lacking { at, verb: "started with `-m`", providers });
            }
        }
    }
    if lacking.is_empty() || is_listed_elsewhere(project) {
        return;
    }
    let named = named_in_texts(project, lacking.values().flat_map(|lacking| lacking.providers));
    for (module, Lacking { at, verb, providers }) in lacking {
        let Some(provider) = providers.first().filter(|_| !providers.iter().any(|one| named.contains(one.as_str())))
        else {
            continue;
        };
        let message = format!(
            "`{module}` is {verb}, but no manifest asks for `{provider}`: it is there only while another package brings it."
        );
        findings.report(at, format!("import {module}"), message);
    }
}

/// A module that no manifest asks for: where the code first needs it and how, and what would provide it.
struct Lacking<'p> {
    at: Location,
    verb: &'static str,
    providers: &'p [String],
}

/// The top-level module that an import means, if no file of the project may be it.
fn outside_module<'p>(project: &Project, file: File<'p>, binding: &Binding) -> Option<&'p str> {
    let BindingKind::Import(import) = binding.kind else { return None };
    if import.level > 0 {
        return None;
    }
    let dotted = file.module().text(import.module?);
    let first = dotted.split('.').next().unwrap_or(dotted);
    (!project.has_module(first)).then_some(first)
}

/// What provides a module of a well-known package, if nothing of it is asked for.
fn missing_providers(module: &str, asked: &BTreeSet<&str>) -> Option<&'static [String]> {
    let providers = PACKAGES.modules.get(module)?;
    (!providers.iter().any(|provider| asked.contains(provider.as_str()))).then_some(providers)
}

/// The top-level modules from outside that a file starts: `[sys.executable, "-m", "alembic", …]`.
fn started_modules<'p>(project: &Project, file: File<'p>) -> Vec<(&'p str, Location)> {
    let text = file.source().text();
    if !text.contains("\"-m\"") && !text.contains("'-m'") {
        return Vec::new();
    }
    let module = file.module();
    let written = |expr: ExprId| match module.expr(expr) {
        Expr::Str(text) => Some(module.text(text)),
        _ => None,
    };
    let mut found = Vec::new();
    for expr in module.expr_ids() {
        let (Expr::List(words) | Expr::Tuple(words)) = module.expr(expr) else { continue };
        for pair in module.list(words).windows(2) {
            let &[option, name] = pair else { continue };
            let Some(dotted) = written(name).filter(|_| written(option) == Some("-m")) else { continue };
            let first = dotted.split('.').next().unwrap_or(dotted);
            if !project.has_module(first) {
                found.push((first, file.at_expr(name)));
            }
        }
    }
    found
}

/// Whether what gets installed stands in files that are not read: lock files, or texts that a set-up script opens.
fn is_listed_elsewhere(project: &Project) -> bool {
    const LOCKS: &[&str] = &["Pipfile.lock", "conda-lock.yml", "pdm.lock", "pixi.lock", "poetry.lock", "uv.lock"];
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let is_locked = project.sources().listing().files.iter().any(|path| LOCKS.iter().any(|lock| path.ends_with(lock)));
    let read: BTreeSet<String> = project.sources().iter().map(|(_, file)| name(file.path())).collect();
    let is_unread =
        |text: &str| text.rsplit_once('.').is_some_and(|(_, ending)| ending == "txt") && !read.contains(&name(text));
    let mut scripts = project.files().filter(|file| file.path().ends_with("setup.py"));
    is_locked
        || scripts.any(|file| {
            let module = file.module();
            module.expr_ids().any(|expr| matches!(module.expr(expr), Expr::Str(text) if is_unread(module.text(text))))
        })
}

/// Those of the distributions that a text or a set-up script names in a way that no manifest reader understands.
fn named_in_texts<'n>(project: &Project, providers: impl Iterator<Item = &'n String>) -> BTreeSet<&'n str> {
    let names: Vec<&str> = providers.map(String::as_str).collect();
    let spellings = names.iter().flat_map(|name| [(*name).to_owned(), name.replace('-', "_")]);
    let Ok(finder) = AhoCorasick::builder().ascii_case_insensitive(true).build(spellings) else {
        return names.into_iter().collect();
    };
    let texts = project.sources().iter().filter(|(id, file)| {
        project.file(*id).is_none() || file.path().ends_with("setup.py") || file.path().ends_with("noxfile.py")
    });
    texts
        .filter(|_| !names.is_empty())
        .flat_map(|(_, file)| finder.find_overlapping_iter(file.text()))
        .filter_map(|found| names.get(found.pattern().as_usize() / 2).copied())
        .collect()
}
