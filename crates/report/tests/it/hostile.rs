//! Characters that act never reach an output, wherever they come from.

use backlint_finding::{Bucket, Outcome, ProblemKind};
use backlint_report::{
    Detail, SarifOptions, TextOptions, render_github, render_json, render_jsonl, render_sarif, render_text,
};
use serde_json::Value;

use crate::support::{Builder, OPEN_ROUTE, note, rendered};

/// One of each kind: an escape sequence, controls of both ranges, direction marks, a line separator.
const HOSTILE: &str = "\u{1b}[31m\u{7}\u{7f}\u{9b}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}";

fn acts(c: char) -> bool {
    c != '\n' && (c.is_control() || HOSTILE.chars().filter(|c| !c.is_ascii()).any(|hostile| hostile == c))
}

/// Hostile text in every place that analysed source can reach.
pub(crate) fn hostile_outcome() -> Outcome {
    let path = format!("app/{HOSTILE}.py");
    let other = format!("app/other{HOSTILE}.py");
    let source = format!("x = '{HOSTILE}'\ntarget()\ny = '{HOSTILE}'\n");
    let builder = Builder::new(&[(&path, &source), (&other, &source)]);
    let at = builder.place(&path, "target()");
    let elsewhere = builder.place(&other, "target()");
    builder
        .finding_with(&OPEN_ROUTE, at, &format!("message {HOSTILE}"), |triaged| {
            triaged.finding.anchor = format!("anchor {HOSTILE}");
            triaged.finding.related = vec![note(elsewhere, &format!("related {HOSTILE}")), note(at, HOSTILE)];
            triaged.finding.flow = vec![note(elsewhere, &format!("step {HOSTILE}"))];
        })
        .finding_with(&OPEN_ROUTE, at, "hidden", |triaged| {
            triaged.bucket = Bucket::Suppressed { reason: Some(HOSTILE.to_owned()) };
        })
        .problem(&path, ProblemKind::Syntax, &format!("problem {HOSTILE}"))
        .outcome()
}

#[test]
fn no_output_holds_a_character_that_acts() {
    let outcome = hostile_outcome();
    let text = |detail| {
        let options = TextOptions { detail, ..TextOptions::default() };
        rendered(|out| render_text(&outcome, &options, out))
    };
    let outputs = [
        ("quiet text", text(Detail::Quiet)),
        ("text", text(Detail::Normal)),
        ("verbose text", text(Detail::Verbose)),
        ("json", rendered(|out| render_json(&outcome, out))),
        ("jsonl", rendered(|out| render_jsonl(&outcome, out))),
        ("github", rendered(|out| render_github(&outcome, out))),
        ("sarif", rendered(|out| render_sarif(&outcome, &SarifOptions::default(), out))),
    ];
    for (name, output) in outputs {
        assert!(output.contains("202e"), "{name} shows what was there");
        assert_eq!(output.chars().find(|&c| acts(c)), None, "{name}");
    }
}

#[test]
fn json_keeps_the_exact_values() {
    let document = rendered(|out| render_json(&hostile_outcome(), out));
    let document: Value = serde_json::from_str(&document).expect("the output is JSON");
    assert_eq!(document["findings"][0]["message"], format!("message {HOSTILE}"));
    assert_eq!(document["findings"][0]["path"], format!("app/{HOSTILE}.py"));
}

#[test]
fn sarif_messages_show_what_was_there() {
    let log = rendered(|out| render_sarif(&hostile_outcome(), &SarifOptions::default(), out));
    let log: Value = serde_json::from_str(&log).expect("the output is JSON");
    let message = log["runs"][0]["results"][0]["message"]["text"].as_str().expect("a message has a text");
    assert!(message.contains("\\u{202e}") && !message.contains(acts), "{message}");
}
