//! Suppression comments: `# backlint: ignore[CODE] reason`, `# backlint: ignore-file[CODE] reason`, `# noqa: CODE`.

use backlint_source::{LineIndex, Span};
use backlint_syntax::Module;

use crate::index::FileIndex;

/// What a suppression covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressionTarget {
    /// The 1-based line.
    Line(u32),
    /// The whole file.
    File,
}

/// A well-formed suppression comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The comment.
    pub span: Span,
    /// What it covers.
    pub target: SuppressionTarget,
    /// Codes or names, as written.
    pub codes: Vec<String>,
    /// The reason behind the bracket, if any.
    pub reason: Option<String>,
    /// `until=2027-01-31`: the last day on which it holds, as year, month, day.
    pub until: Option<(u16, u8, u8)>,
    /// Whether it is a `noqa` comment, which other tools read too: unknown codes in it are theirs.
    pub is_noqa: bool,
}

/// A comment that looks like a suppression and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuppressionProblem {
    /// The comment.
    pub span: Span,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// Fills in the suppressions of a file.
pub(crate) fn collect(text: &str, module: &Module, index: &mut FileIndex) {
    let candidates = module.comments().iter().filter(|comment| {
        let body = comment.span.of(text);
        body.contains("backlint:") || body.contains("noqa")
    });
    let mut lines = None;
    for comment in candidates {
        let lines = lines.get_or_insert_with(|| LineIndex::new(text));
        let line = lines.line(comment.span.start);
        let covered = if comment.is_own_line { next_code_line(text, lines, line) } else { line };
        match parse(comment.span, comment.span.of(text), covered) {
            Some(Ok(found)) if found.target == SuppressionTarget::File && !is_at_head(module, comment.span) => {
                let message = "`ignore-file` counts in the comments before the first statement only; move it there";
                index.suppression_problems.push(SuppressionProblem { span: comment.span, message: message.to_owned() });
            }
            Some(Ok(found)) => index.suppressions.push(found),
            Some(Err(problem)) => index.suppression_problems.push(problem),
            None => {}
        }
    }
}

/// Whether a comment stands before all statements of the file.
fn is_at_head(module: &Module, comment: Span) -> bool {
    module.top_level().first().is_none_or(|&first| comment.start < module.stmt_span(first).start)
}

/// The first line behind `line` that is neither blank nor a comment.
fn next_code_line(text: &str, lines: &LineIndex, line: u32) -> u32 {
    let last = lines.line_count(text);
    (line + 1..=last)
        .find(|&next| {
            let content = lines.line_span(text, next).of(text).trim_start();
            !content.is_empty() && !content.starts_with('#')
        })
        .unwrap_or(line)
}

fn parse(span: Span, comment: &str, line: u32) -> Option<Result<Suppression, SuppressionProblem>> {
    let body = comment.trim_start_matches('#').trim_start();
    if let Some(rest) = body.strip_prefix("backlint:") {
        return Some(directive(span, rest.trim_start(), line));
    }
    noqa(span, comment, line).map(Ok)
}

fn directive(span: Span, rest: &str, line: u32) -> Result<Suppression, SuppressionProblem> {
    let problem = |message: &str| SuppressionProblem { span, message: message.to_owned() };
    let (target, rest) = if let Some(rest) = rest.strip_prefix("ignore-file") {
        (SuppressionTarget::File, rest)
    } else if let Some(rest) = rest.strip_prefix("ignore") {
        (SuppressionTarget::Line(line), rest)
    } else {
        return Err(problem("this comment is not understood; write `# backlint: ignore[CODE] reason`"));
    };
    let Some((list, rest)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return Err(problem("name the rules to ignore: `# backlint: ignore[CODE] reason`"));
    };
    let codes: Vec<String> = list.split(',').map(|code| code.trim().to_owned()).filter(|c| !c.is_empty()).collect();
    if codes.is_empty() {
        return Err(problem("name the rules to ignore: `# backlint: ignore[CODE] reason`"));
    }
    let (until, reason) = split_until(rest.trim()).map_err(|message| problem(&message))?;
    Ok(Suppression { span, target, codes, reason, until, is_noqa: false })
}

type Until = Option<(u16, u8, u8)>;

/// Takes `until=…` out of the text behind the bracket; the rest is the reason.
fn split_until(text: &str) -> Result<(Until, Option<String>), String> {
    let mut until = None;
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        match word.strip_prefix("until=") {
            Some(date) => {
                let parsed = parse_date(date);
                until = Some(parsed.ok_or_else(|| format!("`until={date}` is no date; write `until=2027-01-31`"))?);
            }
            None => words.push(word),
        }
    }
    let reason = words.join(" ");
    Ok((until, (!reason.is_empty()).then_some(reason)))
}

fn parse_date(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next().filter(|y| y.len() == 4)?.parse().ok()?;
    let month = parts.next()?.parse().ok().filter(|m| (1..=12).contains(m))?;
    let day = parts.next()?.parse().ok().filter(|d| (1..=31).contains(d))?;
    Some((year, month, day))
}

/// `# noqa: AUTH001, E501 reason`. A blanket `noqa` is for other tools and means nothing here.
fn noqa(span: Span, comment: &str, line: u32) -> Option<Suppression> {
    let at = comment.to_ascii_lowercase().find("noqa")?;
    let rest = comment[at + 4..].trim_start().strip_prefix(':')?;
    let mut codes = Vec::new();
    let mut rest = rest.trim_start();
    loop {
        let len = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
        let word = &rest[..len];
        if !is_code(word) {
            break;
        }
        codes.push(word.to_owned());
        rest = rest[len..].trim_start_matches([',', ' ', '\t']);
    }
    if codes.is_empty() {
        return None;
    }
    let reason = rest.trim().to_owned();
    let reason = (!reason.is_empty()).then_some(reason);
    Some(Suppression { span, target: SuppressionTarget::Line(line), codes, reason, until: None, is_noqa: true })
}

/// Letters followed by digits, as all linters shape their codes.
fn is_code(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    letters > 0 && letters < word.len() && word.bytes().skip(letters).all(|b| b.is_ascii_digit())
}
