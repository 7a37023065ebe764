//! What the rules on files of data share: functions that load and save, and those that do both with one value.

use std::collections::BTreeMap;

use backlint_model::{File, FileStore, FunctionRef, Project, Reach};
use backlint_semantic::{Block, Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt, StmtId, Symbol};
use rustc_hash::FxHashSet;

use crate::expressions::label;

/// Words of files whose loss costs nothing: they are made again, or only read by people.
const EXPENDABLE: &[&str] =
    &["backup", "cache", "debug", "dump", "export", "log", "output", "progress", "report", "result", "temp", "tmp"];

/// Words of files that decide who may do what.
const AUTHORITY: &[&str] = &[
    "account",
    "acl",
    "auth",
    "credential",
    "member",
    "password",
    "permission",
    "role",
    "secret",
    "session",
    "token",
    "user",
];

/// A function that loads a file, changes what it holds and saves it.
pub(super) struct ReadModifyWrite {
    pub(super) function: FunctionRef,
    /// The expression that loads.
    pub(super) load: ExprId,
    /// The expression that saves.
    pub(super) save: ExprId,
}

/// Whether losing the file costs nothing.
pub(super) fn is_expendable(store: &FileStore) -> bool {
    let path = store.path.as_deref().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    [store.name.as_str(), file].into_iter().any(|name| {
        let name = name.to_ascii_lowercase();
        let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| EXPENDABLE.contains(&word.strip_suffix('s').unwrap_or(word)))
    })
}

/// Whether the file decides who may do what.
pub(super) fn decides_access(store: &FileStore) -> bool {
    let name = store.name.to_ascii_lowercase();
    AUTHORITY.iter().any(|word| name.contains(word))
}

/// Whether an error of `expr` is dropped, or noted for those who debug only: what is not saved is not missed.
pub(super) fn is_best_effort(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    let is_dropped = |stmt: StmtId| match module.stmt(stmt) {
        Stmt::Pass => true,
        Stmt::Expr(value) => Call::of(module, value).is_some_and(|call| call.name() == Some("debug")),
        _ => false,
    };
    file.index().stmt_ancestors(stmt).filter(|parent| parent.block == Block::Body).any(|parent| {
        let Stmt::Try { handlers, .. } = module.stmt(parent.stmt) else { return false };
        module.list(handlers).iter().any(|handler| module.list(handler.body).iter().all(|&stmt| is_dropped(stmt)))
    })
}

/// A site that loads or saves, in one function.
#[derive(Clone, Copy)]
struct Site {
    expr: ExprId,
    /// What is saved, for a save; for a call of a function that saves, all arguments count.
    data: Option<ExprId>,
    saves: bool,
}

/// The functions that load a file and save what became of it, in stable order, each with its first pair.
pub(super) fn read_modify_writes(project: &Project, store: &FileStore) -> Vec<ReadModifyWrite> {
    let mut sites: BTreeMap<FunctionRef, Vec<Site>> = BTreeMap::new();
    for load in &store.loads {
        let Some(function) = load.function else { continue };
        sites.entry(function).or_default().push(Site { expr: load.at.expr, data: None, saves: false });
    }
    for save in store.saves.iter().filter(|save| save.data.is_some()) {
        sites.entry(save.function).or_default().push(Site { expr: save.at.expr, data: save.data, saves: true });
    }
    let helpers: Vec<(FunctionRef, bool)> = sites
        .iter()
        .filter_map(|(&function, sites)| {
            let saves = sites.first()?.saves;
            sites.iter().all(|site| site.saves == saves).then_some((function, saves))
        })
        .collect();
    for (helper, saves) in helpers {
        for caller in project.callers(helper) {
            sites.entry(caller.function).or_default().push(Site { expr: caller.call, data: None, saves });
        }
    }
    let found = sites.into_iter().filter_map(|(function, sites)| {
        let file = project.file(function.file)?;
        let (load, save) = pair(file, function, &sites)?;
        Some(ReadModifyWrite { function, load, save })
    });
    found.collect()
}

