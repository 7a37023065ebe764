//! The word lists that are bundled with the rules.

use serde::de::DeserializeOwned;

/// Reads one of the files in `data/`.
pub(crate) fn load<T: DeserializeOwned>(text: &str) -> T {
    toml::from_str(text).expect("internal error: a test reads every bundled file")
}

/// Whether a word is in one of the lists.
pub(crate) fn has(list: &[String], word: &str) -> bool {
    list.iter().any(|known| known == word)
}
