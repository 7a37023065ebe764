//! MNT010: a specification of the API that is written by hand and that nothing compares with the routes.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use backlint_finding::Findings;
use backlint_model::{File, Project, Role};
use backlint_semantic::BindingKind;
use backlint_source::{Location, Span};
use backlint_syntax::ast::{Expr, Stmt};

use crate::areas::served_apps;

/// Packages and functions that make a specification out of the code, build the routes from it, or compare the two.
const KEEPERS: &[&str] = &[
    "apispec",
    "bravado",
    "connexion",
    "flask_openapi3",
    "flask_rebar",
    "flasgger",
    "get_openapi",
    "openapi",
    "openapi_core",
    "pact",
    "schemathesis",
    "spectree",
];

/// Tools that do so and are started by builds, or asked for by manifests.
const TOOLS: &[&str] = &[
    "apispec",
    "connexion",
    "dredd",
    "flasgger",
    "oasdiff",
    "openapi-core",
    "openapi-diff",
    "openapi-generator",
    "pact-python",
    "pact_verifier",
    "portman",
    "prance",
    "schemathesis",
    "spectral",
    "swagger-codegen",
    "tavern",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if served_apps(project).is_empty() {
        return;
    }
    let references: Vec<(Location, &str)> = project.app_files().flat_map(references).collect();
    let written = written_specifications(project);
    if references.is_empty() && written.is_empty() || is_kept(project) {
        return;
    }
    let mut seen = BTreeSet::new();
    for (at, path) in references.into_iter().chain(written) {
        let name = path.rsplit('/').next().unwrap_or(path);
        if seen.insert(name) && !is_read_by_tests(project, name) {
            let message = format!("Nothing checks that the routes match `{path}`, which is written by hand.");
            findings.report(at, name, message);
        }
    }
}

/// Whether a tool takes care of it, in the code, the manifests or the build.
fn is_kept(project: &Project) -> bool {
    let Ok(tools) = AhoCorasick::new(TOOLS) else { return true };
    let is_used = |file: File<'_>| {
        let module = file.module();
        let is_imported = || {
            file.index().imports().iter().any(|binding| match binding.kind {
                BindingKind::Import(import) => import.module.is_some_and(|name| is_keeper(module.text(name))),
                _ => false,
            })
        };
        is_imported() || file.calls_named(KEEPERS).next().is_some()
    };
    let mut texts = project.sources().iter().filter(|(id, _)| project.file(*id).is_none());
    project.files().any(is_used) || texts.any(|(_, file)| tools.is_match(file.text()))
}

fn is_keeper(module: &str) -> bool {
    KEEPERS.contains(&module.split('.').next().unwrap_or(module))
}

fn is_read_by_tests(project: &Project, name: &str) -> bool {
    let mut tests = project.files().filter(|file| file.role() == Role::Test);
    tests.any(|file| file.source().text().contains(name))
}

/// The strings of a file that name a specification as a file; paths of routes start with a slash.
fn references(file: File<'_>) -> Vec<(Location, &str)> {
    let module = file.module();
    let text = file.source().text();
    if !NAMES.iter().any(|name| text.contains(name)) {
        return Vec::new();
    }
    let documented = |expr| {
        file.index().stmt_of(expr).is_some_and(|stmt| matches!(module.stmt(stmt), Stmt::Expr(value) if value == expr))
    };
    let strings = module.expr_ids().filter_map(|expr| match module.expr(expr) {
        Expr::Str(text) if !documented(expr) => Some((expr, module.text(text))),
        _ => None,
    });
    let named = strings.filter(|(_, text)| !text.starts_with('/') && !text.contains("://") && is_specification(text));
    named.map(|(expr, text)| (file.at_expr(expr), text)).collect()
}

const NAMES: &[&str] = &["openapi.", "swagger."];

/// Whether a path names a file that describes an API.
fn is_specification(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_named = NAMES.iter().any(|start| name.starts_with(start));
    is_named && [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
}

/// The specifications in the repository.
fn written_specifications(project: &Project) -> Vec<(Location, &str)> {
    let texts =
        project.sources().iter().filter(|(id, file)| project.file(*id).is_none() && is_specification(file.path()));
    let written = texts.filter(|(_, file)| {
        let head = file.text().lines().next().unwrap_or_default();
        !head.contains("enerated") && (file.text().contains("openapi") || file.text().contains("swagger"))
    });
    written.map(|(file, source)| (Location { file, span: first_line(source.text()) }, source.path())).collect()
}

fn first_line(text: &str) -> Span {
    let end = text.lines().next().unwrap_or_default().len();
    Span::new(0, u32::try_from(end).unwrap_or_default())
}
