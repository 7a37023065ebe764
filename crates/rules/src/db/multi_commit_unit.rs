//! DB007: one piece of work that is committed in several parts.

mod parts;
mod writes;

use std::collections::BTreeMap;

use backlint_finding::{Audience, FindingBuilder, Findings};
use backlint_model::{File, FunctionRef, Project, Reach, Session, SessionAction, SessionStep, Walker, walk};
use backlint_semantic::{Block, Call};
use backlint_syntax::ast::{ExprId, Stmt, StmtId};

use self::writes::Writes;
use super::sessions::{is_generator, session_users, sessions_of, steps_by_statement};
use crate::reached::reach_of;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for (file, function) in session_users(project) {
        let steps = project.session_steps(function);
        let commits = steps.iter().filter(|step| step.action == SessionAction::Commit).count();
        if commits == 0 || is_generator(file, function) {
            continue;
        }
        let writes = Writes::of(project, file, function);
        for session in sessions_of(&steps) {
            let Some(split) = split(file, function, &steps, session, &writes) else { continue };
            let is_one_thing = parts::are_one_thing(file, function, &steps, &split);
            let is_regular = is_one_thing && reach_of(project, file, function.id) == Some(Reach::Request);
            let report = report(file, function, &split, findings);
            if !is_regular {
                report.audience(Audience::Pedantic);
            }
        }
    }
}

/// Two commits of one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Split {
    first: Commit,
    second: Commit,
}

/// A commit, and whether a callee makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Commit {
    expr: ExprId,
    is_own: bool,
}

fn split(
    file: File<'_>,
    function: FunctionRef,
    steps: &[SessionStep],
    session: Session,
    writes: &Writes,
) -> Option<Split> {
    let by_statement = steps_by_statement(file, steps, session);
    let mut search = Search { file, by_statement, writes, found: Vec::new() };
    let module = file.module();
    walk(module, module.body(function.id), Unit::Clean, &mut search);
    let found = search.found.into_iter().filter(|split| split.first.is_own || split.second.is_own);
    found.min_by_key(|split| (module.span(split.first.expr).start, module.span(split.second.expr).start))
}

/// How far a unit of work has come on one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// Nothing is written.
    Clean,
    /// Something is written and not yet committed.
    Written,
    /// A part is committed.
    Committed(Commit),
    /// A part is committed, and more is written.
    WrittenAgain(Commit),
}

struct Search<'s> {
    file: File<'s>,
    by_statement: BTreeMap<StmtId, Vec<SessionStep>>,
    writes: &'s Writes,
    found: Vec<Split>,
}

impl Walker for Search<'_> {
    type State = Unit;

    fn step(&mut self, stmt: StmtId, state: &mut Unit) {
        for step in self.by_statement.get(&stmt).cloned().unwrap_or_default() {
            match step.action {
                SessionAction::Write if self.writes.counts(&step) => *state = state.written(),
                SessionAction::Commit if is_batch(self.file, step.expr) => *state = Unit::Clean,
                SessionAction::Commit => {
                    let place = Commit { expr: step.expr, is_own: step.through.is_none() };
                    *state = self.committed(*state, place);
                }
                SessionAction::Rollback | SessionAction::Savepoint | SessionAction::Close => *state = Unit::Clean,
                _ => {}
            }
        }
    }

    /// What is committed after a failure is a record of the failure.
    fn caught(&mut self, state: &mut Unit) {
        *state = Unit::Clean;
    }
}

impl Search<'_> {
    fn committed(&mut self, state: Unit, place: Commit) -> Unit {
        match state {
            Unit::Clean => Unit::Clean,
            Unit::Written => Unit::Committed(place),
            Unit::Committed(first) => Unit::Committed(first),
            Unit::WrittenAgain(first) => {
                let split = Split { first, second: place };
                let is_kept_apart = first == place && is_isolated(self.file, place.expr);
                if !is_kept_apart && !self.found.contains(&split) {
                    self.found.push(split);
                }
                Unit::Committed(first)
            }
        }
    }
}

impl Unit {
    fn written(self) -> Self {
        match self {
            Self::Clean | Self::Written => Self::Written,
            Self::Committed(first) | Self::WrittenAgain(first) => Self::WrittenAgain(first),
        }
    }
}

/// A commit after so many rows: `if count % 100 == 0: session.commit()`.
fn is_batch(file: File<'_>, commit: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(commit) else { return false };
    file.index().stmt_ancestors(stmt).any(|parent| match (parent.block, module.stmt(parent.stmt)) {
        (Block::Clause(at), Stmt::If { clauses, .. }) => module.list(clauses).get(at as usize).is_some_and(|clause| {
            let test = file.text_of(clause.test);
            test.contains('%') || test.contains("len(") || test.to_ascii_lowercase().contains("batch")
        }),
        (_, Stmt::For { iter, .. }) => {
            let iter = file.text_of(iter).to_ascii_lowercase();
            ["batch", "chunk", "page"].iter().any(|word| iter.contains(word))
        }
        (_, Stmt::While { .. }) => true,
        _ => false,
    })
}

/// A commit in a loop whose turns are kept apart by a `try`.
fn is_isolated(file: File<'_>, commit: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(commit) else { return false };
    let inside = file
        .index()
        .stmt_ancestors(stmt)
        .take_while(|parent| !matches!(module.stmt(parent.stmt), Stmt::For { .. } | Stmt::While { .. }));
    inside.into_iter().any(|parent| parent.block == Block::Body && matches!(module.stmt(parent.stmt), Stmt::Try { .. }))
}

fn report<'f>(file: File<'_>, function: FunctionRef, split: &Split, findings: &'f mut Findings) -> FindingBuilder<'f> {
    let name = file.function_name(function.id);
    let (first, second) = (line(file, split.first.expr), line(file, split.second.expr));
    let message = if split.first == split.second {
        format!("`{name}` commits in every turn of a loop: a failure in the middle leaves half of the rows stored.")
    } else {
        format!(
            "`{name}` commits one piece of work in parts (lines {first} and {second}): a failure between them leaves \
             only the first part stored."
        )
    };
    let report = findings.report(file.at_expr(split.first.expr), file.context_name(split.first.expr), message);
    if split.first == split.second {
        return report;
    }
    report.also(file.at_expr(split.second.expr), second_words(file, split.second))
}

fn second_words(file: File<'_>, place: Commit) -> String {
    let callee = Call::of(file.module(), place.expr).and_then(|call| call.name()).unwrap_or_default();
    if place.is_own { "the rest is committed here".to_owned() } else { format!("`{callee}` commits the rest") }
}

fn line(file: File<'_>, expr: ExprId) -> u32 {
    file.line(file.module().span(expr).start)
}
