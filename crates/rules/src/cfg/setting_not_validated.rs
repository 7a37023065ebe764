//! CFG011: a setting that may be missing and is first noticed where it is used.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project, words};
use backlint_semantic::{Call, Constant, descendants, expressions_of};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use crate::expressions::{label, literal};

/// Calls that fail when they are given nothing: the last segment, the package, and the place of the argument.
const SINKS: &[(&str, &str, usize)] = &[
    ("Fernet", "cryptography", 0),
    ("Path", "pathlib", 0),
    ("SMTP", "smtplib", 0),
    ("SMTP_SSL", "smtplib", 0),
    ("URLSafeTimedSerializer", "itsdangerous", 0),
    ("create_engine", "sqlalchemy", 0),
    ("decode", "jose", 1),
    ("decode", "jwt", 1),
    ("encode", "jose", 1),
    ("encode", "jwt", 1),
    ("float", "", 0),
    ("from_url", "redis", 0),
    ("int", "", 0),
    ("new", "hmac", 0),
];

/// The last segments of [`SINKS`].
const NAMES: &[&str] = &[
    "Fernet",
    "Path",
    "SMTP",
    "SMTP_SSL",
    "URLSafeTimedSerializer",
    "create_engine",
    "decode",
    "encode",
    "float",
    "from_url",
    "int",
    "new",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut tested: Option<BTreeSet<String>> = None;
    let mut seen = BTreeSet::new();
    for file in project.app_files() {
        for call in file.calls_named(NAMES) {
            let Some(argument) = sink_argument(file, call) else { continue };
            // What fails while the program starts is noticed at once.
            let Some(function) = file.index().function_of(call.expr) else { continue };
            if project.reach(FunctionRef { file: file.id(), id: function }).is_none() {
                continue;
            }
            let Some(setting) = project.setting(file.id(), argument) else { continue };
            if setting.default != Constant::None || file.is_dev_only(call.expr) {
                continue;
            }
            let tested = tested.get_or_insert_with(|| tested_names(project));
            let names = [setting.name.as_str(), setting.key.as_str(), label(file, argument).unwrap_or_default()];
            if names.iter().any(|name| tested.contains(&words::snake_case(name))) || !seen.insert(setting.at) {
                continue;
            }
            let key = &setting.key;
            let message = format!(
                "`{key}` may be missing, and nothing checks it at start: `{}` fails when it is first called.",
                file.text_of(call.function)
            );
            findings.report(setting.at, key.clone(), message).also(file.at_expr(argument), "it is used here");
        }
    }
}

fn sink_argument(file: File<'_>, call: Call<'_>) -> Option<ExprId> {
    let name = call.name()?;
    let path = file.path_of(call.function)?;
    let package = path.split('.').next().filter(|_| path.contains('.')).unwrap_or_default();
    let (_, _, place) = SINKS.iter().find(|(last, from, _)| *last == name && *from == package)?;
    call.positional(*place)
}

/// The names that some condition looks at: whoever asks whether a setting is there has thought of its absence.
fn tested_names(project: &Project) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in project.reported_files() {
        let module = file.module();
        for stmt in module.stmt_ids() {
            let tests: Vec<ExprId> = match module.stmt(stmt) {
                Stmt::If { clauses, .. } => module.list(clauses).iter().map(|clause| clause.test).collect(),
                Stmt::Assert { test, .. } | Stmt::While { test, .. } => vec![test],
                _ => expressions_of(module, stmt)
                    .into_iter()
                    .filter_map(|expr| match module.expr(expr) {
                        Expr::Bool { .. } => Some(expr),
                        Expr::Conditional { test, .. } => Some(test),
                        _ => None,
                    })
                    .collect(),
            };
            for expr in tests.into_iter().flat_map(|test| descendants(module, test)) {
                found.extend(label(file, expr).or_else(|| literal(file, expr)).map(words::snake_case));
            }
        }
        found.extend(names_in_loops(file));
    }
    found
}

/// `for name in ("SMTP_HOST", "SMTP_USER"): …` asks for each.
fn names_in_loops(file: File<'_>) -> Vec<String> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in module.stmt_ids() {
        let Stmt::For { iter, .. } = module.stmt(stmt) else { continue };
        let strings = descendants(module, iter).into_iter().filter_map(|expr| literal(file, expr));
        found.extend(strings.map(words::snake_case));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{NAMES, SINKS};

    #[test]
    fn every_sink_is_looked_for() {
        assert!(SINKS.is_sorted() && NAMES.is_sorted());
        assert!(SINKS.iter().all(|(name, ..)| NAMES.contains(name)));
    }
}
