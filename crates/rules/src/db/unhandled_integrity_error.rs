//! DB028: what a client sends may break a constraint, and nothing handles the refusal.

mod handling;
mod lookups;
mod writes;

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project, Reach, SessionAction, SessionEvent};
use backlint_syntax::ast::ExprId;

use self::lookups::is_looked_up;
use self::writes::{Constraint, Violation, violations};
use super::sessions::session_users;
use crate::reached::reach_of;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.models().is_empty() || handling::is_answered_for_all(project) {
        return;
    }
    let enforces_keys = enforces_foreign_keys(project);
    for (file, function) in session_users(project) {
        let events = project.session_events(function);
        if !events.iter().any(is_sending)
            || reach_of(project, file, function.id) != Some(Reach::Request)
            || is_dev_only(project, function)
        {
            continue;
        }
        let mut seen = BTreeSet::new();
        for violation in violations(project, file, function) {
            let Some(sent) = sent(file, events, violation.end) else { continue };
            let is_open = match violation.constraint {
                Constraint::NotNull => true,
                Constraint::Unique => !is_looked_up(project, file, function, &violation, sent.expr),
                Constraint::ForeignKey => {
                    enforces_keys && !is_looked_up(project, file, function, &violation, sent.expr)
                }
            };
            if is_open && !handling::is_handled(project, file, function, sent) && seen.insert(sent.expr) {
                report(file, sent.expr, &violation, findings);
            }
        }
    }
}

/// Whether the database refuses rows that refer to nothing: `SQLite` does not unless it is told to.
fn enforces_foreign_keys(project: &Project) -> bool {
    const DRIVERS: &[&str] = &[
        "aiomysql",
        "asyncmy",
        "asyncpg",
        "mysql-connector-python",
        "mysqlclient",
        "oracledb",
        "pg8000",
        "psycopg",
        "psycopg-binary",
        "psycopg2",
        "psycopg2-binary",
        "pymysql",
        "pyodbc",
    ];
    project.deployment().packages.iter().any(|package| DRIVERS.contains(&package.name.as_str()))
}

fn is_dev_only(project: &Project, function: FunctionRef) -> bool {
    let routes = project.routes_of(function);
    !routes.is_empty() && routes.iter().all(|&route| project.is_dev_only(project.route(route)))
}

fn is_sending(event: &SessionEvent) -> bool {
    matches!(event.action, SessionAction::Flush | SessionAction::Commit)
}

/// What sends a change to the database: the first flush or commit behind it.
fn sent(file: File<'_>, events: &[SessionEvent], end: u32) -> Option<SessionEvent> {
    events.iter().filter(|event| is_sending(event)).find(|event| file.module().span(event.expr).start > end).copied()
}

fn report(file: File<'_>, sent: ExprId, violation: &Violation<'_>, findings: &mut Findings) {
    let table = violation.model.table.as_deref().unwrap_or(&violation.model.name);
    let column = violation.attribute.name.as_str();
    let (message, role) = match violation.constraint {
        Constraint::Unique => (
            format!(
                "A second row with the same `{column}` violates `{table}.{column}` and answers 500; catch \
                 IntegrityError and answer 409."
            ),
            "has to be unique",
        ),
        Constraint::NotNull => (
            format!(
                "`null` for `{}` violates NOT NULL of `{table}.{column}` and answers 500; refuse it in the schema.",
                violation.value.name
            ),
            "takes no NULL",
        ),
        Constraint::ForeignKey => (
            format!(
                "A `{column}` that does not exist violates the foreign key of `{table}` and answers 500; look it up \
                 first, or catch IntegrityError and answer 404."
            ),
            "has to refer to a row",
        ),
    };
    findings
        .report(file.at_expr(sent), file.context_name(sent), message)
        .also(violation.attribute.at, role)
        .also(violation.value.at, "the client sends it");
}
