//! Module variables that one function sets while a request is served, and that other requests read without it.

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{File, FunctionRef, Project, Reach, Role, Route};
use backlint_semantic::{BindingKind, Call, ScopeId};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt, StmtId, Symbol};

use super::assigned::targets;
use crate::reached::callers_within;
use crate::served::handlers_by_app;

/// How many calls lie between a handler and what it runs.
const MAX_DEPTH: u32 = 4;

/// A function that sets variables which are `None` before.
struct Setter {
    function: FunctionRef,
    /// The variables, each with the statement that declares it.
    variables: Vec<(Symbol, StmtId)>,
}

/// A place that reads such a variable.
struct Read {
    function: FunctionId,
    name: Symbol,
    at: ExprId,
}

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let handlers: BTreeMap<FunctionRef, &Route> = handlers_by_app(project).into_values().flatten().collect();
    for file in project.app_files() {
        for setter in setters(project, file) {
            if !runs_for_requests_only(project, &setter, &handlers) {
                continue;
            }
            for read in reads(file, &setter) {
                let reader = FunctionRef { file: file.id(), id: read.function };
                if let Some(route) = route_without(project, reader, setter.function, &handlers) {
                    report(file, &setter, &read, route, findings);
                }
            }
        }
    }
}

fn report(file: File<'_>, setter: &Setter, read: &Read, route: &Route, findings: &mut Findings) {
    let name = file.module().text(read.name);
    let sets = file.qualified_name(setter.function.id);
    let message = format!(
        "`{name}` is `None` until `{sets}` has run in this process, and `{}` gets here without it: the answer depends on \
         which request came first. Set it at start-up.",
        route.label()
    );
    let anchor = format!("{}: {name}", file.qualified_name(read.function));
    let mut report = findings.report(file.at_expr(read.at), anchor, message).confidence(Confidence::Medium);
    if let Some((_, declared)) = setter.variables.iter().find(|(variable, _)| *variable == read.name) {
        report = report.also(file.at_stmt(*declared), format!("only `{sets}` sets it"));
    }
    report.also(route.at, "this route reads it and never sets it").audience(Audience::Pedantic);
}

/// The functions of a file that are alone in setting some variable that is `None` at first.
fn setters(project: &Project, file: File<'_>) -> Vec<Setter> {
    let module = file.module();
    let mut declared: BTreeMap<Symbol, Vec<(FunctionId, StmtId)>> = BTreeMap::new();
    for stmt in module.stmt_ids() {
        let Stmt::Global(names) = module.stmt(stmt) else { continue };
        let Some(function) = file.index().function_of_stmt(stmt) else { continue };
        for &name in module.list(names) {
            declared.entry(name).or_default().push((function, stmt));
        }
    }
    let mut found: BTreeMap<FunctionId, Vec<(Symbol, StmtId)>> = BTreeMap::new();
    for (name, places) in declared {
        let [(function, stmt)] = places[..] else { continue };
        if is_none_before(file, name) && !is_set_from_outside(project, file, module.text(name)) {
            found.entry(function).or_default().push((name, stmt));
        }
    }
    let setter = |(id, variables)| Setter { function: FunctionRef { file: file.id(), id }, variables };
    found.into_iter().map(setter).collect()
}

/// Whether the module itself binds the variable to `None` and to nothing else.
fn is_none_before(file: File<'_>, name: Symbol) -> bool {
    let bindings = file.index().bindings_of(ScopeId::MODULE, name);
    let own = bindings.iter().filter_map(|binding| match binding.kind {
        BindingKind::Assign { value: Some(value), .. } => {
            file.index().function_of(value).is_none().then(|| file.module().expr(value) == Expr::None)
        }
        BindingKind::Assign { value: None, .. } => None,
        _ => Some(false),
    });
    own.collect::<Vec<_>>() == [true]
}

/// Whether another module of the application sets the attribute of this name.
fn is_set_from_outside(project: &Project, own: File<'_>, name: &str) -> bool {
    let others = project.app_files().filter(|file| file.id() != own.id() && file.module().symbol(name).is_some());
    others.into_iter().any(|file| {
        let module = file.module();
        module.stmt_ids().flat_map(|stmt| targets(file, stmt)).any(
            |target| matches!(module.expr(target), Expr::Attribute { name: found, .. } if module.text(found) == name),
        )
    })
}

/// Whether no start-up code, hook or program of its own runs the setter before requests come.
fn runs_for_requests_only(project: &Project, setter: &Setter, handlers: &BTreeMap<FunctionRef, &Route>) -> bool {
    let above = callers_within(project, setter.function, MAX_DEPTH);
    let mut roots = above.iter().filter(|&&function| project.callers(function).is_empty());
    above.iter().any(|function| handlers.contains_key(function))
        && roots.all(|&root| handlers.contains_key(&root) || runs_elsewhere(project, root))
        && !is_called_unseen(project, setter.function)
        && above.iter().all(|&function| {
            handlers.contains_key(&function) || runs_elsewhere(project, function) || !is_handed_on(project, function)
        })
}

