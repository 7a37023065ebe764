//! Environment variables that deployment files set.

use backlint_semantic::deploy::substitution::{Expanded, expand};
use backlint_semantic::deploy::{Word, dotenv};
use backlint_source::Location;

use super::{Facts, Purpose, Reading, Service};

/// What kind of place sets a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setter {
    /// A file of variables.
    EnvironmentFile,
    /// `ENV` of an image.
    Image,
    /// `ARG` of an image.
    BuildArgument,
    /// A container's own block.
    Service,
    /// A unit of systemd, or a program of supervisord.
    Unit,
}

/// One variable that is set somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub key: String,
    /// Where the name stands.
    pub at: Location,
    /// What it is set to; none if the value is handed through or comes from a reference.
    pub value: Option<Word>,
    /// What sets it.
    pub by: Setter,
    /// What that is made for.
    pub purpose: Purpose,
}

impl Variable {
    /// Where the value stands, or the name if there is none.
    pub fn value_at(&self) -> Location {
        self.value.as_ref().map_or(self.at, |value| Location { file: self.at.file, span: value.span })
    }

    /// Whether the value is what a variable of the same name says outside, with or without a default.
    pub fn is_handed_on(&self) -> bool {
        let Some(value) = &self.value else { return true };
        let text = value.text.trim();
        let name = text.strip_prefix("${").or_else(|| text.strip_prefix('$')).unwrap_or_default();
        let rest = name.strip_prefix(self.key.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('}') && rest.starts_with([':', '-', '?', '}', '=']))
    }

    /// The value with the defaults of its own variables.
    pub fn expanded(&self) -> Option<Expanded> {
        self.value.as_ref().map(|value| expand(&value.text))
    }
}

pub(super) fn read(file: Reading<'_>, facts: &mut Facts) {
    let set = dotenv::assignments(file.text()).into_iter();
    facts.variables.extend(set.map(|assignment| file.variable(assignment, Setter::EnvironmentFile)));
}

/// The variables of all services; those that one takes over from another count once, where they stand.
pub(super) fn of_services(services: &[Service]) -> Vec<Variable> {
    let mut all: Vec<Variable> = services.iter().flat_map(|service| service.environment.clone()).collect();
    all.sort_by_key(|variable| (variable.at.file, variable.at.span, variable.purpose));
    all.dedup_by_key(|variable| variable.at);
    all
}

impl Reading<'_> {
    pub(super) fn variable(&self, assignment: dotenv::Assignment, by: Setter) -> Variable {
        let at = self.at(assignment.key.span);
        Variable { key: assignment.key.text, at, value: Some(assignment.value), by, purpose: self.purpose }
    }
}
