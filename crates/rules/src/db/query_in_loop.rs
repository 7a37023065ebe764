//! DB015: a query for every turn of a loop.

mod helpers;
mod loops;
mod spared;

use std::collections::BTreeMap;

use backlint_finding::{Audience, Findings};
use backlint_model::{DatabaseCallKind, File, FunctionRef, Project, Reach};
use backlint_source::Location;
use backlint_syntax::ast::ExprId;

use helpers::Helpers;
use loops::Loop;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.models().is_empty() {
        return;
    }
    let mut helpers = Helpers::of(project);
    for file in project.app_files() {
        for id in file.module().function_ids() {
            let function = FunctionRef { file: file.id(), id };
            let Some(reach) = crate::reached::reach_of(project, file, id) else { continue };
            check_function(project, file, function, reach, &mut helpers, findings);
        }
    }
}

/// What a turn of a loop asks.
struct Asked {
    call: ExprId,
    what: What,
}

enum What {
    /// A query, right here.
    Query,
    /// What was added is sent.
    Flush,
    /// A function of the project, which asks at this place.
    Helper {
        name: String,
        at: Location,
        /// Whether it does more than to fetch, or asks through another helper: then it takes more to join the queries.
        is_involved: bool,
    },
}

fn check_function(
    project: &Project,
    file: File<'_>,
    function: FunctionRef,
    reach: Reach,
    helpers: &mut Helpers<'_>,
    findings: &mut Findings,
) {
    let mut found: BTreeMap<ExprId, (Loop, Asked)> = BTreeMap::new();
    for asked in asked_in(project, function, helpers) {
        let Some(around) = loops::around(project, file, asked.call) else { continue };
        let is_wanted = match asked.what {
            What::Flush => around.is_of_rows,
            What::Query | What::Helper { .. } => around.depends(file, asked.call),
        };
        let is_spared = || spared::runs_once(file, &around, asked.call) || spared::is_loaded(project, file, asked.call);
        if !is_wanted || is_spared() {
            continue;
        }
        found.entry(around.iter).or_insert((around, asked));
    }
    for (around, asked) in found.into_values() {
        report(file, reach, &around, &asked, findings);
    }
}

/// The calls of a function that ask the database, themselves or through a helper, in source order.
fn asked_in(project: &Project, function: FunctionRef, helpers: &mut Helpers<'_>) -> Vec<Asked> {
    let own = project.database_calls(function).into_iter().map(|call| Asked {
        call: call.expr,
        what: if call.kind == DatabaseCallKind::Flush { What::Flush } else { What::Query },
    });
    let mut found: Vec<Asked> = own.collect();
    for callee in project.callees(function) {
        let Some(asks) = helpers.asks(callee.function) else { continue };
        let name = project.file(callee.function.file).map_or("", |file| file.function_name(callee.function.id));
        let is_involved = asks.depth > 0 || !project.own_effects(callee.function).is_empty();
        let what = What::Helper { name: name.to_owned(), at: asks.at, is_involved };
        found.push(Asked { call: callee.call, what });
    }
    found
}

fn report(file: File<'_>, reach: Reach, around: &Loop, asked: &Asked, findings: &mut Findings) {
    let turn = around.turn(file);
    let message = match &asked.what {
        What::Query => format!(
            "One query per {turn}: 100 of them make 100 round trips; fetch what the loop needs in one query before it."
        ),
        What::Flush => format!("One flush per {turn}: add all rows first, and flush once."),
        What::Helper { name, .. } => format!(
            "`{name}` runs a query, once per {turn}: 100 of them make 100 round trips; fetch what the loop needs in one query before it."
        ),
    };
    let anchor = format!("{}: {turn}", file.context_name(asked.call));
    let report = findings.report(file.at(file.first_line(file.at_expr(asked.call).span)), anchor, message);
    let report = report.also(file.at_expr(around.iter), "the loop runs over this");
    let (report, is_involved) = match &asked.what {
        What::Helper { at, is_involved, .. } => (report.also(*at, "the query"), *is_involved),
        What::Query | What::Flush => (report, false),
    };
    if is_involved || reach != Reach::Request || !around.is_of_rows {
        report.audience(Audience::Pedantic);
    }
}
