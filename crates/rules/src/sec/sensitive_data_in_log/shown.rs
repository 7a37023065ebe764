//! Which values a log call shows as they are.

use backlint_model::File;
use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, BinaryOp, Expr, ExprId, Part};

/// Keywords of log calls that show nothing of their value.
const SILENT: &[&str] = &["end", "exc_info", "file", "flush", "sep", "stack_info", "stacklevel", "style"];

/// Calls that show what they are given as it is.
const FORMS: &[&str] = &["dict", "dumps", "format", "join", "list", "repr", "str", "tuple"];

/// Methods that show what they are called on as it is.
const SAME: &[&str] = &["decode", "encode", "lower", "strip", "upper"];

/// The values that a log call shows as a whole: slices, lengths and hashes of a value do not show it.
pub(super) fn values(file: File<'_>, call: Call<'_>) -> Vec<ExprId> {
    let module = file.module();
    let is_shown = |kind: &ArgKind| !matches!(kind, ArgKind::Keyword(name) if SILENT.contains(&module.text(*name)));
    let mut work: Vec<ExprId> = call.args.iter().rev().filter(|arg| is_shown(&arg.kind)).map(|arg| arg.value).collect();
    let mut found = Vec::new();
    while let Some(expr) = work.pop() {
        let at = work.len();
        parts(file, expr, &mut work, &mut found);
        work[at..].reverse();
    }
    found
}

/// What an expression shows: itself, or its parts.
fn parts(file: File<'_>, expr: ExprId, work: &mut Vec<ExprId>, found: &mut Vec<ExprId>) {
    let module = file.module();
    match module.expr(expr) {
        Expr::Subscript { index, .. } if matches!(module.expr(index), Expr::Slice { .. }) => {}
        Expr::Name(_) | Expr::Attribute { .. } | Expr::Subscript { .. } => found.push(expr),
        Expr::FString(parts) => work.extend(module.list(parts).iter().filter_map(|part| match *part {
            Part::Value { value, .. } => Some(value),
            Part::Text(_) => None,
        })),
        Expr::Binary { left, op: BinaryOp::Add | BinaryOp::Mod, right } => work.extend([left, right]),
        Expr::Tuple(items) | Expr::List(items) => work.extend(module.list(items)),
        Expr::Dict(items) => work.extend(module.list(items).iter().map(|item| item.value)),
        Expr::Await(inner) | Expr::Starred(inner) => work.push(inner),
        Expr::Bool { values, .. } => work.extend(module.list(values)),
        Expr::Conditional { body, orelse, .. } => work.extend([body, orelse]),
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, expr) else { return };
            match call.name() {
                Some(name) if FORMS.contains(&name) => {
                    work.extend(call.args.iter().map(|arg| arg.value).chain(call.receiver()));
                }
                Some(name) if SAME.contains(&name) => work.extend(call.receiver()),
                _ => found.push(expr),
            }
        }
        _ => {}
    }
}
