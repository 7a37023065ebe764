//! DB002: an attribute that a mapped class does not have.

mod belied;
mod keywords;
mod sites;

use backlint_finding::Findings;
use backlint_model::{File, Project};

use super::models::suggestion;
use sites::{Kind, Known, Site};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.models().is_empty() {
        return;
    }
    let known = Known::of(project);
    for file in project.reported_files() {
        for site in sites::of(project, file, &known) {
            report(project, file, &site, findings);
        }
    }
}

fn report(project: &Project, file: File<'_>, site: &Site<'_>, findings: &mut Findings) {
    let Site { model, name, place, kind } = site;
    let model_name = &model.name;
    let effect = match kind {
        Kind::Class | Kind::Object => "AttributeError whenever this line runs",
        Kind::Filter => "InvalidRequestError whenever this line runs",
        Kind::Test => "this test is always false, and what depends on it never runs",
    };
    let message = format!("`{model_name}.{name}` does not exist{}: {effect}.", suggestion(model, name));
    let anchor = format!("{}: {model_name}.{name}", file.context_name(*place));
    let report = findings.report(file.at_expr(*place), anchor, message);
    if let Some(class) = project.file(model.class.file) {
        report.also(class.at(class.class(model.class.id).header), "the mapped class");
    }
}
