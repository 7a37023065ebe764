//! Models that are not imported where the tables are made from the models.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, Model, Project, Role, Type};
use backlint_source::{FileId, Location};
use backlint_syntax::ast::{Expr, Stmt, StmtId};

/// How many tables a message names.
const NAMED: usize = 3;

pub(super) fn report(project: &Project, findings: &mut Findings) {
    // With several bases, or several environments beside each other, it cannot be told whose tables are made.
    let is_alone = project.migration_chains().len() <= 1 && extensions(project) <= 1;
    let Some(base) = only_base(project).filter(|_| is_alone) else { return };
    let made: Vec<Place> = project.reported_files().flat_map(|file| creations(project, file)).collect();
    if let Some(place) = fullest(project, &base, made) {
        place.report(project, findings);
    }
    let environments = project.migration_chains().iter().filter_map(|chain| project.file(chain.environment?));
    let compared: Vec<Place> = environments.filter_map(|file| comparison(project, file)).collect();
    if let Some(place) = fullest(project, &base, compared) {
        place.report(project, findings);
    }
}

/// Where tables are made or compared, by what, and which files are imported by then.
struct Place {
    at: Location,
    what: &'static str,
    imported: BTreeSet<FileId>,
}

/// The calls of `create_all` in a file.
fn creations(project: &Project, file: File<'_>) -> Vec<Place> {
    let calls = file.calls_named(&["create_all"]).filter(|call| call.receiver().is_some());
    calls
        .filter(|call| call.keyword("tables").is_none() && !file.is_dev_only(call.expr))
        .filter_map(|call| {
            let imported = project.imported_by(&entries(project, file))?;
            Some(Place { at: file.at_expr(call.expr), what: "`create_all`", imported })
        })
        .collect()
}

/// `target_metadata = Base.metadata` in the environment of the migrations.
fn comparison(project: &Project, file: File<'_>) -> Option<Place> {
    let imported = project.imported_by(&[file.id()])?;
    let at = file.at(file.first_line(file.module().stmt_span(target(file)?)));
    Some(Place { at, what: "autogenerate", imported })
}

/// Of all places the one where most models are imported: the others are for something else.
fn fullest(project: &Project, base: &[FileId], places: Vec<Place>) -> Option<Place> {
    let with_base = places.into_iter().filter(|place| base.iter().all(|file| place.imported.contains(file)));
    with_base
        .rev()
        .max_by_key(|place| project.models().iter().filter(|model| place.imported.contains(&model.class.file)).count())
}

/// How many extensions of Flask-SQLAlchemy there are: each has a base of its own, by whatever name.
fn extensions(project: &Project) -> usize {
    let made = |file: File<'_>| file.calls_named(&["SQLAlchemy"]).filter(|call| call.receiver().is_none()).count();
    project.reported_files().map(made).sum()
}

/// The file of the class below all mapped classes, if they share one; no file if a library has it.
fn only_base(project: &Project) -> Option<Vec<FileId>> {
    let root = |model: &Model| {
        let lineage = project.lineage(model.class);
        let own = lineage.into_iter().filter_map(|of| match of {
            Type::Project(class) => Some(class),
            Type::External(_) => None,
        });
        own.rev().find(|class| project.model(*class).is_none())
    };
    let mut roots = project.models().iter().filter(|model| model.table.is_some()).map(root);
    let first = roots.next()?;
    roots.all(|root| root == first).then(|| first.iter().map(|class| class.file).collect())
}

/// Who runs the file: itself if it is a script, and every application that imports it.
fn entries(project: &Project, file: File<'_>) -> Vec<FileId> {
    let mut entries = vec![file.id()];
    if file.role() == Role::App {
        entries.extend(project.importers(file.id()));
    }
    entries
}

/// `target_metadata = Base.metadata` in the environment of the migrations.
fn target(file: File<'_>) -> Option<StmtId> {
    let module = file.module();
    module.top_level().iter().copied().find(|&stmt| match module.stmt(stmt) {
        Stmt::Assign { targets, value } => {
            let is_target = module.list(targets).iter().any(|&target| file.text_of(target) == "target_metadata");
            is_target && matches!(module.expr(value), Expr::Attribute { .. } | Expr::Name(_))
        }
        _ => false,
    })
}

impl Place {
    fn report(&self, project: &Project, findings: &mut Findings) {
        let tables = project.models().iter().filter(|model| model.table.is_some());
        let (seen, unseen): (Vec<&Model>, Vec<&Model>) =
            tables.partition(|model| self.imported.contains(&model.class.file));
        let loaded = project.loaded_by_apps();
        let is_used = |model: &&Model| loaded.as_ref().is_none_or(|loaded| loaded.contains(&model.class.file));
        let unseen: Vec<&Model> = unseen.into_iter().filter(is_used).collect();
        if seen.is_empty() || unseen.is_empty() {
            return;
        }
        let names: Vec<String> = unseen.iter().take(NAMED).map(|model| format!("`{}`", model.name)).collect();
        let more = unseen.len().checked_sub(NAMED + 1).map_or(String::new(), |more| format!(" and {} more", more + 1));
        let message = format!(
            "Only {} of {} models are imported by then: {} does not see {}{more}.",
            seen.len(),
            seen.len() + unseen.len(),
            self.what,
            names.join(", ")
        );
        let mut report = findings.report(self.at, self.what.trim_matches('`'), message);
        for model in unseen.iter().take(NAMED) {
            if let Some(file) = project.file(model.class.file) {
                let span = file.module().stmt_span(file.class(model.class.id).stmt);
                report = report.also(file.at(file.first_line(span)), "not imported there");
            }
        }
    }
}
