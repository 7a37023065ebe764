//! The options of one configuration file, as they are written.

use std::collections::BTreeMap;

use backlint_finding::{Audience, Confidence};
use backlint_rulebook::nearest;
use serde::Deserialize;
use toml::{Spanned, Table};

use super::level::{FailOn, SeverityWord};
use super::place::ConfigText;
use crate::error::{EngineError, did_you_mean};

/// The keys of `backlint.toml`, or of `[tool.backlint]` in `pyproject.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Options {
    pub(crate) select: Option<Vec<Spanned<String>>>,
    pub(crate) ignore: Vec<Spanned<String>>,
    pub(crate) audience: Option<Audience>,
    pub(crate) min_severity: Option<SeverityWord>,
    pub(crate) min_confidence: Option<Confidence>,
    pub(crate) fail_on: Option<FailOn>,
    pub(crate) exclude: Vec<Spanned<String>>,
    pub(crate) require_reason: bool,
    /// By glob.
    pub(crate) per_path: BTreeMap<String, Spanned<PathOptions>>,
    pub(crate) guards: GuardOptions,
    /// Path pattern of routes to the reason why they are open.
    pub(crate) public: BTreeMap<String, String>,
    /// By code.
    pub(crate) severity: BTreeMap<String, Spanned<SeverityWord>>,
    pub(crate) audits: AuditOptions,
    pub(crate) flow: FlowOptions,
    /// OSV files, folders of them and zip archives, relative to the configuration file.
    pub(crate) advisories: Vec<String>,
    /// By code.
    pub(crate) rules: BTreeMap<String, Spanned<Table>>,
}

/// Rules that are switched on or off for some paths.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PathOptions {
    pub(crate) select: Vec<Spanned<String>>,
    pub(crate) ignore: Vec<Spanned<String>>,
}

/// Names that count as guards, or never do.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GuardOptions {
    pub(crate) names: Vec<String>,
    pub(crate) not: Vec<String>,
}

/// Further audit catalogues.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AuditOptions {
    /// Relative to the configuration file.
    pub(crate) files: Vec<Spanned<String>>,
}

/// What the project knows of calls that hand in, use or clean values of clients.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FlowOptions {
    /// Relative to the configuration file.
    pub(crate) tables: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PyProject {
    tool: Tools,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tools {
    backlint: Option<Options>,
}

impl Options {
    /// Reads a `backlint.toml`.
    pub(crate) fn parse(file: ConfigText<'_>) -> Result<Self, EngineError> {
        toml::from_str(file.text).map_err(|error| refusal(file, &error))
    }

    /// Reads a `pyproject.toml`; none when it does not speak of this program.
    pub(crate) fn parse_pyproject(file: ConfigText<'_>) -> Result<Option<Self>, EngineError> {
        // Most manifests do not, and a template that is no valid TOML is nobody's configuration.
        if !file.text.contains("tool.backlint") {
            return Ok(None);
        }
        let project: PyProject = toml::from_str(file.text).map_err(|error| refusal(file, &error))?;
        Ok(project.tool.backlint)
    }
}

/// What is wrong with a file, and where.
pub(crate) fn refusal(file: ConfigText<'_>, error: &toml::de::Error) -> EngineError {
    EngineError::Config { place: file.place(error.span()), message: explain(error.message()) }
}

/// The reader's message; a key or word that it does not know comes with the known one most like it.
///
/// The reader's message on such a key lists the known ones, which saves a second list of them.
pub(crate) fn explain(message: &str) -> String {
    let message = message.trim_end().replace('\n', ", ");
    let Some(rest) = message.strip_prefix("unknown field ").or_else(|| message.strip_prefix("unknown variant ")) else {
        return message;
    };
    let mut words = rest.split('`').skip(1).step_by(2);
    let Some(given) = words.next() else { return message };
    let known: Vec<&str> = words.collect();
    match nearest(given, known.iter().copied()) {
        Some(nearest) => format!("`{given}` is not known here{}", did_you_mean(Some(nearest))),
        None if known.is_empty() => format!("`{given}` is not known here; remove it"),
        None => format!("`{given}` is not known here; known are {}", known.join(", ")),
    }
}
