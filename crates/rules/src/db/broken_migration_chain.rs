//! DB021: revisions that an empty database cannot be built from.

mod tables;

use backlint_finding::Findings;
use backlint_model::{MigrationChain, Project, Revision};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let chains = project.migration_chains();
    // Revisions that nothing runs, beside an environment that has its own, are left over.
    let has_environment = chains.iter().any(|chain| chain.environment.is_some());
    let is_run = |chain: &&MigrationChain| chain.environment.is_some() || !has_environment;
    for chain in chains.iter().filter(is_run).filter(|chain| !chain.has_other_locations) {
        check_ends(project, chain, findings);
        check_predecessors(project, chain, findings);
        tables::check(project, chain, findings);
    }
}

/// More than one beginning, more than one end.
fn check_ends(project: &Project, chain: &MigrationChain, findings: &mut Findings) {
    if chain.revisions.iter().any(|revision| revision.is_labelled || revision.predecessors.is_none()) {
        return;
    }
    let heads = chain.heads();
    // Beginnings that a merge joins lead to one head.
    if let ([first, others @ ..], true) = (chain.roots().as_slice(), heads.len() > 1) {
        for other in others {
            let message = format!(
                "`{}` is a second beginning beside `{}`: Alembic sees two histories, and `upgrade head` refuses to choose.",
                other.id, first.id
            );
            findings
                .report(other.predecessors_at, anchor(project, other, "root"), message)
                .also(first.at, "the other beginning");
        }
    }
    // A revision without a known predecessor makes an end of that predecessor's branch; it is reported as such.
    let is_torn = chain.revisions.iter().any(|revision| unknown_predecessor(chain, revision).is_some());
    let is_second_root = |revision: &&&Revision| revision.predecessors.as_ref().is_some_and(Vec::is_empty);
    if is_torn || chain.roots().len() > 1 || heads.iter().filter(is_second_root).count() > 1 {
        return;
    }
    if let [first, others @ ..] = heads.as_slice() {
        for other in others {
            let message = format!(
                "`{}` is a second head beside `{}`: `upgrade head` fails until a merge revision joins them.",
                other.id, first.id
            );
            findings.report(other.at, anchor(project, other, "head"), message).also(first.at, "the other head");
        }
    }
}

fn check_predecessors(project: &Project, chain: &MigrationChain, findings: &mut Findings) {
    for revision in &chain.revisions {
        let Some(unknown) = unknown_predecessor(chain, revision) else { continue };
        let message = format!(
            "`{}` follows `{unknown}`, which no revision here is: Alembic cannot load the history at all.",
            revision.id
        );
        findings.report(revision.predecessors_at, anchor(project, revision, "predecessor"), message);
    }
}

fn unknown_predecessor<'c>(chain: &MigrationChain, revision: &'c Revision) -> Option<&'c str> {
    let named = revision.predecessors.iter().flatten();
    named.map(String::as_str).find(|id| chain.revision(id).is_none() && !id.contains(['@', '+', ':']))
}

fn anchor(project: &Project, revision: &Revision, what: &str) -> String {
    let name = project.file(revision.file).map_or("", |file| file.path().rsplit('/').next().unwrap_or_default());
    format!("{name}: {what}")
}
