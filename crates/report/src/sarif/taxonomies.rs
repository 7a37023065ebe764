//! Audit catalogues as taxonomies, and the ties of rules to their items.

use backlint_finding::{AuditCatalogue, AuditItem, AuditRef, RuleMeta};

use super::message::{description, sentence};
use super::model::{ComponentReference, Relationship, Taxon, TaxonProperties, TaxonReference, Taxonomy};
use crate::words::word;

/// The catalogue as a taxonomy.
pub(super) fn taxonomy(catalogue: &AuditCatalogue) -> Taxonomy {
    Taxonomy {
        name: catalogue.id.clone(),
        guid: guid(&catalogue.id),
        short_description: description(&sentence(&catalogue.title)).into(),
        full_description: description(&sentence(&catalogue.summary)).into(),
        taxa: catalogue.items.iter().map(taxon).collect(),
    }
}

/// The reference to the catalogue with this index in the run.
pub(super) fn reference(index: usize, catalogue: &AuditCatalogue) -> ComponentReference {
    ComponentReference { name: catalogue.id.clone(), index, guid: guid(&catalogue.id) }
}

/// The items that `rule` helps to decide, by the page of the rule or by the catalogue.
pub(super) fn relationships(rule: &RuleMeta, catalogues: &[AuditCatalogue]) -> Vec<Relationship> {
    let mut relationships = Vec::new();
    for (catalogue_index, catalogue) in catalogues.iter().enumerate() {
        for (index, item) in catalogue.items.iter().enumerate() {
            if !is_decided_by(rule, catalogue, item) {
                continue;
            }
            let tool_component = reference(catalogue_index, catalogue);
            let target = TaxonReference { id: item.id.clone(), index, tool_component };
            relationships.push(Relationship { target, kinds: ["relevant"] });
        }
    }
    relationships
}

fn is_decided_by(rule: &RuleMeta, catalogue: &AuditCatalogue, item: &AuditItem) -> bool {
    let AuditRef(reference) = AuditRef::new(&catalogue.id, &item.id);
    rule.audits.contains(&reference.as_str()) || item.rules.iter().any(|code| code == rule.code)
}

fn taxon(item: &AuditItem) -> Taxon {
    Taxon {
        id: item.id.clone(),
        short_description: description(&sentence(&item.title)).into(),
        full_description: description(&sentence(&item.description)).into(),
        properties: TaxonProperties { priority: item.priority.clone(), verdict: word(&item.verdict) },
    }
}

/// A GUID that is the same in every run: the 128-bit FNV-1a hash of the id in the shape of a name-based GUID. SARIF wants
/// GUIDs so that two files can be seen to speak of the same catalogue.
fn guid(id: &str) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    const VERSION: u128 = 0xf << 76;
    const VARIANT: u128 = 0b11 << 62;
    let hash = ["backlint audit ", id].into_iter().flat_map(str::bytes);
    let hash = hash.fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    let marked = (hash & !VERSION & !VARIANT) | (5 << 76) | (0b10 << 62);
    let digits = format!("{marked:032x}");
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}
