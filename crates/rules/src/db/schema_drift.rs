//! DB023: models and migrations that disagree, and models that nobody imports before the tables are made.

mod columns;
mod indexes;
mod unseen;

use backlint_finding::Findings;
use backlint_model::{MigratedTable, MigrationChain, Model, Project, Schema};
use rustc_hash::FxHashMap;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.models().is_empty() {
        return;
    }
    unseen::report(project, findings);
    for chain in project.migration_chains() {
        let schema = chain.schema();
        let pairs = pairs(project, chain, &schema);
        columns::report(project, &pairs, findings);
        indexes::report(project, &pairs, findings);
    }
}

/// A mapped class and its table as the migrations leave it.
struct Pair<'p> {
    model: &'p Model,
    name: &'p str,
    table: &'p MigratedTable,
}

/// The tables that one mapped class of the migrated project describes, and all of whose migrations were read.
fn pairs<'p>(project: &'p Project, chain: &MigrationChain, schema: &'p Schema) -> Vec<Pair<'p>> {
    let mut of_table: FxHashMap<&str, u32> = FxHashMap::default();
    for table in project.models().iter().filter_map(|model| model.table.as_deref()) {
        *of_table.entry(table).or_default() += 1;
    }
    let models = project.models().iter().filter(|model| {
        let path = project.file(model.class.file).map_or("", |file| file.path());
        chain.covers(path) && !model.is_open
    });
    models
        .filter_map(|model| {
            let name = model.table.as_deref().filter(|name| of_table.get(name) == Some(&1))?;
            let table = schema.table(name).filter(|table| table.is_read && !table.columns.is_empty())?;
            Some(Pair { model, name, table })
        })
        .collect()
}
