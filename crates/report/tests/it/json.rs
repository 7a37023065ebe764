//! The stable JSON outputs.

use backlint_finding::Bucket;
use backlint_report::{render_json, render_jsonl};
use serde_json::{Value, json};

use crate::support::{Builder, OPEN_ROUTE, full_outcome, rendered};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("the output is JSON")
}

#[test]
fn the_document_holds_everything_that_the_contract_names() {
    let document = parsed(&rendered(|out| render_json(&full_outcome(), out)));
    let range = |line: u32, start: u32, end: u32| json!({"start": {"line": line, "column": start}, "end": {"line": line, "column": end}});
    let expected = json!({
        "version": 1,
        "tool": {"name": "backlint", "version": env!("CARGO_PKG_VERSION")},
        "findings": [{
            "code": "AUTH001", "name": "unguarded-state-change",
            "message": "POST /jobs changes state and nothing guards it",
            "path": "app/main.py", "range": range(7, 1, 19),
            "severity": "high", "confidence": "high", "audience": "regular",
            "audits": ["000:1"], "cwe": [306], "anchor": "POST /jobs", "fingerprint": "AUTH001-0",
            "related": [
                {"path": "app/main.py", "range": range(14, 1, 16), "message": "its sibling is guarded"},
                {"path": "app/store.py", "range": range(2, 5, 21), "message": "a row is added here"},
            ],
            "flow": [
                {"path": "app/main.py", "range": range(9, 5, 24), "message": "the body enters"},
                {"path": "app/store.py", "range": range(2, 5, 21), "message": "and is stored"},
            ],
        }],
        "problems": [{
            "path": "app/broken.py", "kind": "syntax", "message": "line 3 could not be parsed; fix it and run again",
        }],
        "summary": {"files": 2, "routes": 2, "shown": 1, "suppressed": 0, "baselined": 0, "below_threshold": 0},
    });
    assert_eq!(document, expected);
}

#[test]
fn only_shown_findings_are_listed() {
    let builder = Builder::new(&[("a.py", "f()\n")]);
    let at = builder.place("a.py", "f()");
    let outcome = builder
        .finding_with(&OPEN_ROUTE, at, "hidden", |triaged| triaged.bucket = Bucket::Baselined)
        .finding(&OPEN_ROUTE, at, "seen")
        .outcome();
    let document = parsed(&rendered(|out| render_json(&outcome, out)));
    assert_eq!(document["findings"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["findings"][0]["message"], "seen");
    assert_eq!(document["summary"]["baselined"], 1);
}

#[test]
fn columns_count_code_points_and_ranges_end_behind_the_last_visible_character() {
    let builder = Builder::new(&[("a.py", "é😀 = f()  \nb\n")]);
    let at = builder.place("a.py", "f()  \n");
    let outcome = builder.finding(&OPEN_ROUTE, at, "open").outcome();
    let document = parsed(&rendered(|out| render_json(&outcome, out)));
    let expected = json!({"start": {"line": 1, "column": 6}, "end": {"line": 1, "column": 9}});
    assert_eq!(document["findings"][0]["range"], expected);
}

#[test]
fn lines_are_findings_then_problems_then_the_summary() {
    let outcome = full_outcome();
    let lines = rendered(|out| render_jsonl(&outcome, out));
    let lines: Vec<_> = lines.lines().map(parsed).collect();
    let document = parsed(&rendered(|out| render_json(&outcome, out)));
    let expected = [
        document["findings"][0].clone(),
        json!({"problem": document["problems"][0]}),
        json!({"summary": document["summary"]}),
    ];
    assert_eq!(lines, expected);
}
