//! A whole page as data, and several problems at once.

use backlint_finding::{Audience, Confidence, RuleScope, Severity};
use backlint_rulebook::Heading;

use crate::{PAGE, check_page, edited, sound};

#[test]
fn a_page_is_read_in_full() {
    let page = sound(PAGE);
    let header = page.header();
    assert_eq!((page.code(), header.name.as_str()), ("AUTH001", "unguarded-state-change"));
    assert_eq!(header.summary, "State-changing route that no guard protects");
    assert_eq!((header.severity, header.confidence), (Severity::High, Confidence::Medium));
    assert_eq!((header.audience, header.scope), (Audience::Regular, RuleScope::Project));
    assert_eq!((&header.cwe[..], &header.audits[..]), (&[306][..], &["000:1".to_owned()][..]));
    assert_eq!(header.since, "0.1.0");
}

#[test]
fn sections_are_found_by_heading() {
    let page = sound(PAGE);
    for &heading in Heading::ALL {
        assert_eq!(page.section(heading).heading, heading);
    }
    let fix = page.section(Heading::HowToFix);
    assert_eq!((fix.line, fix.body.as_str()), (21, "Add the guard."));
    let examples = &page.section(Heading::Examples).body;
    assert!(examples.starts_with("```python bad\n") && examples.ends_with("def remove(): ...\n```"), "{examples}");
}

#[test]
fn the_help_is_the_page_below_its_header() {
    let page = sound(PAGE);
    assert!(page.help().starts_with("## What it does\nFinds routes"));
    assert!(page.help().ends_with("```"));
}

#[test]
fn line_ends_of_the_checkout_change_nothing() {
    let unix = sound(PAGE);
    let windows = sound(&PAGE.replace('\n', "\r\n"));
    assert_eq!(windows.help(), unix.help());
    assert_eq!(windows.examples(), unix.examples());
    assert_eq!(windows.sections(), unix.sections());
}

#[test]
fn the_file_may_be_named_with_its_folder() {
    check_page("rules/AUTH001.md", PAGE, &[]);
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_page() {
    let page = edited("severity = \"high\"", "severity = \"hihg\"")
        .replace("since = \"0.1.0\"\n", "")
        .replace("Gateways are not seen.\n", "")
        .replace("  # finding: AUTH001", "");
    check_page(
        "AUTH001.md",
        &page,
        &[
            "5: `severity` is wrong: `hihg` is none of note, low, medium, high, critical",
            "11: the header lacks the key `since`",
            "24: the section `## Limits` is empty",
            "26: a bad example marks at least one line with `# finding: AUTH001`",
        ],
    );
}
