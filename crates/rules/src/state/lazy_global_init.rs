//! STATE002: a global that is made by whoever needs it first.

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{AccessKind, File, FunctionRef, Project, Reach, SharedState, StateKind};
use backlint_semantic::{descendants, expressions_of, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{CompareOp, Expr, ExprId, Stmt, StmtId, UnaryOp};

/// How many calls above the function those that start it are looked for.
const MAX_DEPTH: u32 = 6;

/// Who can be between the test and the assignment.
enum Race {
    /// Another thread.
    Threads(FunctionRef),
    /// Another coroutine, at this `await`.
    Await(Location),
    /// Nobody.
    None,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for state in project.shared_state().iter().filter(|state| state.kind == StateKind::Scalar) {
        let Some(file) = project.file(state.file).filter(|file| starts_as_none(*file, state)) else { continue };
        let writes = state.accesses.iter().filter(|access| access.kind == AccessKind::Reassign);
        for function in writes.map(|access| access.function).collect::<BTreeSet<_>>() {
            // A global of another file is another variable.
            if function.file != state.file {
                continue;
            }
            let Some(init) = lazy_init(file, state, function) else { continue };
            if !is_locked(file, init.test) && !runs_at_import(file, function) {
                report(project, file, state, function, &init, findings);
            }
        }
    }
}

fn report(
    project: &Project,
    file: File<'_>,
    state: &SharedState,
    function: FunctionRef,
    init: &Init,
    findings: &mut Findings,
) {
    let name = &state.name;
    let race = race(project, file, function, init);
    let message = match race {
        Race::Threads(_) => format!(
            "Two threads can both find `{name}` unset and both make it, and the second replaces what the first has handed out. Make it at start-up, or under a lock."
        ),
        Race::Await(_) => format!(
            "Two requests can both find `{name}` unset: the function awaits before it is set, and both make it. Make it at start-up, or under an `asyncio.Lock`."
        ),
        Race::None => format!(
            "`{name}` is made by whoever asks first, which makes the first request slow and its failure late. Nothing comes between test and assignment here; still, a start-up function or `functools.cache` says it plainer."
        ),
    };
    let anchor = format!("{}: {name}", file.qualified_name(function.id));
    let report = findings.report(file.at_stmt(init.test), anchor, message).also(file.at_stmt(init.set), "set here");
    match race {
        Race::Threads(entry) => {
            if let Some(home) = project.file(entry.file).filter(|_| entry != function) {
                report.also(home.at_function(entry.id), "threads run this, which comes here");
            }
        }
        Race::Await(at) => {
            report.also(at, "others run during this");
        }
        Race::None => {
            report.severity(Severity::Note).audience(Audience::Auditor);
        }
    }
}

fn starts_as_none(file: File<'_>, state: &SharedState) -> bool {
    let module = file.module();
    module.top_level().iter().any(|&stmt| match module.stmt(stmt) {
        Stmt::Assign { value, .. } | Stmt::AnnAssign { value: Some(value), .. } => {
            module.expr(value) == Expr::None && file.at_stmt(stmt) == state.at
        }
        _ => false,
    })
}

/// The test of a global and the assignment that follows from it.
struct Init {
    test: StmtId,
    set: StmtId,
}

/// `if x is None: x = …`, or `if x is not None: return x` and `x = …` behind it.
fn lazy_init(file: File<'_>, state: &SharedState, function: FunctionRef) -> Option<Init> {
    let module = file.module();
    let body = own_statements(module, module.body(function.id));
    let set = |within: &[StmtId]| within.iter().copied().find(|&stmt| sets(file, stmt, &state.name));
    body.iter().copied().find_map(|test| {
        let Stmt::If { clauses, .. } = module.stmt(test) else { return None };
        let clause = module.list(clauses).first()?;
        let inner = own_statements(module, module.list(clause.body));
        if asks(file, clause.test, &state.name, Asked::Unset) {
            return set(&inner).map(|set| Init { test, set });
        }
        let leaves = inner.iter().any(|&stmt| matches!(module.stmt(stmt), Stmt::Return(_)));
        let is_early = leaves && asks(file, clause.test, &state.name, Asked::Set);
        let end = module.stmt_span(test).end;
        let after: Vec<StmtId> = body.iter().copied().filter(|&stmt| module.stmt_span(stmt).start >= end).collect();
        is_early.then(|| set(&after))?.map(|set| Init { test, set })
    })
}

/// What a test asks of a variable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Set,
    Unset,
}

