//! SEC009: answers that carry absolute paths of the server's file system, or what its programs print.

mod paths;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{FindingBuilder, Findings, Severity};
use backlint_model::{ClassRef, Entity, File, FunctionRef, Project, Reach, Route, Verdict};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt};

use crate::expressions::literal;
use crate::reached::{callers_within, reach_of};
use crate::returned::is_returned;
use paths::{is_output, is_path_text};

/// How deep below handlers answers are made.
const MAX_DEPTH: u32 = 4;

/// How many routes are shown.
const SHOWN: usize = 3;

/// What is said of the place that fills a column.
const FILLED: &str = "a path is put into it here";

/// Calls that make the text of a path.
const TEXTS: &[&str] = &["abspath", "as_posix", "fspath", "realpath", "str"];

/// Columns and attributes that hold paths, each with the places that fill it.
type Fed<'p> = BTreeMap<&'p str, Vec<Filled>>;

/// A place that puts a path into an attribute.
#[derive(Clone, Copy)]
struct Filled {
    at: Location,
    /// The mapped class of it, where that is known.
    model: Option<ClassRef>,
}

/// A field of an answer.
struct Field<'p> {
    file: File<'p>,
    name: &'p str,
    /// Where it is written.
    at: ExprId,
    /// Where a path is put into what it reads.
    filled: Option<Location>,
    /// Whether it is what a program printed.
    is_output: bool,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut fed = Fed::new();
    let mut fields = Vec::new();
    for file in project.app_files() {
        for call in file.calls_named(TEXTS) {
            if is_path_text(project, file, call) {
                sort_in(project, file, call.expr, &mut fed, &mut fields);
            }
        }
        fields.extend(outputs(file));
    }
    schemas::check(project, &fed, findings);
    fields.extend(project.app_files().flat_map(|file| reading(file, &fed)));
    let mut seen = BTreeSet::new();
    for field in fields {
        let Some(function) = field.file.index().function_of(field.at) else { continue };
        let place = FunctionRef { file: field.file.id(), id: function };
        if seen.insert((place, field.name)) {
            look_at(project, &field, place, findings);
        }
    }
}

fn look_at(project: &Project, field: &Field<'_>, function: FunctionRef, findings: &mut Findings) {
    let Some(whole) = field.file.index().parent(field.at) else { return };
    let is_answer = reach_of(project, field.file, function.id) == Some(Reach::Request)
        && is_returned(field.file, function.id, whole)
        && !asks_for_role(field.file, function);
    if !is_answer {
        return;
    }
    let routes = routes_above(project, function);
    if !routes.is_empty() && routes.iter().all(|route| is_for_admins(route)) {
        return;
    }
    let name = field.name;
    let message = if field.is_output {
        format!("`{name}` of this answer is what a program of the server printed; log it, and answer what went wrong.")
    } else {
        format!("`{name}` of this answer is a path of the server's file system; answer a name or an address instead.")
    };
    let anchor = format!("{}: {name}", field.file.qualified_name(function.id));
    let mut report = findings.report(field.file.at_expr(field.at), anchor, message);
    if let Some(filled) = field.filled {
        report = report.also(filled, FILLED);
    }
    grade(report, &routes);
}

/// Says which routes answer a path to everybody.
fn grade(mut report: FindingBuilder<'_>, routes: &[&Route]) {
    let open: Vec<&&Route> = routes.iter().filter(|route| route.guarding.verdict == Verdict::No).collect();
    if !open.is_empty() {
        report = report.severity(Severity::Medium);
    }
    for route in open.into_iter().take(SHOWN) {
        report = report.also(route.at, format!("`{}` answers it to everybody", route.label()));
    }
}

