//! CFG016: an image whose program runs as root.

use backlint_finding::{Audience, Findings};
use backlint_model::{DeployKind, Image, Project, Purpose};
use backlint_semantic::deploy::Word;
use backlint_source::SourceFile;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for image in &project.deployment().images {
        if image.told != Purpose::Production || !is_root_base(&image.base) || !runs_python(project, image) {
            continue;
        }
        let what = match &image.user {
            None => "No `USER` stands in this image",
            Some(user) if is_root(&user.text) => "The image switches back to root",
            Some(_) => continue,
        };
        if drops_privileges(project, image) || is_run_as_other(project, image) {
            continue;
        }
        let message = format!(
            "{what}, so the program runs as root in its container: a fault in it can change everything there, and is \
             one step from the host. Create a user and switch to it at the end."
        );
        let anchor = project.sources().file(image.file).path().to_owned();
        let report = findings.report(image.from, anchor, message);
        if image.purpose == Purpose::Development {
            report.audience(Audience::Pedantic);
        }
    }
}

/// Images that are known to start as root; others may set a user of their own.
fn is_root_base(base: &str) -> bool {
    const ROOTS: &[&str] = &[
        "alpine",
        "amazonlinux",
        "buildpack-deps",
        "centos",
        "cuda",
        "debian",
        "fedora",
        "miniconda3",
        "pypy",
        "python",
        "pytorch",
        "rockylinux",
        "ubuntu",
        "uv",
        "uvicorn-gunicorn",
        "uvicorn-gunicorn-fastapi",
    ];
    // Others publish hardened images under the same names.
    const OWNERS: &[&str] = &["", "astral-sh", "continuumio", "library", "nvidia", "pytorch", "tiangolo"];
    let image = base.split('@').next().unwrap_or_default();
    let mut parts = image.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let (name, tag) = name.split_once(':').unwrap_or((name, ""));
    let owner = parts.next().unwrap_or_default();
    ROOTS.contains(&name) && OWNERS.contains(&owner) && !tag.contains("nonroot")
}

fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), Some("root" | "0"))
}

/// Whether the image starts a Python program, so far as its commands and its base say.
fn runs_python(project: &Project, image: &Image) -> bool {
    let has = |text: &str| {
        ["celery", "fastapi", "flask", "gunicorn", "hypercorn", "python", "uvicorn", "uwsgi"]
            .iter()
            .any(|program| text.rsplit('/').next().is_some_and(|name| name.starts_with(program)))
    };
    let mut words = image.entrypoint.iter().chain(&image.command);
    let base = image.base.split(':').next().unwrap_or_default();
    let in_scripts = || called_scripts(project, image).any(|text| text.split_whitespace().any(has));
    words.any(|word| word.text.split_whitespace().any(has)) || has(base) && !image.command.is_empty() || in_scripts()
}

/// Programs that start another as somebody else.
const DROPPERS: &[&str] =
    &["chroot", "gosu", "runuser", "s6-setuidgid", "setpriv", "setuidgid", "su", "su-exec", "sudo"];

/// Whether the entry point gives root up, or a server is told to.
fn drops_privileges(project: &Project, image: &Image) -> bool {
    let is_dropper = |word: &str| DROPPERS.contains(&word.rsplit('/').next().unwrap_or(word));
    let is_user_option = |word: &Word| {
        let option = word.text.split('=').next().unwrap_or_default();
        matches!(option, "--user" | "-u" | "--uid" | "--gid")
    };
    let is_python = |word: &Word| word.text.rsplit('/').next().is_some_and(|name| name.starts_with("python"));
    let words = || image.entrypoint.iter().chain(&image.command);
    // To the interpreter `-u` means unbuffered output.
    let has_option = words().any(is_user_option) && !words().any(is_python);
    let manages = words().any(|word| ["init", "s6", "supervisord"].iter().any(|name| word.text.contains(name)));
    let in_words = words().any(|word| word.text.split_whitespace().any(is_dropper));
    has_option
        || manages
        || in_words
        || called_scripts(project, image).any(|text| text.split_whitespace().any(is_dropper))
}

/// The texts of the scripts that the image starts with. One that is not found among the files may do anything.
fn called_scripts<'p>(project: &'p Project, image: &'p Image) -> impl Iterator<Item = &'p str> {
    let name_of = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let words = image.entrypoint.iter().chain(&image.command);
    let names: Vec<String> = words.map(|word| name_of(&word.text)).collect();
    let scripts = project.deployment().files_of(DeployKind::Script);
    let texts = scripts.map(|script| project.sources().file(script.id));
    texts.filter(move |file| names.contains(&name_of(file.path()))).map(SourceFile::text)
}

/// Whether a service that is built from this file is run as somebody else.
fn is_run_as_other(project: &Project, image: &Image) -> bool {
    let sources = project.sources();
    let path = sources.file(image.file).path();
    let services = project.deployment().services.iter();
    services
        .filter(|service| service.is_built_from(path, sources))
        .any(|service| service.user.as_deref().is_some_and(|user| !is_root(user)))
}
