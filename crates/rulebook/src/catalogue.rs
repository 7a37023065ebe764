//! Audit catalogues, and whether they and the pages speak of each other.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{AuditCatalogue, AuditItem, AuditRef, Verdict};
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use crate::page::RulePage;
use crate::problem::{Fault, PageProblem};
use crate::text::{is_code, line_of};

/// Reads an audit catalogue: complete, without unknown keys, its item ids unique and its rules in the shape of codes.
pub fn parse_catalogue(file_name: &str, text: &str) -> Result<AuditCatalogue, PageProblem> {
    let problem = |line, fault| PageProblem { file: file_name.to_owned(), line, fault };
    let unreadable = |error: toml::de::Error| problem(line_of(text, error.span(), 1), Fault::toml(&error));
    let catalogue: AuditCatalogue = toml::from_str(text).map_err(unreadable)?;
    let places: ItemPlaces = toml::from_str(text).map_err(unreadable)?;
    let mut seen = BTreeSet::new();
    for (item, place) in catalogue.items.iter().zip(places.items) {
        let id = || item.id.clone();
        let wrong = item.rules.iter().find(|code| !is_code(code));
        let fault = match wrong {
            Some(code) => Fault::ItemCode { id: id(), code: code.clone() },
            None if seen.insert(&item.id) => continue,
            None => Fault::RepeatedItem { id: id() },
        };
        return Err(problem(line_of(text, Some(place.span()), 1), fault));
    }
    Ok(catalogue)
}

/// Holds pages and catalogues against each other: an item that a page names exists and names the page's rule, and an
/// item that names the rule of one of these pages is named by it.
///
/// A contradicted item may name rules that do not name it: they cover its topic and stay silent at its place. Rules
/// without a page are passed over.
pub fn check_audits(pages: &[RulePage], catalogues: &[AuditCatalogue]) -> Result<(), Vec<PageProblem>> {
    let items: BTreeMap<AuditRef, &AuditItem> = catalogues
        .iter()
        .flat_map(|catalogue| catalogue.items.iter().map(|item| (AuditRef::new(&catalogue.id, &item.id), item)))
        .collect();
    let mut problems = Vec::new();
    for page in pages {
        problems.extend(disagreements(page, &items).into_iter().map(|fault| PageProblem {
            file: page.file_name().to_owned(),
            line: page.header.audits_line,
            fault,
        }));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Where the items of a catalogue stand.
#[derive(Deserialize)]
struct ItemPlaces {
    items: Vec<Spanned<IgnoredAny>>,
}

fn disagreements(page: &RulePage, items: &BTreeMap<AuditRef, &AuditItem>) -> Vec<Fault> {
    let header = page.header();
    let names_rule = |item: &AuditItem| item.rules.contains(&header.code);
    let mut faults = Vec::new();
    for audit in header.audits.iter().cloned() {
        match items.get(&AuditRef(audit.clone())) {
            None => faults.push(Fault::UnknownAudit { audit }),
            Some(item) if !names_rule(item) => faults.push(Fault::ItemLacksRule { audit, code: header.code.clone() }),
            Some(_) => {}
        }
    }
    for (AuditRef(audit), item) in items {
        if names_rule(item) && item.verdict != Verdict::Contradicted && !header.audits.contains(audit) {
            faults.push(Fault::PageLacksAudit { audit: audit.clone() });
        }
    }
    faults
}
