//! A rulebook that compiles, seen from the crate it is expanded in.

use backlint_finding::{Audience, Confidence, RuleScope, Severity};
use backlint_rulebook_macros::rulebook;

/// The types that the expansion expects, reduced to what can be seen here: checks return who they are.
mod registry {
    use backlint_finding::RuleMeta;

    pub(crate) struct Rule {
        pub(crate) meta: RuleMeta,
        pub(crate) page: &'static str,
        pub(crate) check: Check,
        pub(crate) needs: &'static [Fact],
    }

    #[derive(Debug, PartialEq)]
    pub(crate) enum Fact {
        Flows,
        Transactions,
    }

    pub(crate) struct FileView;
    pub(crate) struct ProjectView;

    pub(crate) enum Check {
        File(fn(FileView) -> String),
        Project(fn(ProjectView) -> String),
        FileWith(fn(u32) -> String),
        ProjectWith(fn(u32) -> String),
        Triage,
    }

    pub(crate) fn bind_file<O: From<u32>>(options: u32, check: fn(FileView, &O) -> String) -> String {
        check(FileView, &O::from(options))
    }

    pub(crate) fn bind_project<O: From<u32>>(options: u32, check: fn(ProjectView, &O) -> String) -> String {
        check(ProjectView, &O::from(options))
    }
}

mod checks {
    use crate::registry::{FileView, ProjectView};

    pub(crate) struct Limit(u32);

    impl From<u32> for Limit {
        fn from(lines: u32) -> Self {
            Self(lines)
        }
    }

    pub(crate) fn file(_: FileView) -> String {
        "file".to_owned()
    }

    pub(crate) fn project(_: ProjectView) -> String {
        "project".to_owned()
    }

    pub(crate) fn limited_file(_: FileView, limit: &Limit) -> String {
        format!("file up to {}", limit.0)
    }

    pub(crate) fn limited_project(_: ProjectView, limit: &Limit) -> String {
        format!("project up to {}", limit.0)
    }
}

rulebook! {
    "tests/rules";
    NET001 => checks::file needs Flows + Transactions,
    DB001 => checks::project,
    MNT001 => checks::limited_file with checks::Limit needs Flows,
    AUTH001 => checks::limited_project with checks::Limit,
    SUP001 => triage,
}

fn run(code: &str) -> String {
    let rule = RULES.iter().find(|rule| rule.meta.code == code).expect("a rule of this code");
    match rule.check {
        registry::Check::File(check) => check(registry::FileView),
        registry::Check::Project(check) => check(registry::ProjectView),
        registry::Check::FileWith(bind) | registry::Check::ProjectWith(bind) => bind(7),
        registry::Check::Triage => "triage".to_owned(),
    }
}

#[test]
fn rules_are_sorted_by_code() {
    let codes: Vec<&str> = RULES.iter().map(|rule| rule.meta.code).collect();
    assert_eq!(codes, ["AUTH001", "DB001", "MNT001", "NET001", "SUP001"]);
}

#[test]
fn the_header_becomes_constant_data() {
    let meta = &RULES[0].meta;
    assert_eq!((meta.name, meta.since), ("unguarded-state-change", "0.1.0"));
    assert_eq!(meta.summary, "State-changing route that no guard protects");
    assert_eq!((meta.severity, meta.confidence), (Severity::High, Confidence::Medium));
    assert_eq!((meta.audience, meta.scope), (Audience::Regular, RuleScope::Project));
    assert_eq!((meta.cwe, meta.audits), (&[306][..], &["000:1"][..]));
}

#[test]
fn the_page_becomes_text() {
    let rule = &RULES[2];
    assert_eq!(rule.meta.description, "Counts lines.\n\nThen it compares them with a limit.");
    assert!(rule.meta.help.starts_with("## What it does"));
    assert!(rule.page.starts_with("+++") && rule.page.trim_end().ends_with(rule.meta.help));
}

#[test]
fn scope_and_options_decide_how_a_check_is_held() {
    assert_eq!(run("NET001"), "file");
    assert_eq!(run("DB001"), "project");
    assert_eq!(run("MNT001"), "file up to 7");
    assert_eq!(run("AUTH001"), "project up to 7");
    assert_eq!(run("SUP001"), "triage");
}

#[test]
fn catalogues_come_by_file_name() {
    let first_lines: Vec<&str> = CATALOGUES.iter().filter_map(|text| text.lines().next()).collect();
    assert_eq!(first_lines, ["id = \"000\"", "id = \"001\""]);
}

#[test]
fn a_row_says_which_facts_its_check_needs() {
    use registry::Fact;

    let needs = |code| RULES.iter().find(|rule| rule.meta.code == code).expect("a rule of this code").needs;
    assert_eq!(needs("NET001"), [Fact::Flows, Fact::Transactions]);
    assert_eq!(needs("MNT001"), [Fact::Flows]);
    assert!(needs("DB001").is_empty() && needs("SUP001").is_empty());
}
