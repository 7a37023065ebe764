//! Which files a process has imported when it runs the code of one.

use std::collections::{BTreeMap, BTreeSet};

use backlint_source::FileId;

use crate::reach;
use crate::{File, Project, Role};

/// Signs of imports that are made at run time.
const AT_RUN_TIME: &[&str] = &["import_module(", "__import__(", "pkgutil", "import_string(", "autodiscover"];

impl Project {
    /// The files that are imported in every process that imports these, themselves included; none if some of them
    /// imports modules whose names are made at run time.
    pub fn imported_by(&self, entries: &[FileId]) -> Option<BTreeSet<FileId>> {
        let packages = self.packages();
        let mut found: BTreeSet<FileId> = BTreeSet::new();
        let mut open: Vec<FileId> = entries.to_vec();
        while let Some(id) = open.pop() {
            let Some(file) = self.file(id).filter(|_| !found.contains(&id)) else { continue };
            if AT_RUN_TIME.iter().any(|sign| file.source().text().contains(sign)) {
                return None;
            }
            found.insert(id);
            open.extend(self.imports(id).into_iter().flat_map(crate::imports::Imports::files));
            open.extend(packages_of(file).filter_map(|folder| packages.get(folder)));
        }
        Some(found)
    }

    /// The files of applications that import a file, themselves or through others, in stable order.
    pub fn importers(&self, imported: FileId) -> Vec<FileId> {
        let mut by: BTreeMap<FileId, Vec<FileId>> = BTreeMap::new();
        for file in self.files().filter(|file| file.role() == Role::App) {
            for target in self.imports(file.id()).into_iter().flat_map(crate::imports::Imports::files) {
                by.entry(target).or_default().push(file.id());
            }
        }
        let mut found = BTreeSet::new();
        let mut open = vec![imported];
        while let Some(id) = open.pop() {
            let importing = by.get(&id).map(Vec::as_slice).unwrap_or_default();
            open.extend(importing.iter().copied().filter(|&importer| found.insert(importer)));
        }
        found.into_iter().collect()
    }

    /// The files that the processes of applications and of task queues import; none if that cannot be told.
    pub fn loaded_by_apps(&self) -> Option<BTreeSet<FileId>> {
        self.imported_by(&reach::served_files(self, &self.web))
    }

    /// The `__init__.py` of each package, by its folder.
    fn packages(&self) -> BTreeMap<&str, FileId> {
        let inits = self.files().filter_map(|file| Some((file.path().strip_suffix("/__init__.py")?, file.id())));
        inits.collect()
    }
}

/// The folders above a file.
fn packages_of(file: File<'_>) -> impl Iterator<Item = &str> {
    let path = file.path();
    path.match_indices('/').map(move |(at, _)| &path[..at])
}
