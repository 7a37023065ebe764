//! CFG002: data that must last goes to a folder for temporary files when nothing says where.

mod held;

use backlint_finding::Findings;
use backlint_model::{File, Project, words};
use backlint_semantic::{Call, env_lookup, fold};
use backlint_syntax::ast::{BoolOp, Expr, ExprId, Stmt, StmtId};

use crate::expressions::label;
use held::keeps_nothing;

/// What a name or path says of data that must last …
const LASTING: &[&str] = &[
    "backup",
    "backups",
    "checkpoint",
    "checkpoints",
    "data",
    "database",
    "dataset",
    "datasets",
    "db",
    "download",
    "downloads",
    "export",
    "exports",
    "log",
    "logs",
    "media",
    "model",
    "models",
    "output",
    "outputs",
    "storage",
    "store",
    "upload",
    "uploads",
];

/// … unless it also says that it need not.
const FLEETING: &[&str] = &[
    "cache",
    "lock",
    "pid",
    "preview",
    "run",
    "scratch",
    "sock",
    "socket",
    "temp",
    "temporary",
    "test",
    "thumbnail",
    "thumbnails",
    "tmp",
    "work",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.reported_files() {
        let text = file.source().text();
        if !text.contains("/tmp") && file.module().symbol("gettempdir").is_none() {
            continue;
        }
        let found = fallbacks(file);
        // The parts of one display are settings that are replaced together.
        for parts in found.chunk_by(|one, other| one.display.is_some() && one.display == other.display) {
            report(file, parts, findings);
        }
    }
}

/// The fallbacks of a file that data goes to which must last, in source order.
fn fallbacks(file: File<'_>) -> Vec<Fallback<'_>> {
    let mut found = Vec::new();
    for expr in file.module().expr_ids() {
        let Some(path) = temporary_path(file, expr) else { continue };
        let Some(fallback) = fallback(file, expr, path) else { continue };
        let is_kept = || !file.index().stmt_of(expr).is_some_and(|stmt| keeps_nothing(file, stmt));
        if is_lasting(&fallback) && !file.is_dev_only(expr) && is_kept() {
            found.push(fallback);
        }
    }
    found.sort_by_key(|fallback| file.module().span(fallback.at).start);
    found
}

/// Reports one fallback, or all of one display.
fn report(file: File<'_>, parts: &[Fallback<'_>], findings: &mut Findings) {
    let Some((first, rest)) = parts.split_first() else { return };
    let path = &first.path;
    let what = match &first.key {
        Some(key) => format!("Unless `{key}` is set"),
        None => "Where nothing is configured".to_owned(),
    };
    let shown =
        if path.is_empty() { "the system's folder for temporary files".to_owned() } else { format!("`{path}`") };
    let more = match rest.len() {
        0 => String::new(),
        count => format!(" and {count} more such places"),
    };
    let message = format!(
        "{what}, data that must last goes to {shown}{more}: other users of the host may reach it, and it is gone after a \
         restart or a clean-up. Fail at start instead, or fall back to a folder that is kept."
    );
    let anchor = format!("{}: {path}", file.context_name(first.at));
    let mut report = findings.report(file.at_expr(first.at), anchor, message);
    for part in rest {
        report = report.also(file.at_expr(part.at), "this one too");
    }
}

/// The folder for temporary files, or a path below it; empty if the system decides.
fn temporary_path(file: File<'_>, expr: ExprId) -> Option<String> {
    let module = file.module();
    match module.expr(expr) {
        Expr::Str(_) | Expr::FString(_) => {
            let path = fold(module, file.index(), expr).pattern()?;
            let is_below =
                |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            (is_below("/tmp") || is_below("/var/tmp")).then_some(path)
        }
        Expr::Call { .. } => {
            let call = Call::of(module, expr).filter(|call| call.name() == Some("gettempdir"))?;
            (file.path_of(call.function)? == "tempfile.gettempdir").then(String::new)
        }
        _ => None,
    }
}

