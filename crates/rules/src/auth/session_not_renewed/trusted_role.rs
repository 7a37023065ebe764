//! Guards that believe the role which a login wrote into the session.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{ContainerKind, File, FunctionRef, Project, Role, words};
use backlint_semantic::{Call, Constant, descendants, fold};
use backlint_source::{FileId, Location};
use backlint_syntax::ast::{Expr, ExprId};

use super::function_of;
use crate::expressions::{assigned_value, label, literal};
use crate::parameters::body_expressions;
use crate::session_keys::{SessionAccess, SessionUse};

/// Words of keys that say what somebody may do.
const ROLES: &[&str] = &[
    "admin",
    "group",
    "is_admin",
    "is_staff",
    "is_superuser",
    "permission",
    "privilege",
    "role",
    "staff",
    "superuser",
];

/// Signs of code that asks the store who it is.
const STORES: &[&str] = &[
    ".get_or_404",
    ".objects",
    ".query",
    "execute(",
    "fetch",
    "filter_by",
    "find_",
    "get_by",
    "get_user",
    "scalar(",
    "select(",
];

/// Decorators of functions that run before all handlers.
const LOADERS: &[&str] = &["before_app_request", "before_request", "request_loader", "user_loader"];

/// From how many seconds on a session lives long enough to matter.
const LONG: i64 = 3600;

/// Where a login writes a role: under a key of the session, or in a dict under one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    key: String,
    inner: Option<String>,
}

impl Mark {
    fn label(&self) -> String {
        match &self.inner {
            Some(inner) => format!("session[\"{}\"][\"{inner}\"]", self.key),
            None => format!("session[\"{}\"]", self.key),
        }
    }
}

pub(super) fn check(project: &Project, accesses: &[SessionAccess], findings: &mut Findings) {
    let marks = marks(project, accesses);
    let lifetime = lifetime(project);
    if marks.is_empty() || lifetime.is_some_and(|seconds| seconds < LONG) {
        return;
    }
    for (mark, written) in &marks {
        let mut reads = accesses.iter().filter(|access| access.kind == SessionUse::Read(Some(mark.key.clone())));
        let Some((file, function, read)) = reads.find_map(|access| guard(project, access, mark)) else { continue };
        let until = lifetime.map_or_else(
            || "as long as the session lives".to_owned(),
            |seconds| format!("for up to {}", shown(seconds)),
        );
        let name = file.qualified_name(function.id);
        let message = format!(
            "`{name}` trusts `{}`, which the login wrote: whoever loses the role keeps it {until}. Read the role from the \
             store when it is asked for.",
            mark.label(),
        );
        findings.report(file.at_expr(read), name, message).also(*written, "written here, at login");
    }
}

/// The roles that are written into sessions, each with the first place that does.
fn marks(project: &Project, accesses: &[SessionAccess]) -> BTreeMap<Mark, Location> {
    let mut found = BTreeMap::new();
    for access in accesses {
        let SessionUse::Write { key: Some(key), value } = &access.kind else { continue };
        let Some(file) = project.file(access.at.file).filter(|file| file.role() == Role::App) else { continue };
        let mut add = |inner: Option<String>| {
            found.entry(Mark { key: key.clone(), inner }).or_insert_with(|| file.at_expr(access.at.expr));
        };
        if names_role(key) {
            add(None);
        }
        let module = file.module();
        if let Expr::Dict(items) = module.expr(assigned_value(file, *value).unwrap_or(*value)) {
            let keys = module.list(items).iter().filter_map(|item| literal(file, item.key?));
            keys.filter(|key| names_role(key)).for_each(|key| add(Some(key.to_owned())));
        }
    }
    found
}

fn names_role(key: &str) -> bool {
    let snake = words::snake_case(key);
    ROLES.iter().any(|word| words::has_word(&snake, word))
        && !["id", "name", "email", "count"].iter().any(|word| words::has_word(&snake, word))
}

