//! Pages, rulebooks and catalogues through the public entry points: what is read, and what is wrong on which line.

mod audits;
mod examples;
mod header;
mod marks;
mod page;
mod rulebook;
mod sections;

use backlint_rulebook::{PageProblem, RulePage};

/// A page without a problem.
const PAGE: &str = include_str!("page.md");

/// The model page with one piece of its text replaced.
#[track_caller]
fn edited(from: &str, to: &str) -> String {
    assert_eq!(PAGE.matches(from).count(), 1, "the edit must hit one place of the model page: {from:?}");
    PAGE.replace(from, to)
}

/// A page that is expected to have no problem.
#[track_caller]
fn sound(text: &str) -> RulePage {
    RulePage::parse("AUTH001.md", text).expect("a page without a problem")
}

/// Holds the problems of the edited model page against `LINE: MESSAGE`.
#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    check_page("AUTH001.md", &edited(from, to), expected);
}

/// Holds the problems of a page against `LINE: MESSAGE`.
#[track_caller]
fn check_page(file_name: &str, text: &str, expected: &[&str]) {
    let problems = RulePage::parse(file_name, text).err().unwrap_or_default();
    let expected: Vec<String> = expected.iter().map(|problem| format!("{file_name}:{problem}")).collect();
    assert_eq!(shown(&problems), expected);
}

fn shown(problems: &[PageProblem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}
