//! AUTH016: changing routes that depend on one key of the configuration.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Liveness, Project, Role, Route, Verdict, words};
use backlint_syntax::ast::FunctionId;

use super::secret_checks::{SecretCheck, secret_checks};
use crate::expressions::snake_label;

/// How many protected routes are listed.
const MAX_LISTED: usize = 8;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let checks = key_checks(project);
    if checks.is_empty() {
        return;
    }
    let mut protected: BTreeMap<FunctionRef, Vec<&Route>> = BTreeMap::new();
    for route in project.routes().iter().filter(|route| is_candidate(project, route)) {
        let guards = guards_of(project, route);
        if guards.iter().any(|&guard| asks_who(project, guard)) {
            continue;
        }
        for (&function, _) in checks.iter().filter(|(function, _)| guards.contains(function)) {
            protected.entry(function).or_default().push(route);
        }
    }
    for (function, routes) in protected {
        if let (Some(check), Some(file)) = (checks.get(&function), project.file(function.file)) {
            report(file, function, check, &routes, findings);
        }
    }
}

/// The comparison with one key that each function makes; functions inside others count for the outer ones.
fn key_checks(project: &Project) -> BTreeMap<FunctionRef, SecretCheck> {
    let mut found = BTreeMap::new();
    for file in project.app_files() {
        let text = file.source().text();
        if !["key", "KEY", "oken", "TOKEN", "ecret"].iter().any(|word| text.contains(word)) {
            continue;
        }
        for check in secret_checks(file) {
            let is_key = [check.client, check.server].into_iter().any(|side| {
                let name = snake_label(file, side).unwrap_or_default();
                ["key", "keys", "token", "tokens", "secret"].iter().any(|word| words::has_word(&name, word))
                    && !["csrf", "hash", "signature", "state", "webhook"].iter().any(|word| name.contains(word))
            });
            let Some(function) = file.index().function_of(check.expr).filter(|_| is_key) else { continue };
            found.entry(outermost(file, function)).or_insert(check);
        }
    }
    found
}

fn outermost(file: File<'_>, function: FunctionId) -> FunctionRef {
    let outer = |&id: &FunctionId| file.index().outer_function(file.module(), id);
    let id = std::iter::successors(Some(function), outer).last().unwrap_or(function);
    FunctionRef { file: file.id(), id }
}

/// Live and changing; what only programs of the operator call has a key of its own by custom.
fn is_candidate(project: &Project, route: &Route) -> bool {
    let path = route.path.to_ascii_lowercase();
    route.liveness == Liveness::Live
        && matches!(route.guarding.verdict, Verdict::Yes | Verdict::Conditional)
        && !["metrics", "health", "webhook"].iter().any(|word| path.contains(word))
        && !project.is_dev_only(route)
        && project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
        && project.changing_effect(route).is_some()
}

/// The functions that guard a route, and those that they call.
fn guards_of(project: &Project, route: &Route) -> BTreeSet<FunctionRef> {
    let guards = route.guards.iter().filter(|guard| guard.verdict >= Verdict::Conditional);
    let functions = guards.filter_map(|guard| {
        let file = project.file(guard.at.file)?;
        let span = |id: FunctionId| file.module().stmt_span(file.function(id).stmt);
        let around = file.module().function_ids().find(|&id| span(id).contains(guard.at.span))?;
        Some(outermost(file, around))
    });
    let mut found = BTreeSet::new();
    for function in functions {
        found.insert(function);
        found.extend(project.callees(function).iter().map(|callee| callee.function));
    }
    found
}

/// Whether a guard reads a user or a signed token besides, so that the routes do not hang on the key alone.
fn asks_who(project: &Project, guard: FunctionRef) -> bool {
    const SIGNS: &[&str] = &[
        "current_user",
        "decode_token",
        "g.user",
        "get_jwt",
        "jwt.decode",
        "jwt.get_",
        "load_user",
        "session[\"user",
        "verify_id_token",
        "verify_jwt",
        "verify_token",
    ];
    project.file(guard.file).is_some_and(|file| {
        let source = file.slice(file.module().stmt_span(file.function(guard.id).stmt));
        SIGNS.iter().any(|sign| source.contains(sign))
    })
}

fn report(file: File<'_>, function: FunctionRef, check: &SecretCheck, routes: &[&Route], findings: &mut Findings) {
    let mut missing = vec!["no way to replace or withdraw the key of one client"];
    if routes.iter().any(|route| route.throttles.is_empty() && route.proxy_limit.is_none()) {
        missing.push("no limit on attempts");
    }
    let source = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    if !source.contains("log") {
        missing.push("no log of refusals");
    }
    if ["request.args", "query_params", "Query(", "APIKeyQuery"].iter().any(|word| source.contains(word)) {
        missing.push("and the key may stand in the address, where logs and proxies keep it");
    }
    let count = match routes.len() {
        1 => "One changing route depends".to_owned(),
        more => format!("{more} changing routes depend"),
    };
    let message = format!(
        "{count} on one static key: {}. Keep keys per client, hashed, with an id, an owner and an end.",
        missing.join(", "),
    );
    let mut finding = findings.report(file.at_expr(check.expr), file.qualified_name(function.id), message);
    for route in routes.iter().take(MAX_LISTED) {
        finding = finding.also(route.at, format!("`{}` depends on it", route.label()));
    }
}
