//! Which rules a list of codes, prefixes, names and audit items means.

use std::collections::BTreeSet;

use backlint_finding::{AuditCatalogue, RuleCode, RuleMeta};
use backlint_rules::RULES;
use backlint_rules::registry;

use super::audits;
use super::place::Placed;
use crate::error::EngineError;

/// What is selected and what is ignored, in the words of the user.
///
/// Where both name a rule, the longer word decides: `ignore = ["AUTH"]` leaves what `select = ["AUTH001"]` names. At
/// equal length the rule is ignored.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// None selects everything.
    pub(crate) select: Option<Vec<Placed<String>>>,
    pub(crate) ignore: Vec<Placed<String>>,
    /// Items such as `000:1`, or whole audits such as `000`.
    pub(crate) audits: Vec<Placed<String>>,
}

/// How exactly a selector means a rule: the length of a prefix, or the whole rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exactness {
    Everything,
    Prefix(usize),
    Rule,
}

impl Selection {
    /// The rules that are selected and not ignored.
    pub(crate) fn selected(&self, catalogues: &[AuditCatalogue]) -> Result<BTreeSet<RuleCode>, EngineError> {
        let select = self.select.as_deref().unwrap_or_default();
        check(select)?;
        check(&self.ignore)?;
        let mut by_audit = BTreeSet::new();
        for audit in &self.audits {
            by_audit.extend(audits::rules(catalogues, audit)?);
        }
        let selected = RULES.iter().map(|rule| &rule.meta).filter(|meta| {
            let selected = match exactness(select, meta) {
                _ if by_audit.contains(meta.code) => Some(Exactness::Rule),
                None if self.select.is_none() => Some(Exactness::Everything),
                selected => selected,
            };
            selected.is_some() && selected > exactness(&self.ignore, meta)
        });
        Ok(selected.map(|meta| meta.code).collect())
    }

    /// The rules that are selected by name.
    pub(crate) fn added(&self) -> Result<BTreeSet<RuleCode>, EngineError> {
        codes(self.select.as_deref().unwrap_or_default())
    }

    /// The rules that are ignored.
    pub(crate) fn ignored(&self) -> Result<BTreeSet<RuleCode>, EngineError> {
        codes(&self.ignore)
    }
}

/// The complaint about a word that means no rule.
pub(crate) fn unknown_rule(word: &Placed<String>) -> EngineError {
    EngineError::UnknownRule {
        place: word.place.clone(),
        word: word.value.clone(),
        nearest: registry::nearest(&word.value).map(str::to_owned),
    }
}

fn check(selectors: &[Placed<String>]) -> Result<(), EngineError> {
    codes(selectors).map(|_| ())
}

fn codes(selectors: &[Placed<String>]) -> Result<BTreeSet<RuleCode>, EngineError> {
    let mut codes = BTreeSet::new();
    for selector in selectors {
        let rules = registry::select(&selector.value);
        if rules.is_empty() {
            return Err(unknown_rule(selector));
        }
        codes.extend(rules.into_iter().map(|rule| rule.meta.code));
    }
    Ok(codes)
}

fn exactness(selectors: &[Placed<String>], meta: &RuleMeta) -> Option<Exactness> {
    let of = |selector: &Placed<String>| match selector.value.as_str() {
        word if word == meta.code || word == meta.name => Some(Exactness::Rule),
        word => meta.code.starts_with(word).then_some(Exactness::Prefix(word.len())),
    };
    selectors.iter().filter_map(of).max()
}
