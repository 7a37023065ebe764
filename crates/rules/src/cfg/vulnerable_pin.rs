//! CFG013: versions that advisories warn of.

use std::collections::BTreeMap;

use backlint_finding::{Findings, Severity};
use backlint_model::{LockedPackage, Project, Purpose, Verdicts};
use backlint_source::Location;

/// A version that a manifest or lock file asks for.
struct Pin<'p> {
    name: &'p str,
    version: &'p str,
    at: Location,
    is_dev: bool,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let advisories = project.advisories();
    if advisories.is_empty() {
        return;
    }
    // Where a manifest pins what a lock file repeats, the manifest is what has to change.
    let mut seen: BTreeMap<(&str, &str), Location> = BTreeMap::new();
    for pin in manifest_pins(project).chain(locked_pins(project)) {
        if seen.contains_key(&(pin.name, pin.version)) {
            continue;
        }
        let Some(verdicts) = advisories.against(pin.name, pin.version) else { continue };
        seen.insert((pin.name, pin.version), pin.at);
        let Pin { name, version, at, is_dev } = pin;
        let message = format!("`{name}=={version}`: {} (advisories of {}).", told(&verdicts), advisories.date());
        let finding = findings.report(at, name, message);
        if is_dev {
            finding.severity(Severity::Low);
        }
    }
}

/// The exact pins of manifests, those for users first.
fn manifest_pins(project: &Project) -> impl Iterator<Item = Pin<'_>> {
    let mut pins: Vec<Pin<'_>> = project
        .own_packages()
        .filter_map(|package| {
            let version = package.pin.as_deref()?;
            let is_dev = project.deployment().purpose_of(package.at.file) == Some(Purpose::Development);
            Some(Pin { name: &package.name, version, at: package.at, is_dev })
        })
        .collect();
    pins.sort_by_key(|pin| pin.is_dev);
    pins.into_iter()
}

fn locked_pins(project: &Project) -> impl Iterator<Item = Pin<'_>> {
    let pin = |package: &'_ LockedPackage| -> (Location, bool) {
        let is_dev_file = project.deployment().purpose_of(package.at.file) == Some(Purpose::Development);
        (package.at, package.is_dev || is_dev_file)
    };
    let own = project.deployment().locked.iter();
    let own = own.filter(|package| project.deployment().purpose_of(package.at.file) != Some(Purpose::Foreign));
    own.map(move |package| {
        let (at, is_dev) = pin(package);
        Pin { name: &package.name, version: &package.version, at, is_dev }
    })
}

/// `CVE-2024-22195, fixed in 3.1.3`; of many faults only the first are named.
fn told(verdicts: &Verdicts) -> String {
    const NAMED: usize = 3;
    let labels: Vec<&str> = verdicts.faults.iter().map(|fault| fault.label.as_str()).collect();
    let named = labels[..labels.len().min(NAMED)].join(", ");
    let more = match labels.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let all = if labels.len() > 1 { "all fixed" } else { "fixed" };
    let partly = verdicts.faults.iter().find_map(|fault| fault.fixed.as_deref());
    let fixed = match (&verdicts.fixed, partly) {
        (Some(version), _) => format!("{all} in {version}"),
        (None, Some(_)) => "not all of them fixed in any version so far".to_owned(),
        (None, None) => "with no fixed version so far".to_owned(),
    };
    format!("{named}{more}, {fixed}")
}
