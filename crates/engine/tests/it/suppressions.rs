//! Comments that silence findings: where they may stand, and when they count.

use backlint_finding::{Bucket, Outcome};

use crate::{MISPLACED_GUARD, outcome, places, shown};

/// A run over the module with a misplaced guard on line 6, with `comment` at the end of `line`.
fn commented(line: usize, comment: &str) -> Outcome {
    let lines = MISPLACED_GUARD
        .lines()
        .zip(1..)
        .map(|(text, number)| if number == line { format!("{text}  {comment}\n") } else { format!("{text}\n") });
    run(&lines.collect::<String>())
}

fn run(text: &str) -> Outcome {
    outcome("select = [\"AUTH003\", \"SUP001\", \"SUP002\"]", &[("app/api.py", text)])
}

fn suppressed(outcome: &Outcome) -> Vec<String> {
    places(outcome, |triaged| matches!(triaged.bucket, Bucket::Suppressed { .. }))
}

#[track_caller]
fn silences(outcome: &Outcome) {
    assert_eq!((shown(outcome), suppressed(outcome).len()), (vec![], 1));
}

#[test]
fn a_comment_on_the_line_of_the_finding_silences_it() {
    silences(&commented(6, "# backlint: ignore[AUTH003] reason"));
    silences(&commented(6, "# backlint: ignore[guard-outside-route] reason"));
    silences(&commented(6, "# backlint: ignore[RATE001, AUTH003] reason"));
    silences(&commented(6, "# noqa: E501, AUTH003"));
}

#[test]
fn a_comment_on_a_line_of_its_own_silences_the_next() {
    silences(&run(&MISPLACED_GUARD.replace("@login", "# backlint: ignore[AUTH003] reason\n# more words\n\n@login")));
}

#[test]
fn a_comment_on_a_header_silences_the_definition() {
    for line in [7, 8] {
        silences(&commented(line, "# backlint: ignore[AUTH003] reason"));
    }
    let in_class = MISPLACED_GUARD.replace('\n', "\n    ").replace("@app", "@login_required\n    @app");
    let class = format!("class Api:  # backlint: ignore[AUTH003] reason\n    {in_class}pass\n");
    let outcome = run(&class);
    assert_eq!(shown(&outcome), Vec::<String>::new(), "{:?}", outcome.problems);
    silences(&run(&MISPLACED_GUARD.replace("def add():", "def add(\n    a=1,\n):  # noqa: AUTH003")));
}

#[test]
fn a_comment_elsewhere_silences_nothing_and_is_reported() {
    let body = commented(9, "# backlint: ignore[AUTH003] reason");
    assert_eq!(shown(&body), ["app/api.py:6 AUTH003", "app/api.py:9 SUP001"]);
    let parameter = run(&MISPLACED_GUARD.replace("def add():", "def add(\n    a=1,  # noqa: AUTH003\n):"));
    assert_eq!(shown(&parameter), ["app/api.py:6 AUTH003", "app/api.py:9 SUP001"]);
}

#[test]
fn a_comment_for_the_file_silences_all_of_it() {
    let text = format!("# backlint: ignore-file[AUTH003] reason\n{MISPLACED_GUARD}{MISPLACED_GUARD}");
    let outcome = run(&text);
    assert_eq!((shown(&outcome), suppressed(&outcome).len()), (vec![], 2));
}

#[test]
fn the_reason_is_kept() {
    let outcome = commented(6, "# backlint: ignore[AUTH003] until=2026-06-15 the gateway  checks");
    let bucket = &outcome.findings[0].bucket;
    assert_eq!(*bucket, Bucket::Suppressed { reason: Some("the gateway checks".to_owned()) });
    assert_eq!(commented(6, "# noqa: AUTH003").findings[0].bucket, Bucket::Suppressed { reason: None });
}

#[test]
fn a_comment_counts_until_its_last_day() {
    silences(&commented(6, "# backlint: ignore[AUTH003] until=2026-06-15 reason"));
    let outcome = commented(6, "# backlint: ignore[AUTH003] until=2026-06-14 reason");
    assert_eq!(shown(&outcome), ["app/api.py:6 AUTH003", "app/api.py:6 SUP002"]);
}

#[test]
fn another_rule_or_a_prefix_silences_nothing() {
    for comment in ["# backlint: ignore[AUTH] reason", "# backlint: ignore[RATE001] reason", "# noqa", "# noqa: E501"] {
        assert_eq!(shown(&commented(6, comment)), ["app/api.py:6 AUTH003"], "{comment}");
    }
}

#[test]
fn comments_for_rules_that_did_not_run_are_not_unused() {
    let text = "total = 0  # backlint: ignore[AUTH003] reason\n";
    let run = |config: &str| shown(&outcome(config, &[("app/api.py", text)]));
    assert_eq!(run("select = [\"SUP001\", \"AUTH003\"]"), ["app/api.py:1 SUP001"]);
    assert!(run("select = [\"SUP001\"]").is_empty());
    assert!(run("select = [\"SUP001\", \"AUTH003\"]\n[per-path.\"app\"]\nignore = [\"AUTH\"]").is_empty());
}

#[test]
fn comments_in_broken_files_and_in_tests_are_not_unused() {
    let comment = "total = 0  # backlint: ignore[AUTH003] reason\n";
    assert!(shown(&run(&format!("{comment}x = $\n"))).is_empty());
    let in_tests = outcome("", &[("tests/test_api.py", comment)]);
    assert!(shown(&in_tests).is_empty());
}

#[test]
fn a_silenced_finding_below_the_threshold_counts_as_silenced() {
    let text = MISPLACED_GUARD.replace("@login_required", "@login_required  # noqa: AUTH003");
    let outcome = outcome("min-severity = \"critical\"", &[("app/api.py", &text)]);
    assert_eq!(suppressed(&outcome), ["app/api.py:6 AUTH003"]);
}

#[test]
fn findings_about_comments_can_be_silenced() {
    let text = "# backlint: ignore-file[SUP003] generated\ntotal = 0  # backlint: ignore\n";
    let outcome = outcome("", &[("app/api.py", text)]);
    assert_eq!((shown(&outcome), suppressed(&outcome)), (vec![], vec!["app/api.py:2 SUP003".to_owned()]));
}
