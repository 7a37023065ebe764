//! How often each rule reported.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use backlint_finding::Outcome;

use crate::color::Color;
use crate::table::{Cell, Table};

/// Writes one line per rule with shown findings, the most frequent first.
pub(super) fn write_statistics(outcome: &Outcome, color: Color, out: &mut dyn io::Write) -> io::Result<()> {
    let mut counts = BTreeMap::new();
    for triaged in outcome.shown() {
        let rule = triaged.finding.rule;
        counts.entry(rule.code).or_insert((0_usize, rule)).0 += 1;
    }
    let mut rows: Vec<_> = counts.into_values().collect();
    // Stable, so that equal counts stay in the order of codes.
    rows.sort_by_key(|&(number, _)| Reverse(number));
    let mut table = Table::new();
    for (number, rule) in rows {
        table.row([Cell::number(number), Cell::new(rule.code), Cell::new(rule.name)]);
    }
    table.write("", color, out)
}
