//! Code frames: which lines they show, and that marks stand under what they mean.

use backlint_finding::{Bucket, Outcome, RuleMeta};
use backlint_report::{TextOptions, render_text};
use backlint_source::{FileId, Location, Span};

use crate::support::{Builder, LONG_FUNCTION, OPEN_ROUTE, note, rendered};

/// A rule that reports secrets at their literal.
static SECRET: RuleMeta = RuleMeta { code: "SEC001", name: "hardcoded-secret", ..LONG_FUNCTION };

fn frame_of(source: &str, marked: &str) -> String {
    let builder = Builder::new(&[("a.py", source)]);
    let at = builder.place("a.py", marked);
    text(&builder.finding_with(&LONG_FUNCTION, at, "here", |triaged| triaged.finding.anchor.clear()).outcome())
}

fn frame_of_span(source: &str, span: Span) -> String {
    let builder = Builder::new(&[("a.py", source)]);
    let at = Location { file: FileId(0), span };
    text(&builder.finding(&LONG_FUNCTION, at, "here").outcome())
}

fn text(outcome: &Outcome) -> String {
    rendered(|out| render_text(outcome, &TextOptions::default(), out))
}

/// The columns of the first row of marks: where it starts and how long it is.
fn marks(frame: &str) -> (usize, usize) {
    let row = frame.lines().find(|line| line.contains('─') && line.contains('·')).expect("there is a row of marks");
    let start = row.chars().position(|c| c == '─').expect("the row has marks");
    (start, row.chars().filter(|&c| c == '─').count())
}

/// The columns that `part` takes in the first line of the frame that has it.
fn columns(frame: &str, part: &str) -> (usize, usize) {
    let line = frame.lines().find(|line| line.contains(part)).expect("the frame shows the part");
    let before = &line[..line.find(part).expect("the line was found by it")];
    (before.chars().count(), part.chars().count())
}

#[test]
fn marks_stand_under_the_code_they_mean() {
    let frame = frame_of("a = 1\nb = target() + 2\n", "target()");
    assert_eq!(marks(&frame), columns(&frame, "target()"));
    assert!(frame.contains("[a.py:2:5]"), "{frame}");
}

#[test]
fn marks_stay_in_place_behind_escaped_characters() {
    let frame = frame_of("b = '\u{202e}\u{1b}[31m\u{7f}' + target() + 2\n", "target()");
    assert!(frame.contains(r"b = '\u{202e}\u{1b}[31m\u{7f}' + target() + 2"), "{frame}");
    assert_eq!(marks(&frame), columns(&frame, "target()"));
}

#[test]
fn marks_under_escaped_characters_cover_what_is_shown() {
    let frame = frame_of("b = 'x\u{202e}y'\n", "x\u{202e}y");
    assert_eq!(marks(&frame), columns(&frame, r"x\u{202e}y"));
}

#[test]
fn tabs_are_shown_as_blanks() {
    let frame = frame_of("if a:\n\ttarget()\n", "target()");
    assert!(frame.contains("│     target()\n"), "{frame}");
    assert_eq!(marks(&frame), columns(&frame, "target()"));
}

#[test]
fn a_line_of_two_megabytes_is_cut_to_what_is_around_the_place() {
    let source = format!("a = 1\nb = '{0}'; target(); c = '{0}'\nd = 2\n", "é".repeat(1_000_000));
    let frame = frame_of(&source, "target()");
    assert!(frame.len() < 4_000, "{} bytes", frame.len());
    assert_eq!(marks(&frame), columns(&frame, "target()"));
    assert!(frame.contains("…éé") && frame.contains("éé…"), "{frame}");
    assert!(frame.contains("[a.py:2:1000009]"), "{frame}");
}

#[test]
fn a_place_beyond_the_cut_is_marked_at_the_edge() {
    let source = format!("first(); b = '{}'; second()\n", "x".repeat(10_000));
    let builder = Builder::new(&[("a.py", source.as_str())]);
    let (at, far) = (builder.place("a.py", "first()"), builder.place("a.py", "second()"));
    let outcome = builder
        .finding_with(&LONG_FUNCTION, at, "here", |triaged| triaged.finding.related = vec![note(far, "far away")])
        .outcome();
    let frame = text(&outcome);
    assert!(frame.contains("first()") && frame.contains("far away") && frame.len() < 4_000, "{frame}");
}

