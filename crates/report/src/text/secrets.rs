//! Secrets in the source, which code frames must not show.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use backlint_finding::{Outcome, RuleMeta};
use backlint_source::{FileId, SourceFile, Span};

/// The family of rules that report secrets at their literal.
const FAMILY: &str = "SEC";
/// Weakness of other rules that do so: hard-coded credentials.
const WEAKNESS: u16 = 798;

/// Where the secrets are that a run found, whether their findings are shown or not: a frame for another finding may
/// reach the same line.
pub(super) struct Secrets {
    by_file: BTreeMap<FileId, Vec<Span>>,
}

impl Secrets {
    /// The secrets that the findings of `outcome` report.
    pub(super) fn of(outcome: &Outcome) -> Self {
        let mut by_file: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
        for triaged in &outcome.findings {
            let finding = &triaged.finding;
            if reports_secrets(finding.rule) {
                let file = outcome.sources.file(finding.at.file);
                by_file.entry(finding.at.file).or_default().extend(secrets_in(file, finding.at.span));
            }
        }
        Self { by_file }
    }

    /// Those of one file.
    pub(super) fn in_file(&self, file: FileId) -> &[Span] {
        self.by_file.get(&file).map_or(&[], Vec::as_slice)
    }
}

/// The text of `span` with an asterisk for each character that belongs to one of `secrets`.
pub(super) fn masked<'a>(file: &'a SourceFile, span: Span, secrets: &[Span]) -> Cow<'a, str> {
    let text = file.slice(span);
    let near: Vec<_> = secrets.iter().filter(|secret| secret.start < span.end && span.start < secret.end).collect();
    if near.is_empty() {
        return Cow::Borrowed(text);
    }
    let masked = text.char_indices().map(|(i, c)| {
        let at = span.start + offset(i);
        if near.iter().any(|secret| secret.contains_offset(at)) { '*' } else { c }
    });
    masked.collect::<String>().into()
}

fn reports_secrets(rule: &RuleMeta) -> bool {
    rule.code.starts_with(FAMILY) || rule.cwe.contains(&WEAKNESS)
}

/// What to hide around `span`: the contents of all string literals on its lines, as secrets come in company (a key and
/// its id, a user and a password). Formats without quotes are hidden as far as the span goes.
fn secrets_in(file: &SourceFile, span: Span) -> Vec<Span> {
    let lines = lines_of(file, span);
    let text = file.slice(lines);
    let literals = literal_contents(text);
    let extension = Path::new(file.path()).extension();
    let is_python = extension.is_some_and(|extension| extension == "py" || extension == "pyi");
    if literals.is_empty() && !is_python {
        return vec![span];
    }
    literals.into_iter().map(|part| Span::new(lines.start + part.start, lines.start + part.end)).collect()
}

/// The whole lines that `span` touches.
fn lines_of(file: &SourceFile, span: Span) -> Span {
    let line = |offset: u32| file.lines().line_span(file.text(), file.line(offset));
    line(span.start).cover(line(span.end.max(span.start)))
}

/// Ranges between quotes, single or triple. What is not closed reaches to the end.
fn literal_contents(text: &str) -> Vec<Span> {
    let mut contents = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(['"', '\'']).map(|i| from + i) {
        let quote = &text[start..=start];
        let triple = quote.repeat(3);
        let closing = if text[start..].starts_with(&triple) { triple.as_str() } else { quote };
        let content = start + closing.len();
        let length = closing_quote(&text[content..], closing);
        contents.push(Span::new(offset(content), offset(content + length)));
        from = (content + length + closing.len()).min(text.len());
    }
    contents
}

/// Length of the content before `closing`, which does not count behind a backslash.
fn closing_quote(text: &str, closing: &str) -> usize {
    let mut is_escaped = false;
    for (i, c) in text.char_indices() {
        if !is_escaped && text[i..].starts_with(closing) {
            return i;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    text.len()
}

/// Offsets in texts of a run fit 32 bits, as spans do.
fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
