//! DB022: a record that the raise behind it undoes.

mod callers;
mod records;

use backlint_finding::{Audience, Findings};
use backlint_model::{File, FunctionRef, Project, Reach, Session, SessionAction, SessionStep, Walker, walk};
use backlint_syntax::ast::{Expr, Stmt, StmtId};

use self::callers::Catchers;
use super::sessions::{is_undone_on_raise, session_users, steps_by_statement};
use crate::reached::reach_of;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut catchers = None;
    for (file, function) in session_users(project) {
        if reach_of(project, file, function.id) != Some(Reach::Request) || !has_exit(file, function) {
            continue;
        }
        let steps = project.session_steps(function);
        for write in steps.iter().filter(|step| step.action == SessionAction::Write) {
            let Some(record) = records::record(project, file, function, write) else { continue };
            if !is_undone_on_raise(project, write.session) {
                continue;
            }
            let Some(raise) = doom(file, function, &steps, write) else { continue };
            let catchers = catchers.get_or_insert_with(|| Catchers::of(project));
            if !catchers.may_catch(function) {
                report(project, file, write, &record, raise, findings);
            }
        }
    }
}

/// Cheap: whether the function raises or aborts at all.
fn has_exit(file: File<'_>, function: FunctionRef) -> bool {
    let module = file.module();
    let statements = backlint_semantic::own_statements(module, module.body(function.id));
    statements.into_iter().any(|stmt| file.always_raises(stmt))
}

/// Where the write is undone: the exit that every path from it leads to before anything is committed.
fn doom(file: File<'_>, function: FunctionRef, steps: &[SessionStep], write: &SessionStep) -> Option<StmtId> {
    let by_statement = steps_by_statement(file, steps, write.session);
    let mut fate = Fate { file, by_statement, write, exit: None, survives: false };
    walk(file.module(), file.module().body(function.id), State::Before, &mut fate);
    fate.exit.filter(|_| !fate.survives)
}

/// What became of the write on one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Before,
    Pending,
    Done,
}

struct Fate<'s> {
    file: File<'s>,
    by_statement: std::collections::BTreeMap<StmtId, Vec<SessionStep>>,
    write: &'s SessionStep,
    exit: Option<StmtId>,
    survives: bool,
}

impl Walker for Fate<'_> {
    type State = State;

    fn step(&mut self, stmt: StmtId, state: &mut State) {
        for step in self.by_statement.get(&stmt).into_iter().flatten() {
            if step == self.write {
                *state = State::Pending;
            } else if step.action == SessionAction::Commit && *state == State::Pending {
                *state = State::Done;
                self.survives = true;
            }
        }
        // Something may be handed the session and commit it.
        if *state == State::Pending
            && self.file.always_raises(stmt)
            && !matches!(self.file.module().stmt(stmt), Stmt::Raise { .. })
        {
            self.exit.get_or_insert(stmt);
            *state = State::Done;
        }
    }

    /// A context manager ends the work on the session that it opened.
    fn exited(&mut self, with: StmtId, state: &mut State) {
        let Session::Local(_, name) = self.write.session else { return };
        let module = self.file.module();
        let Stmt::With { items, .. } = module.stmt(with) else { return };
        let opens =
            module.list(items).iter().filter_map(|item| item.target).any(|t| module.expr(t) == Expr::Name(name));
        if opens && *state == State::Pending {
            *state = State::Done;
            self.survives = true;
        }
    }

    fn left(&mut self, by: Option<StmtId>, state: &State) {
        if *state != State::Pending {
            return;
        }
        match by.filter(|&stmt| self.file.always_raises(stmt)) {
            Some(exit) => {
                self.exit.get_or_insert(exit);
            }
            None => self.survives = true,
        }
    }
}

fn report(
    project: &Project,
    file: File<'_>,
    write: &SessionStep,
    record: &records::Record,
    exit: StmtId,
    findings: &mut Findings,
) {
    let line = file.line(file.module().stmt_span(exit).start);
    let message = format!("{} is undone by the exception on line {line}, so it is never stored.", record.what);
    let at = file.at(file.first_line(file.module().span(write.expr)));
    let mut report =
        findings.report(at, file.context_name(write.expr), message).also(file.at_stmt(exit), "the request ends here");
    for source in project.session_sources(write.session).iter().take(1) {
        report = report.also(source.at, "where the session comes from: nothing commits it after an exception");
    }
    if !record.is_meant_to_stay {
        report.audience(Audience::Pedantic);
    }
}
