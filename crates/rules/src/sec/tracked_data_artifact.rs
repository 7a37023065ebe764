//! SEC005: what programs leave behind, in version control.

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{Artifact, Project, words};
use backlint_semantic::artifact::sqlite::Table;
use backlint_semantic::artifact::{ArtifactKind, Content};
use backlint_semantic::deploy::dotenv::Assignment;
use backlint_source::Location;
use backlint_syntax::ast::Expr;

use crate::secret_names::is_secret_value;
use crate::secrets::{is_placeholder, is_random, provider_key};

/// Folders whose files are there for others to look at or to test with.
const SHOWN: &[&str] = &[
    "__snapshots__",
    "asset",
    "benchmark",
    "cassette",
    "demo",
    "doc",
    "docs",
    "documentation",
    "e2e",
    "example",
    "fixture",
    "migration",
    "mock",
    "public",
    "sample",
    "schema",
    "seed",
    "site_packages",
    "skeleton",
    "snippet",
    "spec",
    "static",
    "template",
    "test",
    "testdata",
    "testing",
    "tutorial",
    "vendor",
];

/// Those of them that are no part of other words.
const JOINED: &[&str] = &["example", "fixture", "sample", "snippet", "template", "testdata", "tutorial"];

/// Words in the name of a file that is made for others, or for a machine of developers.
const MADE_UP: &[&str] = &[
    "default",
    "demo",
    "dev",
    "development",
    "dist",
    "dummy",
    "example",
    "fake",
    "localhost",
    "mock",
    "sample",
    "seed",
    "self_signed",
    "selfsigned",
    "snakeoil",
    "template",
    "test",
];

/// How many files of one kind in one folder are named one by one.
const NAMED: usize = 3;

/// A file that has no place in a repository.
struct Misplaced<'p> {
    path: &'p str,
    artifact: &'p Artifact,
    what: String,
    severity: Severity,
    audience: Audience,
    /// Where the code names it.
    opened: Option<Location>,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let found: Vec<Misplaced<'_>> =
        project.artifacts().iter().filter_map(|artifact| misplaced(project, artifact)).collect();
    for group in found
        .chunk_by(|one, other| folder_of(one.path) == folder_of(other.path) && one.artifact.kind == other.artifact.kind)
    {
        let (single, rest) = group.split_at(if group.len() > NAMED { 1 } else { group.len() });
        for file in single {
            report(project, file, rest, findings);
        }
    }
}

fn report(project: &Project, file: &Misplaced<'_>, rest: &[Misplaced<'_>], findings: &mut Findings) {
    let ignored = if project.is_ignored(file.path) {
        "it is ignored, but was added before: `git rm --cached` takes it out"
    } else {
        "no `.gitignore` names it"
    };
    let more = match rest.len() {
        0 => String::new(),
        count => format!(", and so are {count} more in its folder"),
    };
    let message = format!("`{}` ({}) is in version control{more}; {ignored}.", file.path, file.what);
    let mut finding =
        findings.report(file.artifact.at, file.path, message).severity(file.severity).audience(file.audience);
    for other in rest {
        finding = finding.also(other.artifact.at, other.what.clone());
    }
    if let Some(at) = file.opened {
        finding.also(at, "the code opens it by default");
    }
}

fn misplaced<'p>(project: &'p Project, artifact: &'p Artifact) -> Option<Misplaced<'p>> {
    let path = project.sources().file(artifact.at.file).path();
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_shown = folder.split('/').any(is_shown_folder);
    if is_shown || artifact.content == Content::Harmless {
        return None;
    }
    let opened = if artifact.kind == ArtifactKind::Database { opened(project, path) } else { None };
    let is_made_up = has_any(name, MADE_UP);
    let (what, severity, audience) = match (artifact.kind, &artifact.content) {
        (ArtifactKind::Database, Content::Tables(tables)) => {
            // One that the code does not open may be data that is delivered with the program.
            let audience = if opened.is_some() { Audience::Regular } else { Audience::Pedantic };
            let (what, severity) = rows_of(tables);
            (what, severity, audience)
        }
        (ArtifactKind::Database, Content::Opaque) if opened.is_some() => {
            ("a database".to_owned(), Severity::Medium, Audience::Regular)
        }
        (ArtifactKind::Environment, Content::Variables(set)) if !is_made_up => secrets_of(set)?,
        (kind, content) => {
            let (what, severity, audience) = judged(kind, content, is_made_up)?;
            (what.to_owned(), severity, audience)
        }
    };
    Some(Misplaced { path, artifact, what, severity, audience, opened })
}

