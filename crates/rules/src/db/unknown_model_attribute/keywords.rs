//! What `filter_by` takes besides columns where the project's own query class has one.

use backlint_model::{ClassRef, File, FunctionRef, Project, Type};
use backlint_semantic::{descendants, expressions_of, own_statements};
use backlint_syntax::ast::Expr;
use rustc_hash::FxHashSet;

/// The keywords that the project's query classes take for themselves: `def filter_by(self, with_hidden=False, **columns)`,
/// and those that such a method takes out of the rest.
pub(super) fn own_keywords(project: &Project) -> FxHashSet<&str> {
    let mut found = FxHashSet::default();
    for file in project.reported_files().filter(|file| file.module().symbol("filter_by").is_some()) {
        for id in file.module().class_ids() {
            let class = ClassRef { file: file.id(), id };
            let Some(method) = project.own_method(class, "filter_by").filter(|_| is_query(project, class)) else {
                continue;
            };
            found.extend(keywords_of(file, method));
        }
    }
    found
}

fn is_query(project: &Project, class: ClassRef) -> bool {
    project.lineage(class).iter().any(|of| matches!(of, Type::External(path) if path.ends_with("Query")))
}

fn keywords_of(file: File<'_>, method: FunctionRef) -> Vec<&str> {
    let module = file.module();
    let params = module.list(file.function(method.id).params).iter().skip(1).map(|param| module.text(param.name));
    let body = own_statements(module, module.body(method.id)).into_iter();
    let parts = body.flat_map(|stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    let texts = parts.filter_map(|part| match module.expr(part) {
        Expr::Str(text) => Some(module.text(text)),
        _ => None,
    });
    params.chain(texts).collect()
}
