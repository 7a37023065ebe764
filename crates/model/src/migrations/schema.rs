//! The tables that the revisions of a chain leave behind.

use std::collections::{BTreeMap, BTreeSet};

use backlint_source::Location;

use super::{Ddl, DdlObject, DdlVerb, MigratedColumn, MigrationChain, Operation, OperationKind, Revision};

/// The tables after all revisions of a chain.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// By name.
    pub tables: BTreeMap<String, MigratedTable>,
}

/// A table as revisions leave it.
#[derive(Clone, Debug)]
pub struct MigratedTable {
    /// Where it is created.
    pub at: Location,
    /// Its columns by name; empty if it is created by SQL, which is not read that far.
    pub columns: BTreeMap<String, MigratedColumn>,
    /// Columns that SQL or a change of type touched: what is known of them may be old.
    pub uncertain: BTreeSet<String>,
    /// Its indexes and unique constraints.
    pub indexes: Vec<MigratedIndex>,
    /// Its primary key.
    pub primary_key: Vec<String>,
    /// Whether its columns are in sight.
    pub is_read: bool,
}

/// An index or unique constraint.
#[derive(Clone, Debug)]
pub struct MigratedIndex {
    /// Its name.
    pub name: Option<String>,
    /// Its columns; an expression is an empty string.
    pub columns: Vec<String>,
    /// Whether no two rows may be alike in it.
    pub is_unique: bool,
    /// Where it is created.
    pub at: Location,
}

/// The revisions from the roots on. Those in a circle, or behind something unknown, come last.
pub(super) fn in_order(chain: &MigrationChain) -> Vec<&Revision> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let known: BTreeSet<&str> = chain.revisions.iter().map(|revision| revision.id.as_str()).collect();
    let mut found: Vec<&Revision> = Vec::new();
    let mut waiting: BTreeMap<&str, Vec<&Revision>> = BTreeMap::new();
    let mut ready: Vec<&Revision> = Vec::new();
    for revision in &chain.revisions {
        let open: Vec<&str> = open_predecessors(chain, revision, &done, &known);
        match open.first() {
            Some(first) => waiting.entry(first).or_default().push(revision),
            None => ready.push(revision),
        }
    }
    ready.reverse();
    while let Some(revision) = ready.pop() {
        found.push(revision);
        done.insert(&revision.id);
        for next in waiting.remove(revision.id.as_str()).unwrap_or_default() {
            match open_predecessors(chain, next, &done, &known).first() {
                Some(first) => waiting.entry(first).or_default().push(next),
                None => ready.push(next),
            }
        }
    }
    found.extend(waiting.into_values().flatten());
    found
}

fn open_predecessors<'c>(
    chain: &'c MigrationChain,
    revision: &'c Revision,
    done: &BTreeSet<&str>,
    known: &BTreeSet<&str>,
) -> Vec<&'c str> {
    let named = revision.predecessors.iter().flatten().filter_map(|id| chain.revision(id));
    named.map(|before| before.id.as_str()).filter(|id| known.contains(id) && !done.contains(id)).collect()
}

impl Schema {
    pub(super) fn of(chain: &MigrationChain) -> Self {
        let mut schema = Self::default();
        for operation in in_order(chain).into_iter().flat_map(|revision| &revision.operations) {
            schema.apply(operation);
        }
        schema
    }

    /// The table with this name, whatever schema it is in.
    pub fn table(&self, name: &str) -> Option<&MigratedTable> {
        self.tables.get(name.rsplit('.').next().unwrap_or(name))
    }

