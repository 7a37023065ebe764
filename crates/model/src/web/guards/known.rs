//! Guards, signatures, schemes and throttles of libraries, from `data/guards.toml`.

use std::sync::LazyLock;

use backlint_syntax::ast::{Expr, ExprId};
use serde::Deserialize;

use crate::resolve::{Entity, Type};
use crate::{File, Project};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    guards: Vec<String>,
    signatures: Vec<String>,
    schemes: Vec<String>,
    throttles: Vec<String>,
    open: Vec<String>,
}

static DATA: LazyLock<Data> = LazyLock::new(|| crate::words::load(include_str!("../../../data/guards.toml")));

/// What is known of a callable from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownCallable {
    Guard,
    Signature,
    Scheme,
    Throttle,
    Open,
}

/// What a callee is. A method that a class of the project does not define is that of its base from a library, if the
/// library's is known here: `owner.require(403)` of a `class Owner(Permission)`.
pub(crate) fn callable_entity(project: &Project, file: File<'_>, callee: ExprId) -> Entity {
    let found = project.resolve(file.id(), callee);
    if found != Entity::Unknown {
        return found;
    }
    let Expr::Attribute { value, name } = file.module().expr(callee) else { return found };
    let Entity::Instance { of: Type::Project(class), .. } = project.resolve(file.id(), value) else { return found };
    let name = file.module().text(name);
    let inherited = project.lineage(class).into_iter().find_map(|base| match base {
        Type::External(base) => Some(format!("{base}.{name}")).filter(|path| known(path).is_some()),
        Type::Project(_) => None,
    });
    inherited.map_or(found, Entity::External)
}

/// Looks a dotted path up.
pub(crate) fn known(path: &str) -> Option<KnownCallable> {
    let has = |list: &[String]| list.iter().any(|known| known == path);
    if has(&DATA.guards) {
        Some(KnownCallable::Guard)
    } else if has(&DATA.signatures) {
        Some(KnownCallable::Signature)
    } else if has(&DATA.schemes) {
        Some(KnownCallable::Scheme)
    } else if has(&DATA.throttles) {
        Some(KnownCallable::Throttle)
    } else if has(&DATA.open) {
        Some(KnownCallable::Open)
    } else {
        None
    }
}

/// Whether the name of something that could not be resolved says that it may be a guard.
pub(crate) fn is_auth_like(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "auth",
        "login",
        "logged_in",
        "permission",
        "require",
        "protect",
        "guard",
        "admin",
        "role",
        "access",
        "token",
        "jwt",
        "secure",
        "credential",
        "current_user",
        "verify",
        "allowed",
        "restrict",
        "scope",
        "api_key",
        "owner",
        "member",
        "identity",
        "user",
    ];
    let snake = crate::words::snake_case(name);
    WORDS.iter().any(|word| snake.contains(word))
}
