//! What is known of rules: the list, and the page of one.

use std::io;

use backlint_finding::{RuleMeta, Severity};
use serde::Serialize;

use crate::color::Style;
use crate::json::VERSION;
use crate::json_text::write_pretty;
use crate::table::{Cell, Table};
use crate::text::TextOptions;
use crate::words::count;

/// Writes the rules as a table.
pub fn render_rules_text(rules: &[&RuleMeta], options: &TextOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut table = Table::titled(["CODE", "NAME", "SEVERITY", "CONFIDENCE", "AUDIENCE", "SUMMARY"]);
    for rule in rules {
        table.row([
            Cell::new(rule.code),
            Cell::new(rule.name),
            Cell::styled(rule.severity.word(), style(rule.severity)),
            Cell::new(rule.confidence.word()),
            Cell::new(rule.audience.word()),
            Cell::new(rule.summary),
        ]);
    }
    table.write("", options.color, out)?;
    writeln!(out, "\n{}; `backlint explain CODE` shows the page of one", count(rules.len(), "rule"))
}

/// Writes the rules as `{"version": 1, "rules": […]}`.
pub fn render_rules_json(rules: &[&RuleMeta], out: &mut dyn io::Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u8,
        rules: &'a [&'a RuleMeta],
    }
    write_pretty(&Document { version: VERSION, rules }, out)
}

/// Writes the page of a rule: its header as a block, then the page itself.
pub fn render_rule_text(rule: &RuleMeta, options: &TextOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let title = format!("{} {}", rule.code, rule.name);
    writeln!(out, "{}\n{}.\n", options.color.paint(Style::Bold, &title), rule.summary)?;
    let cwe: Vec<_> = rule.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    let mut table = Table::new();
    let fields = [
        ("severity", Cell::styled(rule.severity.word(), style(rule.severity))),
        ("confidence", Cell::new(rule.confidence.word())),
        ("audience", Cell::new(rule.audience.word())),
        ("weaknesses", Cell::new(cwe.join(", "))),
        ("audits", Cell::new(rule.audits.join(", "))),
        ("since", Cell::new(rule.since)),
    ];
    for (name, value) in fields {
        if !value.is_empty() {
            table.row([Cell::new(name), value]);
        }
    }
    table.write("", options.color, out)?;
    writeln!(out, "\n{}", rule.help.trim())
}

/// Writes the page of a rule as `{"version": 1, "rule": {…}}`.
pub fn render_rule_json(rule: &RuleMeta, out: &mut dyn io::Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u8,
        rule: &'a RuleMeta,
    }
    write_pretty(&Document { version: VERSION, rule }, out)
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => Style::Red,
        Severity::Medium => Style::Yellow,
        Severity::Low | Severity::Note => Style::Cyan,
    }
}