/// Whether a function runs in other processes than those that serve requests, or beside the requests.
fn runs_elsewhere(project: &Project, function: FunctionRef) -> bool {
    matches!(project.reach(function), Some(Reach::Task | Reach::Worker))
        || project.file(function.file).is_none_or(|f| f.role() != Role::App)
}

/// Whether some call by this name was not resolved and may be one of the function.
fn is_called_unseen(project: &Project, function: FunctionRef) -> bool {
    let Some(home) = project.file(function.file) else { return true };
    let name = home.function_name(function.id);
    let callers: BTreeSet<FunctionRef> = project.callers(function).iter().map(|caller| caller.function).collect();
    project.app_files().any(|file| {
        let mut calls = file.calls().filter(|call| call.name() == Some(name));
        file.module().symbol(name).is_some()
            && calls.any(|call| {
                let around = file.index().function_of(call.expr).map(|id| FunctionRef { file: file.id(), id });
                around.is_some_and(|around| !callers.contains(&around))
            })
    })
}

/// Whether code outside functions calls a function, or some code uses it as a value.
fn is_handed_on(project: &Project, function: FunctionRef) -> bool {
    let Some(home) = project.file(function.file) else { return true };
    let name = home.function_name(function.id);
    // Decorators register hooks and start-up code.
    !home.module().list(home.function(function.id).decorators).is_empty()
        || project.app_files().any(|file| {
            let module = file.module();
            let Some(symbol) = module.symbol(name) else { return false };
            file.index().uses().iter().filter(|used| used.name == symbol).any(|used| {
                let call = file.index().parent(used.expr).and_then(|parent| Call::of(module, parent));
                let is_called = call.is_some_and(|call| call.function == used.expr);
                !is_called || (file.index().function_of(used.expr).is_none() && !is_below_main(file, used.expr))
            })
        })
}

/// Below `if __name__ == "__main__"`, which servers that import the module pass by.
fn is_below_main(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    file.index().stmt_ancestors(stmt).any(|parent| match module.stmt(parent.stmt) {
        Stmt::If { clauses, .. } => {
            module.list(clauses).iter().any(|clause| file.text_of(clause.test).contains("__main__"))
        }
        _ => false,
    })
}

/// The first read of a variable in each other function that does not refuse to work without it.
fn reads(file: File<'_>, setter: &Setter) -> Vec<Read> {
    let index = file.index();
    let mut seen = BTreeSet::new();
    let mut refusing = BTreeSet::new();
    let mut found = Vec::new();
    for used in index.uses() {
        let is_variable = setter.variables.iter().any(|(variable, _)| *variable == used.name);
        let is_global = || index.lookup(used.scope, used.name).iter().all(|binding| binding.scope == ScopeId::MODULE);
        let Some(function) = index.function_of(used.expr).filter(|_| is_variable) else { continue };
        if function == setter.function.id || !is_global() {
            continue;
        }
        if raises_without(file, used.expr) {
            refusing.insert(function);
        } else if seen.insert(function) {
            found.push(Read { function, name: used.name, at: used.expr });
        }
    }
    found.retain(|read| !refusing.contains(&read.function));
    found
}

/// `if not X: raise …`.
fn raises_without(file: File<'_>, used: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(used) else { return false };
    match module.stmt(stmt) {
        Stmt::Assert { .. } => true,
        Stmt::If { clauses, .. } => module.list(clauses).iter().any(|clause| {
            let first = module.list(clause.body).first().map(|&first| module.stmt(first));
            module.span(clause.test).contains(module.span(used)) && matches!(first, Some(Stmt::Raise { .. }))
        }),
        _ => false,
    }
}

/// A route that runs the reader and never the setter.
fn route_without<'p>(
    project: &'p Project,
    reader: FunctionRef,
    setter: FunctionRef,
    handlers: &BTreeMap<FunctionRef, &'p Route>,
) -> Option<&'p Route> {
    let runs = |function: FunctionRef, depth: u32| {
        project.called_within(function, depth).iter().any(|(_, called)| *called == setter)
    };
    // A getter that sets what is missing.
    if runs(reader, MAX_DEPTH) {
        return None;
    }
    callers_within(project, reader, MAX_DEPTH).into_iter().find_map(|function| {
        let route = *handlers.get(&function)?;
        (!runs(function, 2 * MAX_DEPTH)).then_some(route)
    })
}
