//! What deployment files and manifests say about how the project runs.

use std::collections::BTreeSet;

use backlint_source::{FileId, Location, Sources, Span};

/// Facts from files that are not Python.
#[derive(Debug, Default)]
pub struct Deployment {
    /// Places that start several processes of a server.
    pub workers: Vec<WorkerEvidence>,
    /// Places that declare a migration tool: manifests, its configuration, and one file of each migrations folder.
    pub migration_tools: Vec<Location>,
    /// Deployment files other than those made for development.
    pub deployment_files: Vec<FileId>,
    /// Whether one of them starts an application server.
    pub starts_server: bool,
}

/// A place that starts several processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerEvidence {
    /// Where.
    pub at: Location,
    /// How many, if it is a number.
    pub count: Option<u32>,
}

impl Deployment {
    /// Reads the facts off all texts that are not Python.
    pub(crate) fn read(sources: &Sources) -> Self {
        let mut facts = Self::default();
        let mut migration_folders = BTreeSet::new();
        for (id, file) in sources.iter() {
            let name = file.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
            let is_dev = crate::words::is_dev_name(&name);
            if is_process_file(&name) && !is_dev {
                facts.deployment_files.push(id);
                facts.starts_server |= has_server(file.text());
                facts.read_workers(id, file.text());
            }
            if is_manifest(&name) || name == "alembic.ini" {
                facts.read_migration_tool(id, &name, file.text());
            }
            if migrations_folder(file.path()).is_some_and(|folder| migration_folders.insert(folder)) {
                facts.migration_tools.push(first_line(id, file.text()));
            }
            if name.starts_with("gunicorn") {
                facts.read_gunicorn(id, file.text());
            }
        }
        facts
    }

    /// The first place that starts several processes, if any.
    pub fn several_workers(&self) -> Option<&WorkerEvidence> {
        self.workers.iter().find(|evidence| evidence.count.is_none_or(|count| count > 1))
    }

    fn read_workers(&mut self, file: FileId, text: &str) {
        for (start, line) in lines(text) {
            let content = line.trim_start();
            if content.starts_with('#') || !has_server(text) {
                continue;
            }
            for option in ["--workers", "-w", "replicas:", "WEB_CONCURRENCY"] {
                let Some(at) = find_word(line, option) else { continue };
                let count = number_after(&line[at + option.len()..]);
                // `-w` alone is too short to mean anything without its number.
                if count.is_none() && option == "-w" {
                    continue;
                }
                self.workers.push(WorkerEvidence { at: location(file, start + at, option.len()), count });
            }
        }
    }

    fn read_gunicorn(&mut self, file: FileId, text: &str) {
        for (start, line) in lines(text) {
            let Some(value) = line.strip_prefix("workers").map(str::trim_start).and_then(|l| l.strip_prefix('='))
            else {
                continue;
            };
            let count = number_after(value).filter(|_| value.trim().bytes().all(|b| b.is_ascii_digit()));
            self.workers.push(WorkerEvidence { at: location(file, start, line.len()), count });
        }
    }

    fn read_migration_tool(&mut self, file: FileId, name: &str, text: &str) {
        if name == "alembic.ini" {
            self.migration_tools.push(first_line(file, text));
            return;
        }
        for (start, line) in lines(text) {
            let lower = line.to_ascii_lowercase();
            let content = lower.trim_start_matches([' ', '\t', '"', '\'']);
            let is_tool = ["alembic", "flask-migrate", "flask_migrate", "yoyo-migrations"].iter().any(|tool| {
                content.strip_prefix(tool).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
            });
            if is_tool {
                self.migration_tools.push(location(file, start, line.len()));
            }
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |offset, line| {
        let start = *offset;
        *offset += line.len();
        Some((start, line.trim_end()))
    })
}

fn first_line(file: FileId, text: &str) -> Location {
    location(file, 0, text.lines().next().unwrap_or_default().len())
}

/// The folder of a migration environment that a file lies in: `…/alembic/env.py`, `…/migrations/versions/….py`.
fn migrations_folder(path: &str) -> Option<&str> {
    ["alembic/versions/", "migrations/versions/", "alembic/env.py", "migrations/env.py"].iter().find_map(|tail| {
        let at = path.find(tail)?;
        let is_folder_name = path[..at].is_empty() || path[..at].ends_with('/');
        is_folder_name.then(|| &path[..at])
    })
}

fn location(file: FileId, start: usize, len: usize) -> Location {
    let fits = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Location { file, span: Span::new(fits(start), fits(start + len)) }
}

fn has_server(text: &str) -> bool {
    ["gunicorn", "uvicorn", "hypercorn", "granian", "fastapi run", "uwsgi", "replicas"].iter().any(|s| text.contains(s))
}

/// Where `word` stands in `line` as a word of its own.
fn find_word(line: &str, word: &str) -> Option<usize> {
    line.match_indices(word).map(|(at, _)| at).find(|&at| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        before.is_none_or(|c| c.is_whitespace() || "\"'[,".contains(c))
            && after.is_none_or(|c| c.is_whitespace() || "\"'=,:".contains(c))
    })
}

/// The number right behind an option, over quotes, commas and an equals sign; a variable with a default counts as its
/// default.
fn number_after(rest: &str) -> Option<u32> {
    let rest = rest.trim_start_matches([' ', '"', '\'', ',', '=', ':', '\t']);
    let rest = match rest.strip_prefix("${") {
        Some(inner) => inner.split_once(":-").map_or("", |(_, default)| default),
        None => rest,
    };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// What stands behind the last dot of a file name in lower case.
fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn is_process_file(name: &str) -> bool {
    let is_yaml = matches!(ending(name), "yml" | "yaml");
    name.starts_with("dockerfile")
        || matches!(ending(name), "dockerfile" | "service" | "sh")
        || name == "procfile"
        || name.starts_with("supervisord")
        || is_yaml && ["compose", "deploy", "k8s", "values", "app.yaml"].iter().any(|word| name.contains(word))
}

fn is_manifest(name: &str) -> bool {
    name.starts_with("requirements") && ending(name) == "txt"
        || matches!(name, "pyproject.toml" | "setup.cfg" | "setup.py" | "pipfile" | "environment.yml")
}
