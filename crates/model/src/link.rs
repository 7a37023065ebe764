//! Puts the indexes of all files together.

use std::sync::{Arc, OnceLock};

use backlint_semantic::{Call, FileIndex};
use backlint_source::{FileId, Sources, Span};
use backlint_syntax::ast::Stmt;
use backlint_syntax::{Module, SyntaxProblem, SyntaxProblemKind};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::advisories::Advisories;
use crate::by_function::ByFunction;
use crate::client::Clients;
use crate::deployment::{Deployment, WorkerEvidence};
use crate::flask_config::FlaskConfig;
use crate::flow;
use crate::imports::Imports;
use crate::layout::Layout;
use crate::memo::Memo;
use crate::modules::ModuleTable;
use crate::orm::Orm;
use crate::reach::{self, CallGraph};
use crate::settings::{self, ConfigEntries};
use crate::transactions::Transactions;
use crate::web::{self, Web};
use crate::{File, FileData, Project, Role};

/// One parsed and indexed Python file.
#[derive(Debug)]
pub struct Input {
    /// Its id in the sources.
    pub id: FileId,
    /// Its path below the analysed folder, with forward slashes.
    pub local: String,
    /// Its typed tree.
    pub module: Module,
    /// Its index.
    pub index: FileIndex,
}

/// What users add to the model from their configuration.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names that count as guards.
    pub guards: Vec<String>,
    /// Names that never count as guards.
    pub not_guards: Vec<String>,
    /// Paths that are open on purpose: path pattern and reason.
    pub public: Vec<(String, String)>,
    /// What calls hand in, do with and do to values of clients.
    pub flow: Vec<flow::FlowTable>,
}

/// What costs so much and serves so few that it is found out only on demand. Without it, the questions to the model that
/// rest on it have empty answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// What advisories say of pinned versions; whoever runs the rules adds them.
    Advisories,
    /// What programs left behind in version control; whoever runs the rules adds it.
    Artifacts,
    /// The way of values from clients to where they do harm.
    Flows,
    /// The changes that functions make to rows.
    RowChanges,
    /// What functions do with database sessions.
    Transactions,
}

/// Links all files to a project and finds out the facts that are asked for. Never fails: what cannot be told is unknown
/// in the model.
pub fn link(sources: Sources, inputs: Vec<Input>, options: &Options, facts: &[Fact]) -> Project {
    let paths: Vec<(String, FileId)> = inputs.iter().map(|input| (input.local.clone(), input.id)).collect();
    let modules = ModuleTable::new(&paths);
    let layout = Layout::of(&sources, &inputs);
    let deployment = Deployment::read(&sources, &layout);
    let mut files: Vec<Option<FileData>> = Vec::new();
    files.resize_with(sources.len(), || None);
    for input in inputs {
        let text = sources.file(input.id).text();
        let role = layout.role(sources.file(input.id).path(), &input.local, text);
        let slot = &mut files[input.id.index()];
        let self_attributes = crate::resolve::self_attributes(&input.module, &input.index);
        *slot = Some(FileData { module: input.module, index: input.index, local: input.local, role, self_attributes });
    }
    let mut project = Project {
        sources,
        files,
        modules,
        imports: Vec::new(),
        deployment,
        lineages: FxHashMap::default(),
        memo: Memo::default(),
        orm: Orm::default(),
        migrations: Vec::new(),
        config_entries: ConfigEntries::default(),
        web: Web::default(),
        flask_config: FlaskConfig::default(),
        graph: CallGraph::default(),
        clients: Clients::default(),
        queries: ByFunction::default(),
        row_changes: ByFunction::default(),
        shared_state: Vec::new(),
        file_stores: OnceLock::new(),
        flow_tables: Arc::default(),
        flows: Vec::new(),
        transactions: Transactions::default(),
        advisories: Advisories::default(),
        artifacts: Vec::new(),
    };
    project.imports = project.find_imports();
    project.fill_lineages();
    project.memo = Memo::of(project.files());
    project.orm = project.find_orm();
    project.migrations = project.find_migrations();
    project.config_entries = settings::config_entries(project.files());
    project.web = web::read(&project, options);
    project.set_scripts_apart();
    project.adopt_apps();
    project.flask_config = project.read_flask_config();
    project.graph = reach::follow(&project, &project.web);
    project.clients = project.find_clients();
    project.queries = project.find_queries();
    project.shared_state = project.find_shared_state();
    if facts.contains(&Fact::RowChanges) {
        project.row_changes = project.find_row_changes();
    }
    if facts.contains(&Fact::Flows) {
        project.flow_tables = flow::Tables::with(&options.flow);
        project.flows = flow::follow(&project);
    }
    if facts.contains(&Fact::Transactions) {
        project.transactions = project.find_transactions();
        project.follow_sessions();
    }
    let gunicorn: Vec<WorkerEvidence> = project.files().filter_map(WorkerEvidence::of_gunicorn).collect();
    project.deployment.workers.extend(gunicorn);
    project
}

