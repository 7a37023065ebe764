//! Runs the checks on the linked project.

use std::collections::BTreeSet;

use backlint_finding::{Finding, Findings, Problem, RuleCode, RuleMeta};
use backlint_model::{File, Project};
use backlint_rules::registry::BoundCheck;
use rayon::prelude::*;

use crate::contain::{WHOLE_PROJECT, contained};
use crate::settings::{ActiveRule, Settings};

/// What the checks came to.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) findings: Vec<Finding>,
    pub(crate) problems: Vec<Problem>,
    /// Rules that failed somewhere, so that their silence proves nothing.
    pub(crate) failed: BTreeSet<RuleCode>,
}

/// Runs the checks for one file on every file that is reported on, and those for the whole project once.
pub(crate) fn check(project: &Project, settings: &Settings) -> Checked {
    let files: Vec<File<'_>> = project.reported_files().collect();
    let per_file = files.into_par_iter().flat_map_iter(|file| check_file(file, settings));
    let per_project = settings.rules.par_iter().filter_map(|rule| check_project(project, rule));
    let results: Vec<Outcome> = per_file.chain(per_project).collect();
    let mut checked = Checked::default();
    for (rule, result) in results {
        checked.add(rule, result);
    }
    // Rules for the whole project do not know which files they are switched off in.
    let sources = project.sources();
    checked.findings.retain(|finding| settings.rules_at(sources.file(finding.at.file).path()).has(finding.rule.code));
    checked
}

impl Checked {
    fn add(&mut self, rule: &'static RuleMeta, result: Result<Findings, Problem>) {
        match result {
            Ok(findings) => self.findings.extend(findings.into_vec()),
            Err(problem) => {
                self.problems.push(problem);
                self.failed.insert(rule.code);
            }
        }
    }
}

/// A rule, and what one run of its check came to.
type Outcome = (&'static RuleMeta, Result<Findings, Problem>);

fn check_file<'s>(file: File<'s>, settings: &'s Settings) -> impl Iterator<Item = Outcome> + use<'s> {
    let here = settings.rules_at(file.path());
    settings.rules.iter().filter(move |rule| here.has(rule.meta.code)).filter_map(move |rule| {
        let BoundCheck::File(check) = &rule.check else { return None };
        Some(run(rule, file.path(), |findings| check(file, findings)))
    })
}

fn check_project(project: &Project, rule: &ActiveRule) -> Option<Outcome> {
    let BoundCheck::Project(check) = &rule.check else { return None };
    Some(run(rule, WHOLE_PROJECT, |findings| check(project, findings)))
}

fn run(rule: &ActiveRule, path: &str, check: impl FnOnce(&mut Findings)) -> Outcome {
    let mut findings = Findings::new(rule.meta);
    let result = contained(path, &format!("the rule {}", rule.meta.code), || {
        check(&mut findings);
    });
    (rule.meta, result.map(|()| findings))
}

#[cfg(test)]
mod tests {
    use backlint_finding::ProblemKind;
    use backlint_rules::RULES;

    use super::*;

    #[test]
    fn a_check_that_panics_is_a_problem_of_its_file() {
        let rule = ActiveRule { meta: &RULES[0].meta, check: BoundCheck::Triage };
        let (_, result) = run(&rule, "app/main.py", |_| panic!("a check with a fault"));
        let mut checked = Checked::default();
        checked.add(rule.meta, result);
        let [problem] = &checked.problems[..] else { panic!("one problem, not {:?}", checked.problems) };
        assert_eq!((problem.path.as_str(), problem.kind), ("app/main.py", ProblemKind::Internal));
        assert!(problem.message.contains(rule.meta.code) && problem.message.contains("please report"), "{problem:?}");
        assert!(checked.failed.contains(rule.meta.code) && checked.findings.is_empty());
    }
}
