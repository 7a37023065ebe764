//! Allow-lists and path tests in hooks and middleware: which routes a gate speaks of.

use backlint_semantic::descendants;
use backlint_syntax::ast::{CompareOp, Expr, ExprId, Stmt, StmtId, UnaryOp};

use super::exits::{Rejection, all_statements, rejections};
use crate::Project;
use crate::resolve::{Entity, ExprRef, FunctionRef};

/// Path tests of a gate.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathTests {
    /// The gate lets these through.
    exempt: Vec<String>,
    /// The gate only looks at these.
    included: Vec<String>,
    has_prefix_test: bool,
}

impl PathTests {
    /// Whether the gate checks a route with this path and endpoint name.
    pub(crate) fn covers(&self, path: &str, endpoints: &[String]) -> bool {
        let matches = |list: &[String]| {
            list.iter().any(|entry| {
                entry == path
                    || endpoints.contains(entry)
                    || self.has_prefix_test
                        && entry.len() > 1
                        && entry.starts_with('/')
                        && path.starts_with(entry.as_str())
            })
        };
        if matches(&self.exempt) {
            return false;
        }
        self.included.is_empty() || matches(&self.included)
    }
}

/// The path tests of a hook or middleware.
pub(crate) fn path_tests(project: &Project, function: FunctionRef) -> PathTests {
    let Some(file) = project.file(function.file) else { return PathTests::default() };
    let module = file.module();
    let exits: Vec<StmtId> = rejections(project, function)
        .into_iter()
        .filter(|exit| matches!(exit.rejection, Rejection::Unauthenticated | Rejection::Forbidden))
        .map(|exit| exit.stmt)
        .collect();
    let mut tests = PathTests::default();
    for stmt in all_statements(file, function) {
        let Stmt::If { clauses, .. } = module.stmt(stmt) else { continue };
        for (number, clause) in (0u32..).zip(module.list(clauses)) {
            let Some(found) = literals(project, function, clause.test) else { continue };
            tests.has_prefix_test |= file.text_of(clause.test).contains("startswith");
            let rejects = exits.iter().any(|&exit| {
                file.index()
                    .stmt_ancestors(exit)
                    .any(|parent| parent.stmt == stmt && parent.block == backlint_semantic::Block::Clause(number))
            });
            if rejects == found.is_negated {
                tests.exempt.extend(found.strings);
            } else {
                tests.included.extend(found.strings);
            }
        }
    }
    tests
}

struct Literals {
    strings: Vec<String>,
    is_negated: bool,
}

/// The paths or endpoint names that a condition compares the request with.
fn literals(project: &Project, function: FunctionRef, test: ExprId) -> Option<Literals> {
    let file = project.file(function.file)?;
    let module = file.module();
    let text = file.text_of(test);
    if !["path", "endpoint", "url", "route"].iter().any(|word| text.contains(word)) {
        return None;
    }
    let mut found = Literals { strings: Vec::new(), is_negated: false };
    for expr in descendants(module, test) {
        match module.expr(expr) {
            Expr::Str(s) => found.strings.push(module.text(s).to_owned()),
            Expr::Compare { rest, .. } => {
                let negates = |op| matches!(op, CompareOp::NotIn | CompareOp::NotEq);
                found.is_negated |= module.list(rest).iter().any(|c| negates(c.op));
            }
            Expr::Unary { op: UnaryOp::Not, operand } => {
                let inner = file.text_of(operand);
                found.is_negated |= ["path", "endpoint", "url"].iter().any(|word| inner.contains(word));
            }
            Expr::Name(_) | Expr::Attribute { .. } => {
                if let Entity::Literal(at) = project.resolve(function.file, expr) {
                    found.strings.extend(strings_of(project, at));
                }
            }
            _ => {}
        }
    }
    found.strings.retain(|s| s.starts_with('/') || s.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.'));
    (!found.strings.is_empty()).then_some(found)
}

fn strings_of(project: &Project, at: ExprRef) -> Vec<String> {
    let Some(file) = project.file(at.file) else { return Vec::new() };
    let module = file.module();
    descendants(module, at.expr)
        .into_iter()
        .filter_map(|expr| match module.expr(expr) {
            Expr::Str(s) => Some(module.text(s).to_owned()),
            _ => None,
        })
        .collect()
}
