//! Files, spans and positions: the ground every other crate stands on.
//!
//! Everything here works on text in memory; reading the disk is the engine's work.

mod decode;
mod line_index;
mod listing;
mod sources;
mod span;

pub use decode::{DecodeError, decode};
pub use line_index::{LineColumn, LineIndex};
pub use listing::Listing;
pub use sources::{FileId, Location, SourceFile, Sources};
pub use span::Span;
