//! Where the guards of a route read who is calling from: browsers attach a session by themselves, headers never.

use std::collections::BTreeSet;

use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use super::{GuardLink, Route, Verdict};
use crate::resolve::{Entity, FunctionRef, Type};
use crate::{File, Project};

/// What a caller shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredentialSource {
    /// A session or another cookie, which a browser attaches to every request.
    Session,
    /// A header, or something else that only a program of the project sends.
    Header,
}

/// How many calls a guard may be away from what it reads.
const MAX_DEPTH: u32 = 3;

/// Decorators of libraries that look at the session.
const SESSION_LIBRARIES: &[&str] = &["flask_appbuilder.", "flask_login.", "flask_security.", "flask_user."];

/// Decorators of the same libraries that look at a header.
const HEADER_DECORATORS: &[&str] = &["auth_required", "auth_token_required", "http_auth_required", "protect"];

impl Project {
    /// What the guards of a route ask for: a header if one of them demands it, a session if nothing but that is read,
    /// and none if it could not be told.
    pub fn credential_source(&self, route: &Route) -> Option<CredentialSource> {
        let guards = route.guards.iter().filter(|guard| guard.verdict >= Verdict::Conditional);
        let mut found = BTreeSet::new();
        for guard in guards {
            // A signature is no credential of a browser.
            if guard.link == GuardLink::Signature {
                return Some(CredentialSource::Header);
            }
            found.extend(self.library_source(route, &guard.name));
            found.extend(self.function_around(guard.at).and_then(|function| self.source_read_by(function)));
        }
        found.into_iter().next_back()
    }

    /// What a decorator of a library reads.
    fn library_source(&self, route: &Route, name: &str) -> Option<CredentialSource> {
        route.decorators.iter().find_map(|decorator| {
            let file = self.file(decorator.file)?;
            let callee = Call::of(file.module(), decorator.expr).map_or(decorator.expr, |call| call.function);
            let entity = self.resolve(decorator.file, callee);
            let path = entity.external().filter(|path| path.rsplit('.').next() == Some(name))?;
            let is_session = SESSION_LIBRARIES.iter().any(|library| path.starts_with(library));
            Some(if is_session && !HEADER_DECORATORS.contains(&name) {
                CredentialSource::Session
            } else {
                CredentialSource::Header
            })
        })
    }

    /// The function whose header or body holds a place, the innermost of several.
    fn function_around(&self, at: Location) -> Option<FunctionRef> {
        let file = self.file(at.file)?;
        let span = |id| file.module().stmt_span(file.function(id).stmt);
        let around = file.module().function_ids().filter(|&id| span(id).contains(at.span));
        around.min_by_key(|&id| span(id).end - span(id).start).map(|id| FunctionRef::new(at.file, id))
    }

    /// What a function, its dependencies and the functions it calls read.
    pub(crate) fn source_read_by(&self, function: FunctionRef) -> Option<CredentialSource> {
        let mut seen = BTreeSet::new();
        let mut level = vec![function];
        let mut found = None;
        for _ in 0..=MAX_DEPTH {
            level.retain(|function| seen.insert(*function));
            for &function in &level {
                found = found.max(self.own_source(function));
            }
            let next = level.iter().flat_map(|&function| {
                let dependencies = self.signature_dependencies(function);
                let providers = dependencies.filter_map(|d| self.resolve(d.target.file, d.target.expr).function());
                self.callees(function).iter().map(|callee| callee.function).chain(providers)
            });
            level = next.collect();
        }
        found
    }

    /// What a function reads itself.
    fn own_source(&self, function: FunctionRef) -> Option<CredentialSource> {
        let file = self.file(function.file)?;
        let span = file.module().stmt_span(file.function(function.id).stmt);
        let uses = file.index().uses().iter().filter(|name| span.contains(file.module().span(name.expr)));
        uses.filter_map(|name| self.read(file, name.expr)).max()
    }

    /// The credential that is read through a name; what is only put into a session, or removed from it, is none.
    fn read(&self, file: File<'_>, name: ExprId) -> Option<CredentialSource> {
        let module = file.module();
        let Expr::Name(symbol) = module.expr(name) else { return None };
        if is_written(file, name) {
            return None;
        }
        match module.text(symbol) {
            "request" | "req" | "conn" | "websocket" => return through_request(file, name),
            _ => {}
        }
        match self.resolve(file.id(), name) {
            Entity::External(path) | Entity::Instance { of: Type::External(path), .. } => of_path(&path),
            _ => None,
        }
    }
}

/// `session["user"] = …`, `session.pop("user")`, `session.clear()`.
fn is_written(file: File<'_>, name: ExprId) -> bool {
    let module = file.module();
    let is_target = |of: ExprId| {
        let stmt = file.index().stmt_of(of).map(|stmt| module.stmt(stmt));
        matches!(stmt, Some(Stmt::Assign { targets, .. }) if module.list(targets).contains(&of))
    };
    let Some(outer) = file.index().parent(name) else { return false };
    match module.expr(outer) {
        Expr::Attribute { name: member, .. } => matches!(module.text(member), "clear" | "pop" | "update"),
        Expr::Subscript { .. } => is_target(outer),
        _ => false,
    }
}

/// `flask.session`, `flask_login.current_user`, `Cookie`, and the schemes of FastAPI.
fn of_path(path: &str) -> Option<CredentialSource> {
    match path {
        "flask.session" | "flask_login.current_user" | "flask_login.utils.current_user" => {
            Some(CredentialSource::Session)
        }
        "fastapi.Cookie" | "fastapi.security.APIKeyCookie" => Some(CredentialSource::Session),
        "fastapi.Header" => Some(CredentialSource::Header),
        _ if path.starts_with("fastapi.security.") || path.starts_with("flask_jwt") => Some(CredentialSource::Header),
        _ => None,
    }
}

/// `request.cookies`, `request.session`, `request.headers["Authorization"]`, `request.authorization`.
fn through_request(file: File<'_>, name: ExprId) -> Option<CredentialSource> {
    let module = file.module();
    let attribute = file.index().parent(name)?;
    let Expr::Attribute { name: read, .. } = module.expr(attribute) else { return None };
    match module.text(read) {
        "cookies" | "session" => Some(CredentialSource::Session),
        "authorization" => Some(CredentialSource::Header),
        "headers" => {
            let key = header_name(file, attribute);
            let is_credential = key.is_none_or(|key| {
                let key = key.to_ascii_lowercase();
                ["auth", "key", "token", "signature", "secret"].iter().any(|word| key.contains(word))
            });
            is_credential.then_some(CredentialSource::Header)
        }
        _ => None,
    }
}

/// The header that `request.headers[…]` or `request.headers.get(…)` reads, if it is written there.
fn header_name(file: File<'_>, headers: ExprId) -> Option<&str> {
    let module = file.module();
    let outer = file.index().parent(headers)?;
    let key = match module.expr(outer) {
        Expr::Subscript { index, .. } => index,
        Expr::Attribute { .. } => Call::of(module, file.index().parent(outer)?)?.positional(0)?,
        _ => return None,
    };
    match module.expr(key) {
        Expr::Str(text) => Some(module.text(text)),
        _ => None,
    }
}
