//! Rendering: an outcome, an inventory or a rule goes in, bytes for people or programs come out.
//!
//! Every renderer is a pure function of its input. What comes from analysed source is untrusted: characters that act on
//! terminals or reorder text are written out visibly wherever they could do harm.

mod color;
mod escape;
mod format;
mod github;
mod json;
mod json_text;
mod place;
mod routes;
mod rules;
mod sarif;
mod table;
mod text;
mod words;

pub use color::Color;
pub use format::{Format, UnknownFormat};
pub use github::render_github;
pub use json::{render_json, render_jsonl};
pub use routes::{render_routes_json, render_routes_markdown, render_routes_text};
pub use rules::{render_rule_json, render_rule_text, render_rules_json, render_rules_text};
pub use sarif::{SarifOptions, render_sarif};
pub use text::{Detail, TextOptions, render_text, summary_text};

/// The name that machine-readable outputs carry.
const TOOL_NAME: &str = "backlint";
/// The version that machine-readable outputs carry.
const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");
