//! DB020: a read that takes rows which are marked as deleted for live ones, while the other reads leave them out.

mod reads;

use std::collections::BTreeMap;

use backlint_finding::{Audience, Findings};
use backlint_model::{ClassRef, Cohort, Custom, File, Model, Project};
use backlint_source::Location;

use crate::db::deletions::Deletions;
use crate::default_criteria::filters_by_default;
use reads::{Read, reads};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.models().iter().all(|model| model.deletion_marks().next().is_none()) || filters_by_default(project) {
        return;
    }
    let reads = reads(project);
    let mut by_model: BTreeMap<ClassRef, Vec<usize>> = BTreeMap::new();
    for (at, read) in reads.iter().enumerate() {
        by_model.entry(read.query.entity).or_default().push(at);
    }
    let deletions = Deletions::of(project);
    for (class, members) in by_model {
        let Some(model) = project.model(class) else { continue };
        let cohort = Cohort { subject: model.name.clone(), members };
        let spread = cohort.spread(|at| reads[at].mark.is_some());
        if spread.custom() != Some(Custom::Norm) {
            continue;
        }
        let Some(sibling) = spread.have.first().map(|&at| &reads[at]) else { continue };
        let (Some(shown), Some(mark)) = (place(project, sibling), sibling.mark) else { continue };
        let is_latent = !deletions.are_made(project, model);
        let message = message(model, mark, &spread.ratio(), is_latent);
        for &at in &spread.lack {
            let Some((file, found)) = place(project, &reads[at]) else { continue };
            let report = findings.report(found, anchor(file, model, &reads[at]), message.clone());
            let report = report.also(shown.1, "a read that leaves deleted rows out");
            if is_latent {
                report.audience(Audience::Pedantic);
            }
        }
    }
}

/// Where a query begins.
fn place<'p>(project: &'p Project, read: &Read<'_>) -> Option<(File<'p>, Location)> {
    let file = project.file(read.query.at.file)?;
    Some((file, file.at(file.first_line(file.at_expr(read.query.at.expr).span))))
}

fn anchor(file: File<'_>, model: &Model, read: &Read<'_>) -> String {
    format!("{} in {}", model.name, file.qualified_name(read.function.id))
}

fn message(model: &Model, mark: &str, ratio: &str, is_latent: bool) -> String {
    let name = &model.name;
    let outcome = if is_latent {
        "once something marks rows as deleted, this one still finds them"
    } else {
        "this one also finds rows that were deleted"
    };
    format!("{ratio} reads of `{name}` look at `{mark}`; {outcome}.")
}
