//! Values that may be secrets: how to speak of them without showing them, and which give themselves away.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

use crate::data;

/// The format of the keys that one provider gives out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyFormat {
    /// What such a key is called.
    pub(crate) provider: String,
    prefix: String,
    length: [usize; 2],
    charset: Charset,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Charset {
    Alnum,
    Upper,
    Hex,
    Word,
    Path,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFormats {
    keys: Vec<KeyFormat>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Placeholders {
    parts: Vec<String>,
    whole: Vec<String>,
}

static FORMATS: LazyLock<KeyFormats> = LazyLock::new(|| data::load(include_str!("../data/provider_keys.toml")));
static SHORTEST_KEY: LazyLock<usize> =
    LazyLock::new(|| FORMATS.keys.iter().map(|format| format.length[0]).min().unwrap_or_default());
static PLACEHOLDERS: LazyLock<Placeholders> = LazyLock::new(|| data::load(include_str!("../data/placeholders.toml")));

/// The prefixes of [`FORMATS`], looked for all at once.
static PREFIXES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::new(FORMATS.keys.iter().map(|format| &format.prefix)).expect("internal error: few and short prefixes")
});

/// How a report speaks of a secret: its first two characters and its length, `hu… (12 characters)`. Every message that
/// speaks of a secret goes through here.
pub(crate) fn masked(value: &str) -> String {
    let length = value.chars().count();
    // Of a short value two characters would be too large a part, and one of one character would stand there whole.
    let shown = if length < 8 { 0 } else { 2 };
    let head: String = value.chars().take(shown).collect();
    let unit = if length == 1 { "character" } else { "characters" };
    format!("{head}… ({length} {unit})")
}

/// Whether a value only stands for one that somebody has to fill in.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let lower = value.trim().to_lowercase();
    let first = lower.chars().next();
    let is_one_character_repeated = lower.chars().all(|c| Some(c) == first);
    is_one_character_repeated
        || PLACEHOLDERS.whole.contains(&lower)
        || PLACEHOLDERS.parts.iter().any(|part| lower.contains(part.as_str()))
}

/// The format of the provider key that stands in `value`, and the key.
pub(crate) fn provider_key(value: &str) -> Option<(&'static KeyFormat, &str)> {
    if value.len() < *SHORTEST_KEY {
        return None;
    }
    let there: BTreeSet<usize> = PREFIXES.find_overlapping_iter(value).map(|hit| hit.pattern().as_usize()).collect();
    let mut formats = there.into_iter().filter_map(|at| FORMATS.keys.get(at));
    formats.find_map(|format| Some((format, format.find_in(value)?)))
}

/// Whether `value` holds a whole private key, not only the line that opens one.
pub(crate) fn is_private_key(value: &str) -> bool {
    const SHORTEST_BODY: usize = 64;
    let Some((head, body)) = value.split_once("PRIVATE KEY-----") else { return false };
    let body = body.split("-----END").next().unwrap_or_default();
    let characters = body.chars().filter(|c| !c.is_whitespace());
    head.trim_start().starts_with("-----BEGIN")
        && characters.clone().count() >= SHORTEST_BODY
        && characters.clone().all(|c| c.is_ascii_alphanumeric() || "+/=\\:-,".contains(c))
        && is_varied(body)
}

/// Whether a value looks drawn at random: long, without spaces, letters and digits mixed.
pub(crate) fn is_random(value: &str) -> bool {
    const SHORTEST: usize = 16;
    value.len() >= SHORTEST
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_+/=.~!@#$%^&*".contains(c))
        && value.chars().filter(char::is_ascii_digit).count() >= 2
        && value.chars().any(|c| c.is_ascii_alphabetic())
        && value.split(['-', '_', '.', '/']).any(is_mixed)
        && is_varied(value)
        && !has_run(value)
        && !["password", "secret", "token"].iter().any(|word| value.to_lowercase().contains(word))
        && !is_placeholder(value)
}

/// Words and numbers are joined by dashes; what is drawn mixes letters and digits.
fn is_mixed(part: &str) -> bool {
    const SHORTEST: usize = 8;
    part.len() >= SHORTEST
        && part.contains(|c: char| c.is_ascii_digit())
        && part.contains(|c: char| c.is_ascii_alphabetic())
}