/// A text of a path goes into an answer, or into a column that one may read.
fn sort_in<'p>(project: &Project, file: File<'p>, text: ExprId, fed: &mut Fed<'p>, fields: &mut Vec<Field<'p>>) {
    let (module, index) = (file.module(), file.index());
    let at = file.at_expr(text);
    let Some(parent) = index.parent(text) else {
        let stmt = index.stmt_of(text).map(|stmt| module.stmt(stmt));
        let Some(Stmt::Assign { targets, value }) = stmt else { return };
        if let [target] = module.list(targets)
            && let Expr::Attribute { value: row, name } = module.expr(*target)
            && value == text
        {
            let model = project.row_model(file.id(), row).map(|model| model.class);
            fed.entry(module.text(name)).or_default().push(Filled { at, model });
        }
        return;
    };
    match module.expr(parent) {
        Expr::Dict(items) => {
            let item = module.list(items).iter().find(|item| item.value == text);
            let name = item.and_then(|item| literal(file, item.key?));
            fields.extend(name.map(|name| Field { file, name, at: text, filled: None, is_output: false }));
        }
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, parent) else { return };
            let mut args = call.args.iter().filter(|arg| arg.value == text);
            let Some(ArgKind::Keyword(name)) = args.next().map(|arg| arg.kind) else { return };
            let name = module.text(name);
            match project.resolve(file.id(), call.function) {
                Entity::Class(class) if project.is_schema(class) => {
                    fields.push(Field { file, name, at: text, filled: None, is_output: false });
                }
                Entity::Class(class) => {
                    let model = project.model(class).map(|model| model.class);
                    fed.entry(name).or_default().push(Filled { at, model });
                }
                _ if call.name().is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase())) => {
                    fed.entry(name).or_default().push(Filled { at, model: None });
                }
                _ => {}
            }
        }
        _ => {}
    }
}

/// The entries of dicts that read such a column of the object itself.
fn reading<'p>(file: File<'p>, fed: &Fed<'p>) -> Vec<Field<'p>> {
    let module = file.module();
    if !fed.keys().any(|name| module.symbol(name).is_some()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for used in file.index().uses().iter().filter(|used| module.text(used.name) == "self") {
        let Some(read) = file.index().parent(used.expr) else { continue };
        let Expr::Attribute { name, .. } = module.expr(read) else { continue };
        let Some((&name, filled)) = fed.get_key_value(module.text(name)) else { continue };
        let dict = file.index().parent(read).map(|dict| module.expr(dict));
        let is_entry = matches!(dict, Some(Expr::Dict(items)) if module.list(items).iter().any(|i| i.value == read));
        // A bare `path` is that of anything.
        if is_entry && is_named_for_path(name) && name != "path" {
            found.push(Field {
                file,
                name,
                at: read,
                filled: filled.first().map(|filled| filled.at),
                is_output: false,
            });
        }
    }
    found
}

/// Whether a column says by its name that it holds a place on the server.
fn is_named_for_path(name: &str) -> bool {
    let is_picture = ["image", "img", "avatar", "photo", "cover", "logo", "url"].iter().any(|word| name.contains(word));
    let ends = ["path", "dir", "directory", "folder", "file"];
    ends.iter().any(|end| name == *end || name.strip_suffix(end).is_some_and(|rest| rest.ends_with('_'))) && !is_picture
}

/// The entries of dicts that are the output of processes.
fn outputs(file: File<'_>) -> Vec<Field<'_>> {
    let module = file.module();
    let is_there = ["stdout", "stderr"].iter().any(|name| module.symbol(name).is_some());
    if !is_there || module.symbol("subprocess").is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for used in file.index().uses() {
        let Some(mut read) = file.index().parent(used.expr).filter(|&read| is_output(file, read)) else { continue };
        // `result.stdout.strip()`, `result.stderr[-500:]`
        while let Some(outer) = file.index().parent(read) {
            match module.expr(outer) {
                Expr::Attribute { .. } | Expr::Subscript { .. } => read = outer,
                Expr::Call { function, .. } if function == read => read = outer,
                Expr::Dict(items) => {
                    let item = module.list(items).iter().find(|item| item.value == read);
                    let name = item.and_then(|item| literal(file, item.key?));
                    found.extend(name.map(|name| Field { file, name, at: read, filled: None, is_output: true }));
                    break;
                }
                _ => break,
            }
        }
    }
    found
}

/// The served routes whose handlers come to a function.
fn routes_above(project: &Project, function: FunctionRef) -> Vec<&Route> {
    let above = callers_within(project, function, MAX_DEPTH);
    let ids: BTreeSet<_> = above.iter().flat_map(|&function| project.routes_of(function)).copied().collect();
    ids.into_iter().map(|id| project.route(id)).collect()
}

fn is_for_admins(route: &Route) -> bool {
    let names_admin = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["admin", "superuser", "staff", "internal"].iter().any(|word| text.contains(word))
    };
    route.guarding.verdict == Verdict::Yes
        && (names_admin(&route.path) || route.guards.iter().any(|guard| names_admin(&guard.name)))
}

/// Whether a function blanks fields for some callers.
fn asks_for_role(file: File<'_>, function: FunctionRef) -> bool {
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    ["is_admin", "role", "permission", "include_path", "is_staff"].iter().any(|word| text.contains(word))
}
