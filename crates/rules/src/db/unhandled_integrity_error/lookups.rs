//! Whether something looks before a write whether the database will take the value.

use backlint_model::{Entity, File, FunctionRef, Project, words};
use backlint_semantic::{Call, descendants};
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

use super::writes::Violation;

/// How many callers up look-ups are searched for.
const MAX_CALLERS: u32 = 3;

/// How many calls down a look-up may be.
const MAX_CALLS: u32 = 3;

/// Whether a call before the write is sent, in the function or in one that leads to it, may look the value up.
pub(super) fn is_looked_up(
    project: &Project,
    file: File<'_>,
    function: FunctionRef,
    violation: &Violation<'_>,
    sent: ExprId,
) -> bool {
    let looked = Looked {
        project,
        column: &violation.attribute.name,
        sent: &violation.value.name,
        written: file.text_of(violation.written),
    };
    looked.before(file, function, file.module().span(sent).start, Some(violation.written))
        || looked.by_callers(function, MAX_CALLERS)
}

/// The value that is asked for.
struct Looked<'v> {
    project: &'v Project,
    column: &'v str,
    sent: &'v str,
    written: &'v str,
}

impl Looked<'_> {
    fn by_callers(&self, function: FunctionRef, steps: u32) -> bool {
        if self.by_dependencies(function) {
            return true;
        }
        let Some(steps) = steps.checked_sub(1) else { return false };
        self.project.callers(function).iter().any(|caller| {
            let Some(file) = self.project.file(caller.function.file) else { return false };
            let start = file.module().span(caller.call).start;
            self.before(file, caller.function, start, None) || self.by_callers(caller.function, steps)
        })
    }

    /// A dependency of the route that takes the same value from the request.
    fn by_dependencies(&self, function: FunctionRef) -> bool {
        self.project.routes_of(function).iter().any(|&route| {
            self.project.dependency_uses(self.project.route(route)).into_iter().any(|used| {
                self.project.file(used.provider.file).is_some_and(|file| {
                    let params = file.module().list(file.function(used.provider.id).params);
                    params.iter().any(|param| file.module().text(param.name) == self.sent)
                })
            })
        })
    }

    /// A call of a function that stands before `end` and may look the value up.
    fn before(&self, file: File<'_>, function: FunctionRef, end: u32, written: Option<ExprId>) -> bool {
        let calls = self.project.calls_in(function);
        calls.into_iter().any(|call| {
            let is_around = written.is_some_and(|written| call.span().contains(file.module().span(written)));
            call.span().start < end && !is_around && self.is_about(file, call) && self.may_look_up(file, call)
        })
    }

    /// Whether a call gets the value, names its column, or is named for it.
    fn is_about(&self, file: File<'_>, call: Call<'_>) -> bool {
        let module = file.module();
        let is_named = call.name().is_some_and(|name| words::has_word(name, self.column) && name != self.column);
        let is_it = |name| [self.column, self.sent].contains(&module.text(name));
        is_named
            || call.args.iter().any(|arg| {
                matches!(arg.kind, ArgKind::Keyword(name) if is_it(name))
                    || file.text_of(arg.value) == self.written
                    || descendants(module, arg.value).into_iter().any(|part| match module.expr(part) {
                        Expr::Name(name) | Expr::Attribute { name, .. } => is_it(name),
                        _ => false,
                    })
            })
    }

    fn may_look_up(&self, file: File<'_>, call: Call<'_>) -> bool {
        match self.project.resolve(file.id(), call.function) {
            Entity::Function(function) => self.reads_rows(function),
            Entity::Class(_) => false,
            Entity::External(path) | Entity::Result { of: path, .. } => {
                path.contains("sqlalchemy") || path.contains("sqlmodel") || is_lookup_name(call)
            }
            _ => is_lookup_name(call),
        }
    }

    fn reads_rows(&self, function: FunctionRef) -> bool {
        self.project.called_within(function, MAX_CALLS).into_iter().any(|(_, function)| {
            !self.project.session_events(function).is_empty() || self.project.queries_in(function).next().is_some()
        })
    }
}

/// Methods of queries, and names that say that something is looked for or checked.
fn is_lookup_name(call: Call<'_>) -> bool {
    const WORDS: &[&str] = &[
        "by", "check", "ensure", "exist", "exists", "fetch", "filter", "find", "first", "get", "has", "is", "load",
        "lookup", "one", "require", "scalar", "select", "unique", "validate", "verify", "where",
    ];
    call.receiver().is_some()
        && call.name().is_some_and(|name| {
            let snake = words::snake_case(name);
            WORDS.iter().any(|word| words::has_word(&snake, word))
        })
}
