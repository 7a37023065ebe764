//! What a dotted expression names, as far as one file can tell.

use backlint_syntax::Module;
use backlint_syntax::ast::{Expr, ExprId, Symbol};

use crate::binding::{Binding, BindingKind, Import, ScopeId};
use crate::index::FileIndex;

/// The head of a dotted name.
#[derive(Clone, Copy, Debug)]
pub enum Root<'i> {
    /// Bound in this file; all bindings of the name in its scope, in source order.
    Bound(&'i [Binding]),
    /// Bound nowhere in this file: a builtin, or from a star import.
    Free(Symbol),
}

/// A name and the attributes behind it: `a.b.c`.
#[derive(Clone, Debug)]
pub struct Dotted<'i> {
    /// What the first segment is.
    pub root: Root<'i>,
    /// The scope that owns the first segment, if it is bound.
    pub scope: Option<ScopeId>,
    /// The first segment.
    pub head: Symbol,
    /// The attributes behind it.
    pub rest: Vec<Symbol>,
}

impl FileIndex {
    /// Takes `a.b.c` apart; `None` for anything but a name with attributes.
    pub fn dotted(&self, module: &Module, expr: ExprId) -> Option<Dotted<'_>> {
        let mut rest = Vec::new();
        let mut current = expr;
        loop {
            match module.expr(current) {
                Expr::Attribute { value, name } => {
                    rest.push(name);
                    current = value;
                }
                Expr::Name(head) => {
                    rest.reverse();
                    let found = self.lookup(self.scope_of_name(current), head);
                    let root = if found.is_empty() { Root::Free(head) } else { Root::Bound(found) };
                    return Some(Dotted { root, scope: found.first().map(|b| b.scope), head, rest });
                }
                _ => return None,
            }
        }
    }

    /// The full dotted path of what `expr` names, through this file's imports: `dt.utcnow` is
    /// `datetime.datetime.utcnow` after `from datetime import datetime as dt`. Relative imports keep their dots
    /// (`.models.User`). A free name is itself (`open`). `None` for names bound in this file by anything but one import
    /// (or several imports of one thing, as in `try: import a except ImportError: …`).
    pub fn path(&self, module: &Module, expr: ExprId) -> Option<String> {
        let dotted = self.dotted(module, expr)?;
        let mut path = match dotted.root {
            Root::Free(name) => module.text(name).to_owned(),
            Root::Bound(bindings) => imported_path(module, bindings)?,
        };
        for name in dotted.rest {
            path.push('.');
            path.push_str(module.text(name));
        }
        Some(path)
    }
}

fn imported_path(module: &Module, bindings: &[Binding]) -> Option<String> {
    bindings.iter().find_map(|binding| match binding.kind {
        BindingKind::Import(import) => Some(import_path(module, import)),
        _ => None,
    })
}

/// The dotted path that an imported name stands for.
fn import_path(module: &Module, import: Import) -> String {
    let mut path = ".".repeat(import.level as usize);
    let from = import.module.map_or("", |name| module.text(name));
    match import.name {
        Some(name) => {
            path.push_str(from);
            if !from.is_empty() {
                path.push('.');
            }
            path.push_str(module.text(name));
        }
        None if import.is_aliased => path.push_str(from),
        // `import a.b` binds `a`.
        None => path.push_str(from.split('.').next().unwrap_or(from)),
    }
    path
}
