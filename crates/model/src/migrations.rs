//! The schema as migrations build it: chains of Alembic revisions and what each of them does.

mod ddl;
mod operations;
mod revisions;
mod schema;

use backlint_source::{FileId, Location};

use crate::Project;
use crate::layout::is_below;
use crate::orm::Column;

pub use ddl::{Ddl, DdlObject, DdlVerb, ddl};
pub use schema::{MigratedIndex, MigratedTable, Schema};

/// The revisions of one migration environment.
#[derive(Clone, Debug)]
pub struct MigrationChain {
    /// The folder of the environment as reports show it.
    pub folder: String,
    /// The folder of the project that it migrates: the nearest one above with a manifest of its own.
    pub project_folder: String,
    /// The file that runs the revisions.
    pub environment: Option<FileId>,
    /// The revisions, by path.
    pub revisions: Vec<Revision>,
    /// Whether the configuration names further folders of revisions.
    pub has_other_locations: bool,
}

/// A revision.
#[derive(Clone, Debug)]
pub struct Revision {
    /// What other revisions call it.
    pub id: String,
    /// Its file.
    pub file: FileId,
    /// Where it gives its id.
    pub at: Location,
    /// The revisions before it; none if that could not be told.
    pub predecessors: Option<Vec<String>>,
    /// Where it names them.
    pub predecessors_at: Location,
    /// Whether it names a branch of its own.
    pub is_labelled: bool,
    /// Whether it asks for revisions besides those before it.
    pub depends_on_others: bool,
    /// What upgrading to it does, in source order.
    pub operations: Vec<Operation>,
    /// Whether it also does what could not be read: tables made by other code, SQL from elsewhere.
    pub is_opaque: bool,
}

/// One step of a revision.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Where it stands.
    pub at: Location,
    /// Whether it only runs in some case.
    pub is_conditional: bool,
    /// What it does.
    pub kind: OperationKind,
}

/// What a step of a revision does.
#[derive(Clone, Debug)]
pub enum OperationKind {
    /// A new table.
    CreateTable {
        /// Its name.
        table: String,
        /// Its columns.
        columns: Vec<MigratedColumn>,
        /// The tables that its foreign keys refer to.
        references: Vec<String>,
        /// Its unique constraints.
        unique: Vec<Vec<String>>,
        /// Its primary key, if it stands apart from the columns.
        primary_key: Vec<String>,
    },
    /// A table goes.
    DropTable(String),
    /// A table gets another name.
    RenameTable {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// A new column.
    AddColumn {
        /// Its table.
        table: String,
        /// The column.
        column: MigratedColumn,
    },
    /// A column changes.
    AlterColumn {
        /// Its table.
        table: String,
        /// Its name before.
        column: String,
        /// Its new name.
        new_name: Option<String>,
        /// Whether it takes NULL from now on, if that changes.
        nullable: Option<bool>,
        /// Whether its type changes.
        changes_type: bool,
    },
    /// A column goes.
    DropColumn {
        /// Its table.
        table: String,
        /// Its name.
        column: String,
    },
    /// A new index or unique constraint.
    CreateIndex(String, MigratedIndex),
    /// An index or constraint goes; the table may be unnamed.
    DropIndex {
        /// Its table.
        table: Option<String>,
        /// Its name.
        name: String,
    },
    /// A foreign key from one table to another.
    Reference {
        /// The table that refers.
        table: String,
        /// The table it refers to.
        target: String,
    },
    /// SQL by text.
    Sql(Vec<Ddl>),
}

/// A column as a revision makes it.
#[derive(Clone, Debug)]
pub struct MigratedColumn {
    /// Its name in the table.
    pub name: String,
    /// Where it is made.
    pub at: Location,
    /// What is said of it.
    pub column: Column,
}

impl MigrationChain {
    /// Whether a file lies in the project that the chain belongs to.
    pub fn covers(&self, path: &str) -> bool {
        is_below(path, &self.project_folder)
    }

    /// The revision with this id; ids may be cut short.
    pub fn revision(&self, id: &str) -> Option<&Revision> {
        let exact = self.revisions.iter().find(|revision| revision.id == id);
        exact.or_else(|| self.revisions.iter().find(|revision| id.len() >= 4 && revision.id.starts_with(id)))
    }

    /// The revisions without one before them.
    pub fn roots(&self) -> Vec<&Revision> {
        self.revisions.iter().filter(|revision| revision.predecessors.as_ref().is_some_and(Vec::is_empty)).collect()
    }

    /// The revisions that no other builds on.
    pub fn heads(&self) -> Vec<&Revision> {
        let named: Vec<&str> =
            self.revisions.iter().flat_map(|r| r.predecessors.iter().flatten()).map(String::as_str).collect();
        let is_named = |id: &str| named.iter().any(|name| *name == id || name.len() >= 4 && id.starts_with(name));
        self.revisions.iter().filter(|revision| !is_named(&revision.id)).collect()
    }

    /// Whether all of it was read: every revision says what is before it, and nothing is done that is not in sight.
    pub fn is_certain(&self) -> bool {
        !self.has_other_locations && self.revisions.iter().all(|r| r.predecessors.is_some() && !r.is_opaque)
    }

    /// The revisions from the roots on, each after those before it.
    pub fn in_order(&self) -> Vec<&Revision> {
        schema::in_order(self)
    }

    /// The tables after all revisions.
    pub fn schema(&self) -> Schema {
        Schema::of(self)
    }
}

impl Project {
    /// The chains of migrations, by folder.
    pub fn migration_chains(&self) -> &[MigrationChain] {
        &self.migrations
    }

    pub(crate) fn find_migrations(&self) -> Vec<MigrationChain> {
        revisions::chains(self)
    }
}
