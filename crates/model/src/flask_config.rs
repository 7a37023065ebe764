//! The configuration of Flask applications: which settings take effect, and what gives them.

mod objects;
mod writes;

use backlint_source::Location;

use crate::Project;
use crate::resolve::ExprRef;
use crate::web::{ContainerId, ContainerKind, Framework};

/// Something that gives a setting of a Flask app a value.
#[derive(Clone, Debug)]
pub struct ConfigWrite {
    /// The app; none if it could be any.
    pub app: Option<ContainerId>,
    /// The setting: `SESSION_COOKIE_SECURE`.
    pub key: String,
    /// Its value; none when a library chooses it.
    pub value: Option<ExprRef>,
    /// The statement, argument or call that gives it.
    pub at: Location,
    /// How it is given.
    pub source: ConfigSource,
    /// Whether only development or tests see it.
    pub is_dev_only: bool,
}

/// How a setting is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    /// `app.config[key] = value`, `app.config.update(…)`, `app.config.from_mapping(…)`, `app.secret_key = value`.
    Assigned,
    /// A field of a class, object or module that is loaded with `from_object` or `from_pyfile`.
    Object,
    /// `app.config.setdefault(key, value)`, which does nothing for settings that Flask defines itself.
    SetDefault,
    /// An extension that hardens the app.
    Extension,
}

/// All that gives settings of the project's Flask apps their values.
#[derive(Debug, Default)]
pub(crate) struct FlaskConfig {
    writes: Vec<ConfigWrite>,
    /// Loads of settings that could not be followed, with the app if it is known.
    unseen: Vec<(Option<ContainerId>, Location)>,
}

/// Settings that every Flask app has from the start, so that `setdefault` never sets them.
const DEFINED: &[&str] = &[
    "APPLICATION_ROOT",
    "DEBUG",
    "EXPLAIN_TEMPLATE_LOADING",
    "MAX_CONTENT_LENGTH",
    "MAX_COOKIE_SIZE",
    "PERMANENT_SESSION_LIFETIME",
    "PREFERRED_URL_SCHEME",
    "PROPAGATE_EXCEPTIONS",
    "SECRET_KEY",
    "SEND_FILE_MAX_AGE_DEFAULT",
    "SERVER_NAME",
    "SESSION_COOKIE_DOMAIN",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_PATH",
    "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_SECURE",
    "SESSION_REFRESH_EACH_REQUEST",
    "TEMPLATES_AUTO_RELOAD",
    "TESTING",
    "TRAP_BAD_REQUEST_ERRORS",
    "TRAP_HTTP_EXCEPTIONS",
    "USE_X_SENDFILE",
];

impl ConfigWrite {
    /// Whether it gives the setting its value; a `setdefault` of what Flask defines itself does not.
    pub fn takes_effect(&self) -> bool {
        self.source != ConfigSource::SetDefault || DEFINED.binary_search(&self.key.as_str()).is_err()
    }
}

impl Project {
    /// All that sets `key` for a Flask app, in source order, without effect or in development only included.
    pub fn config_writes<'p>(&'p self, app: ContainerId, key: &'p str) -> impl Iterator<Item = &'p ConfigWrite> {
        let writes = self.flask_config.writes.iter();
        writes.filter(move |write| write.key == key && write.app.is_none_or(|of| of == app))
    }

    /// What looks as if it set something and does not: `setdefault` of a setting that Flask defines itself.
    pub fn config_writes_without_effect(&self) -> impl Iterator<Item = &ConfigWrite> {
        self.flask_config.writes.iter().filter(|write| !write.takes_effect())
    }

    /// Where settings of a Flask app are loaded that could not be followed: a file outside the repository, the
    /// environment, a class that is chosen at run time.
    pub fn unseen_config(&self, app: ContainerId) -> Option<Location> {
        let unseen = self.flask_config.unseen.iter();
        unseen.filter(|(of, _)| of.is_none_or(|of| of == app)).map(|&(_, at)| at).next()
    }

    /// Reads the configuration of all Flask apps.
    pub(crate) fn read_flask_config(&self) -> FlaskConfig {
        let mut config = FlaskConfig::default();
        let is_flask = |app: &crate::Container| app.kind == ContainerKind::App && app.framework == Framework::Flask;
        if !self.containers().any(|(_, container)| is_flask(container)) {
            return config;
        }
        for file in self.reported_files() {
            writes::read(self, file, &mut config);
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::DEFINED;

    #[test]
    fn settings_that_flask_defines_are_sorted() {
        assert!(DEFINED.is_sorted());
    }
}
