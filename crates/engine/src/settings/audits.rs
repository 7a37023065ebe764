//! Audit catalogues: those that come with the rules, those of the configuration, and which rules an item means.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use backlint_finding::{AuditCatalogue, AuditItem, AuditRef, RuleCode};
use backlint_rulebook::{nearest, parse_catalogue};
use backlint_rules::{CATALOGUES, registry};

use super::place::Placed;
use crate::error::EngineError;

/// The catalogues that come with the rules, then those in `files`, whose paths are relative to `folder`.
pub(crate) fn read(files: &[Placed<String>], folder: &Path) -> Result<Vec<AuditCatalogue>, EngineError> {
    let mut catalogues: Vec<AuditCatalogue> = Vec::new();
    for text in CATALOGUES {
        catalogues.push(parse_catalogue("rules/audits", text).map_err(EngineError::Catalogue)?);
    }
    for file in files {
        let path = folder.join(&file.value);
        let text = fs::read_to_string(&path).map_err(|source| EngineError::UnreadableCatalogue {
            place: file.place.clone(),
            path: path.clone(),
            source,
        })?;
        let catalogue = parse_catalogue(&path.display().to_string(), &text).map_err(EngineError::Catalogue)?;
        if catalogues.iter().any(|other| other.id == catalogue.id) {
            return Err(EngineError::RepeatedCatalogue { place: file.place.clone(), id: catalogue.id });
        }
        catalogues.push(catalogue);
    }
    Ok(catalogues)
}

/// The rules of an audit item such as `000:1`, or of all items of an audit such as `000`.
pub(crate) fn rules(catalogues: &[AuditCatalogue], audit: &Placed<String>) -> Result<BTreeSet<RuleCode>, EngineError> {
    let word = &audit.value;
    let items = || {
        let items_of = |catalogue| references(catalogue).map(move |(reference, item)| (catalogue, reference, item));
        catalogues.iter().flat_map(items_of)
    };
    let meant: Vec<&AuditItem> = items()
        .filter(|(catalogue, AuditRef(reference), _)| *word == catalogue.id || word == reference)
        .map(|(_, _, item)| item)
        .collect();
    if meant.is_empty() {
        let known: Vec<String> = items().map(|(_, AuditRef(reference), _)| reference).collect();
        let nearest = nearest(word, known.iter().map(String::as_str)).map(str::to_owned);
        return Err(EngineError::UnknownAudit { place: audit.place.clone(), word: word.clone(), nearest });
    }
    let rules = meant.iter().flat_map(|item| &item.rules).filter_map(|code| registry::find(code));
    let codes: BTreeSet<RuleCode> = rules.map(|rule| rule.meta.code).collect();
    if codes.is_empty() {
        return Err(EngineError::AuditWithoutRules { place: audit.place.clone(), word: word.clone() });
    }
    Ok(codes)
}

/// The items of a catalogue and what they are called outside of it.
pub(crate) fn references(catalogue: &AuditCatalogue) -> impl Iterator<Item = (AuditRef, &AuditItem)> {
    catalogue.items.iter().map(|item| (AuditRef::new(&catalogue.id, &item.id), item))
}
