//! Where functions turn callers away, and what has to hold for that to happen.

use backlint_semantic::{BindingKind, Block, Call, Parent, descendants, expressions_of};
use backlint_source::Location;
use backlint_syntax::Module;
use backlint_syntax::ast::{Expr, ExprId, Handler, IfClause, Stmt, StmtId};

use crate::resolve::FunctionRef;
use crate::web::{Rejection, all_statements, exit};
use crate::{File, Project};

/// How many calls deep a denial may be hidden.
const MAX_DEPTH: u32 = 3;

/// What a denial is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DenialKind {
    /// Who calls: a missing or wrong credential, signature or permission.
    Caller,
    /// Anything else.
    Other,
}

/// A test around or in front of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The test.
    pub test: ExprId,
    /// What it has to come to, so that the statement is reached.
    pub holds: bool,
}

/// A place where a function refuses to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What it is about.
    pub kind: DenialKind,
    /// The statement.
    pub stmt: StmtId,
    /// Whether the function itself refuses, rather than a function that it calls.
    pub is_own: bool,
    /// What has to hold, innermost first.
    pub conditions: Vec<Condition>,
}

impl Project {
    /// All places where a function refuses to go on, functions nested in it included; a call of a function of the
    /// project that turns callers away is such a place.
    pub fn denials(&self, function: FunctionRef) -> Vec<Denial> {
        self.denials_within(function, MAX_DEPTH)
    }

    /// Whether the function, a function it calls, or a dependency of its signature turns callers away.
    pub fn turns_callers_away(&self, function: FunctionRef) -> bool {
        self.denies_callers(function, MAX_DEPTH)
    }

    fn denies_callers(&self, function: FunctionRef, depth: u32) -> bool {
        let Some(next) = depth.checked_sub(1) else { return false };
        self.denials_within(function, depth).iter().any(|denial| denial.kind == DenialKind::Caller)
            || self.dependency_denies_within(function, next)
    }

    /// Whether a dependency in the signature of a function turns callers away.
    pub fn dependency_denies(&self, function: FunctionRef) -> bool {
        self.dependency_denies_within(function, MAX_DEPTH)
    }

    fn dependency_denies_within(&self, function: FunctionRef, depth: u32) -> bool {
        self.signature_dependencies(function).any(|dependency| {
            let provider = self.resolve(dependency.target.file, dependency.target.expr).function();
            provider.is_some_and(|provider| self.denies_callers(provider, depth))
        })
    }

    fn denials_within(&self, function: FunctionRef, depth: u32) -> Vec<Denial> {
        let Some(file) = self.file(function.file) else { return Vec::new() };
        let mut found = Vec::new();
        for stmt in all_statements(file, function) {
            let rejection = exit(self, file, stmt);
            let is_answer = rejection.is_some() && matches!(file.module().stmt(stmt), Stmt::Return(_));
            if !is_answer && is_dropped(file, stmt) {
                continue;
            }
            let conditions = conditions(file, stmt);
            let is_raise = matches!(file.module().stmt(stmt), Stmt::Raise { .. });
            let calls_denial = || self.calls_denial(file, stmt, depth);
            let mut is_own = true;
            let kind = match rejection {
                Some(Rejection::Unauthenticated) => DenialKind::Caller,
                Some(Rejection::Forbidden) if look_at_caller(file, &conditions) => DenialKind::Caller,
                Some(Rejection::Forbidden | Rejection::Invalid) if is_about_signature(file, stmt) => DenialKind::Caller,
                Some(_) => DenialKind::Other,
                None if is_raise => DenialKind::Other,
                None if calls_denial() => {
                    is_own = false;
                    DenialKind::Caller
                }
                None => continue,
            };
            found.push(Denial { kind, stmt, is_own, conditions });
        }
        found
    }

    fn calls_denial(&self, file: File<'_>, stmt: StmtId, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let module = file.module();
        if matches!(module.stmt(stmt), Stmt::Function(_) | Stmt::Class(_)) {
            return false;
        }
        let parts = expressions_of(module, stmt).into_iter().flat_map(|expr| descendants(module, expr));
        parts.filter_map(|expr| Call::of(module, expr)).any(|call| {
            let by_library = matches!(
                call.name(),
                Some("verify_jwt_in_request" | "construct_event" | "verify_id_token" | "decode_token")
            );
            by_library
                || self.resolve(file.id(), call.function).function().is_some_and(|f| self.denies_callers(f, depth))
        })
    }

    /// Where a denial stands, for reports.
    pub fn denial_place(&self, function: FunctionRef, denial: &Denial) -> Option<Location> {
        Some(self.file(function.file)?.at_stmt(denial.stmt))
    }
}

/// What has to hold for a statement to be reached within its function: the tests of the branches it stands in, and those
/// of earlier branches that leave.
pub fn conditions(file: File<'_>, stmt: StmtId) -> Vec<Condition> {
    let module = file.module();
    let mut found = Vec::new();
    let mut inner = stmt;
    let function = file.index().function_of_stmt(stmt);
    for parent in file.index().stmt_ancestors(stmt) {
        let block = block(module, parent);
        let before = block.iter().take_while(|&&sibling| sibling != inner);
        found.extend(before.filter_map(|&sibling| leaving_test(module, sibling)));
        if let Stmt::If { clauses, .. } = module.stmt(parent.stmt) {
            branch_conditions(module.list(clauses), parent.block, &mut found);
        }
        // What stands around the function was decided when it was made; only decorators and factories do that.
        let is_outermost = matches!(module.stmt(parent.stmt), Stmt::Class(_))
            || function.is_none() && matches!(module.stmt(parent.stmt), Stmt::Function(_));
        if is_outermost {
            break;
        }
        inner = parent.stmt;
    }
    found
}

