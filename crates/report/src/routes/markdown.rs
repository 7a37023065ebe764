//! The inventory as Markdown tables.

use std::io;

use backlint_finding::RouteRow;

use super::{TITLES, app_title, by_app, exposed, guard_details, total};
use crate::escape::visible;
use crate::words::word;

/// Writes a section with a table for each application, then the total and what to look at first.
pub fn render_routes_markdown(routes: &[RouteRow], out: &mut dyn io::Write) -> io::Result<()> {
    for (app, routes) in by_app(routes) {
        let title = if app.is_empty() { app_title(app).to_owned() } else { code(app) };
        writeln!(out, "## {title}\n\n{}\n", total(routes.iter().copied()))?;
        write_row(&TITLES.map(str::to_owned), out)?;
        write_row(&TITLES.map(|_| "---".to_owned()), out)?;
        for route in routes {
            write_row(&cells(route), out)?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", total(routes))?;
    let exposed = exposed(routes);
    if exposed.is_empty() { Ok(()) } else { writeln!(out, "\n**{exposed}**") }
}

fn write_row(cells: &[String; TITLES.len()], out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "| {} |", cells.join(" | "))
}

fn cells(route: &RouteRow) -> [String; TITLES.len()] {
    let details: Vec<_> = guard_details(route).iter().map(|detail| code(detail)).collect();
    [
        code(&route.methods.join(",")),
        code(&route.path),
        format!("{} {}", word(&route.guard), details.join(", ")).trim_end().to_owned(),
        route.throttle.as_ref().map_or_else(String::new, |throttle| code(&throttle.name)),
        word(&route.effect),
        format!("{} {}", code(&route.handler), code(&format!("{}:{}", route.file, route.line))),
    ]
}

/// A code span, in which nothing acts: no link, no mention, no HTML. A bar would still end the cell of a table.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = visible(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("{fence}{text}{fence}") } else { format!("{fence} {text} {fence}") }
}
