//! Names that modules get from outside: `module.name = value`.

use backlint_model::{File, Project};
use backlint_semantic::BindingKind;
use backlint_syntax::ast::{Expr, ExprId, Stmt};
use rustc_hash::FxHashSet;

/// The names that some module sets on another one, or on the builtins.
pub(super) struct Patches<'p> {
    names: FxHashSet<&'p str>,
}

impl<'p> Patches<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        Self { names: project.files().flat_map(patched).collect() }
    }

    /// Whether some module may get this name from another one.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

fn patched(file: File<'_>) -> Vec<&str> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in module.stmt_ids() {
        let targets: &[ExprId] = match &module.stmt(stmt) {
            Stmt::Assign { targets, .. } => module.list(*targets),
            Stmt::AnnAssign { target, .. } | Stmt::AugAssign { target, .. } => &[*target],
            _ => continue,
        };
        for &target in targets {
            if let Expr::Attribute { value, name } = module.expr(target)
                && is_imported(file, value)
            {
                found.push(module.text(name));
            }
        }
    }
    for call in file.calls_named(&["setattr"]) {
        if let (Some(object), Some(name)) = (call.positional(0), call.positional(1))
            && let Expr::Str(name) = module.expr(name)
            && (is_imported(file, object) || file.text_of(object).contains("modules["))
        {
            found.push(module.text(name));
        }
    }
    found
}

/// Whether an expression starts with an imported name, so that it may be a module.
fn is_imported(file: File<'_>, expr: ExprId) -> bool {
    let Some(dotted) = file.index().dotted(file.module(), expr) else { return false };
    match dotted.root {
        backlint_semantic::Root::Bound(bindings) => {
            bindings.iter().any(|binding| matches!(binding.kind, BindingKind::Import(_)))
        }
        backlint_semantic::Root::Free(name) => file.module().text(name) == "__builtins__",
    }
}
