//! From paths and settings to an outcome: discovery, threads, checks and triage.
//!
//! ```text
//! Config::load → Config::with → Config::resolve → Settings
//! check_paths: discover → read → parse → index → link → check → triage → Run
//! analyse:                       parse → index → link → check → triage → Outcome
//! ```
//!
//! The disk is read in discovery and for configuration only; everything else works on texts in memory.

mod advisories;
mod beside;
mod check;
mod contain;
mod discover;
mod error;
mod inventory;
mod parse;
mod read;
mod run;
mod settings;
mod timings;
mod tracked;
mod triage;

pub use discover::FileKind;
pub use error::EngineError;
pub use inventory::Inventory;
pub use read::MemoryFile;
pub use run::{Run, Status, analyse, analyse_repository, check_paths, inventory, project_of, routes_of, texts};
pub use settings::{Config, ConfigSource, Date, Environment, FailOn, Overrides, Place, Settings, SeverityWord};
pub use timings::Timings;
