//! What clients have put into the columns of mapped classes and into their sessions, for whoever reads it later.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::entries::{Entries, Sent};
use super::graph::Graph;
use super::hazard::{Hazard, Hazards};
use super::origin::{ColumnRef, Name, Origin, Root, Shelf, StepKind, is_element};
use super::summary::{Summary, Written};
use crate::Project;
use crate::orm::{AttributeKind, Column, Model, TypeFamily};
use crate::resolve::{ClassRef, FunctionRef};

/// How many different ways into one column or key are told.
const MAX_WAYS: usize = 6;
/// What is kept of files is judged where they come in.
const JUDGED: Hazards = Hazards::of(Hazard::Content).and(Hazards::of(Hazard::StoredPath));

/// The columns and keys of sessions with values of clients.
#[derive(Debug, Default)]
pub(super) struct Stored {
    columns: BTreeMap<Name, Vec<StoredColumn>>,
    /// The ways into each key of sessions, shortest first.
    sessions: BTreeMap<Name, Vec<Sent>>,
}

/// A column with values of clients.
#[derive(Debug)]
struct StoredColumn {
    column: ColumnRef,
    /// The ways in, shortest first.
    ways: Vec<Sent>,
}

impl Stored {
    /// What the functions of a graph keep, knowing what was kept in an earlier round.
    pub(super) fn collect(
        project: &Project,
        entries: &Entries<'_>,
        graph: &Graph,
        known: &FxHashMap<FunctionRef, Summary>,
    ) -> Self {
        let mut found: BTreeMap<&Shelf, Vec<Sent>> = BTreeMap::new();
        for node in &graph.nodes {
            for written in known.get(&node.function).iter().flat_map(|summary| &summary.writes) {
                let ways = entries.all_sent(node.function, &written.taint).into_iter();
                let ways = ways.map(|sent| put(sent, written));
                found.entry(&written.shelf).or_default().extend(ways.filter(Sent::is_harmful));
            }
        }
        let mut stored = Self::default();
        for (shelf, ways) in found.into_iter().filter(|(_, ways)| !ways.is_empty()) {
            let ways = shortest(ways);
            match shelf {
                &Shelf::Column(column) => {
                    if let Some((_, name)) = project.column(column) {
                        stored.columns.entry(name.into()).or_default().push(StoredColumn { column, ways });
                    }
                }
                Shelf::Session(key) => {
                    stored.sessions.insert(Name::clone(key), ways);
                }
            }
        }
        stored
    }

    /// Whether the same keys of sessions are known.
    pub(super) fn has_sessions_of(&self, other: &Self) -> bool {
        self.sessions.keys().eq(other.sessions.keys())
    }

    /// The ways into what `path` leads to from a session, and its key.
    pub(super) fn in_session(&self, path: &[Name]) -> Option<(&Name, &[Sent])> {
        let (key, ways) = self.sessions.get_key_value(path.first()?)?;
        Some((key, ways))
    }

    /// The names of columns that are not in `other`.
    pub(super) fn new_names<'s>(&'s self, other: &Self) -> FxHashSet<&'s str> {
        let columns = |stored: &Self, name: &Name| -> Vec<ColumnRef> {
            stored.columns.get(name).iter().flat_map(|columns| columns.iter()).map(|stored| stored.column).collect()
        };
        let fresh = self.columns.keys().filter(|name| columns(self, name) != columns(other, name));
        fresh.map(|name| &**name).collect()
    }

    /// Whether some column has this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }

    /// Whether rows of this class have some column with values of clients.
    pub(super) fn is_in(&self, project: &Project, class: ClassRef) -> bool {
        self.columns.values().flatten().any(|stored| is_related(project, stored.column.model, class))
    }

    /// The column that `path` leads to from a row of this class, or from a list of such rows, and the ways into it.
    pub(super) fn ways(&self, project: &Project, class: ClassRef, path: &[Name]) -> Option<(ColumnRef, Vec<&Sent>)> {
        let mut names = names(path);
        let columns = self.columns.get(names.next()?)?;
        let key = names.next();
        let meant = columns.iter().filter(|stored| is_related(project, stored.column.model, class));
        let mut ways: Vec<&StoredColumn> = meant.collect();
        ways.sort_by_key(|stored| stored.column.model != class);
        let column = ways.first()?.column;
        let ways = ways.iter().flat_map(|stored| &stored.ways);
        Some((column, ways.filter(|way| key.is_none() || way.key.is_none() || way.key.as_deref() == key).collect()))
    }

    /// Whether a column of this name is what `origin` is of a parameter.
    pub(super) fn is_meant(&self, origin: &Origin) -> bool {
        matches!(origin.root, Root::Param(_)) && names(&origin.path).next().is_some_and(|name| self.has(name))
    }
}

/// The names of a path that are no elements of lists.
fn names(path: &[Name]) -> impl Iterator<Item = &str> {
    path.iter().map(|name| &**name).filter(|name| !is_element(name))
}

/// Rows of a class are rows of the classes above it, and may be rows of those below.
fn is_related(project: &Project, a: ClassRef, b: ClassRef) -> bool {
    project.is_below(a, b) || project.is_below(b, a)
}

/// A value of a client after it was kept.
fn put(sent: Sent, written: &Written) -> Sent {
    let way = sent.before.continued(&written.taint.trace);
    let mut safe = sent.safe.and(written.taint.safe).and(JUDGED);
    // A name behind a prefix was judged where it was put there.
    if safe.contains(Hazard::Path) {
        safe = safe.and(Hazards::FILES);
    }
    // Who copies all of a column keeps its keys.
    let key = written.key.clone().or(sent.key);
    Sent { safe, before: way.then(written.at, StepKind::Stored(written.shelf.clone())), key, ..sent }
}

/// The shortest ways of which each does some harm that none before it does.
fn shortest(mut ways: Vec<Sent>) -> Vec<Sent> {
    ways.sort_by_key(|way| (way.before.len(), way.at));
    let mut kept: Vec<Sent> = Vec::new();
    for way in ways {
        let is_covered = kept
            .iter()
            .any(|known| known.key == way.key && known.kind == way.kind && known.safe.common(way.safe) == known.safe);
        if !is_covered && kept.len() < MAX_WAYS {
            kept.push(way);
        }
    }
    kept
}

impl Project {
    /// The mapped class of a column and its name.
    pub(super) fn column(&self, column: ColumnRef) -> Option<(&Model, &str)> {
        let model = self.model(column.model)?;
        model.attributes.get(column.place as usize).map(|attribute| (model, attribute.name.as_str()))
    }
}

/// The column of a mapped class that a client can fill with a text of its choice.
pub(super) fn text_column(model: &Model, name: &str) -> Option<ColumnRef> {
    let place = model.attributes.binary_search_by(|attribute| attribute.name.as_str().cmp(name)).ok()?;
    let AttributeKind::Column(column) = &model.attributes[place].kind else { return None };
    let place = u32::try_from(place).ok()?;
    takes_text(column).then_some(ColumnRef { model: model.class, place })
}

/// Whether any text fits into a column: no number, time or identifier, no member of an enumeration, no key of another row.
fn takes_text(column: &Column) -> bool {
    let is_free = matches!(column.family, TypeFamily::String | TypeFamily::Other | TypeFamily::Unknown);
    is_free && column.enumeration.is_none() && column.foreign_keys.is_empty()
}
