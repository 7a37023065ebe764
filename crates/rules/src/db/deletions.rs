//! How a project deletes rows: by a mark, or for good.

use std::collections::BTreeSet;

use backlint_model::{ClassRef, File, FunctionRef, Model, Project, RowChange, RowChangeKind, Type, words};
use backlint_syntax::ast::Expr;

/// Words in the names of functions, files and paths that are about deleted rows, or about all rows there ever were.
const ABOUT_DELETED: &[&str] = &[
    "admin",
    "archive",
    "archived",
    "audit",
    "cleanup",
    "deleted",
    "erase",
    "erasure",
    "gdpr",
    "history",
    "prune",
    "purge",
    "recover",
    "recycle",
    "restore",
    "retention",
    "trash",
    "undelete",
    "undo",
];

/// The rows that some code marks as deleted.
pub(super) struct Deletions {
    marked: BTreeSet<ClassRef>,
}

impl Deletions {
    pub(super) fn of(project: &Project) -> Self {
        let marks = project.row_changes().iter().filter(|change| marks_as_deleted(project, change));
        Self { marked: marks.map(|change| change.model).collect() }
    }

    /// Whether some code marks rows of a class as deleted, a method of the class or of one above it included.
    pub(super) fn are_made(&self, project: &Project, model: &Model) -> bool {
        self.marked.contains(&model.class) || marks_itself(project, model)
    }
}

/// Whether the change marks a row as deleted: `row.deleted_at = now()`, not `row.deleted_at = None`.
pub(super) fn marks_as_deleted(project: &Project, change: &RowChange) -> bool {
    let RowChangeKind::Set { attribute, value } = &change.kind else { return false };
    let is_mark =
        || project.model(change.model).is_some_and(|model| model.deletion_marks().any(|mark| mark.name == *attribute));
    let clears = || {
        project.file(change.at.file).is_none_or(|file| matches!(file.module().expr(*value), Expr::None | Expr::False))
    };
    is_mark() && !clears()
}

/// Whether a method of the class, or of one above it, sets a mark of its own object.
fn marks_itself(project: &Project, model: &Model) -> bool {
    let classes = project.lineage(model.class).into_iter().filter_map(|of| match of {
        Type::Project(class) => Some(class),
        Type::External(_) => None,
    });
    let texts = classes.filter_map(|class| {
        let file = project.file(class.file)?;
        Some(file.slice(file.module().stmt_span(file.class(class.id).stmt)))
    });
    let marks: Vec<String> = model.deletion_marks().map(|mark| format!("self.{} = ", mark.name)).collect();
    texts.into_iter().any(|text| marks.iter().any(|mark| text.contains(mark.as_str())))
}

/// Whether a function is about deleted rows by its name, its file or the paths that it answers.
pub(super) fn is_about_deleted(project: &Project, file: File<'_>, function: FunctionRef) -> bool {
    let has_word = |text: &str| {
        let snake = words::snake_case(text);
        ABOUT_DELETED.iter().any(|word| words::has_word(&snake, word))
    };
    let paths = project.routes_of(function).iter().map(|&route| project.route(route).path.as_str());
    std::iter::once(file.local_path()).chain(paths).any(|path| path.split(['/', '.']).any(has_word))
        || has_word(&file.qualified_name(function.id))
}
