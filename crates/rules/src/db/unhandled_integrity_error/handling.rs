//! Whether something handles the refusal of the database.

use backlint_model::{Entity, File, FunctionRef, Project, Session, SessionEvent};
use backlint_semantic::{Block, Call};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

/// Exceptions that a refused row raises, or that stand above them.
const REFUSALS: &[&str] =
    &["BaseException", "DBAPIError", "DatabaseError", "Exception", "IntegrityError", "SQLAlchemyError"];

/// How many callers up a `try` is searched for.
const MAX_CALLERS: u32 = 3;

/// Whether the application answers refused rows in one place. A handler for `Exception` answers 500 as well.
pub(super) fn is_answered_for_all(project: &Project) -> bool {
    const REGISTERING: &[&str] = &[
        "add_error_handler",
        "add_exception_handler",
        "app_errorhandler",
        "errorhandler",
        "exception_handler",
        "register_error_handler",
    ];
    const KINDS: &[&str] = &["DBAPIError", "DatabaseError", "IntegrityError", "SQLAlchemyError"];
    project.app_files().any(|file| {
        let by_call = file.calls_named(REGISTERING).any(|call| {
            let given = call.args.iter().map(|arg| file.text_of(arg.value));
            given.into_iter().any(|text| KINDS.iter().any(|kind| text.contains(kind)))
        });
        let text = file.source().text();
        by_call || text.contains("exception_handlers") && KINDS.iter().any(|kind| text.contains(kind))
    })
}

/// Whether the failure of a flush or commit is handled: around it, by a decorator, by who hands out the session, or by
/// a caller.
pub(super) fn is_handled(project: &Project, file: File<'_>, function: FunctionRef, sent: SessionEvent) -> bool {
    is_caught(project, file, sent.expr)
        || is_decorated(project, function)
        || is_translated(project, sent.session)
        || is_caught_above(project, function, MAX_CALLERS)
}

fn is_caught_above(project: &Project, function: FunctionRef, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    project.callers(function).iter().any(|caller| {
        project.file(caller.function.file).is_some_and(|file| {
            is_caught(project, file, caller.call)
                || is_decorated(project, caller.function)
                || is_caught_above(project, caller.function, steps)
        })
    })
}

/// Whether a `try` or `with` around an expression handles refusals.
fn is_caught(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let around = file.index().stmt_of(expr).into_iter().flat_map(|stmt| file.index().stmt_ancestors(stmt));
    around.filter(|parent| parent.block == Block::Body).any(|parent| match module.stmt(parent.stmt) {
        Stmt::Try { handlers, .. } => module.list(handlers).iter().any(|handler| {
            handler.kind.is_none_or(|kind| {
                let catches = |kind: ExprId| names_refusal(file.text_of(kind));
                catches(kind)
                    || !matches!(module.expr(kind), Expr::Tuple(_)) && is_constant_of_refusals(project, file, kind)
            })
        }),
        Stmt::With { items, .. } => module.list(items).iter().any(|item| {
            let Some(call) = Call::of(module, item.context) else { return false };
            if call.name() == Some("suppress") {
                return names_refusal(file.text_of(item.context));
            }
            let entered = project.resolve(file.id(), call.function).function();
            entered.is_some_and(|function| translates(project, function))
        }),
        _ => false,
    })
}

/// `except DB_ERRORS:`.
fn is_constant_of_refusals(project: &Project, file: File<'_>, kind: ExprId) -> bool {
    match project.resolve(file.id(), kind) {
        Entity::Literal(at) => project.file(at.file).is_some_and(|file| names_refusal(file.text_of(at.expr))),
        _ => false,
    }
}

fn names_refusal(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| REFUSALS.contains(&word))
}

/// Whether a decorator of the project catches what the function raises, or one from elsewhere may.
fn is_decorated(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let module = file.module();
    module.list(file.function(function.id).decorators).iter().any(|decorator| {
        let named = Call::of(module, decorator.expr).map_or(decorator.expr, |call| call.function);
        if let Entity::Function(wrapper) = project.resolve(file.id(), named) {
            return translates(project, wrapper);
        }
        let text = file.text_of(named).to_ascii_lowercase();
        ["error", "exception", "transaction"].iter().any(|word| text.contains(word))
    })
}

/// Whether who hands out the session turns refusals into answers.
fn is_translated(project: &Project, session: Session) -> bool {
    project.session_sources(session).iter().any(|source| {
        project.file(source.at.file).is_some_and(|file| {
            let mut functions = file.module().function_ids();
            functions.any(|id| {
                let span = file.module().stmt_span(file.function(id).stmt);
                span.contains(source.at.span) && answers_refusals(file.slice(span))
            })
        })
    })
}

fn translates(project: &Project, function: FunctionRef) -> bool {
    project.file(function.file).is_some_and(|file| {
        let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
        text.contains("except") && names_refusal(text)
    })
}

fn answers_refusals(text: &str) -> bool {
    text.contains("except")
        && ["IntegrityError", "SQLAlchemyError", "HTTPException"].iter().any(|word| text.contains(word))
}
