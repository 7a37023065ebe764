//! CFG003: a database URL that falls back to a file or the own host in production.

use backlint_finding::{Findings, Severity};
use backlint_model::{Project, Purpose, Service};

use crate::database_defaults::{DatabaseDefault, Place, find};
use crate::overrides::Overrides;
use crate::production;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let Some(evidence) = production::evidence(project) else { return };
    let overrides = Overrides::read(project);
    for default in find(project) {
        if overrides.decide(&default.read.key) || is_kept(project, &default) {
            continue;
        }
        let key = &default.read.key;
        let message = match &default.place {
            Place::File(_) => format!(
                "If `{key}` is missing in production, the program starts on a SQLite file of its own, which is empty in a new \
                 container and gone with it; nothing refuses to start. Give it no default, or refuse this one there."
            ),
            Place::OwnHost => format!(
                "If `{key}` is missing in production, the program asks for a database on its own host, and nothing says what \
                 is missing. Give it no default, or refuse this one there."
            ),
        };
        let report = findings.report(default.at, key.clone(), message);
        let report = match default.place {
            Place::File(_) => report,
            Place::OwnHost => report.severity(Severity::Medium),
        };
        let lacking = built_services(project).find_map(|service| service.environment_at);
        match lacking {
            Some(at) => report.also(at, "this environment does not set it"),
            None => report.also(evidence, "the deployment does not set it"),
        };
    }
}

fn built_services(project: &Project) -> impl Iterator<Item = &Service> {
    let services = project.deployment().services.iter();
    services.filter(|service| service.purpose == Purpose::Production && service.build.is_some())
}

/// Whether the file lies in a folder that a volume keeps.
fn is_kept(project: &Project, default: &DatabaseDefault) -> bool {
    let Place::File(path) = &default.place else { return false };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let last = folder.rsplit('/').find(|part| !part.is_empty() && *part != "." && *part != "{}");
    let volumes = built_services(project).flat_map(|service| &service.volumes);
    let mut targets = volumes.map(|volume| volume.target.trim_end_matches('/'));
    targets.any(|target| {
        let is_above = folder.trim_start_matches('/').starts_with(target.trim_start_matches('/'));
        is_above || last.is_some_and(|last| target.rsplit('/').next() == Some(last))
    })
}
