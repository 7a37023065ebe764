//! Words and names that tell what handlers and the blocks they guard do, from `data/error_handling.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::data;

/// The lists of the file; what each is for stands there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lists {
    pub(super) failure_words: Vec<String>,
    pub(super) recorder_words: Vec<String>,
    pub(super) plain_calls: Vec<String>,
    pub(super) cleaning_functions: Vec<String>,
    pub(super) probing_functions: Vec<String>,
    pub(super) conversions: Vec<String>,
    pub(super) cleanup_words: Vec<String>,
    pub(super) best_effort_words: Vec<String>,
    pub(super) lenient_phrases: Vec<String>,
    pub(super) client_packages: Vec<String>,
    pub(super) database_verbs: Vec<String>,
    pub(super) database_words: Vec<String>,
}

pub(super) static WORDS: LazyLock<Lists> = LazyLock::new(|| data::load(include_str!("../../data/error_handling.toml")));

/// Whether one of the parts of a name is in the list.
pub(super) fn has_part(list: &[String], name: &str) -> bool {
    name.split(|c: char| !c.is_alphanumeric()).any(|part| data::has(list, part))
}
