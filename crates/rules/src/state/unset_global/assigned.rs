//! Which attributes the code of a project sets, tests included.

use std::collections::BTreeSet;

use backlint_model::{File, Project};
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

/// The names of attributes that are set on any object.
pub(super) struct Assigned<'p> {
    project: &'p Project,
    attributes: BTreeSet<&'p str>,
}

impl<'p> Assigned<'p> {
    pub(super) fn read(project: &'p Project) -> Self {
        let mut attributes = BTreeSet::new();
        for file in project.files() {
            let module = file.module();
            for stmt in module.stmt_ids() {
                for target in targets(file, stmt) {
                    if let Expr::Attribute { name, .. } = module.expr(target) {
                        attributes.insert(module.text(name));
                    }
                }
            }
        }
        Self { project, attributes }
    }

    /// Whether an attribute of this name is set somewhere, on whatever object, or named in a text: `setattr(o, "name", …)`,
    /// `{"name": …}`, `patch("module.name")`. Texts that `is_look` knows to be reads do not count.
    pub(super) fn may_set(&self, name: &str, is_look: impl Fn(File<'_>, ExprId) -> bool) -> bool {
        let names_it = |text: &str| text.rsplit(['.', ':']).next() == Some(name);
        self.attributes.contains(name)
            || self.project.files().filter(|file| file.source().text().contains(name)).any(|file| {
                let module = file.module();
                module.expr_ids().any(|expr| match module.expr(expr) {
                    Expr::Str(text) => names_it(module.text(text)) && !is_look(file, expr),
                    _ => false,
                })
            })
    }
}

/// What a statement sets, tuples taken apart.
pub(super) fn targets(file: File<'_>, stmt: StmtId) -> Vec<ExprId> {
    let module = file.module();
    let whole: Vec<ExprId> = match module.stmt(stmt) {
        Stmt::Assign { targets, .. } | Stmt::Delete(targets) => module.list(targets).to_vec(),
        Stmt::AnnAssign { target, .. } | Stmt::AugAssign { target, .. } | Stmt::For { target, .. } => vec![target],
        Stmt::With { items, .. } => module.list(items).iter().filter_map(|item| item.target).collect(),
        _ => return Vec::new(),
    };
    let parts = whole.into_iter().flat_map(|target| match module.expr(target) {
        Expr::Tuple(items) | Expr::List(items) => module.list(items).to_vec(),
        _ => vec![target],
    });
    parts.collect()
}
