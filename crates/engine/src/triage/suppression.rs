//! Suppression comments: which findings they silence, and which of them silence nothing.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Bucket, Finding, RuleCode, RuleMeta};
use backlint_model::{File, Project};
use backlint_rules::registry;
use backlint_semantic::{Suppression, SuppressionTarget};
use backlint_source::{FileId, Span};
use backlint_syntax::ast::StmtId;

use crate::settings::Date;

/// The suppression comments of a run.
#[derive(Debug)]
pub(crate) struct Comments<'p> {
    by_file: BTreeMap<FileId, Vec<Comment<'p>>>,
}

/// A suppression comment and what came of it.
#[derive(Debug)]
pub(crate) struct Comment<'p> {
    pub(crate) suppression: &'p Suppression,
    /// The definition whose header it stands on.
    definition: Option<Span>,
    pub(crate) is_expired: bool,
    /// The rules of which it silenced a finding.
    pub(crate) used: BTreeSet<RuleCode>,
}

impl<'p> Comments<'p> {
    /// The comments of all files. Those that ended before `today` silence nothing.
    pub(crate) fn of(project: &'p Project, today: Date) -> Self {
        let by_file = project.files().filter(|file| !file.index().suppressions().is_empty()).map(|file| {
            let comments = file.index().suppressions().iter().map(|suppression| Comment {
                suppression,
                definition: is_ours(suppression).then(|| definition_of(file, suppression)).flatten(),
                is_expired: suppression.until.is_some_and(|last| last < today),
                used: BTreeSet::new(),
            });
            (file.id(), comments.collect())
        });
        Self { by_file: by_file.collect() }
    }

    /// The comments of one file.
    pub(crate) fn in_file(&self, file: FileId) -> &[Comment<'p>] {
        self.by_file.get(&file).map_or(&[], Vec::as_slice)
    }

    /// The bucket of a finding that a comment silences. All comments that do count as used; the first gives the reason.
    pub(crate) fn suppress(&mut self, project: &Project, finding: &Finding) -> Option<Bucket> {
        let comments = self.by_file.get_mut(&finding.at.file)?;
        let line = project.sources().file(finding.at.file).line(finding.at.span.start);
        let mut bucket = None;
        for comment in comments.iter_mut().filter(|comment| comment.silences(finding, line)) {
            comment.used.insert(finding.rule.code);
            bucket.get_or_insert_with(|| Bucket::Suppressed { reason: comment.suppression.reason.clone() });
        }
        bucket
    }
}

impl Comment<'_> {
    fn silences(&self, finding: &Finding, line: u32) -> bool {
        if self.is_expired || !self.suppression.codes.iter().any(|word| names(word, finding.rule)) {
            return false;
        }
        match self.suppression.target {
            SuppressionTarget::File => true,
            SuppressionTarget::Line(covered) => {
                covered == line || self.definition.is_some_and(|span| span.contains_offset(finding.at.span.start))
            }
        }
    }
}

/// Whether the comment names a rule of ours; most `noqa` comments do not.
pub(crate) fn is_ours(suppression: &Suppression) -> bool {
    suppression.codes.iter().any(|word| registry::find(word).is_some())
}

/// Whether a word in a comment means the rule.
pub(crate) fn names(word: &str, rule: &RuleMeta) -> bool {
    word == rule.code || word == rule.name
}

/// The function or class whose first or last header line, or one of whose decorators, the comment covers.
fn definition_of(file: File<'_>, suppression: &Suppression) -> Option<Span> {
    let SuppressionTarget::Line(covered) = suppression.target else { return None };
    definitions(file).find_map(|(stmt, header)| {
        let span = file.index().definition_span(file.module(), stmt);
        let decorated = file.line(span.start)..=file.line(header.start);
        let is_covered = decorated.contains(&covered) || file.line(header.end) == covered;
        is_covered.then_some(span)
    })
}

/// All functions and classes: their statements and headers.
fn definitions(file: File<'_>) -> impl Iterator<Item = (StmtId, Span)> {
    let module = file.module();
    let functions = module.function_ids().map(|id| (module.function(id).stmt, module.function(id).header));
    let classes = module.class_ids().map(|id| (module.class(id).stmt, module.class(id).header));
    functions.chain(classes)
}
