//! Runs the checks on the linked project.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use backlint_finding::{Finding, Findings, Problem, RuleCode, RuleMeta};
use backlint_model::{File, Project};
use backlint_rules::registry::BoundCheck;
use rayon::prelude::*;

use crate::contain::{WHOLE_PROJECT, contained};
use crate::settings::{ActiveRule, Settings};
use crate::timings::timed;

/// What the checks came to.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) findings: Vec<Finding>,
    pub(crate) problems: Vec<Problem>,
    /// Rules that failed somewhere, so that their silence proves nothing.
    pub(crate) failed: BTreeSet<RuleCode>,
    /// How long each rule took, added up over threads.
    pub(crate) took: BTreeMap<RuleCode, Duration>,
}

/// Runs the checks for one file on every file that is reported on, and those for the whole project once.
pub(crate) fn check(project: &Project, settings: &Settings) -> Checked {
    let files: Vec<File<'_>> = project.reported_files().collect();
    let per_file = files.into_par_iter().flat_map_iter(|file| check_file(file, settings));
    let per_project = settings.rules.par_iter().filter_map(|rule| check_project(project, rule));
    let runs: Vec<RuleRun> = per_file.chain(per_project).collect();
    let mut checked = Checked::default();
    for run in runs {
        checked.add(run);
    }
    // Rules for the whole project do not know which files they are switched off in.
    let sources = project.sources();
    checked.findings.retain(|finding| settings.rules_at(sources.file(finding.at.file).path()).has(finding.rule.code));
    checked
}

impl Checked {
    fn add(&mut self, RuleRun { rule, result, took }: RuleRun) {
        *self.took.entry(rule.code).or_default() += took;
        match result {
            Ok(findings) => self.findings.extend(findings.into_vec()),
            Err(problem) => {
                self.problems.push(problem);
                self.failed.insert(rule.code);
            }
        }
    }
}

/// What one run of a check came to.
struct RuleRun {
    rule: &'static RuleMeta,
    result: Result<Findings, Problem>,
    took: Duration,
}

fn check_file<'s>(file: File<'s>, settings: &'s Settings) -> impl Iterator<Item = RuleRun> + use<'s> {
    let here = settings.rules_at(file.path());
    settings.rules.iter().filter(move |rule| here.has(rule.meta.code)).filter_map(move |rule| {
        let BoundCheck::File(check) = &rule.check else { return None };
        Some(run(rule, file.path(), |findings| check(file, findings)))
    })
}

fn check_project(project: &Project, rule: &ActiveRule) -> Option<RuleRun> {
    let BoundCheck::Project(check) = &rule.check else { return None };
    Some(run(rule, WHOLE_PROJECT, |findings| check(project, findings)))
}

fn run(rule: &ActiveRule, path: &str, check: impl FnOnce(&mut Findings)) -> RuleRun {
    let mut findings = Findings::new(rule.meta);
    let mut took = Duration::ZERO;
    let result = timed(&mut took, || contained(path, &format!("the rule {}", rule.meta.code), || check(&mut findings)));
    RuleRun { rule: rule.meta, result: result.map(|()| findings), took }
}

#[cfg(test)]
mod tests {
    use backlint_finding::ProblemKind;
    use backlint_rules::RULES;

    use super::*;

    #[test]
    fn a_check_that_panics_is_a_problem_of_its_file() {
        let rule = ActiveRule { meta: &RULES[0].meta, check: BoundCheck::Triage, needs: &[] };
        let mut checked = Checked::default();
        checked.add(run(&rule, "app/main.py", |_| panic!("a check with a fault")));
        let [problem] = &checked.problems[..] else { panic!("one problem, not {:?}", checked.problems) };
        assert_eq!((problem.path.as_str(), problem.kind), ("app/main.py", ProblemKind::Internal));
        assert!(problem.message.contains(rule.meta.code) && problem.message.contains("please report"), "{problem:?}");
        assert!(checked.failed.contains(rule.meta.code) && checked.findings.is_empty());
    }
}
