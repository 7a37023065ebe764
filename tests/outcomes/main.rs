//! Holds rules to what happens: small programs are run, and what becomes of them is compared with what is reported.
//!
//! To add a program, put a module below `fixtures/outcomes` that offers a Flask or FastAPI `app`. Its head says what is
//! asked of it; `scenario.py` knows the words. A line that is to blame for a harm is marked `# outcome: NAME`, with the
//! names of `outcomes.py`. Then
//!
//! - exactly the marked harms are seen when the program runs,
//! - one of the rules on each marked harm reports the marked line, and
//! - no rule on any harm reports another line.

#![cfg(unix)]

mod programs;
#[path = "../python.rs"]
mod python;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use backlint_engine::{Config, Environment, MemoryFile, Overrides, SeverityWord, analyse};
use backlint_finding::{Audience, Confidence, Severity};
use programs::{Program, Seen, programs};

/// The harms that programs show, and the rules that tell of each.
const HARMS: [(&str, &[&str]); 28] = [
    ("any-size-accepted", &["FILE003"]),
    ("await-failed", &["JOB008"]),
    ("built-twice", &["STATE002"]),
    ("child-left-behind", &["PROC002"]),
    ("client-for-each-request", &["STATE003"]),
    ("endless-wait", &["NET001", "PROC001"]),
    ("error-text-in-answer", &["SEC008"]),
    ("error-unseen", &["EXC002"]),
    ("half-written", &["FILE007"]),
    ("injected", &["PROC003", "PROC004"]),
    ("inside-reached", &["NET002"]),
    ("interrupt-swallowed", &["EXC003"]),
    ("leaves-site", &["NET004"]),
    ("left-over", &["FILE006"]),
    ("loop-blocked", &["JOB006"]),
    ("markup-in-page", &["SEC011"]),
    ("order-decides", &["STATE004"]),
    ("path-escaped", &["FILE001", "FILE002", "FILE005"]),
    ("rows-of-others", &["DB019"]),
    ("same-id-twice", &["STATE005"]),
    ("secret-logged", &["SEC007"]),
    ("served-as-page", &["FILE004"]),
    ("status-lost", &["EXC004"]),
    ("store-wiped", &["FILE010"]),
    ("task-collected", &["JOB001"]),
    ("unknown-to-other-worker", &["STATE001"]),
    ("update-lost", &["FILE008", "FILE010"]),
    ("write-rolled-back", &["DB022"]),
];

#[test]
fn what_is_marked_happens_and_nothing_else() {
    let mut faults = Vec::new();
    for program in programs() {
        let marked: BTreeSet<&str> = program.marks.iter().map(|(_, harm)| harm.as_str()).collect();
        match &program.seen {
            Seen::Seen(seen) => {
                let seen: BTreeSet<&str> = seen.iter().map(String::as_str).collect();
                faults.extend(seen.difference(&marked).map(|harm| format!("{}: {harm} happens", program.name)));
                faults.extend(marked.difference(&seen).map(|harm| format!("{}: {harm} does not happen", program.name)));
            }
            Seen::Error(trace) => faults.push(format!("{}: does not run:\n{trace}", program.name)),
        }
    }
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn what_happens_is_reported_where_it_is_marked() {
    let mut faults = Vec::new();
    for program in programs() {
        let reported = reported(program);
        for (line, harm) in &program.marks {
            if !reported.iter().any(|(at, code)| at == line && rules_on(harm).contains(&code.as_str())) {
                faults.push(format!("{}:{line}: {harm} is not reported", program.name));
            }
        }
        for (line, code) in &reported {
            if !program.marks.iter().any(|(at, harm)| at == line && rules_on(harm).contains(&code.as_str())) {
                faults.push(format!("{}:{line}: {code} is reported", program.name));
            }
        }
    }
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_harm_is_shown_by_a_program() {
    let shown: BTreeSet<&str> = programs().iter().flat_map(|program| &program.marks).map(|mark| &*mark.1).collect();
    let known: BTreeSet<&str> = HARMS.iter().map(|(harm, _)| *harm).collect();
    assert_eq!(shown, known);
}

fn rules_on(harm: &str) -> &'static [&'static str] {
    HARMS.iter().find(|(known, _)| *known == harm).map_or(&[], |(_, codes)| codes)
}

/// The lines that the rules on any harm report, whoever wants to know.
fn reported(program: &Program) -> BTreeSet<(u32, String)> {
    let overrides = Overrides {
        select: HARMS.iter().flat_map(|(_, codes)| *codes).map(|&code| code.to_owned()).collect(),
        audience: Some(Audience::Auditor),
        min_severity: Some(SeverityWord(Severity::Note)),
        min_confidence: Some(Confidence::Low),
        ..Overrides::default()
    };
    let environment =
        Environment { working_directory: PathBuf::new(), today: (2026, 6, 15), threads: NonZeroUsize::MIN };
    let config = Config::parse("backlint.toml", "").expect("an empty configuration");
    let settings = config.with(overrides).resolve(environment).expect("sound settings");
    let file = MemoryFile::new(format!("{}.py", program.name), program.text.as_str());
    let outcome = analyse(vec![file], &settings).expect("threads");
    assert!(outcome.problems.is_empty(), "{:#?}", outcome.problems);
    let place = |triaged: &backlint_finding::Triaged| {
        let finding = &triaged.finding;
        let line = outcome.sources.file(finding.at.file).line(finding.at.span.start);
        (line, finding.rule.code.to_owned())
    };
    outcome.shown().map(place).collect()
}
