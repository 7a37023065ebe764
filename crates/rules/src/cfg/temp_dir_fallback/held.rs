//! What a function does with a path that it holds in a name.

use backlint_model::{File, words};
use backlint_semantic::{Block, Call, ScopeId};
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId, Symbol};

use super::FLEETING;
use crate::expressions::label;

/// Methods and functions that only look at what is there.
const LOOKS: &[&str] = &[
    "access",
    "exists",
    "getmtime",
    "getsize",
    "glob",
    "is_absolute",
    "is_dir",
    "is_file",
    "isabs",
    "isdir",
    "isfile",
    "iterdir",
    "listdir",
    "print",
    "read_bytes",
    "read_text",
    "rglob",
    "scandir",
    "stat",
    "walk",
];

/// Methods of loggers, which write the path down and nothing to it.
const LOG_METHODS: &[&str] = &["debug", "error", "exception", "info", "warning"];

/// What makes another path of a path.
const PATHS: &[&str] = &[
    "Path",
    "PurePath",
    "abspath",
    "absolute",
    "expanduser",
    "fspath",
    "join",
    "joinpath",
    "normpath",
    "realpath",
    "resolve",
    "str",
    "with_name",
    "with_suffix",
];

/// What takes files and folders away.
const REMOVERS: &[&str] = &["remove", "removedirs", "rmdir", "rmtree", "unlink"];

/// What calls a function later: at the end of the process, of a context or of a response.
const LATER: &[&str] = &["addCleanup", "add_task", "callback", "register"];

/// Parts of a path that are no path.
const PARTS: &[&str] = &["name", "parts", "stem", "suffix"];

/// Whether nothing that must last is kept at the path that `stmt` binds to a local name: it is only looked at, what lies
/// below it can be made again, or it is removed in the end.
pub(super) fn keeps_nothing(file: File<'_>, stmt: StmtId) -> bool {
    let Some(function) = file.index().function_of_stmt(stmt) else { return false };
    let scope = file.index().function_scope(function);
    let Some(name) = local_target(file, stmt, scope) else { return false };
    let mut names = vec![name];
    let mut is_kept = false;
    let mut next = 0;
    while let Some(&name) = names.get(next) {
        next += 1;
        for used in uses(file, scope, name) {
            if is_removed_at_end(file, used) {
                return true;
            }
            match fate(file, scope, used) {
                Fate::Looked => {}
                Fate::Kept => is_kept = true,
                Fate::Bound(other) if is_fleeting(file.module().text(other)) || names.contains(&other) => {}
                Fate::Bound(other) => names.push(other),
            }
        }
    }
    !is_kept
}

/// Whether a name says that what it stands for need not last.
fn is_fleeting(name: &str) -> bool {
    let snake = words::snake_case(name);
    FLEETING.iter().any(|word| words::has_word(&snake, word))
}

/// The only name that an assignment binds, if it belongs to the function.
fn local_target(file: File<'_>, stmt: StmtId, scope: ScopeId) -> Option<Symbol> {
    let module = file.module();
    let target = match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => match module.list(targets) {
            [only] => *only,
            _ => return None,
        },
        Stmt::AnnAssign { target, .. } => target,
        _ => return None,
    };
    let Expr::Name(name) = module.expr(target) else { return None };
    (!file.index().bindings_of(scope, name).is_empty()).then_some(name)
}

fn uses(file: File<'_>, scope: ScopeId, name: Symbol) -> impl Iterator<Item = ExprId> {
    let index = file.index();
    let is_it = move |found: ScopeId| index.lookup(found, name).first().is_some_and(|binding| binding.scope == scope);
    index.uses().iter().filter(move |used| used.name == name && is_it(used.scope)).map(|used| used.expr)
}

/// What becomes of a path where it is read.
enum Fate {
    /// Something is asked of it.
    Looked,
    /// A further path, or the same, is bound to this name.
    Bound(Symbol),
    /// Something may be put there.
    Kept,
}

fn fate(file: File<'_>, scope: ScopeId, used: ExprId) -> Fate {
    let module = file.module();
    let mut inner = used;
    for outer in file.index().ancestors(used) {
        match passes(file, outer, inner) {
            Pass::On => inner = outer,
            Pass::Looked => return Fate::Looked,
            Pass::Kept => return Fate::Kept,
        }
    }
    let Some(stmt) = file.index().stmt_of(used) else { return Fate::Kept };
    match module.stmt(stmt) {
        Stmt::If { .. } | Stmt::While { .. } | Stmt::Assert { .. } => Fate::Looked,
        _ => local_target(file, stmt, scope).map_or(Fate::Kept, Fate::Bound),
    }
}

/// What an expression makes of a path inside it.
enum Pass {
    /// It is a path itself, or a text with the path.
    On,
    Looked,
    Kept,
}

fn passes(file: File<'_>, outer: ExprId, inner: ExprId) -> Pass {
    match file.module().expr(outer) {
        Expr::Attribute { name, .. } if PARTS.contains(&file.module().text(name)) => Pass::Looked,
        Expr::Unary { .. } | Expr::Compare { .. } => Pass::Looked,
        Expr::Conditional { test, .. } if test == inner => Pass::Looked,
        Expr::Attribute { .. }
        | Expr::Binary { .. }
        | Expr::Bool { .. }
        | Expr::Conditional { .. }
        | Expr::FString(_)
        | Expr::Await(_) => Pass::On,
        Expr::Call { .. } => called(file, outer, inner),
        _ => Pass::Kept,
    }
}

/// What a call makes of a path that is its receiver or an argument.
fn called(file: File<'_>, outer: ExprId, inner: ExprId) -> Pass {
    let Some(call) = Call::of(file.module(), outer) else { return Pass::Kept };
    let Some(name) = call.name() else { return Pass::Kept };
    let is_log = || LOG_METHODS.contains(&name) && call.function != inner;
    match name {
        "open" => {
            let mode = call.argument("mode", usize::from(call.function != inner));
            let reads = mode.is_none_or(|mode| file.text_of(mode).trim_start_matches(['"', '\'']).starts_with('r'));
            if reads { Pass::Looked } else { Pass::Kept }
        }
        _ if LOOKS.contains(&name) || is_log() => Pass::Looked,
        _ if PATHS.contains(&name) => Pass::On,
        _ => Pass::Kept,
    }
}

/// `shutil.rmtree(path)` in a `finally`, `atexit.register(shutil.rmtree, path)`, `tasks.add_task(os.remove, path)`.
fn is_removed_at_end(file: File<'_>, used: ExprId) -> bool {
    let module = file.module();
    let is_last = || {
        let stmt = file.index().stmt_of(used);
        stmt.is_some_and(|stmt| file.index().stmt_ancestors(stmt).any(|parent| parent.block == Block::Finally))
    };
    file.index().ancestors(used).filter_map(|outer| Call::of(module, outer)).any(|call| {
        let removes = |expr: ExprId| label(file, expr).is_some_and(|name| REMOVERS.contains(&name));
        let is_later = call.name().is_some_and(|name| LATER.contains(&name));
        if is_later { call.positional(0).is_some_and(removes) } else { removes(call.function) && is_last() }
    })
}
