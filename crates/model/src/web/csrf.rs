//! Defences against requests that another site makes a browser send.

use backlint_semantic::Call;
use backlint_source::Location;

use super::Route;
use super::hooks::{Hook, HookCode};
use crate::resolve::{Entity, FunctionRef, Type};
use crate::{File, Project};

/// Words of code that looks at a token against forgery, or at where a request comes from.
const WORDS: &[&str] = &["csrf", "xsrf", "origin", "referer", "referrer", "sec-fetch", "nonce"];

/// Words of handlers that check a token, a form's own check included.
const IN_HANDLER: &[&str] = &["csrf", "xsrf", "validate_on_submit", "form.validate"];

/// Endings of names that speak of such tokens and defend nothing by themselves.
const NO_DEFENCE: &[&str] = &["config", "error", "exception", "field", "form", "response", "settings", "token"];

/// The first defence of the project that covers whole apps: an extension, a middleware or a hook.
pub(super) fn find(project: &Project, hooks: &[Hook]) -> Option<Location> {
    let by_hook = hooks.iter().find(|hook| match &hook.code {
        HookCode::Function(function) => mentions(project, *function, WORDS),
        HookCode::External(path) => names_defence(path),
        HookCode::Unknown => false,
    });
    by_hook.map(|hook| project.at(hook.at)).or_else(|| {
        let files = project.files().filter(|file| file.role().is_reported());
        files.into_iter().find_map(|file| extension(project, file))
    })
}

/// `CSRFProtect(app)`, `add_middleware(CSRFMiddleware)`.
fn extension(project: &Project, file: File<'_>) -> Option<Location> {
    let text = file.source().text();
    if !["csrf", "CSRF", "Csrf", "SeaSurf"].iter().any(|word| text.contains(word)) {
        return None;
    }
    let is_extension = |call: &Call<'_>| {
        let is_class = call.name().is_some_and(|name| name.starts_with(char::is_uppercase) && names_defence(name));
        let is_given = || {
            let class = call.positional(0).map(|class| project.resolve(file.id(), class));
            match class {
                Some(Entity::External(path) | Entity::Instance { of: Type::External(path), .. }) => {
                    names_defence(&path)
                }
                Some(Entity::Class(class)) => {
                    project.file(class.file).is_some_and(|file| names_defence(file.class_name(class.id)))
                }
                _ => false,
            }
        };
        is_class || matches!(call.name(), Some("add_middleware" | "Middleware")) && is_given()
    };
    file.calls().find(is_extension).map(|call| file.at_expr(call.expr))
}

fn names_defence(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
    (name.contains("csrf") || name.contains("seasurf")) && !NO_DEFENCE.iter().any(|ending| name.ends_with(ending))
}

/// Whether the code of a function, or of one it calls, has one of these words in it.
fn mentions(project: &Project, function: FunctionRef, words: &[&str]) -> bool {
    let callees = project.callees(function).iter().map(|callee| callee.function);
    std::iter::once(function).chain(callees).any(|function| {
        let Some(file) = project.file(function.file) else { return false };
        let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    })
}

impl Project {
    /// A defence against forged requests that covers whole apps, if the project has one.
    pub fn csrf_defence(&self) -> Option<Location> {
        self.web.csrf_defence
    }

    /// Whether a route looks for a token against forgery itself: in its handler, a decorator or a dependency.
    pub fn checks_csrf_token(&self, route: &Route) -> bool {
        let by_decorator = route.decorators.iter().any(|&decorator| {
            let Some(file) = self.file(decorator.file) else { return false };
            let callee = Call::of(file.module(), decorator.expr).map_or(decorator.expr, |call| call.function);
            let named = file.text_of(decorator.expr).to_ascii_lowercase();
            let code = self.resolve(decorator.file, callee).function();
            ["csrf", "xsrf"].iter().any(|word| named.contains(word))
                || code.is_some_and(|function| mentions(self, function, IN_HANDLER))
        });
        let Some(handler) = route.handler.function() else { return by_decorator };
        let providers = self.signature_dependencies(handler);
        let mut providers = providers.filter_map(|d| self.resolve(d.target.file, d.target.expr).function());
        by_decorator
            || mentions(self, handler, IN_HANDLER)
            || providers.any(|provider| mentions(self, provider, IN_HANDLER))
    }
}
