//! Replacing ranges of a text without moving its lines.

use backlint_source::Span;

/// A range and what stands there instead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edit {
    pub(super) span: Span,
    pub(super) text: String,
}

impl Edit {
    pub(super) fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    /// Takes out an element of a list and the comma behind it.
    pub(super) fn of_element(element: Span, text: &str) -> Self {
        let end = element.end as usize;
        let rest = &text[end..];
        let comma = rest.find(|c: char| !c.is_whitespace()).filter(|&at| rest[at..].starts_with(','));
        let more = comma.map_or(0, |at| u32::try_from(at + 1).unwrap_or_default());
        Self::new(Span::new(element.start, element.end + more), "")
    }
}

/// The text after all edits, which do not overlap. The lines of what is taken out stay, so that all others keep their
/// numbers.
pub(super) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort();
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for Edit { span, text: instead } in edits {
        let (start, end) = (span.start as usize, span.end as usize);
        result.push_str(&text[done..start]);
        result.push_str(instead);
        result.extend(text[start..end].matches('\n'));
        done = end;
    }
    result.push_str(&text[done..]);
    result
}
