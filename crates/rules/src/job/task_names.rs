//! The names under which tasks are registered.

use std::collections::BTreeSet;

use backlint_model::{File, Project, Type};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::ExprId;

use crate::expressions::{label, literal};

/// The tasks of a project.
pub(in crate::job) struct TaskNames {
    /// Names that the code gives.
    given: Vec<(String, Location)>,
    /// Names that follow from the module and the function, with all folders in front: the root of imports is not known.
    derived: Vec<(String, Location)>,
    /// First parts of the names of modules, packages and given names.
    roots: BTreeSet<String>,
}

impl TaskNames {
    /// Reads all tasks; none if there are none or some names are made at run time.
    pub(in crate::job) fn read(project: &Project) -> Option<Self> {
        let mut names = Self { given: Vec::new(), derived: Vec::new(), roots: BTreeSet::new() };
        for file in project.files() {
            names.roots.extend(dotted(file).split('.').map(str::to_owned));
            if file.module().symbol("gen_task_name").is_some() {
                return None;
            }
            names.read_functions(file)?;
            names.read_classes(project, file)?;
            names.read_calls(file)?;
        }
        names.roots.extend(names.given.iter().filter_map(|(name, _)| Some(name.split_once('.')?.0.to_owned())));
        (!names.given.is_empty() || !names.derived.is_empty()).then_some(names)
    }

    fn read_functions(&mut self, file: File<'_>) -> Option<()> {
        let module = file.module();
        for id in module.function_ids() {
            let decorators = module.list(file.function(id).decorators);
            let Some(decorator) = decorators.iter().map(|d| d.expr).find(|&expr| is_task_decorator(file, expr)) else {
                continue;
            };
            let at = file.at_function(id);
            match Call::of(module, decorator).and_then(|call| call.keyword("name")) {
                Some(name) => self.given.push((literal(file, name.value)?.to_owned(), at)),
                None => self.derived.push((format!("{}.{}", dotted(file), file.function_name(id)), at)),
            }
        }
        Some(())
    }

    /// `class Purge(Task): name = "purge"`.
    fn read_classes(&mut self, project: &Project, file: File<'_>) -> Option<()> {
        if file.module().symbol("Task").is_none() {
            return Some(());
        }
        for id in file.module().class_ids() {
            let class = backlint_model::ClassRef { file: file.id(), id };
            if !project.derives_from(&Type::Project(class), &["celery.Task", "celery.app.task.Task"]) {
                continue;
            }
            let at = file.at(file.class(id).header);
            match project.class_attribute(class, "name") {
                Some(name) => self.given.push((literal(project.file(name.file)?, name.expr)?.to_owned(), at)),
                None => self.derived.push((format!("{}.{}", dotted(file), file.class_name(id)), at)),
            }
        }
        Some(())
    }

    /// `app.task(name="purge")(purge)`, `app.task(purge)`.
    fn read_calls(&mut self, file: File<'_>) -> Option<()> {
        for call in file.calls_named(&["shared_task", "task"]) {
            let at = file.at_expr(call.expr);
            if let Some(name) = call.keyword("name") {
                self.given.push((literal(file, name.value)?.to_owned(), at));
            } else if let Some(function) = call.positional(0).and_then(|function| label(file, function)) {
                self.derived.push((format!("{}.{function}", dotted(file)), at));
            }
        }
        Some(())
    }

    /// Whether a name would be one of the project's own tasks.
    pub(in crate::job) fn is_of_project(&self, name: &str) -> bool {
        let Some((root, _)) = name.split_once('.') else { return false };
        root != "celery" && self.roots.contains(root)
    }

    /// Whether a task has this name, or one that this pattern covers.
    pub(in crate::job) fn matches(&self, name: &str) -> bool {
        let covers = |task: &str| is_covered(name, task);
        self.given.iter().any(|(task, _)| covers(task))
            || self.derived.iter().any(|(task, _)| covers(task) || endings(task).any(covers))
    }

    /// The task whose name ends alike, for a hint.
    pub(in crate::job) fn most_similar(&self, name: &str) -> Option<(&str, Location)> {
        let last = name.rsplit('.').next().filter(|last| !last.contains('*'))?;
        let mut all = self.given.iter().chain(&self.derived);
        all.find(|(task, _)| task.rsplit('.').next() == Some(last)).map(|(task, at)| (task.as_str(), *at))
    }
}

/// `@app.task`, `@shared_task(…)`, and decorators of the project whose name says task.
fn is_task_decorator(file: File<'_>, decorator: ExprId) -> bool {
    let callee = Call::of(file.module(), decorator).map_or(decorator, |call| call.function);
    label(file, callee).is_some_and(|name| name == "actor" || name.to_ascii_lowercase().contains("task"))
}

/// The dotted path of a file, with all folders.
fn dotted(file: File<'_>) -> String {
    let path = file.local_path().strip_suffix(".py").unwrap_or(file.local_path());
    path.strip_suffix("/__init__").unwrap_or(path).replace('/', ".")
}

/// A dotted path without its first folders, in every way.
fn endings(task: &str) -> impl Iterator<Item = &str> {
    task.match_indices('.').map(|(at, _)| &task[at + 1..])
}

/// Whether a pattern with `*` covers a name.
fn is_covered(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut is_open = false;
    for part in parts {
        is_open = true;
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        if part.is_empty() {
            return true;
        }
    }
    rest.is_empty() || is_open && pattern.ends_with('*')
}

#[cfg(test)]
mod tests {
    use super::is_covered;

    #[test]
    fn patterns_cover_names() {
        assert!(is_covered("app.jobs.purge", "app.jobs.purge") && !is_covered("app.jobs.purge", "app.jobs.purge_old"));
        assert!(is_covered("app.jobs.*", "app.jobs.purge") && !is_covered("app.jobs.*", "app.mail.send"));
        assert!(is_covered("*.purge", "app.jobs.purge") && !is_covered("*.purge", "app.jobs.send"));
        assert!(is_covered("*", "anything"));
    }
}
