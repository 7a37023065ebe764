//! Which statements of a function strangers get to.

use backlint_semantic::{Call, descendants, expressions_of};
use backlint_syntax::ast::{Expr, Stmt, StmtId};
use rustc_hash::FxHashSet;

use crate::resolve::FunctionRef;
use crate::{File, Project};

/// What strangers make a function run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ran {
    pub(super) statements: FxHashSet<StmtId>,
    /// Whether it runs other things for strangers than for others.
    pub(super) tells_apart: bool,
    /// Whether the walk ended early, so that more may run.
    pub(super) is_cut: bool,
    /// Whether it has put something into a session.
    pub(super) fills_session: bool,
}

impl Ran {
    /// Whether the function changes something, but nothing for strangers, because they are strangers.
    pub(crate) fn spares_strangers(&self, project: &Project, function: FunctionRef) -> bool {
        if !self.tells_apart || self.is_cut {
            return false;
        }
        let changing = changing_statements(project, function);
        !changing.is_empty() && changing.iter().all(|stmt| !self.statements.contains(stmt))
    }

    /// Whether the function changes something for strangers too.
    pub(crate) fn changes_for_strangers(&self, project: &Project, function: FunctionRef) -> bool {
        !self.is_cut && changing_statements(project, function).iter().any(|stmt| self.statements.contains(stmt))
    }
}

/// The statements of a function that change something, themselves or a few calls away.
fn changing_statements(project: &Project, function: FunctionRef) -> Vec<StmtId> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let own: Vec<_> = project.own_effects(function).iter().map(|effect| effect.at).collect();
    let calls = project.callees(function).iter().filter(|callee| !project.effects(callee.function).is_empty());
    let mut found: Vec<StmtId> = calls.filter_map(|callee| file.index().stmt_of(callee.call)).collect();
    if own.is_empty() {
        return found;
    }
    let module = file.module();
    for stmt in backlint_semantic::own_statements(module, module.body(function.id)) {
        let spans = expressions_of(module, stmt).into_iter().map(|expr| module.span(expr));
        let holds = |at: &backlint_source::Location| {
            spans.clone().any(|span| span.start <= at.span.start && at.span.start < span.end)
        };
        if own.iter().any(holds) {
            found.push(stmt);
        }
    }
    found
}

/// Whether a statement is made of blocks, or only defines something.
pub(super) fn has_parts(stmt: Stmt) -> bool {
    matches!(
        stmt,
        Stmt::If { .. }
            | Stmt::For { .. }
            | Stmt::While { .. }
            | Stmt::With { .. }
            | Stmt::Try { .. }
            | Stmt::Match { .. }
            | Stmt::Function(_)
            | Stmt::Class(_)
    )
}

/// Whether a simple statement does more than look something up or tell somebody.
pub(super) fn works(file: File<'_>, stmt: StmtId) -> bool {
    const TELLS: &[&str] =
        &["flash", "log", "print", "info", "debug", "warn", "error", "exception", "redirect", "url_for"];
    const LOOKS: &[&str] =
        &["get", "strip", "lower", "format", "str", "_", "gettext", "get_json", "quote", "make_response"];
    let module = file.module();
    if let Stmt::Assign { targets, .. } = module.stmt(stmt)
        && module.list(targets).iter().any(|&target| !matches!(module.expr(target), Expr::Name(_)))
    {
        return true;
    }
    let calls = expressions_of(module, stmt).into_iter().flat_map(|expr| descendants(module, expr));
    calls.filter_map(|expr| Call::of(module, expr)).any(|call| {
        let text = file.text_of(call.function).to_ascii_lowercase();
        let is_look = call.name().is_some_and(|name| LOOKS.contains(&name));
        !is_look && !TELLS.iter().any(|word| text.contains(word))
    })
}
