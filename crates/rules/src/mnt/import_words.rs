//! Words that tell what imports are for, from `data/imports.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::data;

/// The lists of the file; what each is for stands there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportWords {
    pub(super) registries: Vec<String>,
    pub(super) model_modules: Vec<String>,
    pub(super) model_parts: Vec<String>,
    pub(super) model_collectors: Vec<String>,
    pub(super) reasons: Vec<String>,
    pub(super) late_reasons: Vec<String>,
    pub(super) task_modules: Vec<String>,
}

pub(super) static IMPORTS: LazyLock<ImportWords> =
    LazyLock::new(|| data::load(include_str!("../../data/imports.toml")));
