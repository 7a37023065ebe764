//! Who reads and writes a module variable, in its own file and through imports.

use backlint_semantic::{BindingKind, Call, ScopeId};
use backlint_source::{FileId, Location};
use backlint_syntax::ast::{Expr, ExprId, Stmt, Symbol};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Candidate, StateKind};
use crate::modules::ModuleTarget;
use crate::resolve::{ClassRef, FunctionRef};
use crate::{File, Project};

/// What a function does with a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessKind {
    /// Looks at it.
    Read,
    /// Adds to it or changes an entry.
    Change,
    /// Takes something out.
    Remove,
    /// Binds the name to something new through `global`.
    Reassign,
}

/// One access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// Where.
    pub at: Location,
    /// What is done.
    pub kind: AccessKind,
    /// The function that does it.
    pub function: FunctionRef,
    /// The name expression, or none for a reassignment.
    pub expr: Option<ExprId>,
}

const ADDING: &[&str] = &[
    "add",
    "append",
    "appendleft",
    "extend",
    "insert",
    "put",
    "put_nowait",
    "setdefault",
    "update",
    "__setitem__",
    "push",
];
const REMOVING: &[&str] = &["clear", "discard", "pop", "popitem", "popleft", "remove", "get_nowait"];

/// The accesses of each candidate, in the order of the candidates.
pub(super) fn find(project: &Project, candidates: &[Candidate]) -> Vec<Vec<Access>> {
    let mut by_file: FxHashMap<FileId, FxHashMap<Symbol, usize>> = FxHashMap::default();
    for (number, candidate) in candidates.iter().enumerate() {
        by_file.entry(candidate.file).or_default().insert(candidate.symbol, number);
    }
    let files: Vec<File<'_>> = project.files().filter(|file| file.role().is_reported()).collect();
    let found: Vec<(usize, Access)> = files
        .into_par_iter()
        .flat_map_iter(|file| in_file(project, file, &names(project, file, candidates, &by_file), candidates))
        .collect();
    let mut accesses = vec![Vec::new(); candidates.len()];
    for (number, access) in found {
        accesses[number].push(access);
    }
    for list in &mut accesses {
        list.sort_unstable();
    }
    accesses
}

/// The module-level names of a file that stand for candidates: its own, and imported ones.
fn names(
    project: &Project,
    file: File<'_>,
    candidates: &[Candidate],
    by_file: &FxHashMap<FileId, FxHashMap<Symbol, usize>>,
) -> FxHashMap<Symbol, usize> {
    let mut found = by_file.get(&file.id()).cloned().unwrap_or_default();
    let Some(imports) = project.imports(file.id()) else { return found };
    for binding in file.index().imports() {
        let BindingKind::Import(import) = binding.kind else { continue };
        let Some(name) = import.name.map(|name| file.module().text(name)) else { continue };
        let Some(target) = imports.target(import).module.and_then(ModuleTarget::file) else { continue };
        let number = by_file.get(&target).and_then(|symbols| {
            let symbol = project.file(target)?.module().symbol(name)?;
            symbols.get(&symbol).copied()
        });
        if let Some(number) = number.filter(|&number| candidates[number].kind != StateKind::Scalar) {
            found.insert(binding.name, number);
        }
    }
    found
}

fn in_file(
    project: &Project,
    file: File<'_>,
    names: &FxHashMap<Symbol, usize>,
    candidates: &[Candidate],
) -> Vec<(usize, Access)> {
    if names.is_empty() {
        return Vec::new();
    }
    let index = file.index();
    let mut found = Vec::new();
    for name_use in index.uses() {
        let Some(&number) = names.get(&name_use.name) else { continue };
        if !is_module_name(file, name_use.scope, name_use.name) {
            continue;
        }
        if let Some(called) = called_as_dependency(project, file, name_use.expr, candidates[number].kind) {
            let at = file.at_expr(name_use.expr);
            found.push((number, Access { at, kind: AccessKind::Change, function: called, expr: Some(name_use.expr) }));
            continue;
        }
        let Some(function) = index.function_of_scope(name_use.scope) else { continue };
        let kind = use_kind(project, file, name_use.expr, candidates[number].kind);
        let function = FunctionRef { file: file.id(), id: function };
        found.push((number, Access { at: file.at_expr(name_use.expr), kind, function, expr: Some(name_use.expr) }));
    }
    found.extend(reassignments(file, names));
    found
}

/// `Depends(object)`: every request calls the object, and so changes what it keeps.
fn called_as_dependency(project: &Project, file: File<'_>, name: ExprId, state: StateKind) -> Option<FunctionRef> {
    let StateKind::Holder(class) = state else { return None };
    let outer = Call::of(file.module(), file.index().parent(name)?)?;
    let is_dependency = matches!(outer.name(), Some("Depends" | "Security"));
    let method = project.method(class, "__call__").filter(|_| is_dependency)?;
    changes_itself(project, class, "__call__").then_some(method)
}

