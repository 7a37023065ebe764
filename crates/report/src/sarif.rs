//! SARIF 2.1.0 in the shape that code scanning takes: one run, all rules that ran, shown findings only.

mod line_hash;
mod message;
mod model;
mod notifications;
mod places;
mod results;
mod rules;
mod severity;
mod taxonomies;

use std::collections::BTreeMap;
use std::io;

use backlint_finding::{Outcome, RuleMeta};

use crate::escape::visible;
use crate::json_text::write_pretty;
use model::{AutomationDetails, Driver, Log, Run, Tool};
use results::Results;

/// What a SARIF file says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SarifOptions {
    /// What tells several analyses of one commit apart, such as `services/billing`; the name of the tool when not given.
    pub category: Option<String>,
}

/// Writes the outcome for code scanning. Findings that are not shown are left out: code scanning would open alerts for
/// suppressed ones.
pub fn render_sarif(outcome: &Outcome, options: &SarifOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let rules = rules_by_code(outcome);
    let rule_indices = rules.keys().enumerate().map(|(index, &code)| (code, index)).collect();
    let Results { list, left_out } = results::results(outcome, &rule_indices);
    let catalogues = &outcome.catalogues;
    let driver = Driver {
        name: crate::TOOL_NAME,
        version: crate::TOOL_VERSION,
        semantic_version: crate::TOOL_VERSION,
        rules: rules.values().map(|rule| rules::rule(rule, catalogues)).collect(),
        notifications: notifications::kinds(),
        supported_taxonomies: (0..).zip(catalogues).map(|(i, known)| taxonomies::reference(i, known)).collect(),
    };
    let run = Run {
        tool: Tool { driver },
        automation_details: AutomationDetails { id: category(options) },
        column_kind: "unicodeCodePoints",
        invocations: [notifications::invocation(outcome, left_out)],
        taxonomies: catalogues.iter().map(taxonomies::taxonomy).collect(),
        results: list,
    };
    let log = Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    write_pretty(&log, out)
}

/// The rules that ran. A finding always comes from one of them, and taking them from both places keeps the indices of
/// results valid whoever built the outcome.
fn rules_by_code(outcome: &Outcome) -> BTreeMap<&'static str, &'static RuleMeta> {
    let reporting = outcome.shown().map(|triaged| triaged.finding.rule);
    outcome.rules.iter().copied().chain(reporting).map(|rule| (rule.code, rule)).collect()
}

/// The category ends in a slash: code scanning takes what stands behind the last one for the id of a single run.
fn category(options: &SarifOptions) -> String {
    let given = options.category.as_deref().map(|category| category.trim_matches('/')).filter(|name| !name.is_empty());
    format!("{}/", visible(given.unwrap_or(crate::TOOL_NAME)))
}
