//! Functions whose exceptions a caller may catch, so that the request ends well after all.

use std::collections::BTreeSet;

use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::{Block, own_statements};
use backlint_syntax::ast::{ExprId, Handler, Stmt};

use super::super::sessions::handlers;

/// How many calls deep callers are looked at.
const MAX_DEPTH: usize = 4;

/// The functions that are called in a `try` whose clauses do not all raise.
pub(super) struct Catchers {
    caught: BTreeSet<FunctionRef>,
}

impl Catchers {
    /// Follows the calls of all handlers.
    pub(super) fn of(project: &Project) -> Self {
        let mut caught = BTreeSet::new();
        let mut seen: BTreeSet<FunctionRef> = BTreeSet::new();
        let mut level = handlers(project);
        for _ in 0..MAX_DEPTH {
            let mut next = Vec::new();
            for function in level {
                let Some(file) = project.file(function.file).filter(|_| seen.insert(function)) else { continue };
                let is_caught = caught.contains(&function);
                for callee in project.callees(function) {
                    if is_caught || ends_well(file, callee.call) {
                        caught.insert(callee.function);
                    }
                    next.push(callee.function);
                }
            }
            level = next;
        }
        Self { caught }
    }

    /// Whether some caller may catch what a function raises.
    pub(super) fn may_catch(&self, function: FunctionRef) -> bool {
        self.caught.contains(&function)
    }
}

/// Whether an exception of the call may end in a clause that goes on normally.
fn ends_well(file: File<'_>, call: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(call) else { return false };
    let guarded = file.index().stmt_ancestors(stmt).filter(|parent| parent.block == Block::Body);
    guarded.into_iter().any(|parent| match module.stmt(parent.stmt) {
        Stmt::Try { handlers, .. } => module.list(handlers).iter().any(|handler| !raises(file, handler)),
        _ => false,
    })
}

fn raises(file: File<'_>, handler: &Handler) -> bool {
    let module = file.module();
    let body = module.list(handler.body);
    own_statements(module, body).into_iter().any(|stmt| file.always_raises(stmt))
}
