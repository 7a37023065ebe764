//! AUTH003: a guard stands above the route decorator, so the router keeps the unprotected function.

use backlint_finding::Findings;
use backlint_model::{Project, Role, Route};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut seen = Vec::new();
    for route in project.routes() {
        let Some(file) = project.file(route.at.file).filter(|file| file.role() == Role::App) else { continue };
        for misplaced in &route.misplaced {
            if seen.contains(&misplaced.decorator) || is_registered_again(project, route) {
                continue;
            }
            seen.push(misplaced.decorator);
            let what = if misplaced.is_throttle { "limits nothing" } else { "protects nothing" };
            let message = format!(
                "`@{}` stands above the route decorator of `{}`, so it wraps a function that the router never calls and {what}. \
                 Put it below the route decorator.",
                misplaced.name,
                route.label(),
            );
            // The whole decorator line, from its `@` on.
            let span = file.module().span(misplaced.decorator.expr);
            let line = file.source().lines().line_span(file.source().text(), file.line(span.start));
            let start = line.start + u32::try_from(indent(file.slice(line))).unwrap_or(0);
            let at = file.at(file.first_line(backlint_source::Span::new(start, span.end)));
            findings
                .report(at, format!("{} {}", route.label(), misplaced.name), message)
                .also(route.at, "this decorator registers the function as it is below");
        }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// `add_url_rule(view_func=f)` registers the finished function, guards above included.
fn is_registered_again(project: &Project, route: &Route) -> bool {
    project.routes().iter().any(|other| {
        other.handler == route.handler && other.at != route.at && other.misplaced.is_empty() && is_call(project, other)
    })
}

fn is_call(project: &Project, route: &Route) -> bool {
    project.file(route.at.file).is_some_and(|file| file.slice(route.at.span).contains("add_url_rule"))
}