/// What files are of which nothing but their kind matters.
fn judged(kind: ArtifactKind, content: &Content, is_made_up: bool) -> Option<(&'static str, Severity, Audience)> {
    Some(match (kind, content) {
        (ArtifactKind::Dump, _) if is_made_up => return None,
        (ArtifactKind::Dump, Content::Confirmed) => ("the dump of a database", Severity::Medium, Audience::Regular),
        (ArtifactKind::Dump, Content::Opaque) => {
            ("the packed dump of a database", Severity::Medium, Audience::Pedantic)
        }
        (ArtifactKind::CookieJar, Content::Confirmed) => {
            ("the cookies of a client", Severity::Medium, Audience::Regular)
        }
        (ArtifactKind::ProcessId, Content::Confirmed) => ("the id of a process", Severity::Low, Audience::Regular),
        (ArtifactKind::Key, Content::Confirmed) if is_made_up => ("a private key", Severity::Low, Audience::Pedantic),
        (ArtifactKind::Key, Content::Confirmed) => ("a private key", Severity::Medium, Audience::Regular),
        (ArtifactKind::Key, Content::Opaque) if !is_made_up => {
            ("a store of keys", Severity::Medium, Audience::Pedantic)
        }
        (ArtifactKind::Upload, _) => ("what a user sent in", Severity::Low, Audience::Pedantic),
        _ => return None,
    })
}

fn rows_of(tables: &[Table]) -> (String, Severity) {
    match tables.iter().filter(|table| table.has_rows == Some(true)).count() {
        0 => ("a database without rows".to_owned(), Severity::Low),
        1 => ("1 table with rows".to_owned(), Severity::Medium),
        count => (format!("{count} tables with rows"), Severity::Medium),
    }
}

/// How many secrets an environment file sets; none if they are all to be filled in. What nobody drew at random may be the
/// password of a container that developers start.
fn secrets_of(set: &[Assignment]) -> Option<(String, Severity, Audience)> {
    let is_secret = |one: &&Assignment| {
        let snake = words::snake_case(&one.key.text);
        let value = &one.value.text;
        words::is_secret_name(&snake) && value.len() >= 8 && is_secret_value(&snake, value) && !is_placeholder(value)
    };
    let secrets: Vec<&str> = set.iter().filter(is_secret).map(|one| one.value.text.as_str()).collect();
    let what = match secrets.len() {
        0 => return None,
        1 => "it sets a secret".to_owned(),
        count => format!("it sets {count} secrets"),
    };
    let is_sure = secrets.iter().any(|value| is_random(value) || provider_key(value).is_some());
    Some((what, Severity::Medium, if is_sure { Audience::Regular } else { Audience::Pedantic }))
}

/// Where a string of the code names the file: with its folder, or alone if the file lies where such a name leads to, at the
/// top, in the folder of an instance or beside the code.
fn opened(project: &Project, path: &str) -> Option<Location> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let files = project.app_files().filter(|file| file.source().text().contains(name));
    files.flat_map(|file| file.module().expr_ids().map(move |expr| (file, expr))).find_map(|(file, expr)| {
        let Expr::Str(text) = file.module().expr(expr) else { return None };
        let before = file.module().text(text).strip_suffix(name)?;
        let before = before.rsplit("//").next().unwrap_or(before).trim_start_matches(['.', '/']);
        let is_near =
            || folder.is_empty() || folder_of(file.path()) == folder || folder.rsplit('/').next() == Some("instance");
        let is_it = if let Some(named) = before.strip_suffix('/') {
            folder == named || folder.ends_with(&format!("/{named}"))
        } else {
            before.is_empty() && is_near()
        };
        is_it.then(|| file.at_expr(expr))
    })
}

/// Whether the name of a folder says so, also where it is written together with another word: `sqlsamples`.
fn is_shown_folder(part: &str) -> bool {
    let lower = part.to_ascii_lowercase();
    has_any(part, SHOWN)
        || JOINED.iter().any(|word| lower.starts_with(word) || lower.trim_end_matches('s').ends_with(word))
}

fn has_any(name: &str, wanted: &[&str]) -> bool {
    let snake = words::snake_case(name);
    wanted.iter().any(|word| words::has_word(&snake, word))
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