/// The function around a read, if it decides by the role and asks no store; with the place where the role is read.
fn guard<'p>(project: &'p Project, access: &SessionAccess, mark: &Mark) -> Option<(File<'p>, FunctionRef, ExprId)> {
    let file = project.file(access.at.file).filter(|file| file.role() == Role::App)?;
    let function = function_of(project, access)?;
    let module = file.module();
    let reads: Vec<ExprId> = match &mark.inner {
        None => vec![access.at.expr],
        Some(inner) => body_expressions(file, function.id)
            .into_iter()
            .filter(|&expr| reads_inner(file, access, expr, inner))
            .collect(),
    };
    let first = *reads.first()?;
    let stmt = module.stmt_span(file.function(function.id).stmt);
    let header = file.function(function.id).header;
    let body = file.slice(backlint_source::Span::new(header.end, stmt.end));
    if STORES.iter().any(|sign| body.contains(sign)) {
        return None;
    }
    let decorators = module.list(file.function(function.id).decorators);
    let is_loader = decorators.iter().any(|decorator| {
        let callee = Call::of(module, decorator.expr).map_or(decorator.expr, |call| call.function);
        label(file, callee).is_some_and(|name| LOADERS.contains(&name))
    });
    let decides = || {
        let denials = project.denials(function);
        let tests = denials.iter().flat_map(|denial| &denial.conditions).map(|condition| condition.test);
        tests.flat_map(|test| descendants(module, test)).any(|part| {
            reads.contains(&part)
                || assigned_value(file, part)
                    .is_some_and(|value| descendants(module, value).iter().any(|part| reads.contains(part)))
        })
    };
    (is_loader || decides()).then_some((file, function, if mark.inner.is_some() { access.at.expr } else { first }))
}

/// `session["user"]["role"]`, `user.get("role")` where `user` was read from the session.
fn reads_inner(file: File<'_>, access: &SessionAccess, expr: ExprId, inner: &str) -> bool {
    let module = file.module();
    let is_user = |of: ExprId| {
        of == access.at.expr
            || assigned_value(file, of).is_some_and(|value| descendants(module, value).contains(&access.at.expr))
    };
    match module.expr(expr) {
        Expr::Subscript { value, index } => literal(file, index) == Some(inner) && is_user(value),
        Expr::Call { .. } => Call::of(module, expr).is_some_and(|call| {
            call.name() == Some("get")
                && call.positional(0).is_some_and(|key| literal(file, key) == Some(inner))
                && call.receiver().is_some_and(is_user)
        }),
        _ => false,
    }
}

/// How many seconds the sessions of the project's Flask apps live, if that is written down: the longest of several.
fn lifetime(project: &Project) -> Option<i64> {
    let apps = project.containers().filter(|(_, container)| container.kind == ContainerKind::App);
    let writes = apps.flat_map(|(id, _)| project.config_writes(id, "PERMANENT_SESSION_LIFETIME"));
    let values = writes.filter(|write| write.takes_effect()).filter_map(|write| write.value);
    values.filter_map(|value| seconds(project, value.file, value.expr)).max()
}

/// `86400`, `timedelta(hours=12)`.
fn seconds(project: &Project, file: FileId, expr: ExprId) -> Option<i64> {
    let file = project.file(file)?;
    let number = |expr| match fold(file.module(), file.index(), expr) {
        Constant::Int(number) => Some(number),
        _ => None,
    };
    let Some(call) = Call::of(file.module(), expr) else { return number(expr) };
    if call.name() != Some("timedelta") {
        return None;
    }
    let units = [("seconds", 1), ("minutes", 60), ("hours", 3600), ("days", 86_400), ("weeks", 604_800)];
    let parts = units.iter().filter_map(|&(unit, seconds)| number(call.keyword(unit)?.value)?.checked_mul(seconds));
    let first = call.positional(0).and_then(number).and_then(|days| days.checked_mul(86_400));
    parts.chain(first).try_fold(0_i64, i64::checked_add).filter(|&all| all > 0)
}

fn shown(seconds: i64) -> String {
    match seconds {
        86_400.. if seconds % 86_400 == 0 && seconds > 86_400 => format!("{} days", seconds / 86_400),
        _ => format!("{} hours", seconds / 3600),
    }
}
