//! JOB004: a task that may start before the row it is about is stored.

mod dispatches;

use backlint_finding::{Confidence, Findings};
use backlint_model::{File, FunctionRef, Project, Session, SessionAction, SessionEnd, SessionStep, Walker, walk};
use backlint_semantic::{Call, descendants};
use backlint_syntax::ast::{Expr, ExprId, StmtId, Symbol};

use dispatches::{Dispatch, dispatches};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        let sent = dispatches(project, file);
        for dispatch in &sent {
            let function = FunctionRef { file: file.id(), id: dispatch.function };
            let steps = project.session_steps(function);
            let writes = steps.iter().filter(|step| step.action == SessionAction::Write);
            let found = writes.filter(|write| is_about(project, file, dispatch, write)).find_map(|write| {
                let order = order(project, file, function, &steps, write, dispatch)?;
                Some((write, order))
            });
            if let Some((write, order)) = found {
                report(project, file, dispatch, write, order, findings);
            }
        }
    }
}

/// What makes the row final, and when.
#[derive(Clone, Copy)]
enum Order {
    /// This commit, after the task is sent.
    CommittedLater(ExprId),
    /// The session, when the function is over.
    CommittedByOwner,
}

fn report(
    project: &Project,
    file: File<'_>,
    dispatch: &Dispatch<'_>,
    write: &SessionStep,
    order: Order,
    findings: &mut Findings,
) {
    let name = &dispatch.name;
    let anchor = format!("{}: {name}", file.context_name(dispatch.call.expr));
    let at = file.at(file.first_line(dispatch.call.span()));
    let written = file.at(file.first_line(file.module().span(write.expr)));
    match order {
        Order::CommittedLater(commit) => {
            let line = file.line(file.module().span(commit).start);
            let message = format!(
                "The worker can start `{name}` before the commit on line {line} and not find the row, or find it as it was. Commit first, then send the task."
            );
            findings
                .report(at, anchor, message)
                .also(written, "written here")
                .also(file.at_expr(commit), "stored only here");
        }
        Order::CommittedByOwner => {
            let message = format!(
                "The worker can start `{name}` before the row is stored: the session is committed after this function returns. Commit first, then send the task."
            );
            let mut report =
                findings.report(at, anchor, message).confidence(Confidence::Medium).also(written, "written here");
            for source in project.session_sources(write.session).iter().take(1) {
                report = report.also(source.at, "stored only here");
            }
        }
    }
}

/// Whether the task is given the row, or its key, and looks at it.
fn is_about(project: &Project, file: File<'_>, dispatch: &Dispatch<'_>, write: &SessionStep) -> bool {
    let Some(row) = row_of(file, write) else { return false };
    dispatch.mentions(file, row) && dispatch.may_read(project, changed_attribute(file, write))
}

/// The name that a written row has: `job` for `session.add(job)` and for `job.state = …`.
fn row_of(file: File<'_>, write: &SessionStep) -> Option<Symbol> {
    let module = file.module();
    let name = |expr: ExprId| match module.expr(expr) {
        Expr::Name(name) => Some(name),
        _ => None,
    };
    if let Some(call) = Call::of(module, write.expr) {
        return match (write.through, call.name()) {
            (None, Some("add" | "merge")) => name(call.positional(0)?),
            (None, _) => None,
            (Some(_), _) => bound_to(file, write.expr),
        };
    }
    match module.expr(write.expr) {
        Expr::Attribute { value, .. } => name(value),
        _ => None,
    }
}

/// The name that the result of a call is bound to.
fn bound_to(file: File<'_>, call: ExprId) -> Option<Symbol> {
    let module = file.module();
    let backlint_syntax::ast::Stmt::Assign { targets, value } = module.stmt(file.index().stmt_of(call)?) else {
        return None;
    };
    let is_whole = descendants(module, value).first().copied() == Some(call) || module.expr(value) == Expr::Await(call);
    let &[target] = module.list(targets) else { return None };
    match module.expr(target) {
        Expr::Name(name) if is_whole => Some(name),
        _ => None,
    }
}

/// The attribute that is assigned, for a row that was there before.
fn changed_attribute<'p>(file: File<'p>, write: &SessionStep) -> Option<&'p str> {
    match file.module().expr(write.expr) {
        Expr::Attribute { name, .. } => Some(file.module().text(name)),
        _ => None,
    }
}

/// Whether some path writes the row, sends the task, and stores the row only then.
fn order(
    project: &Project,
    file: File<'_>,
    function: FunctionRef,
    steps: &[SessionStep],
    write: &SessionStep,
    dispatch: &Dispatch<'_>,
) -> Option<Order> {
    let sent_in = file.index().stmt_of(dispatch.call.expr)?;
    let mut path = Path { file, steps, write, sent_in, commit: None, is_left_pending: false };
    walk(file.module(), file.module().body(function.id), State::Before, &mut path);
    let is_managed = || match write.session {
        Session::Scoped => false,
        session => project.session_end(session).is_some_and(SessionEnd::keeps_after_success),
    };
    match path.commit {
        Some(commit) => Some(Order::CommittedLater(commit)),
        None => (path.is_left_pending && is_managed()).then_some(Order::CommittedByOwner),
    }
}

/// How far a path has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Before,
    Written,
    Sent,
    Stored,
}

struct Path<'s> {
    file: File<'s>,
    steps: &'s [SessionStep],
    write: &'s SessionStep,
    sent_in: StmtId,
    commit: Option<ExprId>,
    is_left_pending: bool,
}

impl Walker for Path<'_> {
    type State = State;

    fn step(&mut self, stmt: StmtId, state: &mut State) {
        let here = self.steps.iter().filter(|step| step.session == self.write.session);
        for step in here.filter(|step| self.file.index().stmt_of(step.expr) == Some(stmt)) {
            match (step.action, *state) {
                (SessionAction::Write, State::Before) if step == self.write => *state = State::Written,
                (SessionAction::Commit, State::Sent) => {
                    self.commit.get_or_insert(step.expr);
                    *state = State::Stored;
                }
                (SessionAction::Commit, State::Written) | (SessionAction::Rollback, _) => *state = State::Stored,
                _ => {}
            }
        }
        if stmt == self.sent_in && *state == State::Written {
            *state = State::Sent;
        }
    }

    fn left(&mut self, _by: Option<StmtId>, state: &State) {
        self.is_left_pending |= *state == State::Sent;
    }
}
