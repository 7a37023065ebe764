//! Whether a flag of a cookie is on where it counts.

use backlint_model::{File, Project, words};
use backlint_source::Location;
use backlint_syntax::ast::ExprId;

use crate::overrides::Overrides;
use crate::switches::{Switch, project_switch};

/// What a flag is outside development.
pub(super) enum Flag {
    /// On, or nobody can tell: both are no finding.
    On,
    /// Off, unless a variable says otherwise.
    Off {
        /// The variable.
        unless: Option<String>,
        /// The default that turns it off, when that stands elsewhere.
        default_at: Option<Location>,
    },
}

/// The flag that `value` computes.
pub(super) fn flag(project: &Project, file: File<'_>, value: ExprId, overrides: &Overrides) -> Flag {
    if file.is_dev_only(value) {
        return Flag::On;
    }
    match project_switch(project, file, value) {
        (Switch::Off, default_at) => Flag::Off { unless: None, default_at },
        (Switch::OffUnless(key), default_at) if !overrides.decide(&key) && !names_environment(&key) => {
            Flag::Off { unless: Some(key), default_at }
        }
        _ => Flag::On,
    }
}

/// `FLASK_ENV`, `DEBUG`: a variable that tells production from development, so the flag is on where it counts.
fn names_environment(key: &str) -> bool {
    let key = words::snake_case(key);
    ["debug", "dev", "development", "env", "environment", "prod", "production", "stage"]
        .iter()
        .any(|word| words::has_word(&key, word))
}

/// Whether responses or sessions of the project's own classes see to the flags themselves.
pub(super) fn are_set_elsewhere(project: &Project) -> bool {
    project.app_files().any(|file| {
        let is_used = ["get_cookie_secure", "set_cookie"].iter().any(|name| file.module().symbol(name).is_some());
        is_used
            && file.module().function_ids().any(|function| {
                matches!(file.function_name(function), "get_cookie_secure" | "set_cookie")
                    && file.index().class_of(file.module(), function).is_some()
            })
    })
}
