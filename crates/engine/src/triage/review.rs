//! The rules about suppression comments themselves, which can only be judged once all other findings are known.

use std::collections::BTreeSet;

use backlint_finding::{Findings, RuleCode};
use backlint_model::{File, Project};
use backlint_rules::registry::{self, BoundCheck};
use backlint_semantic::Suppression;

use super::suppression::{Comment, Comments, is_ours, names};
use crate::error::did_you_mean;
use crate::settings::{RulesAt, Settings};

/// One file and its comments, seen by the rules about them.
pub(crate) struct Review<'r> {
    file: File<'r>,
    comments: &'r [Comment<'r>],
    settings: &'r Settings,
    here: RulesAt<'r>,
    /// Rules that failed somewhere, so that their silence proves nothing.
    failed: &'r BTreeSet<RuleCode>,
}

type Check = fn(&Review<'_>, &mut Findings);

/// What each rule of the scope `triage` reports.
const CHECKS: &[(RuleCode, Check)] = &[
    ("SUP001", unused),
    ("SUP002", expired),
    ("SUP003", malformed),
    ("SUP004", unknown_rule),
    ("SUP005", without_reason),
];

/// What the rules about comments report in the files that are reported on.
pub(crate) fn review(
    project: &Project,
    comments: &Comments<'_>,
    failed: &BTreeSet<RuleCode>,
    settings: &Settings,
) -> Vec<Findings> {
    let mut reported = Vec::new();
    for file in project.reported_files() {
        let comments = comments.in_file(file.id());
        if comments.is_empty() && file.index().suppression_problems().is_empty() {
            continue;
        }
        let here = settings.rules_at(file.path());
        let review = Review { file, comments, settings, here, failed };
        for rule in settings.rules.iter().filter(|rule| review.here.has(rule.meta.code)) {
            let Some(check) = check_of(rule.meta.code) else { continue };
            let mut findings = Findings::new(rule.meta);
            check(&review, &mut findings);
            reported.push(findings);
        }
    }
    reported
}

fn check_of(code: RuleCode) -> Option<Check> {
    CHECKS.iter().find(|(other, _)| *other == code).map(|(_, check)| *check)
}

impl Review<'_> {
    fn report(&self, suppression: &Suppression, message: String, findings: &mut Findings) {
        findings.report(self.file.at(suppression.span), anchor(suppression), message);
    }

    /// Whether the silence of what `word` means shows that the comment is not needed. Rules that did not run here or
    /// failed somewhere prove nothing, nor do words that are not ours.
    fn is_idle(&self, comment: &Comment<'_>, word: &str) -> bool {
        let rule = self.settings.rules.iter().find(|rule| names(word, rule.meta));
        rule.is_some_and(|rule| {
            let code = rule.meta.code;
            // Findings about comments come after this question, and may be what the comment is for.
            let is_judged = !matches!(rule.check, BoundCheck::Triage) && !self.failed.contains(code);
            is_judged && self.here.has(code) && !comment.used.contains(code)
        })
    }
}

fn unused(review: &Review<'_>, findings: &mut Findings) {
    // A finding may be missing because its place could not be read.
    if !review.file.module().problems().is_empty() {
        return;
    }
    for comment in review.comments.iter().filter(|comment| !comment.is_expired) {
        let words = comment.suppression.codes.iter().filter(|word| review.is_idle(comment, word));
        let idle: Vec<String> = words.map(|word| format!("`{word}`")).collect();
        if idle.is_empty() {
            continue;
        }
        let (verb, object) = if idle.len() == 1 { ("reports", "it") } else { ("report", "them") };
        let message = format!("{} {verb} nothing here; take {object} out of the comment", idle.join(", "));
        review.report(comment.suppression, message, findings);
    }
}

fn expired(review: &Review<'_>, findings: &mut Findings) {
    for comment in review.comments.iter().filter(|comment| comment.is_expired) {
        let Some((year, month, day)) = comment.suppression.until else { continue };
        let message = format!(
            "this comment held until {year:04}-{month:02}-{day:02} and silences nothing any more; \
             mend what it hid, or give it a new date"
        );
        review.report(comment.suppression, message, findings);
    }
}

fn malformed(review: &Review<'_>, findings: &mut Findings) {
    for problem in review.file.index().suppression_problems() {
        findings.report(review.file.at(problem.span), review.file.slice(problem.span), problem.message.as_str());
    }
}

fn unknown_rule(review: &Review<'_>, findings: &mut Findings) {
    // Unknown words in a `noqa` comment are the codes of other tools.
    for comment in review.comments.iter().filter(|comment| !comment.suppression.is_noqa) {
        for word in comment.suppression.codes.iter().filter(|word| registry::find(word).is_none()) {
            let message = if registry::select(word).is_empty() {
                format!("there is no rule `{word}`{}", did_you_mean(registry::nearest(word)))
            } else {
                format!("`{word}` is a group of rules; name each rule that is silenced here")
            };
            review.report(comment.suppression, message, findings);
        }
    }
}

fn without_reason(review: &Review<'_>, findings: &mut Findings) {
    if !review.settings.requires_reason {
        return;
    }
    for Comment { suppression, .. } in review.comments {
        let is_asked = !suppression.is_noqa || is_ours(suppression);
        if is_asked && suppression.reason.is_none() {
            let message = "this comment does not say why; write the reason behind the rules it names".to_owned();
            review.report(suppression, message, findings);
        }
    }
}

/// What the comment says, without its place.
fn anchor(suppression: &Suppression) -> String {
    let keyword = if suppression.is_noqa { "noqa" } else { "ignore" };
    format!("{keyword}[{}]", suppression.codes.join(", "))
}

#[cfg(test)]
mod tests {
    use backlint_finding::RuleScope;
    use backlint_rules::RULES;

    use super::CHECKS;

    #[test]
    fn the_rules_of_triage_are_those_with_a_page() {
        let pages = RULES.iter().filter(|rule| rule.meta.scope == RuleScope::Triage).map(|rule| rule.meta.code);
        assert_eq!(CHECKS.iter().map(|(code, _)| *code).collect::<Vec<_>>(), pages.collect::<Vec<_>>());
    }
}
