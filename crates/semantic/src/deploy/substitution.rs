//! Variables in the texts of deployment files: `$NAME`, `${NAME:-default}`, `${NAME:?message}`.

/// A text with its variables filled in as far as the file itself can.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The text; a variable without default stands as `$NAME`.
    pub text: String,
    /// The variables whose defaults stand in `text`, with these defaults as written.
    pub defaulted: Vec<(String, String)>,
    /// The variables that have to come from outside.
    pub open: Vec<String>,
}

impl Expanded {
    /// Whether the text is the same in every environment.
    pub fn is_literal(&self) -> bool {
        self.defaulted.is_empty() && self.open.is_empty()
    }
}

/// How deep defaults are looked into that hold variables themselves.
const MAX_DEPTH: u32 = 8;

/// Fills defaults in.
pub fn expand(text: &str) -> Expanded {
    let mut expanded = Expanded::default();
    fill(text, &mut expanded, MAX_DEPTH);
    expanded
}

fn fill(text: &str, into: &mut Expanded, depth: u32) {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        into.text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        rest = if let Some(escaped) = after.strip_prefix('$') {
            into.text.push('$');
            escaped
        } else if let Some(inner) = after.strip_prefix('{') {
            let end = closing_brace(inner);
            fill_braced(&inner[..end], into, depth);
            inner.get(end + 1..).unwrap_or("")
        } else {
            let name = name_at(after);
            if name.is_empty() {
                into.text.push('$');
            } else {
                into.leave(name);
            }
            &after[name.len()..]
        };
    }
    into.text.push_str(rest);
}

fn fill_braced(inner: &str, into: &mut Expanded, depth: u32) {
    let name = name_at(inner);
    let rest = &inner[name.len()..];
    let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')).or_else(|| rest.strip_prefix(":="));
    match (default, depth.checked_sub(1)) {
        (Some(default), Some(depth)) if !default.is_empty() => {
            into.defaulted.push((name.to_owned(), default.to_owned()));
            fill(default, into, depth);
        }
        _ => into.leave(name),
    }
}

impl Expanded {
    fn leave(&mut self, name: &str) {
        self.text.push('$');
        self.text.push_str(name);
        self.open.push(name.to_owned());
    }
}

fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    &text[..end]
}

/// The position of the brace that closes one opened before `text`, or its end.
fn closing_brace(text: &str) -> usize {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return at,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_filled_in_and_the_rest_is_left_open() {
        let expanded = expand("postgres://${USER:-shop}:${PASS:?set it}@$HOST/${DB-shop}");
        assert_eq!(expanded.text, "postgres://shop:$PASS@$HOST/shop");
        let pair = |name: &str, default: &str| (name.to_owned(), default.to_owned());
        assert_eq!(expanded.defaulted, [pair("USER", "shop"), pair("DB", "shop")]);
        assert_eq!(expanded.open, ["PASS", "HOST"]);
        assert!(!expanded.is_literal());
    }

    #[test]
    fn defaults_hold_variables_themselves() {
        assert_eq!(expand("${A:-${B:-c}}d").text, "cd");
        assert_eq!(expand("${A:-${B}}").open, ["B"]);
    }

    #[test]
    fn doubled_and_lone_signs_are_text() {
        let expanded = expand("a$$b costs 5$ ${");
        assert!(expanded.text.starts_with("a$b costs 5$ "));
        assert!(expand("plain").is_literal());
    }

    #[test]
    fn nesting_without_end_is_cut() {
        assert!(expand(&"${A:-".repeat(5000)).open.len() == 1);
    }
}
