//! Texts that are put together: which of their pieces decide what.

use backlint_semantic::fold;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, List, Part as Piece};

use super::body::Reader;
use super::hazard::{Hazard, Hazards};
use super::state::State;
use super::value::{Part, Value};

/// Stands in a pattern for a piece that is not known.
const UNKNOWN: char = '\u{0}';

/// A text as it grows from left to right.
#[derive(Default)]
pub(super) struct Text {
    /// What stands before the next piece.
    lead: String,
    value: Value,
    pieces: u32,
    has_markup: bool,
}

impl Text {
    /// A literal piece.
    pub(super) fn literal(&mut self, text: &str) {
        if !text.is_empty() {
            self.pieces += 1;
        }
        self.has_markup |= is_markup(text);
        self.lead.push_str(text);
    }

    /// A piece that is known to be harmless, with its text where it is known; unknown parts of it are `{}`.
    pub(super) fn known(&mut self, pattern: Option<String>) {
        self.pieces += 1;
        match pattern {
            Some(pattern) => {
                self.has_markup |= is_markup(&pattern);
                self.lead.push_str(&pattern.replace("{}", "\u{0}"));
            }
            None => self.lead.push(UNKNOWN),
        }
    }

    /// A piece that comes from elsewhere.
    pub(super) fn piece(&mut self, value: &Value) {
        let safe = safe_behind(&self.lead);
        let placed = value.flat().map(&|taint| taint.safe = taint.safe.and(safe));
        self.value = self.value.joined(&placed);
        self.lead.push(UNKNOWN);
        self.pieces += 1;
    }

    /// The whole text.
    pub(super) fn finish(self) -> Value {
        let (is_joined, is_markup) = (self.pieces > 1, self.has_markup);
        self.value.map(&|taint| {
            taint.is_joined |= is_joined;
            taint.is_markup |= is_markup;
        })
    }
}

fn is_markup(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0] == b'<' && (pair[1].is_ascii_alphabetic() || pair[1] == b'/'))
}

/// Where a piece does no harm, given what stands before it in the text.
fn safe_behind(lead: &str) -> Hazards {
    let mut safe = Hazards::NONE;
    if has_host(lead) {
        safe = safe.and(Hazards::HOSTS);
    }
    // `report-` in front of `../x` names a folder that does not exist.
    if lead.chars().last().is_some_and(|last| !matches!(last, '/' | '\\' | UNKNOWN)) {
        safe = safe.and(Hazards::of(Hazard::Path));
    }
    safe
}

/// Whether the text before a piece already decides the host.
fn has_host(lead: &str) -> bool {
    match lead.split_once("://") {
        Some((_, "")) => false,
        Some((_, host)) => !host.ends_with(['.', '@']) || host.contains('/'),
        None => !matches!(lead, "" | "/" | "//" | "\\" | "http:" | "https:" | "http" | "https"),
    }
}

