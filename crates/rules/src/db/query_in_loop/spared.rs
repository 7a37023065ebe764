//! Turns of a loop that ask nothing: rows that are loaded already, and work that only the first turn does.

use backlint_model::{Attribute, AttributeKind, Entity, File, Model, Project};
use backlint_semantic::{Block, Call};
use backlint_syntax::ast::{CompareOp, Expr, ExprId, Stmt, StmtId, Symbol, UnaryOp};

use super::loops::Loop;

/// Ways to load a relationship together with its row.
const EAGER: &[&str] = &["immediate", "joined", "selectin", "subquery"];

/// Whether a look-up by key asks for what an eager relationship over that very key has loaded with the row: the session
/// then hands out the object that it holds.
pub(super) fn is_loaded(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    preloading(project, file, expr).is_some()
}

fn preloading<'p>(project: &'p Project, file: File<'p>, expr: ExprId) -> Option<&'p Attribute> {
    let module = file.module();
    let call = match module.expr(expr) {
        Expr::Await(inner) => Call::of(module, inner),
        _ => Call::of(module, expr),
    };
    let call = call.filter(|call| call.name() == Some("get"))?;
    let (wanted, key) = match (call.positional(0)?, call.positional(1)) {
        (class, Some(key)) => (project.resolve(file.id(), class), key),
        (key, None) => (Entity::Class(project.queried_model(file.id(), call.receiver()?)?.class), key),
    };
    let Expr::Attribute { value: owner, name } = module.expr(key) else { return None };
    let row = project.row_model(file.id(), owner)?;
    let target = referred_by(project, row, module.text(name)).filter(|target| wanted == Entity::Class(target.class))?;
    let eager = |attribute: &&Attribute| {
        is_eager(project, attribute)
            && project.related_model(attribute).is_some_and(|related| related.class == target.class)
    };
    row.attributes.iter().find(eager)
}

/// The class that a column refers to, if no other column of its table does.
fn referred_by<'p>(project: &'p Project, row: &Model, column: &str) -> Option<&'p Model> {
    let table_of = |target: &str| target.rsplit('.').nth(1).map(str::to_owned);
    let (_, column) = row.columns().find(|(attribute, _)| attribute.name == column)?;
    let [only] = column.foreign_keys.as_slice() else { return None };
    let table = table_of(&only.target)?;
    let ways = row.columns().flat_map(|(_, column)| &column.foreign_keys);
    let is_only = ways.filter(|key| table_of(&key.target).as_ref() == Some(&table)).count() == 1;
    project.models().iter().find(|model| is_only && model.table.as_ref() == Some(&table))
}

/// `product = relationship("Product", lazy="joined")`, where the relationship itself stands and not its back reference.
fn is_eager(project: &Project, attribute: &Attribute) -> bool {
    let AttributeKind::Relationship(Some(at)) = attribute.kind else { return false };
    let Some(file) = project.file(at.file).filter(|_| at.file == attribute.at.file) else { return false };
    let Some(call) = Call::of(file.module(), at.expr) else { return false };
    let Some(stmt) = file.index().stmt_of(at.expr) else { return false };
    let is_own = file.module().stmt_span(stmt).contains(attribute.at.span);
    is_own
        && call.keyword("lazy").is_some_and(|lazy| match file.module().expr(lazy.value) {
            Expr::Str(way) => EAGER.contains(&file.module().text(way)),
            other => other == Expr::False,
        })
}

/// Whether an expression stands in a branch that is taken at most once: `if first:` with `first = False` in it,
/// `if cache is None:` with a value for it, `if number == 0:` of a loop that counts.
pub(super) fn runs_once(file: File<'_>, around: &Loop, expr: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    let inside = |stmt: StmtId| around.statements(file).contains(&stmt);
    file.index().stmt_ancestors(stmt).take_while(|parent| inside(parent.stmt)).any(|parent| {
        let (Stmt::If { clauses, .. }, Block::Clause(place)) = (module.stmt(parent.stmt), parent.block) else {
            return false;
        };
        let Some(clause) = module.list(clauses).get(place as usize) else { return false };
        let latch = latch(file, clause.test);
        latch.is_some_and(|name| is_set_only_in(file, around, name, module.list(clause.body)))
            || is_first_turn(file, around, clause.test)
    })
}

/// The name in `if first`, `if not done`, `if cache is None`.
fn latch(file: File<'_>, test: ExprId) -> Option<Symbol> {
    let module = file.module();
    let tested = match module.expr(test) {
        Expr::Unary { op: UnaryOp::Not, operand } => operand,
        Expr::Compare { left, rest } => match module.list(rest) {
            [only] if only.op == CompareOp::Is && module.expr(only.right) == Expr::None => left,
            _ => return None,
        },
        _ => test,
    };
    match module.expr(tested) {
        Expr::Name(name) => Some(name),
        _ => None,
    }
}

/// Whether a loop gives a name its value in this block only.
fn is_set_only_in(file: File<'_>, around: &Loop, name: Symbol, block: &[StmtId]) -> bool {
    let sets = |stmts: Vec<StmtId>| stmts.into_iter().filter(|&stmt| assigns(file, stmt, name)).count();
    let here = sets(block.to_vec());
    here > 0 && here == sets(around.statements(file)) && !around.binds(file, name)
}

fn assigns(file: File<'_>, stmt: StmtId, name: Symbol) -> bool {
    let module = file.module();
    let is_it = |target: ExprId| module.expr(target) == Expr::Name(name);
    match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => module.list(targets).iter().any(|&target| is_it(target)),
        Stmt::AnnAssign { target, value, .. } => value.is_some() && is_it(target),
        Stmt::AugAssign { target, .. } => is_it(target),
        _ => false,
    }
}

/// `if number == 0` in `for number, row in enumerate(rows)`.
fn is_first_turn(file: File<'_>, around: &Loop, test: ExprId) -> bool {
    let module = file.module();
    let Expr::Compare { left, rest } = module.expr(test) else { return false };
    let [only] = module.list(rest) else { return false };
    let Expr::Name(name) = module.expr(left) else { return false };
    let is_zero = matches!(module.expr(only.right), Expr::Int(number) if module.text(number) == "0");
    let counts = Call::of(module, around.iter).is_some_and(|call| call.name() == Some("enumerate"));
    only.op == CompareOp::Eq && is_zero && counts && around.binds(file, name)
}
