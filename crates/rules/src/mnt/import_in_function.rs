//! MNT005: an import that waits for a request although nothing hinders it at the top.

mod graph;

use backlint_finding::Findings;
use backlint_model::{File, Project, Reach, words};
use backlint_semantic::{Call, ScopeId};
use backlint_syntax::ast::{Expr, List, Stmt, StmtId, Symbol};

use crate::data;
use crate::mnt::import_words::IMPORTS;
use crate::reached::reach_of;
use graph::ImportGraph;

/// One module that is imported in a function.
#[derive(Clone, Copy)]
struct Late<'p> {
    file: File<'p>,
    stmt: StmtId,
    /// Without leading dots.
    module: &'p str,
    level: u32,
    /// What a `from` import takes from it; none for `import module`.
    names: Option<List<backlint_syntax::ast::Alias>>,
}

/// Why an import could stand at the top.
enum Ease {
    Standard,
    /// A module of the project that is loaded at start.
    Loaded,
    /// Another import of the package stands at the top of this module.
    Beside,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut graph = None;
    for file in project.app_files() {
        for late in late_imports(project, file) {
            let graph = graph.get_or_insert_with(|| ImportGraph::new(project));
            let Some(ease) = late.ease(graph) else { continue };
            let shown = late.shown();
            let message = match ease {
                Ease::Standard => format!("`{shown}` can be imported at the top of the module."),
                Ease::Loaded => format!(
                    "`{shown}` is loaded at start anyway, and importing it at the top of the module makes no cycle; move the import there."
                ),
                Ease::Beside => format!(
                    "The package of `{shown}` is imported at the top of the module already; import this there too."
                ),
            };
            findings.report(file.at_stmt(late.stmt), format!("{}: {shown}", context(file, late.stmt)), message);
        }
    }
}

fn context(file: File<'_>, stmt: StmtId) -> String {
    file.index().function_of_stmt(stmt).map_or_else(String::new, |function| file.qualified_name(function))
}

/// The imports in functions that requests reach, without those that are there for a reason.
fn late_imports<'p>(project: &Project, file: File<'p>) -> Vec<Late<'p>> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in module.stmt_ids() {
        if !matches!(module.stmt(stmt), Stmt::Import(_) | Stmt::ImportFrom { .. }) {
            continue;
        }
        let Some(function) = file.index().function_of_stmt(stmt) else { continue };
        if reach_of(project, file, function) != Some(Reach::Request)
            || is_conditional(file, stmt)
            || is_explained(file, stmt)
        {
            continue;
        }
        match module.stmt(stmt) {
            Stmt::Import(names) => found.extend(module.list(names).iter().map(|alias| Late {
                file,
                stmt,
                module: module.text(alias.name),
                level: 0,
                names: None,
            })),
            Stmt::ImportFrom { module: from, level, names } => {
                let from = from.map_or("", |from: Symbol| module.text(from));
                found.push(Late { file, stmt, module: from, level, names: Some(names) });
            }
            _ => {}
        }
    }
    found.retain(|late| !late.is_dispatch());
    found
}

/// In a branch or a `try`: the import may be optional.
fn is_conditional(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    let function = file.index().function_of_stmt(stmt).map(|function| file.function(function).stmt);
    let mut inside = file.index().stmt_ancestors(stmt).take_while(|parent| Some(parent.stmt) != function);
    inside.any(|parent| match module.stmt(parent.stmt) {
        Stmt::Try { handlers, .. } => module.list(handlers).iter().any(|handler| {
            handler.kind.is_none_or(|kind| {
                file.text_of(kind).contains("ImportError") || file.text_of(kind).contains("NotFound")
            })
        }),
        _ => false,
    })
}

/// A comment beside or above the import.
fn is_explained(file: File<'_>, stmt: StmtId) -> bool {
    let line = file.line(file.module().stmt_span(stmt).start);
    file.module().comments().iter().any(|comment| {
        let at = file.line(comment.span.start);
        let text = file.slice(comment.span).to_ascii_lowercase();
        (at == line || at + 1 == line && comment.is_own_line)
            && IMPORTS.late_reasons.iter().any(|reason| text.contains(reason.as_str()))
    })
}

impl Late<'_> {
    fn shown(&self) -> String {
        format!("{}{}", ".".repeat(self.level as usize), self.module)
    }

    fn ease(&self, graph: &ImportGraph<'_>) -> Option<Ease> {
        let first = self.module.split('.').next().unwrap_or(self.module);
        if self.level == 0 && words::is_standard_module(first) {
            return Some(Ease::Standard);
        }
        let targets = graph.targets(*self);
        if !targets.is_empty() {
            let is_easy = |&target: &_| graph.is_loaded(target) && !graph.leads_to(target, self.file.id());
            return targets.iter().all(is_easy).then_some(Ease::Loaded);
        }
        (self.level == 0 && is_imported_at_top(self.file, first)).then_some(Ease::Beside)
    }

    /// Handing work to a task module is where late imports break cycles between an app and its workers.
    fn is_dispatch(&self) -> bool {
        let module = self.file.module();
        let is_task_module = self.module.split('.').any(|part| data::has(&IMPORTS.task_modules, part));
        let names = self.names.map_or(&[][..], |names| module.list(names));
        let is_task = |name: &str| {
            self.file.calls_named(&["delay", "apply_async", "send_task"]).any(|call: Call<'_>| {
                call.receiver().is_some_and(|r| matches!(module.expr(r), Expr::Name(n) if module.text(n) == name))
            })
        };
        is_task_module || names.iter().any(|alias| is_task(module.text(alias.asname.unwrap_or(alias.name))))
    }
}

fn is_imported_at_top(file: File<'_>, package: &str) -> bool {
    let module = file.module();
    file.index().imports().iter().any(|binding| {
        let backlint_semantic::BindingKind::Import(import) = binding.kind else { return false };
        let from = import.module.map_or("", |from| module.text(from));
        let is_top = binding.scope == ScopeId::MODULE
            && binding.stmt.is_some_and(|stmt| file.index().stmt_parent(stmt).is_none());
        is_top && import.level == 0 && from.split('.').next() == Some(package)
    })
}
