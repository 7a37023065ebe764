//! CFG017: services that every developer has to set up by hand.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{DeployKind, Project, Purpose};
use backlint_source::{Location, SourceFile};

/// Files that start a stack on a developer's machine, by name.
const STACK_FILES: &[&str] = &["devcontainer.json", "skaffold.yaml", "tiltfile", "vagrantfile"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut images = project.deployment().images.iter().filter(|image| image.purpose != Purpose::Foreign);
    let Some(image) = images.next().filter(|_| !has_stack(project)) else { return };
    let services = services_to_start(project);
    let Some((_, &first)) = services.first_key_value() else { return };
    let names: Vec<&str> = services.keys().copied().collect();
    let listed = match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => return,
    };
    let message = format!(
        "{listed} must be set up by hand to run this locally: the repository has an image, but no compose file, \
         development container or similar file that starts what it connects to."
    );
    let mut report = findings.report(image.from, "stack", message).also(first, "connects here");
    for &at in services.values().skip(1) {
        report = report.also(at, "connects here");
    }
}

/// The services that a developer can start, each with the first place that connects to it.
fn services_to_start(project: &Project) -> BTreeMap<&'static str, Location> {
    let mut found = BTreeMap::new();
    for service in project.backing_services() {
        // Of the object stores only one is a program that everybody can run.
        let is_startable = service.kind.is_own() || service.product == Some("MinIO");
        if let Some(product) = service.product.filter(|_| is_startable) {
            found.entry(product).or_insert(service.at);
        }
    }
    found
}

fn has_stack(project: &Project) -> bool {
    let name_of = |path: &str| path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_stack = |path: &str| {
        let name = name_of(path);
        STACK_FILES.contains(&name.as_str()) || name.contains("compose") || path.contains(".devcontainer/")
    };
    project.deployment().files_of(DeployKind::Compose).next().is_some()
        || project.sources().iter().any(|(_, source)| is_stack(source.path()) || starts_containers(source))
}

/// A script or Makefile that starts what the application connects to.
fn starts_containers(source: &SourceFile) -> bool {
    let name = source.path().rsplit('/').next().unwrap_or_default();
    let is_script =
        [".sh", ".mk"].iter().any(|ending| name.ends_with(ending)) || matches!(name, "Makefile" | "justfile");
    is_script && ["docker run", "podman run"].iter().any(|command| source.text().contains(command))
}
