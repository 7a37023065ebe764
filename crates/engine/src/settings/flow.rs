//! Tables of what the project knows of calls that hand in, use or clean values of clients.

use std::fs;
use std::path::Path;

use backlint_model::FlowTable;

use super::options::refusal;
use super::place::{ConfigText, Placed};
use crate::error::EngineError;

/// The tables in `files`, whose paths are relative to `folder`.
pub(crate) fn read(files: &[Placed<String>], folder: &Path) -> Result<Vec<FlowTable>, EngineError> {
    let table =
        |file: &Placed<String>| {
            let text = fs::read_to_string(folder.join(&file.value)).map_err(|source| {
                EngineError::UnreadableFlowTable { place: file.place.clone(), path: file.value.clone(), source }
            })?;
            toml::from_str(&text).map_err(|error| refusal(ConfigText { name: &file.value, text: &text }, &error))
        };
    files.iter().map(table).collect()
}