impl Reader<'_> {
    pub(super) fn f_string(&mut self, parts: List<Piece>, state: &mut State) -> Value {
        let module = self.file.module();
        let mut text = Text::default();
        for part in module.list(parts) {
            match *part {
                Piece::Text(piece) => text.literal(module.text(piece)),
                Piece::Value { value, format, .. } => {
                    let found = self.value(value, state);
                    let is_number = format.is_some_and(|format| is_number_format(self.file.text_of(format)));
                    if is_number {
                        text.known(None);
                    } else {
                        self.append(&mut text, value, &state.settled(&found));
                    }
                }
            }
        }
        text.finish()
    }

    /// Adds the value of an expression to a text.
    fn append(&self, text: &mut Text, expr: ExprId, value: &Value) {
        if value.is_nothing() {
            text.known(self.pattern(expr));
        } else {
            text.piece(value);
        }
    }

    /// The text of a harmless expression, unknown parts as `{}`.
    fn pattern(&self, expr: ExprId) -> Option<String> {
        let folded = fold(self.file.module(), self.file.index(), expr).pattern();
        folded.or_else(|| self.project.string(self.file.id(), expr)).filter(|text| !text.is_empty())
    }

    pub(super) fn binary(&mut self, left: ExprId, op: BinaryOp, right: ExprId, state: &mut State) -> Value {
        match op {
            BinaryOp::Add => self.added(left, right, state),
            BinaryOp::Mod => self.formatted_by_percent(left, right, state),
            // `folder / name` joins paths.
            BinaryOp::Div => {
                let (folder, name) = (self.value(left, state), self.value(right, state));
                let joined = state.settled(&folder).flat().joined(&state.settled(&name).flat());
                joined.map(&|taint| taint.part = Part::FilePath)
            }
            BinaryOp::BitOr => {
                let (left, right) = (self.value(left, state), self.value(right, state));
                left.joined(&right)
            }
            _ => {
                self.value(left, state);
                self.value(right, state);
                Value::default()
            }
        }
    }

    pub(super) fn added(&mut self, left: ExprId, right: ExprId, state: &mut State) -> Value {
        let (a, b) = (self.value(left, state), self.value(right, state));
        if a.is_nothing() && b.is_nothing() {
            return Value::default();
        }
        let mut text = Text::default();
        self.append(&mut text, left, &state.settled(&a));
        self.append(&mut text, right, &state.settled(&b));
        text.finish()
    }

    /// `"… %s …" % value`.
    fn formatted_by_percent(&mut self, left: ExprId, right: ExprId, state: &mut State) -> Value {
        let module = self.file.module();
        self.value(left, state);
        let given: Vec<Value> = match module.expr(right) {
            Expr::Tuple(items) => module.list(items).iter().map(|&item| self.value(item, state)).collect(),
            Expr::Dict(_) => vec![self.value(right, state).flat()],
            _ => vec![self.value(right, state)],
        };
        let Some(template) = self.pattern(left) else { return Value::default() };
        let mut text = Text::default();
        let mut pieces = template.split('%');
        text.literal(pieces.next().unwrap_or_default());
        let mut given = given.iter();
        for piece in pieces {
            let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | ' '));
            if rest.starts_with(['s', 'r', 'a', '(']) {
                given.next().into_iter().for_each(|value| text.piece(&state.settled(value)));
            } else if !rest.is_empty() {
                given.next();
                text.known(None);
            }
            text.literal(rest.get(1..).unwrap_or_default());
        }
        text.finish()
    }

    /// `"… {} …".format(value)`.
    pub(super) fn formatted(&mut self, template: ExprId, given: &[(Option<&str>, Value)], state: &State) -> Value {
        let Some(template) = self.template(template) else {
            return given.iter().fold(Value::default(), |all, (_, value)| all.joined(&value.flat()));
        };
        let mut text = Text::default();
        let mut places = 0..;
        let mut pieces = template.split('{');
        text.literal(pieces.next().unwrap_or_default());
        for piece in pieces {
            let Some((field, rest)) = piece.split_once('}') else { continue };
            let name = field.split([':', '!', '.', '[']).next().unwrap_or_default();
            let place = if name.is_empty() { places.next() } else { name.parse().ok() };
            let positional = || given.iter().filter(|(name, _)| name.is_none()).nth(place.unwrap_or(usize::MAX));
            let found = given.iter().find(|(keyword, _)| *keyword == Some(name)).or_else(positional);
            match found {
                Some((_, value)) if !value.is_nothing() => text.piece(&state.settled(value)),
                _ => text.known(None),
            }
            text.literal(rest);
        }
        text.finish()
    }

    fn template(&self, expr: ExprId) -> Option<String> {
        let folded = fold(self.file.module(), self.file.index(), expr);
        folded.as_str().map(str::to_owned).or_else(|| self.project.string(self.file.id(), expr))
    }
}

/// `:d`, `:.2f`: formats that take numbers only.
fn is_number_format(format: &str) -> bool {
    format.trim_end_matches(['"', '\'']).ends_with(['d', 'f', 'x', 'X', 'b', 'o', 'e', 'g', '%'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_decided_once_something_stands_behind_the_scheme() {
        assert!(!has_host(""));
        assert!(!has_host("https://"));
        assert!(!has_host("https://api."));
        assert!(has_host("https://api.example.com/"));
        assert!(has_host("\u{0}/"));
        assert!(!has_host("\u{0}://"));
        assert!(!has_host("/"));
        assert!(has_host("/users/"));
    }
}
