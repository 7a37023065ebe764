//! Which paths there are in the folders of a run, files that are not read included.

use std::collections::BTreeSet;

/// The paths that a walk through folders came across. All are paths as reports show them.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The folders that were walked; the one without a name holds everything.
    pub folders: Vec<String>,
    /// The files in them.
    pub files: BTreeSet<String>,
    /// Files and folders that were passed over: what is in them is not known.
    pub passed_over: BTreeSet<String>,
}

impl Listing {
    /// The listing of files that lie in one folder without a name.
    pub fn of_paths<'p>(paths: impl Iterator<Item = &'p str>) -> Self {
        Self { folders: vec![String::new()], files: paths.map(str::to_owned).collect(), ..Self::default() }
    }

    /// Whether a path lies in a folder that was walked, and nothing was found there.
    pub fn lacks(&self, path: &str) -> bool {
        let is_inside = self.folders.iter().any(|folder| is_below(path, folder));
        let mut above = path.match_indices('/').map(|(at, _)| &path[..at]).chain([path]);
        is_inside && !above.any(|part| self.passed_over.contains(part)) && !self.has(path)
    }

    /// Whether a path lies in a folder that was walked, and nothing there is called so, with whatever ending.
    pub fn lacks_all_of(&self, path: &str) -> bool {
        let endings = format!("{path}.");
        let starts = |paths: &BTreeSet<String>| {
            paths.range(endings.clone()..).next().is_some_and(|first| first.starts_with(&endings))
        };
        self.lacks(path) && !starts(&self.files) && !starts(&self.passed_over)
    }

    /// Whether there is a file of this path, or something below it.
    pub fn has(&self, path: &str) -> bool {
        let below = format!("{path}/");
        path.is_empty()
            || self.files.contains(path)
            || self.files.range(below.clone()..).next().is_some_and(|first| first.starts_with(&below))
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::Listing;

    #[test]
    fn what_lies_elsewhere_or_was_passed_over_is_not_lacking() {
        let listing = Listing {
            folders: vec!["app".to_owned()],
            files: ["app/static/logo.png".to_owned()].into(),
            passed_over: ["app/node_modules".to_owned()].into(),
        };
        assert!(listing.lacks("app/static/icon.png"));
        assert!(!listing.lacks("app/static"));
        assert!(!listing.lacks("app/node_modules/react/index.js"));
        assert!(!listing.lacks("web/index.html"));
        assert!(listing.lacks_all_of("app/static/icon"));
        assert!(!listing.lacks_all_of("app/static/logo"));
    }
}
