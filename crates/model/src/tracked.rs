//! Whether the repository holds a path, or leaves it to be made later.

use crate::Project;

impl Project {
    /// Whether a path, as reports show it, lies in an analysed folder and holds nothing there, and no `.gitignore` says
    /// that it is made outside of the repository.
    pub fn is_untracked(&self, path: &str) -> bool {
        self.sources.listing().lacks(path) && !self.is_ignored(path)
    }

    /// Whether a `.gitignore` names a path, as reports show it.
    pub fn is_ignored(&self, path: &str) -> bool {
        let mut ignoring = self.sources.iter().filter_map(|(_, file)| {
            let folder = file.path().strip_suffix(".gitignore")?;
            Some((path.strip_prefix(folder)?, file.text()))
        });
        ignoring.any(|(rest, patterns)| patterns.lines().any(|pattern| ignores(pattern.trim(), rest)))
    }
}

/// Whether a line of a `.gitignore` is about a path below its folder. Exceptions (`!kept`) say that something is there
/// on purpose, not that it is made.
fn ignores(pattern: &str, path: &str) -> bool {
    if pattern.is_empty() || pattern.starts_with(['#', '!']) {
        return false;
    }
    let pattern = pattern.trim_end_matches("/**").trim_end_matches('/').trim_start_matches("**/");
    let parts: Vec<&str> = path.split('/').collect();
    if !pattern.contains('/') {
        return parts.iter().any(|part| is_like(pattern, part));
    }
    // What stands behind `**` in the middle is left out: the folder in front of it is a folder for things made later.
    let mut wanted = pattern.trim_start_matches('/').split('/').take_while(|part| *part != "**");
    let mut given = parts.iter();
    wanted.all(|part| given.next().is_some_and(|given| is_like(part, given)))
}

/// Whether a name is like a pattern with `*`, `?` and `[…]`; a class of characters counts as any one.
fn is_like(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (one_by_one(pattern), name.chars().collect());
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == name[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((of_star, from)) = star else { return false };
                star = Some((of_star, from + 1));
                at = of_star + 1;
                read = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|&left| left == '*')
}

fn one_by_one(pattern: &str) -> Vec<char> {
    let mut found = Vec::new();
    let mut in_class = false;
    for c in pattern.chars() {
        match c {
            '[' if !in_class => {
                in_class = true;
                found.push('?');
            }
            ']' if in_class => in_class = false,
            _ if in_class => {}
            _ => found.push(c),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::ignores;

    #[test]
    fn patterns_are_read_as_git_reads_them() {
        assert!(ignores("dist/", "web/dist/index.html"));
        assert!(ignores("*.py[cod]", "app/main.pyc"));
        assert!(ignores("/static/*.css", "static/site.css"));
        assert!(ignores("data/**", "data/models/one.bin"));
        assert!(!ignores("/static", "app/static/site.css"));
        assert!(!ignores("# dist", "dist/a"));
        assert!(!ignores("!dist", "dist/a"));
        assert!(!ignores("*.css", "app/site.html"));
    }
}
