//! Names of calls that change something, from `data/effects.toml`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::EffectKind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    row_write: Lists,
    row_delete: Lists,
    file_write: Lists,
    enqueue: Lists,
    process_start: Lists,
    mail: Lists,
    outbound_write: Lists,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Lists {
    paths: Vec<String>,
    methods: Vec<String>,
}

struct Tables {
    paths: FxHashMap<String, EffectKind>,
    methods: FxHashMap<String, EffectKind>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let data: Data = crate::words::load(include_str!("../../data/effects.toml"));
    let mut tables = Tables { paths: FxHashMap::default(), methods: FxHashMap::default() };
    let kinds = [
        (EffectKind::RowWrite, data.row_write),
        (EffectKind::RowDelete, data.row_delete),
        (EffectKind::FileWrite, data.file_write),
        (EffectKind::Enqueue, data.enqueue),
        (EffectKind::ProcessStart, data.process_start),
        (EffectKind::Mail, data.mail),
        (EffectKind::OutboundWrite, data.outbound_write),
    ];
    for (kind, lists) in kinds {
        tables.paths.extend(lists.paths.into_iter().map(|path| (path, kind)));
        tables.methods.extend(lists.methods.into_iter().map(|method| (method, kind)));
    }
    tables
});

/// The effect of calling something from outside by its dotted path.
pub(super) fn by_path(path: &str) -> Option<EffectKind> {
    TABLES.paths.get(path).copied()
}

/// The effect of a method whose name says enough, whatever it is called on.
pub(super) fn by_method(name: &str) -> Option<EffectKind> {
    TABLES.methods.get(name).copied()
}
