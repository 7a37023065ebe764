//! Annotations of a workflow.

use backlint_finding::{ProblemKind, Severity};
use backlint_report::render_github;

use crate::support::{Builder, OPEN_ROUTE, full_outcome, note, rendered};

#[test]
fn annotations_name_the_place_the_rule_and_related_places() {
    let expected = "::error file=app/main.py,line=7,endLine=7,col=1,endColumn=19,title=AUTH001 unguarded-state-change::\
                    POST /jobs changes state and nothing guards it%0Aapp/main.py:14: its sibling is guarded%0A\
                    app/store.py:2: a row is added here%0Aapp/main.py:9: the body enters%0Aapp/store.py:2: and is stored\n\
                    ::warning file=app/broken.py,title=Not analysed in full::\
                    line 3 could not be parsed; fix it and run again\n";
    assert_eq!(rendered(|out| render_github(&full_outcome(), out)), expected);
}

#[test]
fn places_of_several_lines_have_no_columns() {
    let builder = Builder::new(&[("a.py", "f(\n)\n")]);
    let at = builder.place("a.py", "f(\n)");
    let outcome = builder.finding(&OPEN_ROUTE, at, "open").outcome();
    let text = rendered(|out| render_github(&outcome, out));
    assert!(text.starts_with("::error file=a.py,line=1,endLine=2,title="), "{text}");
}

#[test]
fn severities_become_the_three_levels() {
    let builder = Builder::new(&[("a.py", "f()\n")]);
    let at = builder.place("a.py", "f()");
    let builder = Severity::ALL.iter().fold(builder, |builder, &severity| {
        builder.finding_with(&OPEN_ROUTE, at, "open", |triaged| triaged.finding.severity = severity)
    });
    let text = rendered(|out| render_github(&builder.outcome(), out));
    let commands: Vec<_> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(commands, ["::notice", "::notice", "::warning", "::error", "::error"]);
}

#[test]
fn nothing_in_the_source_can_end_a_property_or_start_a_command() {
    let builder = Builder::new(&[("a,b:100%\n::error::.py", "f()\n")]);
    let at = builder.place("a,b:100%\n::error::.py", "f()");
    let outcome = builder
        .finding_with(&OPEN_ROUTE, at, "50% of\r\n::stop-commands::x", |triaged| {
            triaged.finding.related = vec![note(at, "see\n::warning::y")];
        })
        .problem("p\n::error::z", ProblemKind::Unreadable, "100%\n::error::z")
        .outcome();
    let text = rendered(|out| render_github(&outcome, out));
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.starts_with("::error file=a%2Cb%3A100%25\\u{a}%3A%3Aerror%3A%3A.py,line=1,"), "{text}");
    assert!(text.contains("::50%25 of\\u{d}\\u{a}::stop-commands::x%0A"), "{text}");
}
