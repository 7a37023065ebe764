//! Where an import has to find its module, followed segment by segment.

use backlint_source::FileId;

use super::{FolderKind, ModuleTable, ModuleTarget, ancestor, is_in, join};

/// Where following a dotted name ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Walk {
    /// At a module, package or folder with this path.
    Found(String),
    /// In a folder or package that has nothing of the next name.
    Missing {
        /// The folder.
        folder: String,
        /// What is not there.
        name: String,
    },
    /// At a module file that stands in front of the folder of its name, where the rest would be.
    Hidden(FileId),
}

impl ModuleTable {
    /// The folders in which the first segment of an import may be, as far as it means something of the project.
    pub(crate) fn bases(&self, from: &str, level: u32, module: &str) -> Vec<String> {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        if level > 0 {
            return ancestor(folder, level - 1).into_iter().collect();
        }
        let first = module.split('.').next().unwrap_or(module);
        if crate::words::is_standard_module(first) {
            return Vec::new();
        }
        let is_above = |root: &str| is_in(folder, root);
        let roots = self.roots.get(first).map(Vec::as_slice).unwrap_or_default();
        roots.iter().filter(|root| is_above(root) && !self.is_package(root)).cloned().collect()
    }

    /// Whether some folder, on the import path or not, holds all of a dotted module.
    pub(crate) fn is_anywhere(&self, module: &str) -> bool {
        let first = module.split('.').next().unwrap_or(module);
        let relative = module.replace('.', "/");
        self.roots.get(first).into_iter().flatten().any(|root| self.at(&join(root, &relative)).is_some())
    }

    /// The modules that a dotted name means in any folder.
    pub(crate) fn everywhere(&self, module: &str) -> Vec<ModuleTarget> {
        let first = module.split('.').next().unwrap_or(module);
        let relative = module.replace('.', "/");
        self.roots.get(first).into_iter().flatten().filter_map(|root| self.at(&join(root, &relative))).collect()
    }

    /// Follows a dotted name from a folder on.
    pub(crate) fn walk(&self, base: &str, module: &str) -> Walk {
        let mut path = base.to_owned();
        let segments: Vec<&str> = module.split('.').filter(|segment| !segment.is_empty()).collect();
        for (number, segment) in segments.iter().enumerate() {
            if let Some(&file) = self.by_path.get(&path).filter(|_| number > 0 && !self.is_package(&path)) {
                let rest = join(&path, &segments[number..].join("/"));
                return if self.at(&rest).is_some() { Walk::Hidden(file) } else { missing(path, segment) };
            }
            let next = join(&path, segment);
            if self.at(&next).is_none() {
                return missing(path, segment);
            }
            path = next;
        }
        Walk::Found(path)
    }

    /// What lies at a path.
    pub(crate) fn target_at(&self, path: &str) -> Option<ModuleTarget> {
        self.at(path)
    }

    /// The module file that the package at this path hides.
    pub(crate) fn hidden_by(&self, path: &str) -> Option<FileId> {
        self.hidden.get(path).copied()
    }

    /// Whether Python files lie in a folder of this path that has no `__init__.py`.
    pub(crate) fn is_plain_folder(&self, path: &str) -> bool {
        self.folders.get(path) == Some(&FolderKind::Plain)
    }

    /// Whether a name in a dotted one is that of a module file beside a folder.
    pub(crate) fn has_double(&self, module: &str) -> bool {
        !self.doubles.is_empty() && module.split('.').any(|segment| self.doubles.contains(segment))
    }

    /// The names of the modules and folders directly in a folder, sorted.
    pub(crate) fn names_in(&self, folder: &str) -> Vec<&str> {
        let paths = self.by_path.keys().chain(self.folders.keys());
        let inside = paths.filter_map(|path| match path.rsplit_once('/') {
            Some((parent, name)) => (parent == folder).then_some(name),
            None => (folder.is_empty() && !path.is_empty()).then_some(path.as_str()),
        });
        let mut names: Vec<&str> = inside.collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn missing(folder: String, name: &str) -> Walk {
    Walk::Missing { folder, name: name.to_owned() }
}
