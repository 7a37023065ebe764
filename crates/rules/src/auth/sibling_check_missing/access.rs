//! Which checks of ownership and permission a handler makes, itself and in what it calls.

use std::collections::BTreeMap;

use backlint_model::{DenialKind, FunctionRef, GuardLink, Project, Route, RouteId, words};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt};

use super::{Check, Place};

/// How many calls deep a check may be.
const MAX_DEPTH: u32 = 3;

/// Columns that say whose a row is.
const OWNERS: &[&str] = &[
    "account_id",
    "author",
    "author_id",
    "company_id",
    "created_by",
    "created_by_id",
    "creator",
    "creator_id",
    "group_id",
    "household_id",
    "member_id",
    "org_id",
    "organisation_id",
    "organization_id",
    "owner",
    "owner_id",
    "recipient_id",
    "team_id",
    "tenant_id",
    "user_id",
    "workspace_id",
];

/// Attributes of a caller that say what the caller may do.
const RIGHTS: &[&str] = &["is_admin", "is_staff", "is_superuser", "permissions", "role", "roles", "scopes"];

/// What a check asks for.
const SUBJECTS: &[&str] = &[
    "access",
    "admin",
    "admins",
    "allowed",
    "authorize",
    "authorized",
    "belongs",
    "edit",
    "editor",
    "manage",
    "manager",
    "member",
    "membership",
    "own",
    "owned",
    "owner",
    "ownership",
    "owns",
    "permission",
    "permissions",
    "permitted",
    "privilege",
    "rights",
    "role",
    "roles",
    "scope",
    "scopes",
    "superuser",
    "tenant",
    "write",
];

/// How a call begins that makes a check.
const VERBS: &[&str] = &[
    "abort",
    "assert",
    "authorize",
    "belongs",
    "can",
    "check",
    "deny",
    "enforce",
    "ensure",
    "guard",
    "has",
    "is",
    "must",
    "owns",
    "require",
    "restrict",
    "user",
    "validate",
    "verify",
];

/// The checks of handlers, each worked out once.
pub(super) struct AccessChecks<'p> {
    project: &'p Project,
    of_functions: BTreeMap<FunctionRef, Vec<Check>>,
    of_routes: BTreeMap<RouteId, Found>,
}

/// What is known of one handler.
#[derive(Clone, Debug, Default)]
struct Found {
    /// Checks that siblings can be held against.
    checks: Vec<Check>,
    /// Whether anything else looks at what the caller may do.
    is_careful: bool,
}

impl<'p> AccessChecks<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        Self { project, of_functions: BTreeMap::new(), of_routes: BTreeMap::new() }
    }

    /// Works out the checks of a route.
    pub(super) fn prepare(&mut self, id: RouteId) {
        if self.of_routes.contains_key(&id) {
            return;
        }
        let route = self.project.route(id);
        let mut checks = front_checks(self.project, route);
        let mut is_careful = route.guards.iter().any(|guard| asks_for_rights(&guard.name));
        let dependencies = self.project.dependency_uses(route).into_iter().map(|used| used.provider);
        for entry in route.handler.function().into_iter().chain(dependencies) {
            for (depth, check) in self.reached(entry) {
                // What lies deep may be a join or a statistic: no norm, but reason enough to be silent.
                if depth <= 1 { checks.push(check) } else { is_careful = true }
            }
        }
        is_careful |= route.handler.function().is_some_and(|handler| refuses_callers(self.project, handler));
        checks.sort();
        checks.dedup_by(|a, b| a.name == b.name);
        self.of_routes.insert(id, Found { checks, is_careful });
    }

    /// The checks of a prepared route.
    pub(super) fn checks(&self, id: RouteId, subject: &str) -> Vec<Check> {
        let all = self.of_routes.get(&id).map_or(&[][..], |found| found.checks.as_slice());
        // `Team.id == team_id` in a query over `team_id` only finds the row.
        all.iter().filter(|check| check.name != subject).cloned().collect()
    }

    /// Whether the handler looks at the caller in another way, or hands the caller to something that could not be told.
    pub(super) fn may_check_elsewhere(&self, id: RouteId) -> bool {
        if self.of_routes.get(&id).is_none_or(|found| found.is_careful) {
            return true;
        }
        let route = self.project.route(id);
        let Some(handler) = route.handler.function() else { return true };
        let Some(file) = self.project.file(handler.file) else { return true };
        let known: Vec<ExprId> = self.project.callees(handler).iter().map(|callee| callee.call).collect();
        self.project.calls_in(handler).into_iter().any(|call| {
            let names_caller = call.args.iter().any(|arg| is_caller(file.text_of(arg.value), route));
            names_caller && !known.contains(&call.expr) && !crate::logging::is_log_call(file, call)
        })
    }

    /// The checks of a function and of what it calls, with how many calls away they are.
    fn reached(&mut self, function: FunctionRef) -> Vec<(u32, Check)> {
        let mut reached = self.project.called_within(function, MAX_DEPTH);
        reached.sort_unstable();
        let mut found = Vec::new();
        for (depth, function) in reached {
            let own = self.of_functions.entry(function).or_insert_with(|| own_checks(self.project, function));
            found.extend(own.iter().map(|check| (depth, check.clone())));
        }
        found
    }
}

