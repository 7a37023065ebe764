//! AUTH005: a role that is read off an address or user name.

mod test;

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, Role, words};
use backlint_semantic::{Block, Call, descendants};
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, FunctionId, Stmt, StmtId};

use crate::expressions::{literal, snake_label};
use test::Test;

/// Names of values that decide what somebody may do.
const PRIVILEGES: &[&str] = &[
    "access_level",
    "admin",
    "is_admin",
    "is_staff",
    "is_super_admin",
    "is_superadmin",
    "is_superuser",
    "permission",
    "permissions",
    "privilege",
    "privileges",
    "role",
    "roles",
    "scope",
    "scopes",
    "superuser",
    "user_role",
];

/// Words of values that allow more than others.
const ELEVATED: &[&str] =
    &["admin", "editor", "employee", "internal", "manager", "moderator", "owner", "root", "staff", "super", "write"];

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for Grant { expr, test, privilege } in grants(file) {
        if !seen.insert(file.line(file.module().span(expr).start)) {
            continue;
        }
        let message = format!(
            "Whoever registers {} gets this {}: it is read off the {}, which people choose themselves. Store it with the account and let an administrator grant it.",
            test.means,
            privilege.what(),
            test.kind
        );
        findings.report(file.at_expr(expr), format!("{}.{}", file.context_name(expr), privilege.name), message);
    }
}

/// The functions of a file that read a privilege off an address or user name, and where.
pub(crate) fn granting_functions(file: File<'_>) -> Vec<(FunctionId, Location)> {
    let places = grants(file).into_iter();
    places.filter_map(|grant| Some((file.index().function_of(grant.expr)?, file.at_expr(grant.expr)))).collect()
}

/// A test of an address that decides about a privilege.
struct Grant {
    expr: ExprId,
    test: Test,
    privilege: Privilege,
}

fn grants(file: File<'_>) -> Vec<Grant> {
    if file.role() != Role::App {
        return Vec::new();
    }
    let tests = file.module().expr_ids().filter_map(|expr| Some((expr, Test::of(file, expr)?)));
    let served = tests.filter(|&(expr, _)| !file.is_dev_only(expr) && !is_bootstrap(file, expr));
    served.filter_map(|(expr, test)| Some(Grant { expr, test, privilege: privilege_of(file, expr)? })).collect()
}

/// A privilege that a test decides about.
struct Privilege {
    name: String,
}

impl Privilege {
    fn named(name: &str) -> Option<Self> {
        let snake = words::snake_case(name);
        let is_one = PRIVILEGES.contains(&snake.as_str()) || snake.ends_with("_role") || snake.starts_with("is_admin");
        is_one.then(|| Self { name: name.to_owned() })
    }

    /// What a function answers that is asked for a privilege: `get_role`, `is_admin`, `role_of`.
    fn asked_of(function: &str) -> Option<Self> {
        const QUESTIONS: &[&str] =
            &["compute", "derive", "detect", "determine", "find", "get", "has", "infer", "is", "resolve", "role"];
        let snake = words::snake_case(function);
        let first = snake.split('_').find(|word| !word.is_empty())?;
        let is_about =
            PRIVILEGES.contains(&snake.as_str()) || PRIVILEGES.iter().any(|word| words::has_word(&snake, word));
        (is_about && QUESTIONS.contains(&first)).then(|| Self { name: function.to_owned() })
    }

    fn what(&self) -> &'static str {
        if self.name.contains("role") { "role" } else { "privilege" }
    }
}

/// The privilege that the value of `test` decides.
fn privilege_of(file: File<'_>, test: ExprId) -> Option<Privilege> {
    let module = file.module();
    let mut inner = test;
    for outer in file.index().ancestors(test) {
        match module.expr(outer) {
            Expr::Bool { .. } | Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) => {}
            Expr::Conditional { test, body, orelse } => {
                let is_raised = inner != test || is_elevated(file, body) || is_elevated(file, orelse);
                if !is_raised {
                    return None;
                }
            }
            Expr::Call { .. } => {
                let call = Call::of(module, outer)?;
                // A page that shows the flag decides nothing by it.
                if call.name().is_some_and(|name| name.starts_with("render") || name.starts_with("Template")) {
                    return None;
                }
                let arg = call.args.iter().find(|arg| arg.value == inner)?;
                let ArgKind::Keyword(name) = arg.kind else { return None };
                return Privilege::named(module.text(name));
            }
            Expr::Dict(items) => {
                let item = module.list(items).iter().find(|item| item.value == inner)?;
                return Privilege::named(literal(file, item.key?)?);
            }
            _ => return None,
        }
        inner = outer;
    }
    let stmt = file.index().stmt_of(inner)?;
    match module.stmt(stmt) {
        Stmt::Assign { targets, value } if value == inner => named_by(file, *module.list(targets).first()?),
        Stmt::AnnAssign { target, value: Some(value), .. } if value == inner => named_by(file, target),
        Stmt::Return(_) => Privilege::asked_of(file.function_name(file.index().function_of_stmt(stmt)?)),
        Stmt::If { clauses, .. } => {
            let place = module.list(clauses).iter().position(|clause| clause.test == inner)?;
            granted_in(file, stmt, Block::Clause(u32::try_from(place).ok()?))
        }
        _ => None,
    }
}

fn named_by(file: File<'_>, target: ExprId) -> Option<Privilege> {
    Privilege::named(&snake_label(file, target)?)
}

/// The privilege that the block below a condition grants directly.
fn granted_in(file: File<'_>, stmt: StmtId, block: Block) -> Option<Privilege> {
    let module = file.module();
    let in_block = module.stmt_ids().filter(|&inner| {
        file.index().stmt_parent(inner).is_some_and(|parent| parent.stmt == stmt && parent.block == block)
    });
    in_block.into_iter().find_map(|inner| match module.stmt(inner) {
        Stmt::Assign { targets, value } => {
            let privilege = named_by(file, *module.list(targets).first()?)?;
            is_elevated(file, value).then_some(privilege)
        }
        Stmt::Return(Some(value)) => {
            let function = file.function_name(file.index().function_of_stmt(inner)?);
            let privilege = Privilege::asked_of(function)?;
            is_elevated(file, value).then_some(privilege)
        }
        _ => None,
    })
}

/// `True`, `"admin"`, `Role.ADMIN`, `["read", "write"]`.
fn is_elevated(file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    if matches!(module.expr(value), Expr::Call { .. } | Expr::Await(_)) {
        return false;
    }
    descendants(module, value).into_iter().any(|inner| match module.expr(inner) {
        Expr::True => true,
        Expr::Str(_) | Expr::Name(_) | Expr::Attribute { .. } => {
            let text = literal(file, inner).map_or_else(|| file.text_of(inner).to_lowercase(), str::to_lowercase);
            ELEVATED.iter().any(|word| text.contains(word))
        }
        _ => false,
    })
}

/// Code that makes the first accounts.
fn is_bootstrap(file: File<'_>, expr: ExprId) -> bool {
    let around = format!("{} {}", file.local_path(), file.context_name(expr)).to_lowercase();
    ["seed", "bootstrap", "migrat", "fixture", "create_admin", "init_db", "setup_", "demo"]
        .iter()
        .any(|word| around.contains(word))
}
