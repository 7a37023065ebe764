//! Which settings the deployment files of the repository set.

use backlint_source::Location;

use super::Setting;
use crate::Project;
use crate::deployment::{Purpose, Variable};

/// A place that sets a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// Where.
    pub at: Location,
    /// Whether the file is for development, or an example for others to copy.
    pub is_example: bool,
}

impl Project {
    /// The place in a deployment file that gives the setting a value, or demands one; a real file before an example.
    pub fn deployed(&self, setting: &Setting) -> Option<Deployed> {
        let variables = self.deployment.variables.iter();
        let found = variables.filter(|variable| variable.purpose != Purpose::Foreign).filter_map(|variable| {
            let is_example = variable.purpose == Purpose::Development;
            (sets(variable, &setting.key) && is_on(variable)).then_some(Deployed { at: variable.at, is_example })
        });
        found.min_by_key(|deployed| (deployed.is_example, deployed.at))
    }
}

/// Whether the variable is the key; a prefix may stand before it, as settings classes add one.
fn sets(variable: &Variable, key: &str) -> bool {
    let name = variable.key.to_ascii_uppercase();
    name.strip_suffix(&key.to_ascii_uppercase()).is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('_'))
}

/// Whether the variable turns a setting on. One that is handed through does, as whoever deploys has to set it.
fn is_on(variable: &Variable) -> bool {
    let Some(value) = variable.expanded() else { return true };
    let text = value.text.trim().to_ascii_lowercase();
    !matches!(text.as_str(), "" | "false" | "0" | "no" | "off" | "none" | "null" | "~")
}
