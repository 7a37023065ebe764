//! Which effect of a GET is a change, and which is the book-keeping that reading brings along.

use backlint_model::{Effect, EffectKind, File, FunctionRef, Project, removes_files, words};
use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt};

use super::verbs::Intent;

/// How many calls away an effect may be that the names of the route announce, and one that they do not.
const ANNOUNCED_DEPTH: u32 = 2;
const HIDDEN_DEPTH: u32 = 1;

/// Words of functions, classes and columns that note who came by and when.
const BOOK_KEEPING: &[&str] = &[
    "access",
    "accessed",
    "accesses",
    "activity",
    "analytics",
    "audit",
    "cache",
    "cached",
    "cleanup",
    "click",
    "clicks",
    "count",
    "counter",
    "counts",
    "downloads",
    "ensure",
    "event",
    "events",
    "evict",
    "expire",
    "expired",
    "heartbeat",
    "history",
    "hit",
    "hits",
    "last",
    "log",
    "logs",
    "metric",
    "metrics",
    "notification",
    "opened",
    "ping",
    "read",
    "record",
    "refreshed",
    "seen",
    "stale",
    "stat",
    "stats",
    "synced",
    "touch",
    "track",
    "tracking",
    "trim",
    "usage",
    "used",
    "view",
    "viewed",
    "views",
    "visit",
    "visited",
    "visits",
];

/// The effect that makes a GET one that changes something.
pub(super) fn write(project: &Project, handler: FunctionRef, intent: Intent) -> Option<Effect> {
    let effects = project.effects(handler).into_iter();
    let counted = effects.filter(|effect| match intent {
        Intent::Act(action) => effect.depth <= ANNOUNCED_DEPTH && action.is_done_by(effect),
        _ => effect.depth <= HIDDEN_DEPTH && matches!(effect.kind, EffectKind::RowDelete | EffectKind::RowWrite),
    });
    counted.into_iter().find(|effect| is_change(project, effect))
}

fn is_change(project: &Project, effect: &Effect) -> bool {
    let Some(file) = project.file(effect.at.file) else { return false };
    let Some(function) = function_around(file, effect) else { return false };
    let what = effect.what.to_ascii_lowercase();
    if ["cache", "redis"].iter().any(|store| what.contains(store)) {
        return false;
    }
    if effect.depth > 0 && is_book_keeping(file.function_name(function)) {
        return false;
    }
    if effect.kind != EffectKind::RowWrite {
        return !matches!(effect.kind, EffectKind::FileWrite) || removes_files(&what);
    }
    match what.rsplit('.').next() {
        // A commit tells nothing of what was changed before it.
        Some("commit" | "flush") => assigns(file, function),
        Some("add" | "merge") => added(file, effect).is_some_and(|class| !is_book_keeping(&class)),
        _ => !is_book_keeping(&words::snake_case(file.slice(effect.at.span))),
    }
}

fn is_book_keeping(name: &str) -> bool {
    let snake = words::snake_case(name);
    BOOK_KEEPING.iter().any(|word| words::has_word(&snake, word))
}

fn function_around(file: File<'_>, effect: &Effect) -> Option<FunctionId> {
    let call = file.calls().find(|call| file.first_line(call.span()) == effect.at.span)?;
    file.index().function_of(call.expr)
}

/// Whether a function gives a column of some row a value that is no mark, counter or time.
fn assigns(file: File<'_>, function: FunctionId) -> bool {
    let module = file.module();
    let statements = backlint_semantic::own_statements(module, module.body(function));
    statements.into_iter().any(|stmt| {
        let Stmt::Assign { targets, .. } = module.stmt(stmt) else { return false };
        module.list(targets).iter().any(|&target| is_column(file, target))
    })
}

fn is_column(file: File<'_>, target: ExprId) -> bool {
    let module = file.module();
    let Expr::Attribute { value, name } = module.expr(target) else { return false };
    let holder = file.text_of(value).rsplit('.').next().unwrap_or_default();
    let is_other =
        matches!(holder, "self" | "cls" | "g" | "state" | "session" | "request" | "response" | "config" | "app");
    let column = module.text(name);
    !is_other && !is_book_keeping(column) && !column.ends_with("_at")
}

/// What `session.add(…)` adds: the class that is called there, or the one the name was made with.
fn added(file: File<'_>, effect: &Effect) -> Option<String> {
    let module = file.module();
    let call = file.calls().find(|call| file.first_line(call.span()) == effect.at.span)?;
    let given = call.positional(0)?;
    let class = |expr| Call::of(module, expr).and_then(|call| call.name()).map(str::to_owned);
    match module.expr(given) {
        Expr::Name(name) => {
            let bindings = file.index().lookup(file.index().scope_of_name(given), name);
            let values = bindings.iter().filter_map(|binding| match binding.kind {
                BindingKind::Assign { value, .. } => value,
                _ => None,
            });
            values.into_iter().find_map(class).or_else(|| Some(module.text(name).to_owned()))
        }
        _ => class(given).or_else(|| Some(file.text_of(given).to_owned())),
    }
}
