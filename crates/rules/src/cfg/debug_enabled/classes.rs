//! Configuration classes that an application is given as they are.

use std::collections::BTreeSet;

use backlint_model::{File, Project};
use backlint_syntax::ast::{ExprId, Stmt, StmtId};

use crate::expressions::{label, literal};

/// The names of all classes that `app.config.from_object(…)` is given, directly or by dotted path.
pub(super) fn loaded(project: &Project) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in project.reported_files() {
        for call in file.calls_named(&["from_object"]) {
            let Some(argument) = call.positional(0) else { continue };
            let path = literal(file, argument).or_else(|| label(file, argument)).unwrap_or_default();
            names.insert(path.rsplit(['.', ':']).next().unwrap_or(path).to_owned());
        }
    }
    names
}

/// `DEBUG = …` in the bodies of these classes.
pub(super) fn debug_fields(file: File<'_>, loaded: &BTreeSet<String>) -> Vec<(StmtId, ExprId)> {
    let module = file.module();
    let classes = module.class_ids().filter(|&class| loaded.contains(file.class_name(class)));
    classes
        .flat_map(|class| module.list(file.class(class).body))
        .filter_map(|&stmt| {
            let (target, value) = match module.stmt(stmt) {
                Stmt::Assign { targets, value } => (*module.list(targets).first()?, value),
                Stmt::AnnAssign { target, value: Some(value), .. } => (target, value),
                _ => return None,
            };
            (label(file, target) == Some("DEBUG")).then_some((stmt, value))
        })
        .collect()
}
