//! Whether browsers keep the cookies of an app out of requests that other sites start.

use backlint_syntax::ast::ExprId;

use super::containers::{ContainerId, Framework};
use crate::{File, Project, Role};

const SESSION_COOKIE: &str = "SESSION_COOKIE_SAMESITE";

impl Project {
    /// Whether the `SameSite` flag is really in force for the cookies of an app: set to Lax or Strict in Flask, where
    /// it is off by itself; not switched off below FastAPI, where it is on.
    pub fn same_site_in_force(&self, app: ContainerId) -> bool {
        let states = self.cookie_flags();
        match self.container(app).framework {
            Framework::Flask => self.session_flag_is_set(app) || states.contains(&true),
            Framework::FastApi => !states.contains(&false),
        }
    }

    fn session_flag_is_set(&self, app: ContainerId) -> bool {
        let writes = self.config_writes(app, SESSION_COOKIE).filter(|write| write.takes_effect() && !write.is_dev_only);
        writes.into_iter().any(|write| {
            let value = write.value.and_then(|at| Some((self.file(at.file)?, at.expr)));
            value.is_none_or(|(file, expr)| self.flag(file, expr))
        })
    }

    /// What the calls that set cookies say of the flag.
    fn cookie_flags(&self) -> Vec<bool> {
        let mut found = Vec::new();
        for file in self.files().filter(|file| file.role() == Role::App) {
            for call in file.calls_named(&["Middleware", "add_middleware", "set_cookie"]) {
                let flag = call.keyword("samesite").or_else(|| call.keyword("same_site"));
                found.extend(flag.map(|flag| self.flag(file, flag.value)));
            }
        }
        found
    }

    /// A value that cannot be told is taken for one that is set.
    fn flag(&self, file: File<'_>, value: ExprId) -> bool {
        let written = file.text_of(value).to_ascii_lowercase();
        let is_none = |text: &str| text.trim_matches(['"', '\'']) == "none";
        match self.string(file.id(), value) {
            Some(text) => !is_none(&text.to_ascii_lowercase()),
            None => !written.split([' ', ',', '(', ')']).any(is_none),
        }
    }
}