    fn apply(&mut self, operation: &Operation) {
        match &operation.kind {
            OperationKind::CreateTable { table, columns, unique, primary_key, .. } => {
                let made = MigratedTable::new(operation.at, columns, unique, primary_key);
                self.tables.insert(table.clone(), made);
            }
            OperationKind::DropTable(table) => {
                self.tables.remove(table);
            }
            OperationKind::RenameTable { from, to } => self.rename(from, to),
            OperationKind::AddColumn { table, column } => {
                let Some(table) = self.tables.get_mut(table) else { return };
                table.add_own_indexes(column);
                table.columns.insert(column.name.clone(), column.clone());
            }
            OperationKind::AlterColumn { table, column, new_name, nullable, changes_type } => {
                let Some(table) = self.tables.get_mut(table) else { return };
                table.alter(column, new_name.as_deref(), *nullable, *changes_type);
            }
            OperationKind::DropColumn { table, column } => {
                let Some(table) = self.tables.get_mut(table) else { return };
                table.columns.remove(column);
                table.indexes.retain(|index| !index.columns.contains(column));
            }
            OperationKind::CreateIndex(table, index) => {
                if let Some(table) = self.tables.get_mut(table) {
                    table.indexes.push(index.clone());
                }
            }
            OperationKind::DropIndex { table, name } => {
                for (own, made) in &mut self.tables {
                    if table.as_ref().is_none_or(|table| table == own) {
                        made.indexes.retain(|index| index.name.as_deref() != Some(name));
                    }
                }
            }
            OperationKind::Reference { .. } => {}
            OperationKind::Sql(statements) => statements.iter().for_each(|ddl| self.apply_sql(operation.at, ddl)),
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        if let Some(table) = self.tables.remove(from) {
            self.tables.insert(to.to_owned(), table);
        }
    }

    fn apply_sql(&mut self, at: Location, ddl: &Ddl) {
        match (ddl.verb, ddl.object) {
            (DdlVerb::Create, DdlObject::Table) => {
                let unread = MigratedTable { is_read: false, ..MigratedTable::new(at, &[], &[], &[]) };
                self.tables.entry(ddl.name.clone()).or_insert(unread);
            }
            (DdlVerb::Drop, DdlObject::Table) => {
                self.tables.remove(&ddl.name);
            }
            (DdlVerb::Alter, DdlObject::Table) => match &ddl.new_name {
                Some(to) => self.rename(&ddl.name, to),
                None => {
                    if let Some(table) = self.tables.get_mut(&ddl.name) {
                        table.is_read = false;
                    }
                }
            },
            (DdlVerb::Create, DdlObject::Index) => {
                let Some(table) = ddl.table.as_ref().and_then(|table| self.tables.get_mut(table)) else { return };
                table.indexes.push(MigratedIndex {
                    name: Some(ddl.name.clone()),
                    columns: if ddl.columns.is_empty() { vec![String::new()] } else { ddl.columns.clone() },
                    is_unique: ddl.is_unique,
                    at,
                });
            }
            (DdlVerb::Drop, DdlObject::Index) => {
                for table in self.tables.values_mut() {
                    table.indexes.retain(|index| index.name.as_ref() != Some(&ddl.name));
                }
            }
            (DdlVerb::Alter, DdlObject::Index) | (_, DdlObject::Type) => {}
        }
    }
}

impl MigratedTable {
    fn new(at: Location, columns: &[MigratedColumn], unique: &[Vec<String>], primary_key: &[String]) -> Self {
        let mut table = Self {
            at,
            columns: columns.iter().map(|column| (column.name.clone(), column.clone())).collect(),
            uncertain: BTreeSet::new(),
            indexes: Vec::new(),
            primary_key: primary_key.to_vec(),
            is_read: true,
        };
        for column in columns {
            table.add_own_indexes(column);
        }
        let of_constraints =
            unique.iter().map(|columns| MigratedIndex { name: None, columns: columns.clone(), is_unique: true, at });
        table.indexes.extend(of_constraints);
        table
    }

    fn add_own_indexes(&mut self, made: &MigratedColumn) {
        if made.column.is_primary_key {
            self.primary_key.push(made.name.clone());
        }
        if made.column.is_unique || made.column.is_indexed {
            self.indexes.push(MigratedIndex {
                name: None,
                columns: vec![made.name.clone()],
                is_unique: made.column.is_unique,
                at: made.at,
            });
        }
    }

    fn alter(&mut self, column: &str, new_name: Option<&str>, nullable: Option<bool>, changes_type: bool) {
        if changes_type {
            self.uncertain.insert(column.to_owned());
        }
        if let (Some(made), Some(nullable)) = (self.columns.get_mut(column), nullable) {
            made.column.is_nullable = Some(nullable);
        }
        let Some(to) = new_name else { return };
        if let Some(made) = self.columns.remove(column) {
            self.columns.insert(to.to_owned(), MigratedColumn { name: to.to_owned(), ..made });
        }
        let names = self.indexes.iter_mut().flat_map(|index| &mut index.columns).chain(&mut self.primary_key);
        names.filter(|name| *name == column).for_each(|name| to.clone_into(name));
    }
}
