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
    parts.map(words).sum::<usize>() > 1
}

/// How many words a text has. Chinese and Japanese put no spaces between theirs: two characters are about one word.
fn words(text: &str) -> usize {
    let spaced = text.split_whitespace().filter(|word| !word.chars().any(is_unspaced)).count();
    spaced + text.chars().filter(|&c| is_unspaced(c)).count().div_ceil(2)
}

/// Whether a character belongs to a script without spaces between words: kana, and Chinese characters.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
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

#[cfg(test)]
mod tests {
    use super::says_something;

    #[test]
    fn a_reason_has_more_than_one_word() {
        assert!(says_something("# prices are optional") && says_something("# noqa: ble001 - the cache is optional"));
        assert!(!says_something("# ignore") && !says_something("# noqa: ble001"));
    }

    #[test]
    fn chinese_and_japanese_put_no_spaces_between_words() {
        assert!(says_something("# 缓存不可用时忽略") && says_something("# キャッシュは任意"));
        assert!(!says_something("# 忽略"), "one word, like `# ignore`");
    }
}
