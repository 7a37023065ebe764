//! What SARIF files hold for code scanning.

use backlint_finding::{Bucket, Outcome, ProblemKind, RuleMeta, Severity};
use backlint_report::{SarifOptions, render_sarif};
use serde_json::{Value, json};

use crate::support::{Builder, LONG_FUNCTION, OPEN_ROUTE, full_outcome, note, rendered};

fn run_of(outcome: &Outcome) -> Value {
    run_in_category(outcome, None)
}

fn run_in_category(outcome: &Outcome, category: Option<&str>) -> Value {
    let options = SarifOptions { category: category.map(str::to_owned) };
    let mut log: Value = serde_json::from_str(&rendered(|out| render_sarif(outcome, &options, out))).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"].as_array().map(Vec::len), Some(1));
    log["runs"][0].take()
}

/// One shown finding over `snippet` of `source`.
fn outcome_of(path: &str, source: &str, snippet: &str, message: &str) -> Outcome {
    let builder = Builder::new(&[(path, source)]);
    let at = builder.place(path, snippet);
    builder.finding(&OPEN_ROUTE, at, message).outcome()
}

#[test]
fn a_result_has_a_full_region_fingerprints_and_linked_places() {
    let run = run_of(&full_outcome());
    let result = &run["results"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(result["ruleId"], "AUTH001");
    assert_eq!(result["level"], "error");
    let message =
        "POST /jobs changes state and nothing guards it. See: [its sibling is guarded](1), [a row is added here](2).";
    assert_eq!(result["message"]["text"], message);
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"], json!({"uri": "app/main.py"}));
    assert_eq!(place["region"], json!({"startLine": 7, "startColumn": 1, "endLine": 7, "endColumn": 19}));
    assert_eq!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "POST /jobs");
    assert_eq!(result["partialFingerprints"]["backlintFinding/v1"], "AUTH001-0");
    assert_eq!(result["relatedLocations"][1]["id"], 2);
    assert_eq!(result["relatedLocations"][1]["physicalLocation"]["artifactLocation"]["uri"], "app/store.py");
}

#[test]
fn the_line_hash_is_that_of_the_uploading_action() {
    let run = run_of(&outcome_of("a.py", "a = 1\r\n\tb = \"é😀\"\r\n\r\nx = 1\nx = 1\nx = 1\n", "b =", "open"));
    assert_eq!(run["results"][0]["partialFingerprints"]["primaryLocationLineHash"], "c90dcd1a0e7bccfc:1");
}

#[test]
fn a_flow_is_one_thread_of_steps() {
    let run = run_of(&full_outcome());
    let steps = &run["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"];
    assert_eq!(steps.as_array().map(Vec::len), Some(2));
    assert_eq!(steps[0]["location"]["message"]["text"], "the body enters");
    assert_eq!(steps[1]["location"]["physicalLocation"]["region"]["startLine"], 2);
}

#[test]
fn all_rules_that_ran_are_listed_and_results_point_at_theirs() {
    let builder = Builder::new(&[("a.py", "f()\n")]);
    let at = builder.place("a.py", "f()");
    let run = run_of(&builder.finding(&LONG_FUNCTION, at, "too long").outcome());
    let rules = &run["tool"]["driver"]["rules"];
    assert_eq!(rules[0]["id"], "AUTH001");
    assert_eq!(rules[1]["id"], "MNT001");
    assert_eq!(run["results"][0]["ruleIndex"], 1);
    assert_eq!(run["results"][0]["level"], "note");
}

#[test]
fn rules_with_a_weakness_are_security_rules_and_others_are_not() {
    let run = run_of(&full_outcome());
    let [security, other] = [&run["tool"]["driver"]["rules"][0], &run["tool"]["driver"]["rules"][1]];
    let expected = json!({
        "tags": ["security", "external/cwe/cwe-306", "000:1"], "precision": "high", "security-severity": "8.0",
    });
    assert_eq!(security["properties"], expected);
    assert_eq!(security["help"]["markdown"], OPEN_ROUTE.help.trim());
    assert_eq!(security["defaultConfiguration"]["level"], "error");
    let expected = json!({"tags": [], "precision": "medium", "problem.severity": "recommendation"});
    assert_eq!(other["properties"], expected);
}

#[test]
fn descriptions_and_tags_are_cut_to_what_code_scanning_takes() {
    let wordy: &'static RuleMeta = Box::leak(Box::new(RuleMeta {
        code: "AAA001",
        description: "é".repeat(2_000).leak(),
        cwe: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        ..OPEN_ROUTE
    }));
    let mut outcome = full_outcome();
    outcome.rules.push(wordy);
    let run = run_of(&outcome);
    let rule = &run["tool"]["driver"]["rules"][0];
    let description = rule["fullDescription"]["text"].as_str().expect("a text");
    assert_eq!(description.chars().count(), 1024);
    assert!(description.ends_with('…'), "{description}");
    assert_eq!(rule["properties"]["tags"].as_array().map(Vec::len), Some(10));
    assert_eq!(rule["properties"]["tags"][0], "security");
    assert_eq!(rule["properties"]["tags"][1], "external/cwe/cwe-001");
}

