//! What keeps a run from being done at all, in words that say what to do next.

use std::io;
use std::path::PathBuf;

use backlint_rulebook::PageProblem;

use crate::settings::Place;

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A named path does not exist.
    #[error("{}: no such file or folder; check the path and the working directory", .path.display())]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// Nothing below the named paths is Python.
    #[error(
        "nothing to check: {paths} holds no Python file that is not excluded or ignored; name a folder with Python code"
    )]
    NothingToCheck {
        /// The paths as given.
        paths: String,
    },
    /// A configuration file cannot be read.
    #[error(
        "{file}: cannot read this configuration: {source}; name another with --config or leave it out with --isolated"
    )]
    UnreadableConfig {
        /// The file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// A configuration file is no valid TOML, or not the options it should be.
    #[error("{place}: {message}")]
    Config {
        /// Where.
        place: Place,
        /// What is wrong and what to write instead.
        message: String,
    },
    /// Globs that are sound one by one are too much together.
    #[error("the globs of the configuration cannot be compiled: {message}; write fewer or shorter ones")]
    Globs {
        /// What the matcher says.
        message: String,
    },
    /// A selector means no rule.
    #[error("{place}: there is no rule, prefix or name `{word}`{}; `backlint rules` lists all", did_you_mean(.nearest.as_deref()))]
    UnknownRule {
        /// Where it was written.
        place: Place,
        /// The selector.
        word: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// An audit item is in no catalogue.
    #[error("{place}: there is no audit or item `{word}`{}; `backlint audit` lists all", did_you_mean(.nearest.as_deref()))]
    UnknownAudit {
        /// Where it was written.
        place: Place,
        /// The reference.
        word: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// An audit item that no rule decides.
    #[error("{place}: no rule decides the audit item `{word}`, so there is nothing to run for it")]
    AuditWithoutRules {
        /// Where it was written.
        place: Place,
        /// The reference.
        word: String,
    },
    /// The selection leaves no rule.
    #[error("no rule is left to run: everything that is selected is ignored too; change `select` or `ignore`")]
    NothingSelected,
    /// An audit catalogue cannot be read.
    #[error("{place}: cannot read the audit catalogue {}: {source}", .path.display())]
    UnreadableCatalogue {
        /// Where it was named.
        place: Place,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A table of calls cannot be read.
    #[error("{place}: cannot read the flow table {path}: {source}; name a TOML file relative to this one")]
    UnreadableFlowTable {
        /// Where it was named.
        place: Place,
        /// The file as it was named.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Advisories cannot be read.
    #[error("{}: cannot read advisories here: {source}; name an OSV file, a folder of them or a zip archive", .path.display())]
    UnreadableAdvisories {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An audit catalogue is not what it should be.
    #[error(transparent)]
    Catalogue(PageProblem),
    /// Two catalogues share an id.
    #[error("{place}: another audit catalogue has the id `{id}` too; give this one an id of its own")]
    RepeatedCatalogue {
        /// Where it was named.
        place: Place,
        /// The id.
        id: String,
    },
    /// The system refuses threads.
    #[error("cannot start {threads} threads: {message}; ask for fewer with --threads")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system says.
        message: String,
    },
}

/// The end of a message on a word that is not known.
pub(crate) fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"))
}
