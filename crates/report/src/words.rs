//! Words of outputs: numbers with their nouns, values by the words of the JSON contract.

use serde::Serialize;
use serde_json::Value;

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The word that stands for a value without data in the JSON outputs, so that all outputs use the same.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}
