//! Settings without which the program does not start.

use backlint_model::{File, Project, Setting, conditions, words};
use backlint_semantic::{Call, descendants, expressions_of};
use backlint_syntax::ast::{ExprId, Stmt, StmtId};

use crate::expressions::snake_label;
use crate::startup_checks::{StartupChecks, answers_request};

/// What the program demands before it serves.
pub(super) struct RequiredSettings<'p> {
    project: &'p Project,
    checks: StartupChecks,
}

impl<'p> RequiredSettings<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        let mut checks = StartupChecks::default();
        for file in project.app_files() {
            checks.read(file);
        }
        Self { project, checks }
    }

    /// Whether something refuses to start while the setting is not set.
    pub(super) fn contain(&self, setting: &Setting) -> bool {
        let names = [words::snake_case(&setting.name), words::snake_case(&setting.key)];
        self.checks.refuse(&names, "\u{0}") || self.project.app_files().any(|file| is_demanded(file, &names))
    }
}

/// `if not KEY: raise RuntimeError(…)`, also noted in a list of problems first.
fn is_demanded(file: File<'_>, names: &[String]) -> bool {
    let module = file.module();
    module.stmt_ids().filter(|&stmt| stops(file, stmt)).any(|stmt| {
        let tests = conditions(file, stmt).into_iter().map(|condition| condition.test);
        let asserted = match module.stmt(stmt) {
            Stmt::Assert { test, .. } => Some(test),
            _ => None,
        };
        tests.chain(asserted).any(|test| names_setting(file, test, names))
    })
}

fn names_setting(file: File<'_>, test: ExprId, names: &[String]) -> bool {
    let mut parts = descendants(file.module(), test).into_iter();
    parts.any(|expr| snake_label(file, expr).is_some_and(|label| names.contains(&label)))
}

fn stops(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    match module.stmt(stmt) {
        Stmt::Assert { .. } => true,
        Stmt::Raise { exception: Some(exception), .. } => !answers_request(file, exception),
        Stmt::Expr(_) => {
            expressions_of(module, stmt).into_iter().filter_map(|expr| Call::of(module, expr)).any(|call| {
                let collects = call.name() == Some("append")
                    && call.receiver().is_some_and(|list| {
                        let list = file.text_of(list).to_ascii_lowercase();
                        ["error", "missing", "problem", "issue"].iter().any(|word| list.contains(word))
                    });
                collects || matches!(file.path_of(call.function).as_deref(), Some("sys.exit" | "exit" | "os._exit"))
            })
        }
        _ => false,
    }
}
