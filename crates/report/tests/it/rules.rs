//! The list of rules and the page of one.

use backlint_report::{TextOptions, render_rule_json, render_rule_text, render_rules_json, render_rules_text};
use serde_json::Value;

use crate::support::{LONG_FUNCTION, OPEN_ROUTE, rendered};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("the output is JSON")
}

#[test]
fn the_list_is_a_table() {
    let expected = "\
CODE     NAME                    SEVERITY  CONFIDENCE  AUDIENCE  SUMMARY
AUTH001  unguarded-state-change  high      high        regular   State-changing route that nothing in the repository guards
MNT001   long-function           low       medium      pedantic  Function that is too long to read

2 rules; `backlint explain CODE` shows the page of one
";
    let rules = [&OPEN_ROUTE, &LONG_FUNCTION];
    assert_eq!(rendered(|out| render_rules_text(&rules, &TextOptions::default(), out)), expected);
}

#[test]
fn the_page_follows_a_block_with_what_is_known() {
    let expected = "\
AUTH001 unguarded-state-change
State-changing route that nothing in the repository guards.

severity    high
confidence  high
audience    regular
weaknesses  CWE-306
audits      000:1
since       0.1.0

## What it does
Reports live routes that change state.
## Limits
None.
";
    assert_eq!(rendered(|out| render_rule_text(&OPEN_ROUTE, &TextOptions::default(), out)), expected);
}

#[test]
fn fields_without_value_are_left_out_of_the_block() {
    let page = rendered(|out| render_rule_text(&LONG_FUNCTION, &TextOptions::default(), out));
    assert!(!page.contains("weaknesses") && !page.contains("audits"), "{page}");
}

#[test]
fn json_has_the_whole_header_and_page() {
    let list = parsed(&rendered(|out| render_rules_json(&[&OPEN_ROUTE, &LONG_FUNCTION], out)));
    assert_eq!(list["version"], 1);
    assert_eq!(list["rules"][1]["code"], "MNT001");
    let page = parsed(&rendered(|out| render_rule_json(&OPEN_ROUTE, out)));
    assert_eq!(page["version"], 1);
    assert_eq!(page["rule"], list["rules"][0]);
    assert_eq!(page["rule"]["cwe"][0], 306);
    assert_eq!(page["rule"]["help"], OPEN_ROUTE.help);
}