fn branch_conditions(clauses: &[IfClause], block: Block, found: &mut Vec<Condition>) {
    let taken = match block {
        Block::Clause(number) => number as usize,
        _ => clauses.len(),
    };
    for (number, clause) in clauses.iter().enumerate().take(taken + 1) {
        found.push(Condition { test: clause.test, holds: number == taken });
    }
}

/// `if test: return`: what follows needs the test to fail.
fn leaving_test(module: &Module, stmt: StmtId) -> Option<Condition> {
    let Stmt::If { clauses, .. } = module.stmt(stmt) else { return None };
    let first = module.list(clauses).first()?;
    let last = module.list(first.body).last()?;
    let leaves = matches!(module.stmt(*last), Stmt::Return(_) | Stmt::Raise { .. } | Stmt::Continue | Stmt::Break);
    leaves.then_some(Condition { test: first.test, holds: false })
}

/// Whether an error that a statement raises is caught around it and forgotten: `except HTTPException: return None`.
fn is_dropped(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    let function = file.index().function_of_stmt(stmt);
    let inside = file
        .index()
        .stmt_ancestors(stmt)
        .take_while(|parent| !matches!(module.stmt(parent.stmt), Stmt::Function(id) if Some(id) == function));
    inside.into_iter().any(|parent| match (module.stmt(parent.stmt), parent.block) {
        (Stmt::Try { handlers, .. }, Block::Body) => {
            let catching = module.list(handlers).iter().find(|handler| catches_denials(file, handler));
            catching.is_some_and(|handler| module.list(handler.body).iter().all(|&stmt| forgets(module, stmt)))
        }
        _ => false,
    })
}

fn catches_denials<'p>(file: File<'p>, handler: &'p Handler) -> bool {
    let is_denial = |&kind: &ExprId| {
        let text = file.text_of(kind);
        matches!(text.rsplit('.').next(), Some("BaseException" | "Exception" | "HTTPException"))
    };
    handler.kind.is_none() || file.caught_by(handler).iter().any(is_denial)
}

/// Whether a statement answers nothing: `pass`, `return None`, `user = None`.
fn forgets(module: &Module, stmt: StmtId) -> bool {
    let is_nothing = |value: ExprId| matches!(module.expr(value), Expr::None | Expr::False);
    match module.stmt(stmt) {
        Stmt::Pass | Stmt::Continue => true,
        Stmt::Return(value) => value.is_none_or(is_nothing),
        Stmt::Assign { value, .. } => is_nothing(value),
        _ => false,
    }
}

/// The statements of the block that a statement stands in.
fn block(module: &Module, parent: Parent) -> &[StmtId] {
    let place = |number: u32| number as usize;
    let body = match (module.stmt(parent.stmt), parent.block) {
        (Stmt::Function(id), _) => return module.body(id),
        (Stmt::If { clauses, .. }, Block::Clause(number)) => module.list(clauses).get(place(number)).map(|c| c.body),
        (Stmt::Try { handlers, .. }, Block::Handler(number)) => {
            module.list(handlers).get(place(number)).map(|handler| handler.body)
        }
        (Stmt::Match { cases, .. }, Block::Case(number)) => module.list(cases).get(place(number)).map(|c| c.body),
        (
            Stmt::If { orelse, .. } | Stmt::For { orelse, .. } | Stmt::While { orelse, .. } | Stmt::Try { orelse, .. },
            Block::Else,
        ) => Some(orelse),
        (Stmt::Try { finally, .. }, Block::Finally) => Some(finally),
        (
            Stmt::For { body, .. } | Stmt::While { body, .. } | Stmt::With { body, .. } | Stmt::Try { body, .. },
            Block::Body,
        ) => Some(body),
        _ => None,
    };
    body.map_or(&[], |body| module.list(body))
}

/// Whether the conditions around an exit compare a signature.
fn is_about_signature(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    file.index().stmt_ancestors(stmt).any(|parent| {
        let Stmt::If { clauses, .. } = module.stmt(parent.stmt) else { return false };
        module.list(clauses).iter().any(|clause| {
            let text = file.text_of(clause.test).to_ascii_lowercase();
            ["compare_digest", "signature", "hmac"].iter().any(|word| text.contains(word))
        })
    })
}

/// Whether conditions look at who is calling. An exit without condition is the last resort of a check.
fn look_at_caller(file: File<'_>, conditions: &[Condition]) -> bool {
    const WORDS: &[&str] = &[
        "admin",
        "auth",
        "credential",
        "identity",
        "key",
        "login",
        "member",
        "owner",
        "permission",
        "principal",
        "role",
        "secret",
        "session",
        "signature",
        "staff",
        "superuser",
        "token",
        "user",
    ];
    let is_forgery_check = |text: &str| ["csrf", "xsrf", "nonce"].iter().any(|word| text.contains(word));
    let texts: Vec<String> = conditions.iter().map(|condition| text_with_sources(file, condition.test)).collect();
    let names_caller = |text: &String| WORDS.iter().any(|word| text.contains(word));
    !texts.iter().any(|text| is_forgery_check(text)) && (texts.is_empty() || texts.iter().any(names_caller))
}

/// A test in lower case, with what the names in it were assigned from.
fn text_with_sources(file: File<'_>, test: ExprId) -> String {
    let module = file.module();
    let mut text = file.text_of(test).to_ascii_lowercase();
    for expr in descendants(module, test) {
        let Expr::Name(name) = module.expr(expr) else { continue };
        for binding in file.index().lookup(file.index().scope_of_name(expr), name) {
            if let BindingKind::Assign { value: Some(value), .. } | BindingKind::Unpack { value } = binding.kind {
                text.push(' ');
                text.push_str(&file.text_of(value).to_ascii_lowercase());
            }
        }
    }
    text
}
