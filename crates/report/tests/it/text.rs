//! The report for people.

use backlint_finding::{Bucket, Confidence, Outcome, ProblemKind, Severity};
use backlint_report::{Color, Detail, TextOptions, render_text, summary_text};

use crate::support::{Builder, LONG_FUNCTION, OPEN_ROUTE, full_outcome, note, rendered};

fn text(outcome: &Outcome, options: TextOptions) -> String {
    rendered(|out| render_text(outcome, &options, out))
}

fn with_detail(outcome: &Outcome, detail: Detail) -> String {
    text(outcome, TextOptions { detail, ..TextOptions::default() })
}

const FULL: &str = r#"high AUTH001 unguarded-state-change

  × POST /jobs changes state and nothing guards it
    ╭─[app/main.py:7:1]
  6 │ 
  7 │ @app.post("/jobs")
    · ─────────┬────────
    ·          ╰── POST /jobs
  8 │ def start():
  9 │     store(request.json)
    ·     ─────────┬─────────
    ·              ╰── 1: the body enters
 10 │     return {}
    ╰────
    ╭─[app/main.py:14:1]
 13 │ @app.delete("/jobs")
 14 │ @login_required
    · ───────┬───────
    ·        ╰── its sibling is guarded
 15 │ def stop():
    ╰────
  ☞ a row is added here; 2: and is stored
   ╭─[app/store.py:2:5]
 1 │ def store(job):
 2 │     session.add(job)
   ·     ────────────────
 3 │     session.commit()
   ╰────
  audits: 000:1
  help: backlint explain AUTH001

problem: app/broken.py: line 3 could not be parsed; fix it and run again
1 finding: 1 high in 2 files, 2 routes; 1 problem
"#;

#[test]
fn a_finding_shows_its_places_then_problems_and_summary_follow() {
    assert_eq!(text(&full_outcome(), TextOptions::default()), FULL);
}

#[test]
fn colours_are_written_only_when_asked_for() {
    let outcome = full_outcome();
    assert!(text(&outcome, TextOptions { color: Color::Always, ..TextOptions::default() }).contains("\u{1b}[31m"));
    assert!(!text(&outcome, TextOptions::default()).contains('\u{1b}'));
}

#[test]
fn quiet_reports_have_one_line_per_finding_and_problem() {
    let expected = "app/main.py:7:1: high AUTH001 unguarded-state-change: POST /jobs changes state and nothing guards it\n\
                    problem: app/broken.py: line 3 could not be parsed; fix it and run again\n";
    assert_eq!(with_detail(&full_outcome(), Detail::Quiet), expected);
}

#[test]
fn less_than_high_confidence_is_said_in_the_header() {
    let builder = Builder::new(&[("a.py", "f()\n")]);
    let at = builder.place("a.py", "f()");
    let outcome = builder.finding(&LONG_FUNCTION, at, "too long").outcome();
    assert!(with_detail(&outcome, Detail::Normal).starts_with("low MNT001 long-function (medium confidence)\n"));
}

#[test]
fn verbose_reports_explain_what_is_not_shown() {
    let builder = Builder::new(&[("a.py", "f()\n")]);
    let at = builder.place("a.py", "f()");
    let buckets = [
        Bucket::Suppressed { reason: Some("checked by the gateway".to_owned()) },
        Bucket::Suppressed { reason: None },
        Bucket::BelowThreshold,
        Bucket::Baselined,
    ];
    let builder = buckets.into_iter().fold(builder, |builder, bucket| {
        builder.finding_with(&OPEN_ROUTE, at, "open", |triaged| triaged.bucket = bucket)
    });
    let line = "a.py:1:1: high AUTH001 unguarded-state-change: open\n";
    let expected = format!(
        "suppressed (checked by the gateway): {line}suppressed without a reason: {line}below the thresholds: {line}\
         in the baseline: {line}No findings in 1 file, 2 routes; 2 suppressed, 1 in the baseline, 1 below the thresholds\n"
    );
    assert_eq!(with_detail(&builder.outcome(), Detail::Verbose), expected);
}

#[test]
fn many_places_are_cut_short_unless_everything_is_asked_for() {
    let source = (0..20).map(|i| format!("f{i}()")).collect::<Vec<_>>().join("\n");
    let builder = Builder::new(&[("a.py", source.as_str())]);
    let at = builder.place("a.py", "f0()");
    let notes: Vec<_> =
        (1..20).map(|i| note(builder.place("a.py", &format!("f{i}()")), &format!("caller {i}"))).collect();
    let outcome = builder.finding_with(&OPEN_ROUTE, at, "open", |triaged| triaged.finding.related = notes).outcome();
    let normal = with_detail(&outcome, Detail::Normal);
    assert!(normal.contains("caller 8") && !normal.contains("caller 9"), "{normal}");
    assert!(normal.contains("… and 11 more places"), "{normal}");
    let verbose = with_detail(&outcome, Detail::Verbose);
    assert!(verbose.contains("caller 19") && !verbose.contains("more places"), "{verbose}");
}

#[test]
fn statistics_list_the_most_frequent_rule_first() {
    let builder = Builder::new(&[("a.py", "f()\n")]);
    let at = builder.place("a.py", "f()");
    let builder = builder.finding(&OPEN_ROUTE, at, "one");
    let outcome = builder.finding(&LONG_FUNCTION, at, "two").finding(&LONG_FUNCTION, at, "three").outcome();
    let text = text(&outcome, TextOptions { statistics: true, detail: Detail::Quiet, ..TextOptions::default() });
    assert!(text.ends_with("2  MNT001   long-function\n1  AUTH001  unguarded-state-change\n"), "{text}");
}

#[test]
fn the_summary_counts_severities_from_the_worst_down() {
    let builder = Builder::new(&[("a.py", "f()\n"), ("b.py", "")]);
    let at = builder.place("a.py", "f()");
    let severities = [Severity::Low, Severity::Critical, Severity::Note, Severity::Critical];
    let builder = severities.into_iter().fold(builder, |builder, severity| {
        builder.finding_with(&OPEN_ROUTE, at, "open", |triaged| triaged.finding.severity = severity)
    });
    let outcome = builder
        .finding_with(&OPEN_ROUTE, at, "open", |triaged| triaged.bucket = Bucket::BelowThreshold)
        .problem("c.py", ProblemKind::Unreadable, "cannot be read")
        .problem("d.py", ProblemKind::TooLarge, "is too large")
        .outcome();
    let expected = "4 findings: 2 critical, 1 low, 1 note in 2 files, 2 routes; 1 below the thresholds, 2 problems";
    assert_eq!(summary_text(&outcome), expected);
}

#[test]
fn a_clean_run_and_an_empty_one_are_told_apart() {
    assert_eq!(summary_text(&Builder::new(&[("a.py", "")]).outcome()), "No findings in 1 file, 2 routes");
    let nothing = Builder::new(&[]).outcome();
    assert_eq!(summary_text(&nothing), "Nothing was checked: there are no Python files here");
}

#[test]
fn confidence_and_audience_are_in_verbose_reports() {
    let builder = Builder::new(&[("a.py", "f()\n")]);
    let at = builder.place("a.py", "f()");
    let outcome =
        builder.finding_with(&OPEN_ROUTE, at, "open", |triaged| triaged.finding.confidence = Confidence::Low).outcome();
    let verbose = with_detail(&outcome, Detail::Verbose);
    for line in ["  confidence: low\n", "  audience: regular\n", "  fingerprint: AUTH001-0\n"] {
        assert!(verbose.contains(line), "{verbose}");
    }
}