fn asks(file: File<'_>, test: ExprId, name: &str, asked: Asked) -> bool {
    let module = file.module();
    let is_it = |expr: ExprId| matches!(module.expr(expr), Expr::Name(found) if module.text(found) == name);
    match module.expr(test) {
        Expr::Compare { left, rest } => match module.list(rest) {
            [only] => {
                let op = if asked == Asked::Unset { CompareOp::Is } else { CompareOp::IsNot };
                is_it(left) && only.op == op && module.expr(only.right) == Expr::None
            }
            _ => false,
        },
        Expr::Unary { op: UnaryOp::Not, operand } => asked == Asked::Unset && is_it(operand),
        Expr::Name(_) => asked == Asked::Set && is_it(test),
        _ => false,
    }
}

fn sets(file: File<'_>, stmt: StmtId, name: &str) -> bool {
    let module = file.module();
    let is_it = |target: ExprId| matches!(module.expr(target), Expr::Name(found) if module.text(found) == name);
    match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => module.list(targets).iter().any(|&target| is_it(target)),
        Stmt::AnnAssign { target, value: Some(_), .. } => is_it(target),
        _ => false,
    }
}

/// Whether a lock is held around the test, or taken inside it.
fn is_locked(file: File<'_>, test: StmtId) -> bool {
    let module = file.module();
    let is_lock = |stmt: StmtId| match module.stmt(stmt) {
        Stmt::With { items, .. } => module.list(items).iter().any(|item| {
            let text = file.text_of(item.context).to_ascii_lowercase();
            ["lock", "mutex", "semaphore"].iter().any(|word| text.contains(word))
        }),
        _ => false,
    };
    let around = file.index().stmt_ancestors(test).any(|parent| is_lock(parent.stmt));
    around || own_statements(module, &[test]).into_iter().any(is_lock)
}

/// Whether the module itself calls the function, so that nobody else finds the variable unset.
fn runs_at_import(file: File<'_>, function: FunctionRef) -> bool {
    let name = file.function_name(function.id);
    file.calls().any(|call| call.name() == Some(name) && file.index().function_of(call.expr).is_none())
}

fn race(project: &Project, file: File<'_>, function: FunctionRef, init: &Init) -> Race {
    if file.function(function.id).is_async {
        return await_between(file, init).map_or(Race::None, Race::Await);
    }
    threaded_entry(project, function).map_or(Race::None, Race::Threads)
}

/// An `await` that runs after the test and before the variable is set.
fn await_between(file: File<'_>, init: &Init) -> Option<Location> {
    let module = file.module();
    let (test, set) = (module.stmt_span(init.test), module.stmt_span(init.set));
    // Behind a test that leaves, what stands in its block does not run.
    let start = if test.contains(set) { test.start } else { test.end };
    let function = file.index().function_of_stmt(init.test)?;
    own_statements(module, module.body(function))
        .into_iter()
        .filter(|&stmt| (start..set.end).contains(&module.stmt_span(stmt).start))
        .flat_map(|stmt| expressions_of(module, stmt))
        .flat_map(|expr| descendants(module, expr))
        .find(|&expr| matches!(module.expr(expr), Expr::Await(_)) && module.span(expr).end <= set.end)
        .map(|expr| file.at_expr(expr))
}

/// A plain function that threads of a server or of the process start, and that comes to `function` without a coroutine
/// between.
fn threaded_entry(project: &Project, function: FunctionRef) -> Option<FunctionRef> {
    let mut seen = BTreeSet::new();
    let mut level = vec![function];
    for _ in 0..=MAX_DEPTH {
        level.retain(|&function| seen.insert(function) && !is_async(project, function));
        if let Some(&entry) = level.iter().find(|&&function| is_entry(project, function)) {
            return Some(entry);
        }
        level = level.iter().flat_map(|&function| project.callers(function)).map(|caller| caller.function).collect();
    }
    None
}

fn is_async(project: &Project, function: FunctionRef) -> bool {
    project.file(function.file).is_none_or(|file| file.function(function.id).is_async)
}

/// Handlers run in the threads of the server; what nobody calls although it is reached is a dependency, a hook, or what
/// a thread was started with.
fn is_entry(project: &Project, function: FunctionRef) -> bool {
    let is_handler = !project.routes_of(function).is_empty();
    let reach = project.reach(function);
    let is_started = matches!(reach, Some(Reach::Request | Reach::Worker)) && project.callers(function).is_empty();
    is_handler || is_started
}