#[test]
fn places_of_many_lines_are_marked_at_their_first_one() {
    let body = "    step()\n".repeat(50);
    let source = format!("def f():\n{body}");
    let frame = frame_of(&source, source.trim_end());
    assert_eq!(marks(&frame), columns(&frame, "def f():"));
    assert_eq!(frame.matches("step()").count(), 1, "{frame}");
}

#[test]
fn places_of_a_few_lines_are_shown_whole() {
    let frame = frame_of("a\nf(\n    1,\n    2,\n)\nb\n", "f(\n    1,\n    2,\n)");
    for line in [" 2 │ ", " 3 │ ", " 4 │ ", " 5 │ "] {
        assert!(frame.contains(line), "{frame}");
    }
}

#[test]
fn distant_places_get_frames_of_their_own_with_true_line_numbers() {
    let source = format!("first()\n{}second()\n", "\n".repeat(97));
    let builder = Builder::new(&[("a.py", source.as_str())]);
    let (at, far) = (builder.place("a.py", "first()"), builder.place("a.py", "second()"));
    let outcome = builder
        .finding_with(&LONG_FUNCTION, at, "here", |triaged| triaged.finding.related = vec![note(far, "there")])
        .outcome();
    let frame = text(&outcome);
    assert!(frame.contains("[a.py:1:1]") && frame.contains("[a.py:99:1]"), "{frame}");
    assert!(frame.contains("99 │ second()"), "{frame}");
    assert!(!frame.contains("50 │"), "{frame}");
}

#[test]
fn every_kind_of_line_end_is_counted_and_none_is_shown() {
    let frame = frame_of("a\r\nb\rtarget()\r\nc\n", "target()");
    assert!(frame.contains("[a.py:3:1]") && frame.contains("3 │ target()\n"), "{frame:?}");
    assert!(!frame.contains('\r'), "{frame:?}");
}

#[test]
fn empty_places_and_places_outside_of_the_text_are_shown_at_the_nearest_position() {
    assert!(frame_of_span("", Span::empty(0)).contains("[a.py:1:1]"));
    assert!(frame_of_span("a = 1\n", Span::empty(6)).contains("[a.py:2:1]"));
    assert!(frame_of_span("a = 1", Span::empty(5)).contains("[a.py:1:6]"));
    assert!(frame_of_span("a = 1\n", Span::new(90, 99)).contains("[a.py:2:1]"));
}

#[test]
fn secrets_are_masked_and_marks_stay_in_place() {
    let literals = r"b'kJ8\'é!v92' 'two'";
    let builder = Builder::new(&[("a.py", &format!("KEY = f({literals}) + target()\n"))]);
    let (at, target) = (builder.place("a.py", literals), builder.place("a.py", "target()"));
    let frames = text(&builder.finding(&SECRET, at, "a key").finding(&LONG_FUNCTION, target, "here").outcome());
    assert_eq!(frames.matches("KEY = f(b'**********' '***') + target()").count(), 2, "{frames}");
    let second = frames.rsplit_once("long-function").map_or("", |(_, second)| second);
    assert_eq!(marks(second).0, columns(second, "target()").0);
}

#[test]
fn secrets_of_hidden_findings_are_masked_in_the_frames_of_others() {
    let literal = r#""""kJ8
v92""""#;
    let builder =
        Builder::new(&[("a.py", &format!("KEY = {literal}\nf()\n")), ("b.yml", "password: kJ8v92\nport: 1\n")]);
    let (key, call) = (builder.place("a.py", literal), builder.place("a.py", "f()"));
    let (password, port) = (builder.place("b.yml", "kJ8v92"), builder.place("b.yml", "port"));
    let outcome = builder
        .finding_with(&SECRET, key, "a key", |triaged| triaged.bucket = Bucket::BelowThreshold)
        .finding_with(&SECRET, password, "a password", |triaged| triaged.bucket = Bucket::Baselined)
        .finding(&OPEN_ROUTE, call, "open")
        .finding(&OPEN_ROUTE, port, "open")
        .outcome();
    let frames = text(&outcome);
    assert!(frames.contains(r#"2 │ ***""""#) && frames.contains("1 │ password: ******"), "{frames}");
    assert!(!frames.contains("v92") && !frames.contains("kJ8"), "{frames}");
}
