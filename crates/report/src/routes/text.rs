//! The inventory as aligned columns.

use std::io;

use backlint_finding::{GuardState, RouteRow};

use super::{TITLES, app_title, by_app, exposed, guard_details, is_exposed, total};
use crate::color::Style;
use crate::escape::visible;
use crate::table::{Cell, Table};
use crate::text::TextOptions;
use crate::words::word;

/// Writes a table for each application, then the total and what to look at first.
pub fn render_routes_text(routes: &[RouteRow], options: &TextOptions, out: &mut dyn io::Write) -> io::Result<()> {
    for (app, routes) in by_app(routes) {
        let title = visible(app_title(app));
        writeln!(out, "{}  {}", options.color.paint(Style::Bold, &title), total(routes.iter().copied()))?;
        let mut table = Table::titled(TITLES);
        for route in routes {
            table.row(row(route));
        }
        table.write("  ", options.color, out)?;
        writeln!(out)?;
    }
    writeln!(out, "{}", total(routes))?;
    let exposed = exposed(routes);
    if exposed.is_empty() { Ok(()) } else { writeln!(out, "{}", options.color.paint(Style::Red, &exposed)) }
}

fn row(route: &RouteRow) -> [Cell; TITLES.len()] {
    let details = guard_details(route).join(", ");
    let state = word(&route.guard);
    let guard = if details.is_empty() { state } else { format!("{state}: {details}") };
    let throttle = route.throttle.as_ref().map_or("-", |throttle| &throttle.name);
    let handler = format!("{} {}:{}", route.handler, route.file, route.line);
    [
        Cell::new(visible(&route.methods.join(","))),
        Cell::new(visible(&route.path)),
        Cell::styled(visible(&guard), style(route.guard)),
        Cell::new(visible(throttle)),
        if is_exposed(route) { Cell::styled(word(&route.effect), Style::Red) } else { Cell::new(word(&route.effect)) },
        Cell::new(visible(&handler)),
    ]
}

fn style(guard: GuardState) -> Style {
    match guard {
        GuardState::Guarded => Style::Green,
        GuardState::Public => Style::Cyan,
        GuardState::Conditional | GuardState::Partial | GuardState::Unknown => Style::Yellow,
        GuardState::Unguarded => Style::Red,
    }
}
