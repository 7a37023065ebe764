//! Catalogues as data, and pages against catalogues.

use backlint_finding::{AuditCatalogue, Verdict};
use backlint_rulebook::{check_audits, parse_catalogue};

use crate::{PAGE, edited, shown, sound};

const CATALOGUE: &str = r#"id = "000"
title = "A service"
summary = "What was looked at."

[[items]]
id = "1"
priority = "P0"
title = "Open routes"
description = "Anyone may call them."
verdict = "confirmed"
rules = ["AUTH001"]

[[items]]
id = "2-A"
priority = "P1"
title = "Slow routes"
description = "They take long."
verdict = "partial"
rules = ["RATE004"]
"#;

fn catalogue(text: &str) -> AuditCatalogue {
    parse_catalogue("000.toml", text).expect("a sound catalogue")
}

#[track_caller]
fn check_catalogue(from: &str, to: &str, expected: &str) {
    assert!(CATALOGUE.contains(from), "the edit must hit the catalogue: {from:?}");
    let problem = parse_catalogue("000.toml", &CATALOGUE.replace(from, to)).expect_err("a problem");
    let shown = problem.to_string();
    assert!(shown.starts_with(expected), "{shown}");
}

#[track_caller]
fn check(page: &str, catalogue_text: &str, expected: &[&str]) {
    let page = sound(page);
    let problems = check_audits(&[page], &[catalogue(catalogue_text)]).err().unwrap_or_default();
    assert_eq!(shown(&problems), expected);
}

#[test]
fn a_catalogue_is_read_in_full() {
    let catalogue = catalogue(CATALOGUE);
    assert_eq!((catalogue.id.as_str(), catalogue.items.len()), ("000", 2));
    assert_eq!((catalogue.items[1].id.as_str(), catalogue.items[1].verdict), ("2-A", Verdict::Partial));
}

#[test]
fn a_catalogue_that_cannot_be_read_is_told_with_its_line() {
    check_catalogue("priority = \"P1\"", "urgency = \"P1\"", "000.toml:15: unknown field `urgency`");
    check_catalogue("\"partial\"", "\"maybe\"", "000.toml:18: unknown variant `maybe`");
    check_catalogue("id = \"000\"", "id = ", "000.toml:1: ");
}

#[test]
fn item_ids_are_unique() {
    check_catalogue("\"2-A\"", "\"1\"", "000.toml:13: the item `1` occurs twice");
}

#[test]
fn items_name_rule_codes() {
    check_catalogue("RATE004", "RATE04", "000.toml:13: the item `2-A` names `RATE04`, which is no rule code");
}

#[test]
fn pages_and_catalogues_may_agree() {
    check(PAGE, CATALOGUE, &[]);
}

#[test]
fn a_page_names_items_that_exist() {
    let page = edited("\"000:1\"", "\"000:1\", \"000:9\", \"007:1\"");
    check(
        &page,
        CATALOGUE,
        &[
            "AUTH001.md:10: `audits` names `000:9`, which is in no catalogue",
            "AUTH001.md:10: `audits` names `007:1`, which is in no catalogue",
        ],
    );
}

#[test]
fn an_item_that_a_page_names_names_the_rule() {
    let page = edited("\"000:1\"", "\"000:1\", \"000:2-A\"");
    check(&page, CATALOGUE, &["AUTH001.md:10: `audits` names `000:2-A`, but that item's `rules` lack `AUTH001`"]);
}

#[test]
fn an_item_that_names_the_rule_is_named_by_the_page() {
    let page = edited("\"000:1\"", "");
    check(
        &page,
        CATALOGUE,
        &[
            "AUTH001.md:10: the audit item `000:1` names this rule; add it to `audits`, or remove the rule from the item",
        ],
    );
}

#[test]
fn a_contradicted_item_may_name_rules_that_do_not_name_it() {
    let contradicted = CATALOGUE.replace("confirmed", "contradicted");
    check(&edited("\"000:1\"", ""), &contradicted, &[]);
    check(PAGE, &contradicted, &[]);
}