#[test]
fn catalogues_are_taxonomies_that_rules_relate_to() {
    let run = run_of(&full_outcome());
    let taxonomy = &run["taxonomies"][0];
    assert_eq!(taxonomy["name"], "000");
    assert_eq!(taxonomy["taxa"][0]["id"], "1");
    assert_eq!(taxonomy["taxa"][0]["properties"], json!({"priority": "P0", "verdict": "confirmed"}));
    let component = json!({"name": "000", "index": 0, "guid": taxonomy["guid"]});
    assert_eq!(run["tool"]["driver"]["supportedTaxonomies"], json!([component]));
    let rules = &run["tool"]["driver"]["rules"];
    let target = json!({"id": "1", "index": 0, "toolComponent": component});
    assert_eq!(rules[0]["relationships"], json!([{"target": target, "kinds": ["relevant"]}]));
    assert_eq!(rules[1]["relationships"], Value::Null);
}

#[test]
fn hidden_findings_are_left_out() {
    let builder = Builder::new(&[("a.py", "f()\n")]);
    let at = builder.place("a.py", "f()");
    let buckets = [Bucket::Suppressed { reason: None }, Bucket::BelowThreshold, Bucket::Baselined];
    let builder = buckets.into_iter().fold(builder, |builder, bucket| {
        builder.finding_with(&OPEN_ROUTE, at, "hidden", |triaged| triaged.bucket = bucket)
    });
    assert_eq!(run_of(&builder.outcome())["results"], json!([]));
}

#[test]
fn the_category_always_ends_in_a_slash() {
    let outcome = full_outcome();
    let given = [None, Some(""), Some("services/billing"), Some("services/billing/"), Some("/")];
    let ids = given.map(|category| run_in_category(&outcome, category)["automationDetails"]["id"].take());
    assert_eq!(ids, ["backlint/", "backlint/", "services/billing/", "services/billing/", "backlint/"]);
}

#[test]
fn paths_are_percent_encoded() {
    let uri = |path: &str| {
        let run = run_of(&outcome_of(path, "f()\n", "f()", "open"));
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().map(str::to_owned)
    };
    assert_eq!(uri("app/a b#1?é:%.py").as_deref(), Some("app/a%20b%231%3F%C3%A9%3A%25.py"));
    assert_eq!(uri("/srv/app.py").as_deref(), Some("file:///srv/app.py"));
}

#[test]
fn text_from_the_source_makes_no_links() {
    let outcome = outcome_of("a.py", "f()\n", "f()", r"see [this](http://example.org) and \[that\](1)");
    let expected = r"see \[this\](http://example.org) and \\\[that\\\](1)";
    assert_eq!(run_of(&outcome)["results"][0]["message"]["text"], expected);
}

#[test]
fn a_message_links_to_a_handful_of_its_related_places() {
    let builder = Builder::new(&[("a.py", "f()\n")]);
    let at = builder.place("a.py", "f()");
    let notes = (1..=30).map(|i| note(at, &format!("caller {i}"))).collect();
    let outcome = builder.finding_with(&OPEN_ROUTE, at, "open", |triaged| triaged.finding.related = notes).outcome();
    let result = &run_of(&outcome)["results"][0];
    let message = result["message"]["text"].as_str().expect("a text");
    assert!(message.ends_with("[caller 9](9), [caller 10](10)."), "{message}");
    assert_eq!(result["relatedLocations"].as_array().map(Vec::len), Some(30));
}

#[test]
fn problems_are_notifications() {
    let builder = Builder::new(&[("a.py", "f(\n")]);
    let outcome = builder
        .problem("a.py", ProblemKind::Syntax, "line 1 could not be parsed")
        .problem(".", ProblemKind::Internal, "AUTH001 failed")
        .outcome();
    let run = run_of(&outcome);
    let expected = json!([{
        "executionSuccessful": false,
        "toolExecutionNotifications": [
            {
                "descriptor": {"id": "syntax", "index": 0},
                "level": "warning",
                "message": {"text": "a.py: line 1 could not be parsed"},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.py"}}}],
            },
            {
                "descriptor": {"id": "internal", "index": 3},
                "level": "error",
                "message": {"text": ".: AUTH001 failed"},
            },
        ],
    }]);
    assert_eq!(run["invocations"], expected);
    let kinds = run["tool"]["driver"]["notifications"].as_array().expect("a list");
    let ids: Vec<_> = kinds.iter().map(|kind| &kind["id"]).collect();
    assert_eq!(ids, ["syntax", "unreadable", "too-large", "internal", "left-out"]);
}

#[test]
fn of_too_many_results_the_worst_are_kept_in_their_order() {
    let builder = Builder::new(&[("a.py", "f()\n")]);
    let at = builder.place("a.py", "f()");
    let builder = (0..5_003).fold(builder, |builder, i| {
        let severity = if i % 100 == 7 { Severity::Critical } else { Severity::Low };
        builder.finding_with(&OPEN_ROUTE, at, "open", |triaged| triaged.finding.severity = severity)
    });
    let run = run_of(&builder.outcome());
    let results = run["results"].as_array().expect("there are results");
    assert_eq!(results.len(), 5_000);
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 50);
    assert_eq!(results[7]["partialFingerprints"]["backlintFinding/v1"], "AUTH001-7");
    assert_eq!(results[4_999]["partialFingerprints"]["backlintFinding/v1"], "AUTH001-4999");
    let notification = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str();
    assert!(notification.is_some_and(|text| text.starts_with("3 findings of the lowest severities left out")));
}
