//! Which switches the deployment sets itself, so that their defaults do not matter.

use std::collections::BTreeSet;

use backlint_model::{Project, Purpose, Setter, Variable};

/// Variables that deployment files, environment files and entry scripts of production set or demand.
pub(crate) struct Overrides<'p> {
    set: BTreeSet<&'p str>,
}

impl<'p> Overrides<'p> {
    pub(crate) fn read(project: &'p Project) -> Self {
        let ensured = project.deployment().ensured.iter().map(String::as_str);
        Self { set: deployed_variables(project).map(|variable| variable.key.as_str()).chain(ensured).collect() }
    }

    /// Whether the deployment decides about this switch, with or without the prefix that settings add to their fields.
    pub(crate) fn decide(&self, key: &str) -> bool {
        let key = key.to_uppercase();
        self.set.iter().any(|set| *set == key || set.strip_suffix(&key).is_some_and(|prefix| prefix.ends_with('_')))
    }
}

/// The variables that a deployment for production sets.
pub(crate) fn deployed_variables(project: &Project) -> impl Iterator<Item = &Variable> {
    let variables = project.deployment().variables.iter();
    variables.filter(|variable| variable.purpose == Purpose::Production && variable.by != Setter::BuildArgument)
}