impl Project {
    /// By file id; empty for files that are not Python.
    fn find_imports(&self) -> Vec<Imports> {
        let ids: Vec<FileId> = self.sources.iter().map(|(id, _)| id).collect();
        ids.par_iter()
            .map(|&id| self.file(id).map(|file| Imports::of(file, &self.modules)).unwrap_or_default())
            .collect()
    }

    /// A file that runs through `if __name__ == "__main__"`, or prints while it is loaded, and that no other file imports is
    /// run by hand; one in a folder of tools that an application imports is part of it.
    fn set_scripts_apart(&mut self) {
        let imported = self.imported_files(|role| role != Role::Test);
        let used = self.imported_files(|role| role == Role::App);
        let tools: Vec<FileId> = self
            .files()
            .filter(|file| file.role() == Role::Script && used.contains(&file.id()))
            .map(File::id)
            .collect();
        let apps: FxHashSet<FileId> = self.web.containers.iter().map(|container| container.made.file).collect();
        let scripts: Vec<FileId> = self
            .files()
            .filter(|file| file.role() == Role::App && !imported.contains(&file.id()) && !apps.contains(&file.id()))
            .filter(|&file| runs_as_main(file) || prints_when_loaded(file))
            .map(File::id)
            .collect();
        let roles =
            scripts.into_iter().map(|file| (file, Role::Script)).chain(tools.into_iter().map(|file| (file, Role::App)));
        for (file, role) in roles {
            if let Some(data) = self.files[file.index()].as_mut() {
                data.role = role;
            }
        }
    }

    /// The files that some file with such a role imports.
    fn imported_files(&self, importing: impl Fn(Role) -> bool) -> FxHashSet<FileId> {
        let files = self.files().filter(|file| importing(file.role()));
        files.filter_map(|file| self.imports(file.id())).flat_map(Imports::files).collect()
    }

    /// A file that builds an app with routes is no script, wherever it lies.
    fn adopt_apps(&mut self) {
        let served = self.web.routes.iter().filter_map(|route| route.app);
        let apps: Vec<FileId> = served.map(|app| self.web.containers[app.index()].made.file).collect();
        for file in apps {
            if let Some(data) = self.files[file.index()].as_mut().filter(|data| data.role == Role::Script) {
                data.role = Role::App;
            }
        }
    }
}

fn runs_as_main(file: File<'_>) -> bool {
    let module = file.module();
    module.symbol("__name__").is_some()
        && module.top_level().iter().any(|&stmt| match module.stmt(stmt) {
            Stmt::If { clauses, .. } => {
                module.list(clauses).iter().any(|clause| file.text_of(clause.test).contains("__main__"))
            }
            _ => false,
        })
}

/// Whether the work of a file is done at its top level, for somebody who reads along: nothing in it is registered anywhere.
fn prints_when_loaded(file: File<'_>) -> bool {
    let module = file.module();
    let registers = |id| !module.list(file.function(id).decorators).is_empty();
    let is_loose = |call: &Call<'_>| call.receiver().is_none() && file.index().function_of(call.expr).is_none();
    let prints = file.calls_named(&["print"]).any(|call| is_loose(&call)) || has_loose_print_statement(file);
    prints && !module.function_ids().any(registers)
}

/// Whether a `print` of Python 2 stands outside functions.
fn has_loose_print_statement(file: File<'_>) -> bool {
    let module = file.module();
    let is_print = |problem: &SyntaxProblem| problem.kind == SyntaxProblemKind::Python2("print");
    let prints: Vec<Span> =
        module.problems().iter().filter(|problem| is_print(problem)).map(|problem| problem.span).collect();
    let is_loose = |stmt| file.index().function_of_stmt(stmt).is_none() && prints.contains(&module.stmt_span(stmt));
    !prints.is_empty() && module.stmt_ids().any(is_loose)
}
