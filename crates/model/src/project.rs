//! The linked project and its questions.

use backlint_source::{FileId, Sources};
use backlint_syntax::ast::{Expr, ExprId};
use rustc_hash::FxHashMap;

use crate::deployment::Deployment;
use crate::flask_config::FlaskConfig;
use crate::imports::Imports;
use crate::memo::Memo;
use crate::modules::ModuleTable;
use crate::orm::Orm;
use crate::reach::CallGraph;
use crate::resolve::{ClassRef, Type};
use crate::state::SharedState;
use crate::web::Web;
use crate::{File, FileData, Role};

/// The linked model of everything below the analysed folders.
#[derive(Debug)]
pub struct Project {
    pub(crate) sources: Sources,
    /// By file id; none for files that are not Python.
    pub(crate) files: Vec<Option<FileData>>,
    pub(crate) modules: ModuleTable,
    /// By file id.
    pub(crate) imports: Vec<Imports>,
    pub(crate) deployment: Deployment,
    /// Each class with all classes above it.
    pub(crate) lineages: FxHashMap<ClassRef, Vec<Type>>,
    pub(crate) memo: Memo,
    pub(crate) orm: Orm,
    pub(crate) web: Web,
    pub(crate) flask_config: FlaskConfig,
    pub(crate) graph: CallGraph,
    pub(crate) shared_state: Vec<SharedState>,
}

impl Project {
    /// All texts.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Gives the texts back for rendering; the model is used up.
    pub fn into_sources(self) -> Sources {
        self.sources
    }

    /// The Python file with this id.
    pub fn file(&self, id: FileId) -> Option<File<'_>> {
        let data = self.files.get(id.index())?.as_ref()?;
        Some(File { id, source: self.sources.file(id), data })
    }

    /// All Python files, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = File<'_>> {
        self.sources.iter().filter_map(|(id, _)| self.file(id))
    }

    /// The Python files that rules report in: applications, workers, libraries and scripts.
    pub fn reported_files(&self) -> impl Iterator<Item = File<'_>> {
        self.files().filter(|file| file.role().is_reported())
    }

    /// The Python files of applications, workers and libraries: reported files that are no scripts.
    pub fn app_files(&self) -> impl Iterator<Item = File<'_>> {
        self.files().filter(|file| file.role() == Role::App)
    }

    /// What the deployment files say.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }
}

impl Project {
    /// Whether the whole application is known to run in one process: every deployment file that says how many says one,
    /// or the code itself serves an app object, which cannot be spread over workers.
    pub fn is_single_process(&self) -> bool {
        let workers = &self.deployment.workers;
        if !workers.is_empty() {
            return workers.iter().all(|evidence| evidence.count == Some(1));
        }
        !self.deployment.starts_server && self.files().any(serves_app_object)
    }
}

/// `uvicorn.run(app)` outside `if __name__ == "__main__"`: how the program itself serves.
fn serves_app_object(file: File<'_>) -> bool {
    if file.role() != Role::App {
        return false;
    }
    file.calls_named(&["run"]).any(|call| {
        let is_uvicorn = file.path_of(call.function).is_some_and(|path| path == "uvicorn.run");
        let is_object = call.positional(0).is_some_and(|app| !matches!(file.module().expr(app), Expr::Str(_)));
        is_uvicorn && is_object && call.keyword("workers").is_none() && !is_under_main(file, call.expr)
    })
}

fn is_under_main(file: File<'_>, expr: ExprId) -> bool {
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    file.index()
        .stmt_ancestors(stmt)
        .any(|parent| file.slice(file.first_line(file.module().stmt_span(parent.stmt))).contains("__main__"))
}
