//! What the names of mapped classes say of their tables.

use backlint_model::{Model, words};

/// Words in the names of tables that stay small.
const SMALL: &[&str] = &[
    "category",
    "center",
    "centre",
    "channel",
    "config",
    "configuration",
    "connector",
    "country",
    "currency",
    "department",
    "faq",
    "feature",
    "flag",
    "group",
    "hint",
    "hook",
    "integration",
    "key",
    "kind",
    "label",
    "language",
    "level",
    "menu",
    "method",
    "override",
    "permission",
    "plan",
    "plugin",
    "policy",
    "position",
    "preference",
    "provider",
    "region",
    "requirement",
    "role",
    "rule",
    "scope",
    "segment",
    "server",
    "setting",
    "site",
    "status",
    "tag",
    "template",
    "tier",
    "topic",
    "type",
    "unit",
    "webhook",
    "workflow",
];

/// Whether the name of a mapped class says that it is a list of kinds, settings and the like, which stays small. The name
/// of the table tells where the words of `MCPServer` end.
pub(crate) fn stays_small(model: &Model) -> bool {
    let snake = words::snake_case(&model.name);
    let table = model.table.as_deref().unwrap_or_default();
    SMALL.iter().any(|word| words::has_word(&snake, word) || words::has_word(table, word))
}
