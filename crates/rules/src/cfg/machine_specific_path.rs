//! CFG001: a path that exists on one machine only.

use std::sync::LazyLock;

use backlint_finding::{Findings, Severity};
use backlint_model::{File, words};
use backlint_semantic::{Call, env_lookup};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Part, Stmt};

use serde::Deserialize;

use crate::data;
use crate::expressions::label;

/// Words that tell whether a text is a path that is used.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HomePaths {
    service_users: Vec<String>,
    path_words: Vec<String>,
    opening_calls: Vec<String>,
    other_calls: Vec<String>,
    personal_folders: Vec<String>,
}

static WORDS: LazyLock<HomePaths> = LazyLock::new(|| data::load(include_str!("../../data/home_paths.toml")));

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    // What lies among the files of an image speaks of its users, not of somebody's machine.
    if !file.role().is_reported() || file.local_path().to_lowercase().contains("docker") {
        return;
    }
    for expr in file.module().expr_ids() {
        let Some(path) = path_text(file, expr) else { continue };
        let Some(owner) = home_owner(path) else { continue };
        let Some(used) = Use::of(file, expr, path) else { continue };
        if file.is_dev_only(expr) {
            continue;
        }
        let home = &path[..path.find(owner).map_or(0, |at| at + owner.len())];
        let message = match &used {
            Use::Fallback(key) => format!(
                "Without `{key}` in the environment the program uses a path below `{home}`, which exists on one machine only; require the variable or derive the path from the project's own folder."
            ),
            Use::Direct => format!(
                "This path lies in the home folder `{home}`, which exists on one machine only; read it from settings and fail at start if it is missing."
            ),
        };
        let is_fallback = matches!(used, Use::Fallback(_));
        let report = findings.report(file.at_expr(expr), format!("{}: {home}", file.context_name(expr)), message);
        if is_fallback {
            report.severity(Severity::Low);
        }
    }
}

/// The text of a string, or of the fixed beginning of an f-string.
fn path_text(file: File<'_>, expr: ExprId) -> Option<&str> {
    let module = file.module();
    match module.expr(expr) {
        Expr::Str(text) => Some(module.text(text)),
        Expr::FString(parts) => match module.list(parts).first()? {
            Part::Text(text) => Some(module.text(*text)),
            Part::Value { .. } => None,
        },
        _ => None,
    }
}

/// The user in whose home folder a path lies.
fn home_owner(path: &str) -> Option<&str> {
    let windows = || {
        let rest = path.get(1..)?.strip_prefix(':').filter(|_| path.starts_with(|c: char| c.is_ascii_alphabetic()))?;
        ["\\Users\\", "/Users/", "\\\\Users\\\\"].iter().find_map(|prefix| rest.strip_prefix(prefix))
    };
    let rest = path.strip_prefix("/home/").or_else(|| path.strip_prefix("/Users/")).or_else(windows)?;
    let (owner, below) = rest.split_once(['/', '\\'])?;
    let is_name = !owner.is_empty() && owner.chars().all(|c| c.is_alphanumeric() || "-_. ".contains(c));
    (is_name && !below.trim().is_empty() && !is_service_user(owner) && !path.contains(['\n', '*'])).then_some(owner)
}

/// How runtime code uses a path.
enum Use {
    /// Whatever the environment says.
    Direct,
    /// When this variable is missing.
    Fallback(String),
}

impl Use {
    /// None for texts that are not used as a path of the file system.
    fn of(file: File<'_>, path: ExprId, text: &str) -> Option<Self> {
        let module = file.module();
        let mut is_path = looks_personal(text);
        let mut inner = path;
        for outer in file.index().ancestors(path) {
            if let Some(lookup) = env_lookup(module, file.index(), outer) {
                return (lookup.default == Some(inner)).then_some(Self::Fallback(lookup.key));
            }
            match module.expr(outer) {
                Expr::Call { .. } => {
                    let call = Call::of(module, outer)?;
                    if call.name().is_some_and(is_not_use) {
                        return None;
                    }
                    let is_import_path = || file.path_of(call.function).is_some_and(|p| p.starts_with("sys.path."));
                    is_path |= call.name().is_some_and(|name| data::has(&WORDS.opening_calls, name))
                        || is_import_path()
                        || keyword_is_path(file, call, inner);
                }
                Expr::Compare { .. } | Expr::FString(_) => return None,
                Expr::Dict(items) => {
                    let item = module.list(items).iter().find(|item| item.value == inner);
                    let key = item.and_then(|item| item.key).and_then(|key| path_text(file, key));
                    is_path |= key.is_some_and(is_path_name);
                }
                _ => {}
            }
            inner = outer;
        }
        is_path |= match module.stmt(file.index().stmt_of(path)?) {
            Stmt::Assign { targets, .. } => module.list(targets).iter().any(|&target| target_is_path(file, target)),
            Stmt::AnnAssign { target, .. } => target_is_path(file, target),
            // A docstring, or a text that is thrown away.
            Stmt::Expr(value) if value == path => return None,
            Stmt::Raise { .. } => return None,
            _ => false,
        };
        is_path.then_some(Self::Direct)
    }
}

fn target_is_path(file: File<'_>, target: ExprId) -> bool {
    label(file, target).is_some_and(is_path_name)
}

fn keyword_is_path(file: File<'_>, call: Call<'_>, argument: ExprId) -> bool {
    call.args.iter().any(|arg| match arg.kind {
        ArgKind::Keyword(name) if arg.value == argument => is_path_name(file.module().text(name)),
        _ => false,
    })
}

fn is_service_user(owner: &str) -> bool {
    data::has(&WORDS.service_users, &owner.to_ascii_lowercase())
}

fn is_path_name(name: &str) -> bool {
    let snake = words::snake_case(name);
    let ends_in_one = ["path", "dir", "file", "folder"].iter().any(|end| snake.ends_with(end));
    ends_in_one || WORDS.path_words.iter().any(|word| words::has_word(&snake, word))
}

fn is_not_use(name: &str) -> bool {
    data::has(&WORDS.other_calls, name) || name.ends_with("Error")
}

fn looks_personal(path: &str) -> bool {
    let lower = path.to_lowercase().replace('\\', "/");
    WORDS.personal_folders.iter().any(|folder| lower.contains(folder.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_without_doubles() {
        let HomePaths { service_users, path_words, opening_calls, other_calls, personal_folders } = &*WORDS;
        for list in [service_users, path_words, opening_calls, other_calls, personal_folders] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
        }
    }
}
