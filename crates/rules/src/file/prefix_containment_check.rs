//! FILE002: a path is taken for one below a folder because its text starts with that of the folder.

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::File;
use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, Part, Stmt};

use crate::expressions::literal;

/// Calls whose result is a path with neither `..` nor links in it.
const NORMALIZING: &[&str] = &["abspath", "absolute", "normpath", "realpath", "resolve"];

/// Signs of code that leaves no separator or `..` in a name.
const CLEANING: &[&str] = &[
    "\"..\" in ",
    "'..' in ",
    "\"/\" in ",
    "'/' in ",
    ".name\n",
    "basename(",
    "fullmatch(",
    "sanitize_filename(",
    "secure_filename(",
];

/// How many names are looked behind.
const MAX_STEPS: u32 = 4;

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    for call in file.calls_named(&["startswith", "commonprefix"]) {
        let is_check = match call.name() {
            Some("startswith") => is_prefix_test(file, call),
            _ => {
                file.path_of(call.function).is_some_and(|path| path == "os.path.commonprefix")
                    && is_compared(file, call)
            }
        };
        if is_check {
            report(file, call, findings);
        }
    }
}

fn report(file: File<'_>, call: Call<'_>, findings: &mut Findings) {
    let text = file.text_of(call.expr).split_whitespace().collect::<String>();
    let message = format!(
        "`{text}` also accepts a sibling whose name only starts like the folder, as `/srv/up-evil` for `/srv/up`; use \
         `is_relative_to` or `os.path.commonpath`."
    );
    let report = findings.report(file.at_expr(call.expr), format!("{}: {text}", file.context_name(call.expr)), message);
    if was_cleaned_before(file, call) {
        report.audience(Audience::Pedantic).confidence(Confidence::Low);
    }
}

/// `str(path.resolve()).startswith(str(root))`: the one is a path that was made plain, the other a folder.
fn is_prefix_test(file: File<'_>, call: Call<'_>) -> bool {
    let (Some(path), Some(root)) = (call.receiver(), call.positional(0)) else { return false };
    is_plain_path(file, path, MAX_STEPS)
        && !ends_with_separator(file, root, MAX_STEPS)
        && !may_be_address(file, path, root)
}

/// Whether `expr` is the text of a path that was resolved.
fn is_plain_path(file: File<'_>, expr: ExprId, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    let module = file.module();
    match module.expr(expr) {
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, expr) else { return false };
            match call.name() {
                Some("str" | "fspath" | "Path" | "normcase") => {
                    call.positional(0).is_some_and(|inner| is_plain_path(file, inner, steps))
                }
                Some("as_posix" | "lower") => call.receiver().is_some_and(|inner| is_plain_path(file, inner, steps)),
                Some(name @ ("resolve" | "absolute")) => call.receiver().is_some() && NORMALIZING.contains(&name),
                Some(name) => NORMALIZING.contains(&name) && is_of_paths(file, call),
                None => false,
            }
        }
        Expr::Name(_) => assigned(file, expr).is_some_and(|value| is_plain_path(file, value, steps)),
        _ => false,
    }
}

fn is_of_paths(file: File<'_>, call: Call<'_>) -> bool {
    file.path_of(call.function).is_some_and(|path| path.starts_with("os.path."))
}

/// The value that a name had last before it is used here, told by place.
fn assigned(file: File<'_>, expr: ExprId) -> Option<ExprId> {
    let module = file.module();
    let Expr::Name(name) = module.expr(expr) else { return None };
    let index = file.index();
    let start = module.span(expr).start;
    let mut before = index.lookup(index.scope_of_name(expr), name).iter().filter_map(|binding| match binding.kind {
        BindingKind::Assign { value, .. } => value.filter(|&value| module.span(value).end <= start),
        _ => None,
    });
    before.next_back()
}

/// Whether the folder is written with the separator behind it.
fn ends_with_separator(file: File<'_>, root: ExprId, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    let module = file.module();
    match module.expr(root) {
        Expr::Str(text) => module.text(text).ends_with(['/', '\\']),
        Expr::FString(parts) => match module.list(parts).last() {
            Some(Part::Text(text)) => module.text(*text).ends_with(['/', '\\']),
            Some(Part::Value { value, .. }) => is_separator(file, *value),
            None => false,
        },
        Expr::Binary { op: BinaryOp::Add, right, .. } => {
            is_separator(file, right) || ends_with_separator(file, right, steps)
        }
        Expr::Tuple(items) => module.list(items).iter().all(|&item| ends_with_separator(file, item, steps)),
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, root) else { return false };
            match call.name() {
                // `os.path.join(root, "")` ends with a separator.
                Some("join") => call.args.last().is_some_and(|arg| literal(file, arg.value) == Some("")),
                Some("str") => call.positional(0).is_some_and(|inner| ends_with_separator(file, inner, steps)),
                _ => false,
            }
        }
        Expr::Name(_) => assigned(file, root).is_some_and(|value| ends_with_separator(file, value, steps)),
        _ => false,
    }
}

fn is_separator(file: File<'_>, expr: ExprId) -> bool {
    literal(file, expr).is_some_and(|text| matches!(text, "/" | "\\"))
        || file.path_of(expr).is_some_and(|path| matches!(path.as_str(), "os.sep" | "os.path.sep"))
}

/// Whether the texts are paths of URLs or of modules rather than of files.
fn may_be_address(file: File<'_>, path: ExprId, root: ExprId) -> bool {
    [path, root].into_iter().any(|expr| {
        let text = file.text_of(expr).to_ascii_lowercase();
        ["url", "route", "http", "request.path", "site-packages"].iter().any(|word| text.contains(word))
    })
}

/// Whether the common prefix is compared with the folder.
fn is_compared(file: File<'_>, call: Call<'_>) -> bool {
    let parent = file.index().parent(call.expr).map(|parent| file.module().expr(parent));
    matches!(parent, Some(Expr::Compare { .. }))
}

/// Whether the same function took the base name or refused what leads elsewhere before.
fn was_cleaned_before(file: File<'_>, call: Call<'_>) -> bool {
    let module = file.module();
    let Some(function) = file.index().function_of(call.expr) else { return false };
    let start = module.stmt_span(file.function(function).stmt).start as usize;
    let Some(before) = file.source().text().get(start..module.span(call.expr).start as usize) else { return false };
    CLEANING.iter().any(|sign| before.contains(sign)) || is_asserted(file, call.expr)
}

fn is_asserted(file: File<'_>, expr: ExprId) -> bool {
    let stmt = file.index().stmt_of(expr).map(|stmt| file.module().stmt(stmt));
    matches!(stmt, Some(Stmt::Assert { .. }))
}
