//! The linked project and its questions.

use std::sync::{Arc, OnceLock};

use backlint_source::{FileId, Sources};
use rustc_hash::FxHashMap;

use crate::advisories::Advisories;
use crate::artifacts::Artifact;
use crate::by_function::ByFunction;
use crate::client::Clients;
use crate::deployment::{Deployment, Package, Purpose};
use crate::file_stores::FileStore;
use crate::flask_config::FlaskConfig;
use crate::flow::{Flow, Tables};
use crate::imports::Imports;
use crate::memo::Memo;
use crate::migrations::MigrationChain;
use crate::modules::ModuleTable;
use crate::orm::Orm;
use crate::queries::Query;
use crate::reach::CallGraph;
use crate::resolve::{ClassRef, Type};
use crate::row_changes::RowChange;
use crate::settings::ConfigEntries;
use crate::state::SharedState;
use crate::transactions::Transactions;
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
    pub(crate) migrations: Vec<MigrationChain>,
    pub(crate) config_entries: ConfigEntries,
    pub(crate) web: Web,
    pub(crate) flask_config: FlaskConfig,
    pub(crate) graph: CallGraph,
    pub(crate) clients: Clients,
    pub(crate) queries: ByFunction<Query>,
    pub(crate) row_changes: ByFunction<RowChange>,
    pub(crate) shared_state: Vec<SharedState>,
    /// Found when a rule asks for them.
    pub(crate) file_stores: OnceLock<Vec<FileStore>>,
    /// What is known of calls; read only for flows.
    pub(crate) flow_tables: Arc<Tables>,
    /// In the order of hazard and place.
    pub(crate) flows: Vec<Flow>,
    pub(crate) transactions: Transactions,
    pub(crate) advisories: Advisories,
    pub(crate) artifacts: Vec<Artifact>,
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

    /// Whether some file or folder of the project may be the top-level module of this name.
    pub fn has_module(&self, name: &str) -> bool {
        self.modules.has_top_level(name)
    }

    /// The distributions that the project's own manifests ask for, those of documentation and tests left out.
    pub fn own_packages(&self) -> impl Iterator<Item = &Package> {
        let packages = self.deployment.packages.iter();
        packages.filter(|package| self.deployment.purpose_of(package.at.file) != Some(Purpose::Foreign))
    }

    /// What the deployment files say.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }
}