impl KeyFormat {
    fn find_in<'v>(&self, value: &'v str) -> Option<&'v str> {
        value.match_indices(&self.prefix).find_map(|(at, _)| {
            let is_inside_word = value[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let rest = &value[at..];
            let body = &rest[self.prefix.len()..];
            let length = self.prefix.len() + body.find(|c| !self.charset.has(c)).unwrap_or(body.len());
            let key = &rest[..length];
            let fits = !is_inside_word && (self.length[0]..=self.length[1]).contains(&length);
            (fits && is_varied(&key[self.prefix.len()..]) && !has_run(key) && !is_placeholder(key)).then_some(key)
        })
    }
}

impl Charset {
    fn has(self, c: char) -> bool {
        match self {
            Self::Alnum => c.is_ascii_alphanumeric(),
            Self::Upper => c.is_ascii_uppercase() || c.is_ascii_digit(),
            Self::Hex => c.is_ascii_digit() || ('a'..='f').contains(&c),
            Self::Word => c.is_ascii_alphanumeric() || "-_.".contains(c),
            Self::Path => c.is_ascii_alphanumeric() || "-_./".contains(c),
        }
    }
}

/// Whether a value is a signed token that was made to live for a day at most: by the time that somebody reads the source it
/// opens nothing any more.
pub(crate) fn is_spent_token(value: &str) -> bool {
    const LONGEST_LIFE: u64 = 24 * 60 * 60;
    let mut parts = value.split('.');
    let (Some(head), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if !head.starts_with("eyJ") {
        return false;
    }
    let decoded = BASE64URL_NOPAD.decode(claims.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(claims) = decoded else { return false };
    let (made, ends) = (seconds_of(&claims, "\"iat\""), seconds_of(&claims, "\"exp\""));
    made.zip(ends).is_some_and(|(made, ends)| ends.saturating_sub(made) <= LONGEST_LIFE)
}

/// The whole number that a claim of a token has.
fn seconds_of(claims: &str, claim: &str) -> Option<u64> {
    let (_, rest) = claims.split_once(claim)?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// Whether at least eight different characters occur.
fn is_varied(value: &str) -> bool {
    let mut seen: Vec<char> = value.chars().filter(|c| !c.is_whitespace()).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() >= 8
}

/// Whether somebody ran a finger along the keyboard: six characters that follow each other, or four alike.
fn has_run(value: &str) -> bool {
    let bytes = value.as_bytes();
    let rises = bytes.windows(6).any(|w| w.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
    let stays = bytes.windows(4).any(|w| w.iter().all(|&b| b == w[0]));
    rises || stays
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_sorted(words: &[String]) {
        let mut sorted = words.to_vec();
        sorted.sort();
        sorted.dedup();
        assert_eq!(words, sorted);
    }

    #[test]
    fn provider_keys_are_sorted_without_doubles() {
        let prefixes: Vec<String> = FORMATS.keys.iter().map(|format| format.prefix.clone()).collect();
        assert_sorted(&prefixes);
        assert!(FORMATS.keys.iter().all(|format| format.prefix.len() < format.length[0]));
        assert!(FORMATS.keys.iter().all(|format| format.length[0] <= format.length[1]));
    }

    #[test]
    fn placeholders_are_sorted_without_doubles_in_lower_case() {
        for words in [&PLACEHOLDERS.parts, &PLACEHOLDERS.whole] {
            assert_sorted(words);
            assert!(words.iter().all(|word| *word == word.to_lowercase()));
        }
    }

    #[test]
    fn masked_shows_two_characters_at_most() {
        assert_eq!(masked("hunter2hunter2"), "hu… (14 characters)");
        assert_eq!(masked("abc"), "… (3 characters)");
        assert_eq!(masked("a"), "… (1 character)");
    }

    #[test]
    fn provider_keys_are_found_inside_longer_values() {
        let key = format!("AKIA{}", "Q7RT2WM9XK4LP8ZN");
        assert_eq!(provider_key(&format!("id={key};")).map(|(_, found)| found), Some(key.as_str()));
        assert!(provider_key("AKIAIOSFODNN7EXAMPLE").is_none());
        assert!(provider_key("sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx").is_none());
    }

    #[test]
    fn the_opening_line_of_a_private_key_is_no_key() {
        assert!(!is_private_key("-----BEGIN RSA PRIVATE KEY-----"));
        assert!(is_private_key(&format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
            "MIIEvQ+b/9xKz7".repeat(8)
        )));
    }
}