/// Whether the name means the module's variable where it is read.
fn is_module_name(file: File<'_>, scope: ScopeId, name: Symbol) -> bool {
    file.index()
        .lookup(scope, name)
        .first()
        .is_some_and(|binding| binding.scope == ScopeId::MODULE || matches!(binding.kind, BindingKind::Import(_)))
}

/// `global name` followed by an assignment.
fn reassignments(file: File<'_>, names: &FxHashMap<Symbol, usize>) -> Vec<(usize, Access)> {
    let bindings = file.index().bindings_in(ScopeId::MODULE).iter();
    bindings
        .filter_map(|binding| {
            let number = *names.get(&binding.name)?;
            let function = file.index().function_of_stmt(binding.stmt?)?;
            let is_value = matches!(
                binding.kind,
                BindingKind::Assign { .. } | BindingKind::Augmented | BindingKind::Unpack { .. }
            );
            let function = FunctionRef { file: file.id(), id: function };
            let access = Access { at: file.at(binding.span), kind: AccessKind::Reassign, function, expr: None };
            is_value.then_some((number, access))
        })
        .collect()
}

fn use_kind(project: &Project, file: File<'_>, expr: ExprId, state: StateKind) -> AccessKind {
    let module = file.module();
    // Climb over `[key]` and `.attribute` to what is done with it.
    let mut current = expr;
    let mut is_entry = false;
    while let Some(parent) = file.index().parent(current) {
        match module.expr(parent) {
            Expr::Subscript { value, .. } if value == current => {
                is_entry = true;
                current = parent;
            }
            Expr::Attribute { value, name } if value == current => {
                return method_kind(project, file, parent, module.text(name), state, is_entry);
            }
            _ => break,
        }
    }
    let Some(stmt) = file.index().stmt_of(current) else { return AccessKind::Read };
    match module.stmt(stmt) {
        Stmt::Assign { targets, .. } if is_entry && module.list(targets).contains(&current) => AccessKind::Change,
        Stmt::AnnAssign { target, .. } | Stmt::AugAssign { target, .. } if target == current => AccessKind::Change,
        Stmt::Delete(targets) if module.list(targets).contains(&current) => AccessKind::Remove,
        _ => AccessKind::Read,
    }
}

fn method_kind(
    project: &Project,
    file: File<'_>,
    attribute: ExprId,
    name: &str,
    state: StateKind,
    is_entry: bool,
) -> AccessKind {
    let call = file.index().parent(attribute).and_then(|call| Call::of(file.module(), call));
    if call.is_none_or(|call| call.function != attribute) {
        return AccessKind::Read;
    }
    if let StateKind::Holder(class) = state {
        return if changes_itself(project, class, name) { AccessKind::Change } else { AccessKind::Read };
    }
    if ADDING.contains(&name) {
        AccessKind::Change
    } else if REMOVING.contains(&name) {
        // Taking something out of an entry changes the entry.
        if is_entry { AccessKind::Change } else { AccessKind::Remove }
    } else {
        AccessKind::Read
    }
}

/// Whether a method changes a container of its object.
fn changes_itself(project: &Project, class: ClassRef, method: &str) -> bool {
    let Some(method) = project.method(class, method) else { return false };
    let Some(file) = project.file(method.file) else { return false };
    let text = file.slice(file.module().stmt_span(file.function(method.id).stmt));
    project.container_attributes(class).any(|(name, _)| {
        let attribute = format!("self.{name}");
        text.match_indices(&attribute).any(|(at, _)| {
            let rest = &text[at + attribute.len()..];
            is_changing(rest)
        })
    })
}

/// Whether what follows `self.container` changes it: a mutating method, or an assignment to an entry.
fn is_changing(rest: &str) -> bool {
    let mut rest = rest;
    if let Some(inside) = rest.strip_prefix('[') {
        let mut depth = 1;
        let end = inside.char_indices().find(|&(_, c)| {
            depth += match c {
                '[' => 1,
                ']' => -1,
                _ => 0,
            };
            depth == 0
        });
        let Some((end, _)) = end else { return false };
        rest = &inside[end + 1..];
        let assigned = rest.trim_start();
        if assigned.starts_with('=') && !assigned.starts_with("==")
            || ["+=", "-=", "|="].iter().any(|op| assigned.starts_with(op))
        {
            return true;
        }
    }
    let Some(method) = rest.strip_prefix('.') else { return false };
    let name: String = method.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    ADDING.contains(&name.as_str()) || REMOVING.contains(&name.as_str())
}
