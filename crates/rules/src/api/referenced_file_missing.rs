//! API008: a path that code relies on and that the repository does not hold.

mod made_later;
mod paths;

use backlint_finding::{Audience, Findings};
use backlint_model::{File, Project, Reach};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use self::made_later::is_made_later;
use self::paths::{Anchor, Folded, folded};
use crate::reached::reach_of;

/// Calls that need what their path names.
const CALLS: &[&str] = &[
    "FileResponse",
    "Jinja2Templates",
    "StaticFiles",
    "open",
    "read_bytes",
    "read_text",
    "send_file",
    "send_from_directory",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        for call in file.calls_named(CALLS) {
            let Some(needed) = needed(file, call) else { continue };
            let Some(path) = folded(file, needed.path) else { continue };
            let Some(missing) = missing(project, file, &path) else { continue };
            let Some(outcome) = outcome(project, file, call, needed.kind) else { continue };
            if is_made_later(project, file, call.expr, &missing) || file.is_dev_only(call.expr) {
                continue;
            }
            let root = file.path().strip_suffix(file.local_path()).unwrap_or_default();
            let missing = missing.strip_prefix(root).unwrap_or(&missing).to_owned();
            let message = format!("`{missing}` is not in the repository: {outcome}.");
            let report = findings.report(file.at_expr(needed.path), missing.clone(), message);
            if path.anchor == Anchor::WorkingDirectory {
                report.audience(Audience::Pedantic);
            }
        }
    }
}

/// What a call does with a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Reads,
    Mounts,
}

/// The path that a call needs.
struct Needed {
    path: ExprId,
    kind: Kind,
}

fn needed(file: File<'_>, call: Call<'_>) -> Option<Needed> {
    let reads = |path| Some(Needed { path, kind: Kind::Reads });
    match (call.name()?, call.receiver()) {
        ("open", None) => {
            let mode = call.argument("mode", 1).map_or("", |mode| file.text_of(mode));
            let is_reading = !mode.contains(['w', 'a', 'x', '+']);
            reads(call.positional(0).filter(|_| is_reading)?)
        }
        ("read_text" | "read_bytes", Some(receiver)) => reads(receiver),
        ("FileResponse" | "send_file", _) => {
            let keyword = ["path", "path_or_file", "filename_or_fp"].iter().find_map(|name| call.keyword(name));
            reads(keyword.map(|arg| arg.value).or_else(|| call.positional(0))?)
        }
        ("send_from_directory", _) => reads(call.positional(0)?),
        ("StaticFiles" | "Jinja2Templates", _) => {
            let is_checked = call.keyword("check_dir").is_none_or(|arg| file.module().expr(arg.value) != Expr::False);
            let path = call.argument("directory", 0).filter(|_| is_checked)?;
            Some(Needed { path, kind: Kind::Mounts })
        }
        _ => None,
    }
}

/// The path, as reports show it, if the repository does not hold it. One that depends on the working directory is
/// missing if no folder above the file has it.
fn missing(project: &Project, file: File<'_>, path: &Folded) -> Option<String> {
    let below = |folder: &str| if folder.is_empty() { path.path.clone() } else { format!("{folder}/{}", path.path) };
    match path.anchor {
        Anchor::File => project.is_untracked(&path.path).then(|| path.path.clone()),
        Anchor::WorkingDirectory => {
            let above = file.path().match_indices('/').map(|(at, _)| &file.path()[..at]);
            let mut candidates = above.filter(|folder| !folder.is_empty()).chain([""]).map(below);
            let in_root = file.path().strip_suffix(file.local_path()).unwrap_or("").trim_end_matches('/');
            candidates
                .all(|candidate| !candidate.starts_with(in_root) || project.is_untracked(&candidate))
                .then(|| path.path.clone())
        }
    }
}

/// What becomes of whoever needs the path; none if nothing is known to need it in production.
fn outcome(project: &Project, file: File<'_>, call: Call<'_>, kind: Kind) -> Option<&'static str> {
    let Some(function) = file.index().function_of(call.expr) else {
        return Some(if kind == Kind::Mounts { "the app does not start" } else { "importing this module raises" });
    };
    match (reach_of(project, file, function)?, kind) {
        (Reach::Request, Kind::Reads) => Some("this route answers 500"),
        (_, Kind::Mounts) => Some("the app does not start"),
        (Reach::Task | Reach::Worker, Kind::Reads) => Some("this job fails"),
    }
}
