//! MNT004: an imported name that nothing reads.

mod intent;
mod reads;

use backlint_finding::Findings;
use backlint_model::{File, Project, words};
use backlint_semantic::{Binding, BindingKind, Import, ScopeId, ScopeKind};
use backlint_source::Span;
use backlint_syntax::ast::Stmt;
use rustc_hash::FxHashSet;

use crate::mnt::conditions::is_import_probe;
use intent::{Intent, is_probe};
use reads::Reads;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let imported = imported_names(project);
    for file in project.reported_files() {
        if is_facade(file) || !file.module().problems().is_empty() {
            continue;
        }
        for unused in unused(file, &imported) {
            let message = format!("`{}` is imported but not used; remove the import.", unused.name);
            findings.report(file.at(unused.span), format!("import {}", unused.name), message);
        }
    }
}

/// An import that nothing needs.
struct Unused<'p> {
    name: &'p str,
    span: Span,
}

/// The module and the name of every `from module import name`: what modules get from each other.
fn imported_names(project: &Project) -> FxHashSet<(&str, &str)> {
    let mut found = FxHashSet::default();
    for file in project.files() {
        let module = file.module();
        for binding in file.index().imports() {
            let BindingKind::Import(Import { module: Some(from), name: Some(name), .. }) = binding.kind else {
                continue;
            };
            found.insert((module.text(from), module.text(name)));
        }
    }
    found
}

/// The names by which other modules may import the module of this dotted path: `app.shop.prices`, `shop.prices`, `prices`.
fn importable_as(dotted: &str) -> impl Iterator<Item = &str> {
    let starts = std::iter::once(0).chain(dotted.match_indices('.').map(|(at, _)| at + 1));
    starts.map(|start| &dotted[start..])
}

/// Whether the module is there to hand names on: a package, a file of nothing but imports, or one whose `__all__` is put
/// together at run time.
fn is_facade(file: File<'_>) -> bool {
    let module = file.module();
    let is_import = |&stmt: &_| matches!(module.stmt(stmt), Stmt::Import(_) | Stmt::ImportFrom { .. } | Stmt::Expr(_));
    file.local_path().ends_with("__init__.py")
        || module.top_level().iter().all(is_import)
        || module.symbol("__all__").is_some_and(|name| {
            let bindings = file.index().bindings_of(ScopeId::MODULE, name);
            !bindings.is_empty() && (bindings.len() > 1 || file.index().exports().is_none())
        })
}

fn unused<'p>(file: File<'p>, imported: &FxHashSet<(&str, &str)>) -> Vec<Unused<'p>> {
    let module = file.module();
    let intent = Intent::read(file);
    if intent.covers_file() {
        return Vec::new();
    }
    let reads = Reads::of(file);
    let dotted = file.local_path().trim_end_matches(".py").replace('/', ".");
    let is_handed_on = |name| importable_as(&dotted).any(|path| imported.contains(&(path, name)));
    let mut found = unread_dotted(file, &intent);
    for binding in file.index().imports() {
        let BindingKind::Import(import) = binding.kind else { continue };
        let name = module.text(binding.name);
        let is_local = binding.scope == ScopeId::MODULE
            || matches!(file.index().scope(binding.scope).kind, ScopeKind::Function(_));
        let is_kept = !is_local
            || is_explicit(file, binding, import)
            || reads.has(binding)
            || binding.scope == ScopeId::MODULE && is_handed_on(name)
            || is_probe(file, binding)
            || intent.keeps(file, binding, import);
        if !is_kept {
            found.push(Unused { name, span: binding.span });
        }
    }
    found.sort_by_key(|unused| unused.span);
    found
}

/// Star imports, `__future__`, names that are exported, and `import a as a`, which says that the name is handed on.
fn is_explicit(file: File<'_>, binding: &Binding, import: Import) -> bool {
    let module = file.module();
    let name = module.text(binding.name);
    let source = import.name.or(import.module).map_or("", |source| module.text(source));
    let is_exported = file.index().exports().is_some_and(|exports| exports.iter().any(|export| export == name));
    let from = import.module.map_or("", |from| module.text(from));
    source == "*" || from == "__future__" || name == "_" || is_exported || import.is_aliased && source == name
}

/// `import os.path` in a file that says `os` nowhere; the index binds no name for it. Only in the standard library is it
/// sure that such an import is not there for what it sets off.
fn unread_dotted<'p>(file: File<'p>, intent: &Intent) -> Vec<Unused<'p>> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in module.stmt_ids() {
        let Stmt::Import(names) = module.stmt(stmt) else { continue };
        for alias in module.list(names) {
            let name = module.text(alias.name);
            let Some((first, _)) = name.split_once('.') else { continue };
            let is_unread =
                alias.asname.is_none() && module.symbol(first).is_none() && words::is_standard_module(first);
            if is_unread && !is_import_probe(file, stmt) && !intent.excuses(module.stmt_span(stmt)) {
                found.push(Unused { name, span: alias.span });
            }
        }
    }
    found
}
