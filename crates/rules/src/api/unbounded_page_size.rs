//! API014: clients choose how many rows a query fetches, without an upper bound.

mod flow;
mod sources;

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, Framework, FunctionRef, Project, Route};

use crate::served::is_served;
use flow::Flow;
use sources::sources;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_served(project, route)) {
        let Some(handler) = route.handler.function().filter(|handler| seen.insert(*handler)) else { continue };
        let Some(file) = project.file(handler.file) else { continue };
        if route.framework == Framework::Flask {
            report_reading_paginate(project, route, file, handler, findings);
        }
        for source in sources(project, route, file, handler) {
            let Some(sink) = Flow::of(project).sink(handler, source.symbol) else { continue };
            let message = format!(
                "`{}` takes any `{}`: `{}={}` makes it fetch that many rows. Give it an upper bound.",
                route.label(),
                source.name,
                source.name,
                100_000_000,
            );
            findings
                .report(source.at, format!("{} {}", route.label(), source.name), message)
                .also(sink, "here it decides how much is fetched");
        }
    }
}

/// `paginate()` of Flask-SQLAlchemy that is not told the size of a page reads it from the query string.
fn report_reading_paginate(
    project: &Project,
    route: &Route,
    file: File<'_>,
    handler: FunctionRef,
    findings: &mut Findings,
) {
    for call in project.calls_in(handler).into_iter().filter(|call| call.name() == Some("paginate")) {
        let receiver = call.receiver().map_or("", |receiver| file.text_of(receiver));
        let is_query = receiver.rsplit('.').next() == Some("db") || receiver.contains(".query");
        let says_size = ["per_page", "max_per_page"].iter().any(|name| call.keyword(name).is_some());
        // The select of `db.paginate(select)` comes first, the page of `query.paginate(page)` does.
        let place = if receiver.contains(".query") { 1 } else { 2 };
        if !is_query || says_size || call.has_unpacking() || call.positional(place).is_some() {
            continue;
        }
        let message = format!(
            "`{}` lets `paginate()` read `per_page` from the query string, and nothing bounds it. Give it `max_per_page`.",
            route.label(),
        );
        findings.report(file.at(file.first_line(call.span())), format!("{} per_page", route.label()), message);
    }
}
