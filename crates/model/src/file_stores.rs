//! Files in which the program keeps its data: who loads them, who saves them, and how.

mod accesses;
mod paths;

use std::collections::BTreeMap;

use backlint_syntax::ast::ExprId;

use crate::Project;
use crate::resolve::{ExprRef, FunctionRef};

pub use paths::PathKey;

/// How a file is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SaveKind {
    /// It is emptied and written again.
    InPlace,
    /// Another file is put in its place.
    Replaced,
}

/// A place that loads a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreLoad {
    /// What the data comes out of.
    pub at: ExprRef,
    /// The function around it; none for code of the module.
    pub function: Option<FunctionRef>,
}

/// A place that saves a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreSave {
    /// The call that empties, writes or replaces the file.
    pub at: ExprRef,
    /// What is saved; none where the file that is put in place was written elsewhere.
    pub data: Option<ExprId>,
    /// The function around it.
    pub function: FunctionRef,
    /// How.
    pub kind: SaveKind,
}

/// A file that the program loads and saves as a whole, its path the same in every run.
#[derive(Clone, Debug)]
pub struct FileStore {
    /// The path as the first save writes it: `USERS_FILE`.
    pub name: String,
    /// The path itself, where it is a text that is known.
    pub path: Option<String>,
    /// Where it is loaded, in the order of files and places.
    pub loads: Vec<StoreLoad>,
    /// Where it is saved, in the order of files and places.
    pub saves: Vec<StoreSave>,
}

impl Project {
    /// The files in which applications and workers keep data: those that they both load and save.
    pub fn file_stores(&self) -> &[FileStore] {
        self.file_stores.get_or_init(|| self.find_file_stores())
    }

    fn find_file_stores(&self) -> Vec<FileStore> {
        let mut stores: BTreeMap<PathKey, FileStore> = BTreeMap::new();
        for access in self.app_files().flat_map(|file| accesses::find(self, file)) {
            let new = || FileStore {
                name: access.name.clone(),
                path: access.path.clone(),
                loads: Vec::new(),
                saves: Vec::new(),
            };
            let store = stores.entry(access.key).or_insert_with(new);
            match (access.save, access.function) {
                (None, function) => store.loads.push(StoreLoad { at: access.at, function }),
                (Some(kind), Some(function)) => {
                    store.saves.push(StoreSave { at: access.at, data: access.data, function, kind });
                }
                (Some(_), None) => {}
            }
        }
        let mut stores: Vec<FileStore> =
            stores.into_values().filter(|store| !store.loads.is_empty() && !store.saves.is_empty()).collect();
        stores.sort_by_key(|store| store.saves.first().map(|save| save.at));
        stores
    }
}
