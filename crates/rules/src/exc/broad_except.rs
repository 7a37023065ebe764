//! EXC001: a clause that treats every error alike.

use backlint_finding::Findings;
use backlint_model::{File, Project};
use backlint_syntax::ast::{CompareOp, Expr, Stmt};

use super::clause::{Clause, broad_clauses, expressions_in};
use super::reaction::{Answer, Log, Reaction};
use super::stakes::Stakes;

/// What is wrong with a clause.
enum Fault {
    /// It logs and carries on.
    CarriesOn,
    /// It raises another error without this one.
    CutsCause,
    /// It tells errors apart by their text.
    SearchesText,
}

/// More than this many in one module are a habit, and one finding.
const HABIT: usize = 20;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        let mut faulty: Vec<(Clause<'_>, Fault)> = Vec::new();
        for clause in broad_clauses(file) {
            faulty.extend(fault(project, &clause).map(|fault| (clause, fault)));
        }
        if faulty.len() > HABIT {
            report_habit(file, &faulty, findings);
            continue;
        }
        for (clause, fault) in faulty {
            let anchor = format!("{}: {}", clause.context(), fault.word());
            findings.report(file.at(clause.at), anchor, fault.message());
        }
    }
}

fn report_habit(file: File<'_>, faulty: &[(Clause<'_>, Fault)], findings: &mut Findings) {
    let Some((first, others)) = faulty.split_first() else { return };
    let message = format!(
        "{} clauses of this module catch every error alike, misspelt names included; decide which errors are expected, and let the others reach one handler that logs them.",
        faulty.len()
    );
    let mut report = findings.report(file.at(first.0.at), "<module>", message);
    for (clause, _) in others {
        report = report.also(file.at(clause.at), "and here");
    }
}

fn fault(project: &Project, clause: &Clause<'_>) -> Option<Fault> {
    let reaction = Reaction::of(project, clause);
    if searches_text(clause) {
        return Some(Fault::SearchesText);
    }
    if reaction.replaced_at.is_some() && !reaction.is_passed_on {
        let is_client_error = matches!(reaction.answer, Some(Answer::Status(..500)));
        let is_dropped = reaction.is_silent() && reaction.answer.is_some();
        return (!is_client_error && !is_dropped).then_some(Fault::CutsCause);
    }
    let is_answered = matches!(reaction.answer, Some(Answer::Status(500..)));
    let is_fine = reaction.is_passed_on
        || is_answered
        || clause.is_after_error()
        || is_boundary(clause, &reaction)
        || matches!(Stakes::of(project, clause), Stakes::Harmless);
    (reaction.log != Log::None && !is_fine).then_some(Fault::CarriesOn)
}

/// Whether the clause decides by `"…" in str(error)`.
fn searches_text(clause: &Clause<'_>) -> bool {
    let file = clause.file;
    let module = file.module();
    let Some(name) = clause.name else { return false };
    let text = format!("str({})", module.text(name));
    let holders: Vec<&str> = clause
        .handling_statements()
        .into_iter()
        .filter_map(|stmt| match module.stmt(stmt) {
            Stmt::Assign { targets, value } if file.text_of(value).contains(&text) => {
                module.list(targets).first().map(|&target| file.text_of(target))
            }
            _ => None,
        })
        .collect();
    expressions_in(file, clause.handling).into_iter().any(|expr| {
        let Expr::Compare { rest, .. } = module.expr(expr) else { return false };
        module.list(rest).iter().any(|comparison| {
            let right = file.text_of(comparison.right);
            let is_search = matches!(comparison.op, CompareOp::In | CompareOp::NotIn);
            is_search
                && (right.contains(&text)
                    || holders.iter().any(|holder| right == *holder || right.starts_with(&format!("{holder}."))))
        })
    })
}

/// The outermost place of a loop, a worker or a middleware, where errors end, logged with their traceback.
fn is_boundary(clause: &Clause<'_>, reaction: &Reaction) -> bool {
    let file = clause.file;
    let module = file.module();
    if reaction.log != Log::WithTraceback {
        return false;
    }
    let Some(function) = clause.function() else { return true };
    let is_outermost = file
        .index()
        .stmt_parent(clause.stmt)
        .is_none_or(|parent| matches!(module.stmt(parent.stmt), Stmt::Function(_)));
    let is_entry = !module.list(file.function(function).decorators).is_empty();
    clause.enclosing_loop().is_some() || is_outermost && is_entry
}

impl Fault {
    fn word(&self) -> &'static str {
        match self {
            Self::CarriesOn => "carries on",
            Self::CutsCause => "cuts cause",
            Self::SearchesText => "searches text",
        }
    }

    fn message(&self) -> &'static str {
        match self {
            Self::CarriesOn => {
                "Any error, a misspelt name included, is logged here and then treated as one that was expected; catch the errors that the block is known to raise."
            }
            Self::CutsCause => {
                "Any error, a misspelt name included, becomes another one without its cause; raise the new error `from` the old one, and catch only what is expected."
            }
            Self::SearchesText => {
                "Errors are told apart by searching their text, which changes with every release of a library; catch their types, or look at their codes."
            }
        }
    }
}
