//! The rules that ran, as code scanning wants to know them.

use backlint_finding::{AuditCatalogue, AuditRef, RuleMeta};

use super::message::{cut, description, sentence};
use super::model::{Configuration, Rule, RuleProperties, Text};
use super::severity::{level, problem_severity, security_severity};
use super::taxonomies::relationships;

/// Characters of a name that code scanning takes.
const NAME_LIMIT: usize = 255;
/// Tags that code scanning shows.
const MOST_TAGS: usize = 10;

/// The descriptor of `rule`.
pub(super) fn rule(rule: &RuleMeta, catalogues: &[AuditCatalogue]) -> Rule {
    let summary = sentence(rule.summary);
    let full = if rule.description.trim().is_empty() { &summary } else { rule.description };
    let help = if rule.help.trim().is_empty() { &summary } else { rule.help };
    Rule {
        id: rule.code,
        name: cut(&pascal_case(rule.name), NAME_LIMIT),
        short_description: description(&summary).into(),
        full_description: description(full).into(),
        help: Text { text: full.trim().to_owned(), markdown: Some(help.trim().to_owned()) },
        default_configuration: Configuration { level: level(rule.severity) },
        relationships: relationships(rule, catalogues),
        properties: properties(rule, catalogues),
    }
}

/// A weakness makes alerts of the rule security alerts; code scanning takes that from the security severity alone.
fn properties(rule: &RuleMeta, catalogues: &[AuditCatalogue]) -> RuleProperties {
    let is_weakness = !rule.cwe.is_empty();
    RuleProperties {
        tags: tags(rule, catalogues),
        precision: rule.confidence.word(),
        security_severity: is_weakness.then(|| security_severity(rule.severity)),
        problem_severity: (!is_weakness).then(|| problem_severity(rule.severity)),
    }
}

/// Weaknesses first, so that audit items are what is left out when there are too many.
fn tags(rule: &RuleMeta, catalogues: &[AuditCatalogue]) -> Vec<String> {
    let security = (!rule.cwe.is_empty()).then(|| "security".to_owned());
    let weaknesses = rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}"));
    let audits = relationships(rule, catalogues).into_iter().map(|relationship| {
        let target = relationship.target;
        AuditRef::new(&target.tool_component.name, &target.id).0
    });
    security.into_iter().chain(weaknesses).chain(audits).take(MOST_TAGS).collect()
}

/// `UnguardedStateChange`: the case that the standard asks of names.
fn pascal_case(name: &str) -> String {
    let mut pascal = String::with_capacity(name.len());
    for word in name.split('-') {
        let mut letters = word.chars();
        pascal.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        pascal.push_str(letters.as_str());
    }
    pascal
}
