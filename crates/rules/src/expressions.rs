//! Small questions about single expressions that several rules ask.

use backlint_model::{File, words};
use backlint_semantic::{BindingKind, Block, Call};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt, StmtId};

/// The text of a string or bytes literal, also of one that is encoded on the spot.
pub(crate) fn literal(file: File<'_>, expr: ExprId) -> Option<&str> {
    let module = file.module();
    match module.expr(expr) {
        Expr::Str(text) | Expr::Bytes(text) => Some(module.text(text)),
        Expr::Call { .. } => {
            let call = Call::of(module, expr)?;
            matches!(call.name(), Some("encode" | "strip")).then(|| literal(file, call.receiver()?)).flatten()
        }
        _ => None,
    }
}

/// What a value is called where it is read: the last segment of a dotted name, the key of a look-up, the name below
/// conversions such as `str(…)`, `.encode()` or `.lower()`.
pub(crate) fn label(file: File<'_>, expr: ExprId) -> Option<&str> {
    let module = file.module();
    let mut current = expr;
    loop {
        match module.expr(current) {
            Expr::Name(name) | Expr::Attribute { name, .. } => return Some(module.text(name)),
            Expr::Subscript { value, index } => match literal(file, index) {
                Some(key) => return Some(key),
                None => current = value,
            },
            Expr::Call { .. } => {
                let call = Call::of(module, current)?;
                match call.name()? {
                    "get" | "getenv" | "getlist" | "pop" => return literal(file, call.positional(0)?),
                    "getattr" => return literal(file, call.positional(1)?),
                    "str" | "bytes" | "set" | "list" | "cast" => current = call.positional(0)?,
                    name if CONVERSIONS.contains(&name) => current = call.receiver()?,
                    _ => return None,
                }
            }
            Expr::Await(inner) => current = inner,
            _ => return None,
        }
    }
}

/// Methods that give the same value in another form.
const CONVERSIONS: &[&str] = &[
    "casefold",
    "decode",
    "encode",
    "get_secret_value",
    "lower",
    "lstrip",
    "removeprefix",
    "replace",
    "rstrip",
    "split",
    "strip",
    "upper",
];

/// [`label`] in snake case, so that `apiKey`, `API_KEY` and `X-Api-Key` compare.
pub(crate) fn snake_label(file: File<'_>, expr: ExprId) -> Option<String> {
    label(file, expr).map(words::snake_case)
}

/// The value of the one assignment of a name, in whatever scope the name is looked up.
pub(crate) fn assigned_value(file: File<'_>, expr: ExprId) -> Option<ExprId> {
    let module = file.module();
    let Expr::Name(name) = module.expr(expr) else { return None };
    match file.index().lookup(file.index().scope_of_name(expr), name) {
        [only] => match only.kind {
            BindingKind::Assign { value, .. } => value,
            BindingKind::Named { value } => Some(value),
            _ => None,
        },
        _ => None,
    }
}

/// The tests of the `if` and `elif` clauses that a statement stands in, innermost first.
pub(crate) fn tests_around(file: File<'_>, stmt: StmtId) -> impl Iterator<Item = ExprId> {
    let module = file.module();
    file.index().stmt_ancestors(stmt).filter_map(|parent| match (parent.block, module.stmt(parent.stmt)) {
        (Block::Clause(number), Stmt::If { clauses, .. }) => {
            module.list(clauses).get(number as usize).map(|clause| clause.test)
        }
        _ => None,
    })
}

/// Whether `expr` stands in something that is called an example: an argument, a dict entry, a variable.
pub(crate) fn is_in_example(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let is_example = |name: &str| {
        let lower = name.to_ascii_lowercase();
        lower.contains("example") || lower.contains("schema_extra") || lower.contains("sample")
    };
    let mut inner = expr;
    for outer in file.index().ancestors(expr) {
        let name = match module.expr(outer) {
            Expr::Call { .. } => Call::of(module, outer).and_then(|call| {
                call.args.iter().find(|arg| arg.value == inner).and_then(|arg| match arg.kind {
                    ArgKind::Keyword(name) => Some(module.text(name)),
                    _ => None,
                })
            }),
            Expr::Dict(items) => {
                let item = module.list(items).iter().find(|item| item.value == inner);
                item.and_then(|item| literal(file, item.key?))
            }
            _ => None,
        };
        if name.is_some_and(is_example) {
            return true;
        }
        inner = outer;
    }
    let target = file.index().stmt_of(expr).and_then(|stmt| match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => label(file, *module.list(targets).first()?),
        Stmt::AnnAssign { target, .. } => label(file, target),
        _ => None,
    });
    target.is_some_and(is_example)
}

/// The text of the first argument of a call, if that is a literal.
pub(crate) fn literal_argument(file: File<'_>, call: ExprId) -> Option<&str> {
    literal(file, Call::of(file.module(), call)?.positional(0)?)
}

/// Whether an expression is a whole statement, as documentation is.
pub(crate) fn is_docstring(file: File<'_>, expr: ExprId) -> bool {
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    matches!(file.module().stmt(stmt), Stmt::Expr(value) if value == expr)
}

/// Whether the end of a dotted path is `end`, segment by segment.
pub(crate) fn path_ends_with(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|head| head.is_empty() || head.ends_with('.'))
}
