//! Reasons for dropping an error that are written down where it is dropped.

use backlint_syntax::ast::FunctionId;

use crate::exc::clause::Clause;
use crate::exc::words::WORDS;

/// Whether a comment in the clause, one above the statement, or the documentation of a function around it says why.
pub(super) fn has_reason(clause: &Clause<'_>) -> bool {
    has_comment(clause) || is_announced(clause) || is_documented(clause)
}

fn has_comment(clause: &Clause<'_>) -> bool {
    let file = clause.file;
    // The comment may stand behind the last statement of the clause.
    let end = file.module().stmt_span(clause.stmt).end.max(clause.span.end);
    let last_line = file.line(clause.span.end.min(end));
    file.module().comments().iter().any(|comment| {
        let is_inside = comment.span.start >= clause.span.start && file.line(comment.span.start) <= last_line;
        is_inside && says_something(&file.slice(comment.span).to_ascii_lowercase())
    })
}

/// Whether words are left when the parts for other tools are taken away: `# noqa: BLE001 - the cache is optional`.
fn says_something(comment: &str) -> bool {
    const OTHER_TOOLS: &[&str] = &["noqa", "pylint", "type:", "nosec", "pragma", "flake8", "nosonar"];
    let joints = comment.replace(" - ", "#").replace(" -- ", "#");
    let parts = joints.split(['#', '–', '—']).filter(|part| !OTHER_TOOLS.iter().any(|tool| part.contains(tool)));
    parts.map(|part| part.split_whitespace().count()).sum::<usize>() > 1
}

/// `# Best effort: …` on the lines right above the statement, or on its own.
fn is_announced(clause: &Clause<'_>) -> bool {
    let file = clause.file;
    let mut line = file.line(file.module().stmt_span(clause.stmt).start);
    for comment in file.module().comments().iter().rev() {
        let at = file.line(comment.span.start);
        if at == line || at + 1 == line {
            let text = file.slice(comment.span).to_ascii_lowercase();
            if text.contains("optional") || is_lenient(&text) {
                return true;
            }
            line = at;
        }
    }
    false
}

fn is_lenient(text: &str) -> bool {
    WORDS.lenient_phrases.iter().any(|phrase| text.contains(phrase.as_str()))
}

fn is_documented(clause: &Clause<'_>) -> bool {
    let module = clause.file.module();
    let outer = |&id: &FunctionId| clause.file.index().outer_function(module, id);
    std::iter::successors(clause.function(), outer).any(|id| {
        let Some(text) = module.docstring(module.body(id)) else { return false };
        is_lenient(&text.to_ascii_lowercase().split_whitespace().collect::<Vec<_>>().join(" "))
    })
}
