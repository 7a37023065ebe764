//! Which stacks run the images that Dockerfiles build, and what the images are made for by that.

use std::collections::BTreeSet;

use backlint_source::{FileId, SourceFile, Sources};

use super::kind::is_production_name;
use super::{DeployKind, Deployment, Image, Purpose, Service};
use crate::words;

/// Lets stacks for developers tell what the images are for that only they run.
pub(super) fn judge(facts: &mut Deployment, sources: &Sources) {
    let judged: Vec<(Purpose, Purpose)> = facts.images.iter().map(|image| purposes(image, facts, sources)).collect();
    let mut theirs: BTreeSet<FileId> = BTreeSet::new();
    for (image, (purpose, command_purpose)) in facts.images.iter_mut().zip(judged) {
        image.purpose = purpose;
        image.command_purpose = command_purpose;
        if purpose == Purpose::Development {
            theirs.insert(image.file);
        }
    }
    for variable in facts.variables.iter_mut().filter(|variable| theirs.contains(&variable.at.file)) {
        variable.purpose = variable.purpose.max(Purpose::Development);
    }
}

/// What an image and its own command are made for.
fn purposes(image: &Image, facts: &Deployment, sources: &Sources) -> (Purpose, Purpose) {
    let told = (image.told, image.told);
    let path = sources.file(image.file).path();
    if image.told != Purpose::Production || is_production_name(path) {
        return told;
    }
    let builders: Vec<&Service> =
        facts.services.iter().filter(|service| service.is_built_from(path, sources)).collect();
    // A stack that replaces the command leaves open who runs the one of the image.
    let mut runners = builders.iter().filter(|service| service.keeps_command()).peekable();
    let is_run = runners.peek().is_some();
    let is_theirs = |service: &Service| service.purpose != Purpose::Production && !is_template(service, sources);
    if !is_run || !runners.all(|service| is_theirs(service)) || serves_many(image) || is_released(path, facts, sources)
    {
        return told;
    }
    let is_only_theirs = builders.iter().all(|service| is_theirs(service));
    (if is_only_theirs { Purpose::Development } else { image.told }, Purpose::Development)
}

/// A compose file that is there to be copied, for whatever stage.
fn is_template(service: &Service, sources: &Sources) -> bool {
    let path = sources.file(service.file()).path();
    let snake = words::snake_case(path.rsplit('/').next().unwrap_or(path));
    let has = |wanted: &[&str]| snake.split('_').any(|word| wanted.contains(&word));
    has(&["example", "sample"]) && !has(&["dev", "development", "local", "test"])
}

/// Whether the image starts a server that is made for many callers.
fn serves_many(image: &Image) -> bool {
    const SERVERS: &[&str] = &["daphne", "gunicorn", "hypercorn", "uwsgi", "waitress-serve"];
    let mut words = image.entrypoint.iter().chain(&image.command).flat_map(|word| word.text.split_whitespace());
    words.any(|word| word == "--workers" || SERVERS.contains(&word.rsplit('/').next().unwrap_or(word)))
}

/// Whether a pipeline builds the Dockerfile at `path`, or a platform is told to start what lies beside it.
fn is_released(path: &str, facts: &Deployment, sources: &Sources) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let last = folder.rsplit('/').next().unwrap_or_default();
    let is_usual = name.eq_ignore_ascii_case("dockerfile");
    let in_folder = |file: &SourceFile| root_of(file.path()) == folder || file.text().contains(last);
    let concerns = |file: &SourceFile| if is_usual { in_folder(file) } else { file.text().contains(name) };
    let pipelines = facts.files_of(DeployKind::Pipeline).map(|file| sources.file(file.id));
    let others = sources.iter().map(|(_, file)| file).filter(|file| is_build_script(file.path()));
    let mut builders =
        pipelines.chain(others).filter(|file| BUILDS.iter().any(|command| file.text().contains(command)));
    let mut platforms = sources.iter().map(|(_, file)| file).filter(|file| is_platform(file.path()));
    builders.any(concerns) || platforms.any(concerns)
}

/// What builds and publishes images.
const BUILDS: &[&str] = &[
    "az acr build",
    "build-push-action",
    "buildx build",
    "docker build",
    "docker push",
    "flyctl deploy",
    "gcloud builds submit",
    "kaniko",
    "podman build",
];

/// The folder that a pipeline or script works in, as far as its own place says.
fn root_of(path: &str) -> &str {
    let above = [".github/", ".circleci/"].iter().find_map(|folder| path.split_once(folder));
    let folder = above.or_else(|| path.rsplit_once('/')).map_or("", |(head, _)| head);
    folder.trim_end_matches('/')
}

fn is_build_script(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_pipeline = matches!(name.as_str(), "buildspec.yml" | "cloudbuild.yaml" | "cloudbuild.yml" | "jenkinsfile");
    is_pipeline || name.starts_with("deploy") || name == "makefile"
}

/// Files that tell a platform how to run the program.
fn is_platform(path: &str) -> bool {
    const PLATFORMS: &[&str] =
        &["app.yaml", "fly.toml", "heroku.yml", "railway.json", "railway.toml", "render.yaml", "skaffold.yaml"];
    PLATFORMS.contains(&path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase().as_str())
}