/// The first load whose value a later site of the same function saves.
fn pair(file: File<'_>, function: FunctionRef, sites: &[Site]) -> Option<(ExprId, ExprId)> {
    let end = |expr: ExprId| file.module().span(expr).end;
    let mut loads: Vec<&Site> = sites.iter().filter(|site| !site.saves).collect();
    let mut saves: Vec<&Site> = sites.iter().filter(|site| site.saves).collect();
    loads.sort_by_key(|site| end(site.expr));
    saves.sort_by_key(|site| end(site.expr));
    for load in loads {
        let names = names_of(file, function, load.expr);
        let save = saves.iter().find(|save| {
            end(save.expr) > end(load.expr) && saved(file, save).into_iter().any(|data| holds(file, data, &names))
        });
        if let Some(save) = save {
            return Some((load.expr, save.expr));
        }
    }
    None
}

/// What a site saves.
fn saved(file: File<'_>, site: &Site) -> Vec<ExprId> {
    if let Some(data) = site.data {
        return vec![data];
    }
    let call = Call::of(file.module(), site.expr);
    call.map(|call| call.args.iter().map(|arg| arg.value).collect()).unwrap_or_default()
}

/// The names that hold the value of `source`, or something made of it, in the order of the statements.
fn names_of(file: File<'_>, function: FunctionRef, source: ExprId) -> FxHashSet<Symbol> {
    let module = file.module();
    let mut names = FxHashSet::default();
    for stmt in own_statements(module, module.body(function.id)) {
        let (targets, value) = match module.stmt(stmt) {
            Stmt::Assign { targets, value } => (module.list(targets).to_vec(), value),
            Stmt::AnnAssign { target, value: Some(value), .. } | Stmt::AugAssign { target, value, .. } => {
                (vec![target], value)
            }
            Stmt::For { target, iter, .. } => (vec![target], iter),
            _ => {
                collect(file, stmt, &mut names);
                continue;
            }
        };
        let comes_from = descendants(module, value).contains(&source) || holds(file, value, &names);
        if comes_from {
            names.extend(targets.iter().filter_map(|&target| rooted(file, target)));
        }
    }
    names
}

/// `kept.append(entry)`: the list holds the entry from here on.
fn collect(file: File<'_>, stmt: StmtId, names: &mut FxHashSet<Symbol>) {
    for expr in expressions_of(file.module(), stmt) {
        let Some(call) = Call::of(file.module(), expr) else { continue };
        let gives = call.args.iter().any(|arg| arg.kind == ArgKind::Positional && holds(file, arg.value, names));
        if gives && matches!(call.name(), Some("append" | "extend" | "update" | "add" | "insert")) {
            names.extend(call.receiver().and_then(|receiver| rooted(file, receiver)));
        }
    }
}

/// The name or attribute that an assignment to `target` changes.
fn rooted(file: File<'_>, target: ExprId) -> Option<Symbol> {
    let module = file.module();
    let mut target = target;
    loop {
        match module.expr(target) {
            Expr::Name(name) | Expr::Attribute { name, .. } => return Some(name),
            Expr::Subscript { value, .. } | Expr::Starred(value) => target = value,
            _ => return None,
        }
    }
}

fn holds(file: File<'_>, expr: ExprId, names: &FxHashSet<Symbol>) -> bool {
    let module = file.module();
    descendants(module, expr).into_iter().any(|part| match module.expr(part) {
        Expr::Name(name) | Expr::Attribute { name, .. } => names.contains(&name),
        _ => false,
    })
}

/// Whether requests or tasks run the function, so that two may do so at a time.
pub(super) fn runs_beside_itself(project: &Project, function: FunctionRef) -> bool {
    matches!(project.reach(function), Some(Reach::Request | Reach::Task))
}

/// Whether a lock is held at `expr`: by a `with` around it, a decorator, or a call in the same function.
pub(super) fn holds_lock(file: File<'_>, function: FunctionRef, expr: ExprId) -> bool {
    let module = file.module();
    let is_lock = |expr: ExprId| {
        let text = file.text_of(expr).to_ascii_lowercase();
        ["lock", "mutex", "semaphore", "synchronized", "transaction", "atomic"].iter().any(|word| text.contains(word))
    };
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    let is_inside = file.index().stmt_ancestors(stmt).any(|parent| match module.stmt(parent.stmt) {
        Stmt::With { items, .. } => module.list(items).iter().any(|item| is_lock(item.context)),
        _ => false,
    });
    let decorators = module.list(file.function(function.id).decorators);
    let mut taken = file.calls_named(&["acquire", "flock", "lockf", "lock"]);
    is_inside
        || decorators.iter().any(|decorator| label(file, decorator.expr).is_some() && is_lock(decorator.expr))
        || taken.any(|call| file.index().function_of(call.expr) == Some(function.id))
}
