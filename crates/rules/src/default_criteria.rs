//! Conditions that a project puts on all of its queries at once.

use backlint_model::Project;

/// Whether the project leaves rows out of every query by itself: criteria of the loader, queries of a class of its own.
pub(crate) fn filters_by_default(project: &Project) -> bool {
    const NAMES: &[&str] = &["BaseQuery", "do_orm_execute", "query_cls", "query_class", "with_loader_criteria"];
    project.app_files().any(|file| {
        let module = file.module();
        NAMES.iter().any(|name| module.symbol(name).is_some() || file.source().text().contains(&format!("\"{name}\"")))
    })
}