/// How a path stands in for another.
struct Fallback<'p> {
    /// The path.
    at: ExprId,
    path: String,
    /// The setting that would be asked first.
    key: Option<String>,
    /// The outermost expression of the fallback.
    outer: &'p str,
    /// What it is bound to.
    target: Option<&'p str>,
    /// The assignment of a display that the path is a part of.
    display: Option<StmtId>,
}

/// What `expr` is the fallback of: a look-up, an alternative, the value of a branch or of a handler.
fn fallback(file: File<'_>, expr: ExprId, path: String) -> Option<Fallback<'_>> {
    let module = file.module();
    let mut inner = expr;
    let mut found: Option<(ExprId, Option<String>)> = None;
    for outer in file.index().ancestors(expr) {
        if found.is_none() {
            found = stands_in(file, outer, inner).map(|key| (outer, key));
        }
        inner = outer;
    }
    let stmt = file.index().stmt_of(expr)?;
    let target = match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => module.list(targets).first().and_then(|&target| label(file, target)),
        Stmt::AnnAssign { target, .. } => label(file, target),
        _ => None,
    };
    if let Some((outer, key)) = found {
        return Some(Fallback { at: expr, path, key, outer: file.text_of(outer), target, display: None });
    }
    // Assigned in the branch that runs when something is missing.
    let is_assigned = matches!(module.stmt(stmt), Stmt::Assign { .. });
    let is_branch = file.index().stmt_parent(stmt).is_some_and(|parent| {
        matches!(parent.block, backlint_semantic::Block::Else | backlint_semantic::Block::Handler(_))
            && matches!(module.stmt(parent.stmt), Stmt::If { .. } | Stmt::Try { .. })
    });
    let in_display = file.index().ancestors(expr).any(|outer| matches!(module.expr(outer), Expr::Dict(_)));
    let outer = file.slice(module.stmt_span(stmt));
    let display = in_display.then_some(stmt);
    (is_assigned && is_branch).then_some(Fallback { at: expr, path, key: None, outer, target, display })
}

/// Whether `inner` is what `outer` falls back to, and the key that is asked first.
#[expect(clippy::option_option, reason = "no fallback, a fallback of something without a key, one of this key")]
fn stands_in(file: File<'_>, outer: ExprId, inner: ExprId) -> Option<Option<String>> {
    let module = file.module();
    if let Some(lookup) = env_lookup(module, file.index(), outer) {
        return (lookup.default == Some(inner)).then_some(Some(lookup.key));
    }
    match module.expr(outer) {
        Expr::Bool { op: BoolOp::Or, values } => (module.list(values).last() == Some(&inner)).then_some(None),
        Expr::Conditional { orelse, .. } => (orelse == inner).then_some(None),
        Expr::Call { .. } => {
            let call = Call::of(module, outer)?;
            let key = |expr| fold(module, file.index(), expr).as_str().map(str::to_owned);
            let is_default = call.argument("default", 1) == Some(inner);
            match call.name()? {
                "get" | "getattr" | "getenv" if is_default || call.positional(2) == Some(inner) => {
                    let place = usize::from(call.name() == Some("getattr"));
                    call.positional(place).and_then(key).map(Some)
                }
                "Field" => (call.argument("default", 0) == Some(inner)).then_some(None),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_lasting(fallback: &Fallback<'_>) -> bool {
    let path = fallback.path.as_str();
    let named: Vec<String> =
        [fallback.key.as_deref(), fallback.target].into_iter().flatten().map(words::snake_case).collect();
    let below = path.trim_start_matches("/var/tmp").trim_start_matches("/tmp");
    let has = |words: &[&str], text: &str| {
        let lower = words::snake_case(text);
        lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| words.contains(&part))
    };
    let is_fleeting = named.iter().any(|name| has(FLEETING, name)) || has(FLEETING, below);
    let outer = fallback.outer.replace(path, "");
    !is_fleeting && (named.iter().any(|name| has(LASTING, name)) || has(LASTING, below) || has(LASTING, &outer))
}
