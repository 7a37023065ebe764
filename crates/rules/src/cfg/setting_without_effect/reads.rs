//! Which names code reads, in whatever way.

use std::collections::BTreeSet;

use backlint_model::{File, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, Stmt};
use rustc_hash::{FxHashMap, FxHashSet};

/// Those of `names` that anything reads: as a name, an attribute, a string, or a word of a page.
pub(super) fn read_names<'n>(project: &Project, names: &BTreeSet<&'n str>) -> BTreeSet<&'n str> {
    let mut found = BTreeSet::new();
    for file in project.files() {
        add_read(file, names, |key| !is_target(file, key), &mut found);
    }
    let pages = project.sources().iter().filter(|(id, file)| project.file(*id).is_none() && is_page(file.path()));
    for (_, page) in pages {
        let words = page.text().split(|c: char| !c.is_alphanumeric() && c != '_');
        found.extend(words.filter_map(|word| names.get(word)));
    }
    found
}

/// Those of `names` that code reads off an object of its own: entries of the configuration of an app are others.
pub(super) fn read_attributes<'n>(project: &Project, names: &BTreeSet<&'n str>) -> BTreeSet<&'n str> {
    let mut found = BTreeSet::new();
    for file in project.files() {
        add_read(file, names, |key| !is_entry(file, key), &mut found);
    }
    found
}

fn is_page(path: &str) -> bool {
    [".html", ".htm", ".jinja", ".jinja2", ".j2"].iter().any(|ending| path.ends_with(ending))
}

fn add_read<'n>(
    file: File<'_>,
    names: &BTreeSet<&'n str>,
    reads: impl Fn(ExprId) -> bool,
    found: &mut BTreeSet<&'n str>,
) {
    let module = file.module();
    let symbols = names.iter().filter_map(|&name| Some((module.symbol(name)?, name)));
    let symbols: FxHashMap<_, &'n str> = symbols.filter(|(_, name)| !found.contains(name)).collect();
    let targets = if symbols.is_empty() { FxHashSet::default() } else { targets(file) };
    found.extend(file.index().uses().iter().filter_map(|used| symbols.get(&used.name)));
    // Strings have no symbols that could be asked for.
    for expr in module.expr_ids() {
        match module.expr(expr) {
            Expr::Attribute { name, .. } if !targets.contains(&expr) => found.extend(symbols.get(&name)),
            Expr::Str(text) => {
                let named = names.get(module.text(text)).filter(|_| reads(expr));
                found.extend(named);
            }
            _ => {}
        }
    }
}

/// What assignments write to.
fn targets(file: File<'_>) -> FxHashSet<ExprId> {
    let module = file.module();
    let mut found = FxHashSet::default();
    for stmt in module.stmt_ids() {
        match module.stmt(stmt) {
            Stmt::Assign { targets, .. } => found.extend(module.list(targets)),
            Stmt::AnnAssign { target, .. } => found.extend([target]),
            _ => {}
        }
    }
    found
}

/// `app.config["KEY"] = value`.
fn is_target(file: File<'_>, key: ExprId) -> bool {
    let module = file.module();
    file.index().parent(key).is_some_and(|parent| {
        matches!(file.index().stmt_of(parent).map(|stmt| module.stmt(stmt)),
            Some(Stmt::Assign { targets, .. }) if module.list(targets).contains(&parent))
    })
}

/// `app.config["KEY"]`, `app.config.get("KEY")`, `"KEY" in app.config`.
fn is_entry(file: File<'_>, key: ExprId) -> bool {
    let module = file.module();
    let is_config = |expr: ExprId| match module.expr(expr) {
        Expr::Attribute { name, .. } => module.text(name) == "config",
        _ => false,
    };
    file.index().parent(key).is_some_and(|parent| match module.expr(parent) {
        Expr::Subscript { value, .. } => is_config(value),
        Expr::Call { .. } => Call::of(module, parent).and_then(|call| call.receiver()).is_some_and(is_config),
        Expr::Compare { rest, .. } => module.list(rest).iter().any(|other| is_config(other.right)),
        _ => false,
    })
}