/// Whether a handler itself refuses callers, by whatever test.
fn refuses_callers(project: &Project, handler: FunctionRef) -> bool {
    let denials = project.denials(handler);
    denials.iter().any(|denial| denial.is_own && denial.kind == DenialKind::Caller && !denial.conditions.is_empty())
}

/// `current_user`, `user.id`, `g.user`, `user_id` unless the path names it.
fn is_caller(text: &str, route: &Route) -> bool {
    const CALLERS: &[&str] = &["actor", "caller", "current_user", "g", "identity", "principal", "request", "user"];
    let is_id = matches!(text, "user_id" | "current_user_id" | "uid" | "actor_id");
    text.split('.').any(|part| CALLERS.contains(&part)) || is_id && !route.path.contains(text)
}

/// Decorators and dependencies that ask for more than a login, by what they are called where they are used.
fn front_checks(project: &Project, route: &Route) -> Vec<Check> {
    let decorators = route.decorators.iter().filter_map(|decorator| {
        let file = project.file(decorator.file)?;
        let text = file.text_of(decorator.expr);
        let callee = text.split('(').next().unwrap_or(text);
        let name = callee.rsplit('.').next().unwrap_or(callee).to_owned();
        asks_for_rights(text).then(|| Check { name, place: Place::Front, at: file.at_expr(decorator.expr) })
    });
    let guards =
        route.guards.iter().filter(|guard| guard.link == GuardLink::Dependency && asks_for_rights(&guard.name));
    decorators
        .chain(guards.map(|guard| Check { name: guard.name.clone(), place: Place::Front, at: guard.at }))
        .collect()
}

fn asks_for_rights(name: &str) -> bool {
    let snake = words::snake_case(name).replace(|c: char| !c.is_alphanumeric(), "_");
    SUBJECTS.iter().any(|word| words::has_word(&snake, word))
}

/// The checks that a function makes itself.
fn own_checks(project: &Project, function: FunctionRef) -> Vec<Check> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let module = file.module();
    let mut found = Vec::new();
    for stmt in own_statements(module, module.body(function.id)) {
        let is_test = matches!(module.stmt(stmt), Stmt::If { .. } | Stmt::Assert { .. });
        for root in expressions_of(module, stmt) {
            for expr in descendants(module, root) {
                if let Some(name) = check_name(file, expr, is_test) {
                    found.push(Check { name, place: Place::Code, at: file.at_expr(expr) });
                }
            }
        }
    }
    found
}

/// What a reader calls the check that an expression is part of.
fn check_name(file: backlint_model::File<'_>, expr: ExprId, is_test: bool) -> Option<String> {
    let module = file.module();
    match module.expr(expr) {
        Expr::Compare { left, rest } => {
            let sides = std::iter::once(left).chain(module.list(rest).iter().map(|comparison| comparison.right));
            let mut columns = sides.filter_map(|side| match module.expr(side) {
                Expr::Attribute { name, .. } => Some(module.text(name)),
                _ => None,
            });
            columns.find(|column| OWNERS.contains(column)).map(str::to_owned)
        }
        Expr::Attribute { name, .. } if is_test => {
            let name = module.text(name);
            (RIGHTS.contains(&name) || name.starts_with("is_") && asks_for_rights(name)).then(|| name.to_owned())
        }
        Expr::Call { .. } => {
            let call = Call::of(module, expr)?;
            let name = call.name()?;
            if matches!(name, "filter_by" | "get_or_404" | "first_or_404" | "find_one" | "get") {
                let keywords = call.args.iter().filter_map(|arg| match arg.kind {
                    ArgKind::Keyword(keyword) => Some(module.text(keyword)),
                    _ => None,
                });
                return keywords.into_iter().find(|keyword| OWNERS.contains(keyword)).map(str::to_owned);
            }
            let snake = words::snake_case(name);
            let first = snake.trim_start_matches('_').split('_').next().unwrap_or_default();
            let is_check = VERBS.contains(&first) && asks_for_rights(&snake) && !words::has_word(&snake, "token");
            // An argument only hands the answer on.
            let is_argument = file.index().ancestors(expr).any(|outer| Call::of(module, outer).is_some());
            (is_check && !is_argument).then(|| name.to_owned())
        }
        _ => None,
    }
}
