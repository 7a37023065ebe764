//! Runs every example of every rule page through the whole pipeline: `AUTH001::line_18` is the example whose fence opens
//! on line 18 of that rule's page.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use backlint_engine::{Config, Environment, MemoryFile, Overrides, Settings, SeverityWord, analyse_repository};
use backlint_finding::{Audience, Confidence, Outcome, ProblemKind, Severity};
use backlint_rulebook::{Example, RulePage};
use backlint_rules::RULES;
use backlint_rules::registry::Rule;
use libtest_mimic::{Arguments, Failed, Trial};

/// The rule whose examples are broken Python on purpose.
const SYNTAX_RULE: &str = "MNT014";

fn main() {
    let trials = RULES.iter().flat_map(trials).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trials(rule: &'static Rule) -> Vec<Trial> {
    let code = rule.meta.code;
    let page = match RulePage::parse(&format!("{code}.md"), rule.page) {
        Ok(page) => page,
        Err(problems) => {
            let message = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            return vec![Trial::test(format!("{code}::page"), move || Err(message.into()))];
        }
    };
    let trial = |example: &Example| {
        let example = example.clone();
        Trial::test(format!("{code}::line_{}", example.line), move || run(code, &example))
    };
    page.examples().iter().map(trial).collect()
}

fn run(code: &str, example: &Example) -> Result<(), Failed> {
    let settings = settings(code, example.config.as_deref().unwrap_or_default())?;
    let files = example.files.iter().map(|file| MemoryFile::new(file.path.as_str(), file.text.as_str()));
    let outcome = analyse_repository(files.collect(), &settings)?;
    let mut complaints = String::new();
    for problem in &outcome.problems {
        if problem.kind != ProblemKind::Syntax || code != SYNTAX_RULE {
            writeln!(complaints, "problem: {}: {}", problem.path, problem.message)?;
        }
    }
    compare(code, example, &outcome, &mut complaints)?;
    if complaints.is_empty() { Ok(()) } else { Err(complaints.into()) }
}

/// Only the page's rule runs, with what the example's own configuration selects besides. Everything is shown.
fn settings(code: &str, config: &str) -> Result<Settings, Failed> {
    let table: toml::Table = config.parse()?;
    let more = table.get("select").and_then(toml::Value::as_array).into_iter().flatten();
    let select = more.filter_map(|word| word.as_str().map(str::to_owned)).chain([code.to_owned()]);
    let overrides = Overrides {
        select: select.collect(),
        audience: Some(Audience::Auditor),
        min_severity: Some(SeverityWord(Severity::Note)),
        min_confidence: Some(Confidence::Low),
        ..Overrides::default()
    };
    let environment =
        Environment { working_directory: PathBuf::new(), today: (2026, 6, 15), threads: NonZeroUsize::MIN };
    Ok(Config::parse("backlint.toml", config)?.with(overrides).resolve(environment)?)
}

/// Holds what is shown against the marks, each finding against a mark of its own.
fn compare(code: &str, example: &Example, outcome: &Outcome, complaints: &mut String) -> std::fmt::Result {
    let mut expected: Vec<(&str, u32)> = example.expected.iter().map(|mark| (mark.path.as_str(), mark.line)).collect();
    for triaged in outcome.shown().filter(|triaged| triaged.finding.rule.code == code) {
        let source = outcome.sources.file(triaged.finding.at.file);
        let place = (source.path(), source.line(triaged.finding.at.span.start));
        match expected.iter().position(|mark| *mark == place) {
            Some(at) => {
                expected.swap_remove(at);
            }
            None => writeln!(complaints, "not marked: {}:{}: {}", place.0, place.1, triaged.finding.message)?,
        }
    }
    for (path, line) in expected.into_iter().collect::<BTreeSet<_>>() {
        writeln!(complaints, "not reported: {path}:{line}")?;
    }
    Ok(())
}
