//! (b) A check answers None or False on failure, and the routes that use it never look at the answer.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Liveness, Project, Route, Verdict, conditions, words};
use backlint_semantic::{Block, Call, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

/// How many routes are shown.
const MAX_SHOWN: usize = 3;

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let mut dropped: BTreeMap<FunctionRef, Vec<(&Route, Location)>> = BTreeMap::new();
    for route in project.routes().iter().filter(|route| is_open(project, route)) {
        for (checker, at) in dropped_by(project, route) {
            dropped.entry(checker).or_default().push((route, at));
        }
    }
    for (checker, routes) in dropped {
        let Some(file) = project.file(checker.file) else { continue };
        if let Some(failure) = quiet_failure(project, file, checker) {
            report(file, checker, failure, &routes, findings);
        }
    }
}

/// Live, and nothing else stands in front of it.
fn is_open(project: &Project, route: &Route) -> bool {
    route.liveness == Liveness::Live
        && !project.is_dev_only(route)
        && matches!(route.guarding.verdict, Verdict::No | Verdict::Public)
}

/// The checks of a route whose answer it drops.
fn dropped_by(project: &Project, route: &Route) -> Vec<(FunctionRef, Location)> {
    let Some(handler) = route.handler.function() else { return Vec::new() };
    let Some(file) = project.file(handler.file) else { return Vec::new() };
    let module = file.module();
    let dependencies = project.dependency_uses(route).into_iter().filter(|used| {
        let param = used.param.and_then(|place| module.list(file.function(handler.id).params).get(place as usize));
        // A parameter that is never read; one that is read may be tested anywhere.
        param.is_none_or(|param| !reads(file, handler, param.name))
    });
    let mut found: Vec<(FunctionRef, Location)> =
        dependencies.map(|used| (used.provider, used.at)).filter(|&(checker, _)| is_demand(project, checker)).collect();
    for stmt in own_statements(module, module.body(handler.id)) {
        let Stmt::Expr(expr) = module.stmt(stmt) else { continue };
        let called = match module.expr(expr) {
            Expr::Await(inner) => inner,
            _ => expr,
        };
        let Some(call) = Call::of(module, called) else { continue };
        let callee = project.resolve(file.id(), call.function).function();
        found.extend(callee.filter(|&callee| is_demand(project, callee)).map(|callee| (callee, file.at_expr(expr))));
    }
    found
}

fn reads(file: File<'_>, function: FunctionRef, name: backlint_syntax::ast::Symbol) -> bool {
    let span = file.module().stmt_span(file.function(function.id).stmt);
    let header = file.function(function.id).header.end;
    file.index().uses().iter().any(|used| {
        let at = file.module().span(used.expr);
        used.name == name && header <= at.start && at.end <= span.end
    })
}

/// A name that promises to refuse: `require_token`, `verify_api_key`, `check_login`; not `optional_user`.
fn is_demand(project: &Project, function: FunctionRef) -> bool {
    const VERBS: &[&str] = &[
        "authenticate",
        "authorize",
        "check",
        "enforce",
        "ensure",
        "protect",
        "require",
        "required",
        "validate",
        "verify",
    ];
    const SUBJECTS: &[&str] = &[
        "access",
        "admin",
        "api_key",
        "apikey",
        "auth",
        "authenticated",
        "authentication",
        "bearer",
        "credential",
        "credentials",
        "jwt",
        "key",
        "login",
        "permission",
        "permissions",
        "role",
        "session",
        "signature",
        "token",
        "user",
    ];
    const LENIENT: &[&str] = &["anonymous", "exists", "guest", "if", "maybe", "none", "optional", "try"];
    let Some(file) = project.file(function.file) else { return false };
    let name = words::snake_case(file.function_name(function.id));
    let has = |set: &[&str]| set.iter().any(|word| words::has_word(&name, word));
    has(VERBS) && (has(SUBJECTS) || name == "authenticate" || name == "authorize") && !has(LENIENT)
}

/// Where the check fails without refusing: a return of None or False in a branch, while it returns something else
/// elsewhere and raises nowhere.
fn quiet_failure(project: &Project, file: File<'_>, checker: FunctionRef) -> Option<StmtId> {
    let module = file.module();
    if !project.denials(checker).is_empty()
        || project.dependency_denies(checker)
        || calls_unknown(project, file, checker)
    {
        return None;
    }
    let body = own_statements(module, module.body(checker.id));
    let returns = || body.iter().copied().filter(|&stmt| matches!(module.stmt(stmt), Stmt::Return(_)));
    let succeeds = returns().any(|stmt| answer(file, stmt).is_some_and(|value| !is_no(file, value)));
    let failure =
        returns().find(|&stmt| answer(file, stmt).is_none_or(|value| is_no(file, value)) && is_branch(file, stmt))?;
    succeeds.then_some(failure)
}

/// Calls of something unresolved that may well refuse: `abort_if_missing(…)`, `guard.require(…)`.
fn calls_unknown(project: &Project, file: File<'_>, checker: FunctionRef) -> bool {
    project.calls_in(checker).into_iter().any(|call| {
        let name = words::snake_case(call.name().unwrap_or_default());
        let refuses = ["abort", "deny", "reject", "require", "raise", "enforce", "ensure"];
        refuses.iter().any(|word| words::has_word(&name, word))
            && project.resolve(file.id(), call.function).function().is_none()
    })
}

fn answer(file: File<'_>, stmt: StmtId) -> Option<ExprId> {
    match file.module().stmt(stmt) {
        Stmt::Return(value) => value,
        _ => None,
    }
}

fn is_no(file: File<'_>, value: ExprId) -> bool {
    matches!(file.module().expr(value), Expr::None | Expr::False)
}

fn is_branch(file: File<'_>, stmt: StmtId) -> bool {
    let in_handler = file.index().stmt_ancestors(stmt).any(|parent| matches!(parent.block, Block::Handler(_)));
    in_handler || !conditions(file, stmt).is_empty()
}

fn report(
    file: File<'_>,
    checker: FunctionRef,
    failure: StmtId,
    routes: &[(&Route, Location)],
    findings: &mut Findings,
) {
    let name = file.qualified_name(checker.id);
    let others = match routes.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let label = routes[0].0.label();
    let says = if answer(file, failure).is_some_and(|value| file.module().expr(value) == Expr::False) {
        "False"
    } else {
        "None"
    };
    let message = format!(
        "`{name}` only returns {says} when the check fails, and `{label}`{others} never looks at what it returns: everybody \
         passes. Raise an error instead.",
    );
    let mut finding = findings.report(file.at_stmt(failure), name.as_str(), message);
    for (route, at) in routes.iter().take(MAX_SHOWN) {
        finding = finding.also(*at, format!("`{}` drops the answer", route.label()));
    }
}
