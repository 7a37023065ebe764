//! MNT001: a module that holds too much.

mod concerns;

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Audience, Findings};
use backlint_model::{File, Project};
use backlint_source::{FileId, Location};
use backlint_syntax::Module;
use backlint_syntax::ast::{Expr, ExprId, Stmt};
use serde::Deserialize;

/// Sizes above which a module is reported.
#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are those of the options, and all of them are limits")]
pub(crate) struct Options {
    /// Lines of any module.
    max_lines: u32,
    /// Routes of any module.
    max_routes: usize,
    /// Lines of a module that declares routes.
    max_router_lines: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_lines: 1000, max_routes: 30, max_router_lines: 400 }
    }
}

pub(crate) fn check(project: &Project, options: &Options, findings: &mut Findings) {
    let routes = declared_routes(project);
    for file in project.reported_files() {
        let lines = file.source().line_count();
        let routes = routes.get(&file.id()).map_or(0, BTreeSet::len);
        let is_oversized = lines > options.max_lines || routes > options.max_routes;
        let is_long_router = routes > 0 && lines > options.max_router_lines;
        if !(is_oversized || is_long_router) || is_data(file, lines) {
            continue;
        }
        let at = file.at(file.source().lines().line_span(file.source().text(), 1));
        let report = findings.report(at, "<module>", message(file, lines, routes, is_oversized));
        if !is_oversized {
            report.audience(Audience::Auditor);
        }
    }
}

/// Where each file declares routes. A handler under several paths or apps counts once for each declaration.
fn declared_routes(project: &Project) -> BTreeMap<FileId, BTreeSet<Location>> {
    let mut found: BTreeMap<FileId, BTreeSet<Location>> = BTreeMap::new();
    for route in project.routes().iter().filter(|route| route.handler.function().is_some()) {
        found.entry(route.at.file).or_default().insert(route.at);
    }
    found
}

/// Whether more than half of the lines are tables of literals.
fn is_data(file: File<'_>, lines: u32) -> bool {
    let module = file.module();
    let tables = module.top_level().iter().filter(|&&stmt| match module.stmt(stmt) {
        Stmt::Assign { value, .. } | Stmt::AnnAssign { value: Some(value), .. } | Stmt::Expr(value) => {
            is_literal(module, value)
        }
        _ => false,
    });
    let height = |span: backlint_source::Span| file.line(span.end) - file.line(span.start) + 1;
    tables.map(|&stmt| height(module.stmt_span(stmt))).sum::<u32>() > lines / 2
}

fn is_literal(module: &Module, value: ExprId) -> bool {
    match module.expr(value) {
        Expr::List(_) | Expr::Dict(_) | Expr::Set(_) | Expr::Tuple(_) | Expr::Str(_) | Expr::Bytes(_) => {
            backlint_semantic::descendants(module, value)
                .iter()
                .all(|&part| !matches!(module.expr(part), Expr::Lambda(_)))
        }
        _ => false,
    }
}

fn message(file: File<'_>, lines: u32, routes: usize, is_oversized: bool) -> String {
    let module = file.module();
    let counts = [
        counted(routes, "route", "routes"),
        counted(module.class_ids().len(), "class", "classes"),
        counted(module.function_ids().len(), "function", "functions"),
    ];
    let counts = listed(counts.into_iter().flatten());
    let concerns = listed(concerns::of(file).into_iter().map(str::to_owned));
    let held = if concerns.is_empty() { counts } else { format!("{counts}, dealing with {concerns}") };
    let cure =
        if is_oversized { "split it by what it deals with" } else { "move what does not answer requests out of it" };
    format!("{lines} lines in one module: {held}; {cure}.")
}

fn counted(count: usize, one: &str, many: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {many}")),
    }
}

/// `a, b and c`.
fn listed(parts: impl Iterator<Item = String>) -> String {
    let mut parts: Vec<String> = parts.collect();
    match parts.pop() {
        Some(last) if parts.is_empty() => last,
        Some(last) => format!("{} and {last}", parts.join(", ")),
        None => String::new(),
    }
}
