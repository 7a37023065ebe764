//! Pages against each other and against the rows.

use backlint_rulebook::{TextFile, check_rulebook};

use crate::{PAGE, shown};

fn page(code: &str, name: &str) -> TextFile {
    let text = PAGE.replace("AUTH001", code).replace("unguarded-state-change", name);
    TextFile::new(format!("{code}.md"), text)
}

#[track_caller]
fn check(pages: &[TextFile], rows: &[&str], expected: &[&str]) {
    let problems = check_rulebook(pages, rows).err().unwrap_or_default();
    assert_eq!(shown(&problems), expected);
}

#[test]
fn pages_come_back_by_code() {
    let pages = check_rulebook(&[page("DB001", "b"), page("AUTH001", "a")], &["DB001", "AUTH001"]).unwrap();
    assert_eq!(pages.iter().map(backlint_rulebook::RulePage::code).collect::<Vec<_>>(), ["AUTH001", "DB001"]);
}

#[test]
fn pages_and_rows_are_the_same_set() {
    check(
        &[page("AUTH001", "a")],
        &["AUTH001", "DB001"],
        &["DB001.md:1: the rulebook has a row `DB001`, but this page does not exist"],
    );
    check(
        &[page("AUTH001", "a"), page("DB001", "b")],
        &["DB001"],
        &["AUTH001.md:1: the rulebook has no row for this page; add `AUTH001 => path::to::check,`"],
    );
}

#[test]
fn a_row_stands_once() {
    check(
        &[page("AUTH001", "a")],
        &["AUTH001", "AUTH001"],
        &["AUTH001.md:1: the rulebook has more than one row `AUTH001`"],
    );
}

#[test]
fn names_are_unique() {
    check(
        &[page("DB001", "same"), page("AUTH001", "same")],
        &["AUTH001", "DB001"],
        &["DB001.md:3: the rule AUTH001 has the name `same` too"],
    );
}

#[test]
fn codes_are_unique() {
    let mut other = page("AUTH001", "other");
    other.path = "old/AUTH001.md".to_owned();
    check(&[page("AUTH001", "a"), other], &["AUTH001"], &["old/AUTH001.md:2: another page has the code `AUTH001` too"]);
}

#[test]
fn problems_of_all_pages_are_told_at_once() {
    let mut first = page("AUTH001", "a");
    let mut second = page("DB001", "b");
    first.text = first.text.replace("[306]", "[0]");
    second.text = second.text.replace("\"high\"", "\"huge\"");
    check(
        &[second, first],
        &["DB001"],
        &[
            "AUTH001.md:1: the rulebook has no row for this page; add `AUTH001 => path::to::check,`",
            "AUTH001.md:9: `cwe` must list CWE numbers, such as `306`",
            "DB001.md:5: `severity` is wrong: `huge` is none of note, low, medium, high, critical",
        ],
    );
}
