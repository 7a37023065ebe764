//! CFG021: an environment for production without a variable that the program needs there.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Audience, Findings};
use backlint_model::{Project, Purpose, Role, Service, Setter, Variable};
use backlint_source::{FileId, Location};

use crate::database_defaults;
use crate::production::is_production_flag;

/// A variable that has to be set in production.
struct Needed {
    key: String,
    /// The read.
    at: Location,
    /// What happens without it.
    consequence: &'static str,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let services: Vec<&Service> =
        project.deployment().services.iter().filter(|service| is_production(service)).collect();
    let templates = templates(project);
    if services.is_empty() && templates.is_empty() {
        return;
    }
    let needed = needed(project);
    for service in services {
        let set: BTreeSet<&str> = service.environment.iter().map(|variable| variable.key.as_str()).collect();
        let Some(at) = service.environment_at else { continue };
        let from_image = image_variables(project);
        let missing: Vec<&Needed> =
            needed.iter().filter(|needed| is_missing(needed, &set) && is_missing(needed, &from_image)).collect();
        let place = format!("The service `{}`", service.name);
        report(&place, at, &missing, service.has_outside_environment, findings);
    }
    for (file, variables) in templates {
        let set: BTreeSet<&str> = variables.iter().map(|variable| variable.key.as_str()).collect();
        let Some(flag) = variables.iter().find(|variable| is_production_flag(variable)) else { continue };
        let missing: Vec<&Needed> = needed.iter().filter(|needed| is_missing(needed, &set)).collect();
        let path = project.sources().file(file).path();
        let place = format!("`{}`", path.rsplit('/').next().unwrap_or(path));
        report(&place, flag.at, &missing, true, findings);
    }
}

fn is_production(service: &Service) -> bool {
    let is_flagged = service.environment.iter().any(is_production_flag);
    service.purpose == Purpose::Production && service.build.is_some() && is_flagged
}

/// Files of variables that set the production flag, examples for production included.
fn templates(project: &Project) -> BTreeMap<FileId, Vec<&Variable>> {
    let mut files: BTreeMap<FileId, Vec<&Variable>> = BTreeMap::new();
    let variables = project.deployment().variables.iter();
    for variable in variables.filter(|variable| variable.by == Setter::EnvironmentFile) {
        if variable.purpose != Purpose::Foreign {
            files.entry(variable.at.file).or_default().push(variable);
        }
    }
    files.retain(|_, variables| variables.iter().any(|variable| is_production_flag(variable)));
    files
}

fn image_variables(project: &Project) -> BTreeSet<&str> {
    let variables = project.deployment().variables.iter().filter(|variable| variable.by == Setter::Image);
    variables.map(|variable| variable.key.as_str()).collect()
}

fn is_missing(needed: &Needed, set: &BTreeSet<&str>) -> bool {
    !set.iter().any(|key| key.eq_ignore_ascii_case(&needed.key))
}

/// What the program needs: variables that raise when they are missing, and database URLs with an unsafe default.
fn needed(project: &Project) -> Vec<Needed> {
    let mut found: Vec<Needed> = database_defaults::find(project)
        .into_iter()
        .map(|default| Needed {
            key: default.read.key,
            at: default.at,
            consequence: "falls back to a database of its own",
        })
        .collect();
    let required = project.environment_reads().into_iter().filter(|read| {
        let is_app = project.file(read.at.file).is_some_and(|file| file.role() == Role::App);
        read.is_required && read.is_at_start && !read.is_dev_only && is_app
    });
    found.extend(required.map(|read| Needed { key: read.key, at: read.at, consequence: "does not start" }));
    let mut seen = BTreeSet::new();
    found.retain(|needed| seen.insert(needed.key.to_uppercase()));
    found
}

fn report(place: &str, at: Location, missing: &[&Needed], may_come_from_elsewhere: bool, findings: &mut Findings) {
    let Some(first) = missing.first() else { return };
    let others = match missing.len() - 1 {
        0 => String::new(),
        1 => format!("; nor does it set `{}`", missing[1].key),
        count => format!("; nor does it set `{}` and {} more", missing[1].key, count - 1),
    };
    let elsewhere = if may_come_from_elsewhere { " unless another file gives it" } else { "" };
    let message = format!(
        "{place} says that it runs in production but does not set `{}`, so the program {}{elsewhere}{others}.",
        first.key, first.consequence
    );
    let mut report = findings.report(at, format!("{place}: {}", first.key), message);
    if may_come_from_elsewhere {
        report = report.audience(Audience::Pedantic);
    }
    for needed in missing {
        report = report.also(needed.at, format!("`{}` is read here", needed.key));
    }
}
