//! Tables of allowed steps: dicts from members of an enumeration to collections of its members.

use std::collections::BTreeSet;

use backlint_model::{ClassRef, Entity, File, FunctionRef, Project, Type, words};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt, Symbol};

/// A table of allowed steps that some function looks into.
pub(super) struct StepTable {
    pub(super) name: String,
    pub(super) at: Location,
    /// The enumeration of its states; none for plain strings.
    pub(super) states: Option<ClassRef>,
    /// The functions that look into it.
    pub(super) consulted_in: BTreeSet<FunctionRef>,
    /// What they look it up by: the expressions in the place of the present state.
    pub(super) keys: Vec<(FunctionRef, ExprId)>,
}

/// The tables of the application, in source order.
pub(super) fn step_tables(project: &Project) -> Vec<StepTable> {
    let found: Vec<_> = project.app_files().flat_map(|file| declared(project, file)).collect();
    let tables = found.into_iter().map(|(file, table)| with_lookups(project, file, table));
    tables.filter(|table| !table.consulted_in.is_empty()).collect()
}

/// What the name of a table of steps may say.
fn is_step_name(name: &str) -> bool {
    const WORDS: &[&str] =
        &["allowed", "edge", "flow", "next", "permitted", "state", "status", "step", "transition", "workflow"];
    let snake = words::snake_case(name);
    WORDS.iter().any(|word| words::has_word(&snake, word)) || snake.ends_with("statuses")
}

fn declared<'p>(project: &'p Project, file: File<'p>) -> Vec<(File<'p>, StepTable)> {
    let module = file.module();
    let statements = module.stmt_ids().filter_map(|stmt| {
        let (target, value) = match module.stmt(stmt) {
            Stmt::Assign { targets, value } => (*module.list(targets).first()?, value),
            Stmt::AnnAssign { target, value: Some(value), .. } => (target, value),
            _ => return None,
        };
        let (Expr::Name(name), Expr::Dict(_)) = (module.expr(target), module.expr(value)) else { return None };
        Some((name, target, value))
    });
    let tables =
        statements.filter(|&(name, ..)| is_step_name(module.text(name))).filter_map(|(name, target, value)| {
            let states = states(project, file, value)?;
            let name = module.text(name).to_owned();
            let at = file.at_expr(target);
            Some((file, StepTable { name, at, states, consulted_in: BTreeSet::new(), keys: Vec::new() }))
        });
    tables.collect()
}

/// The enumeration of all keys and all members of all values; `Some(None)` for plain strings.
#[expect(clippy::option_option, reason = "a table of strings is a table without an enumeration")]
fn states(project: &Project, file: File<'_>, dict: ExprId) -> Option<Option<ClassRef>> {
    let module = file.module();
    let Expr::Dict(items) = module.expr(dict) else { return None };
    let items = module.list(items);
    let mut all = Vec::new();
    let mut has_steps = false;
    for item in items {
        all.push(item.key?);
        let members = members(file, item.value)?;
        has_steps |= !members.is_empty();
        all.extend(members);
    }
    if items.len() < 2 || !has_steps {
        return None;
    }
    if all.iter().all(|&state| matches!(module.expr(state), Expr::Str(_))) {
        return Some(None);
    }
    let first = enumeration_of(project, file, all[0])?;
    let is_same = all.iter().all(|&state| enumeration_of(project, file, state) == Some(first));
    is_same.then_some(Some(first))
}

/// The members of a collection: `{A, B}`, `[A]`, `(A,)`, `set()`, `frozenset({A})`.
fn members(file: File<'_>, value: ExprId) -> Option<Vec<ExprId>> {
    let module = file.module();
    match module.expr(value) {
        Expr::List(items) | Expr::Set(items) | Expr::Tuple(items) => Some(module.list(items).to_vec()),
        Expr::Call { .. } => {
            let call = Call::of(module, value)?;
            let is_collection = matches!(call.name(), Some("frozenset" | "list" | "set" | "tuple"));
            match (is_collection, call.args) {
                (true, []) => Some(Vec::new()),
                (true, [only]) => match module.expr(only.value) {
                    Expr::List(items) | Expr::Set(items) | Expr::Tuple(items) => Some(module.list(items).to_vec()),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

/// The enumeration that an expression is a member of: `State.OPEN`, `State.OPEN.value`.
pub(super) fn enumeration_of(project: &Project, file: File<'_>, expr: ExprId) -> Option<ClassRef> {
    let module = file.module();
    let Expr::Attribute { value, name } = module.expr(expr) else { return None };
    if module.text(name) == "value" && matches!(module.expr(value), Expr::Attribute { .. }) {
        return enumeration_of(project, file, value);
    }
    match project.resolve(file.id(), value) {
        Entity::Class(class) if is_enumeration(project, class) => Some(class),
        _ => None,
    }
}

fn is_enumeration(project: &Project, class: ClassRef) -> bool {
    project.derives_from(&Type::Project(class), &["enum.Enum", "enum.IntEnum", "enum.StrEnum"])
}

/// The table with all places that look into it. Names of such tables say enough to know them again in other files.
fn with_lookups(project: &Project, home: File<'_>, mut table: StepTable) -> StepTable {
    let is_local = home.module().symbol(&table.name).is_some_and(|name| is_in_function(home, name, table.at));
    for file in project.app_files().filter(|file| !is_local || file.id() == home.id()) {
        let Some(name) = file.module().symbol(&table.name) else { continue };
        for expr in file.module().expr_ids() {
            let (Expr::Name(found) | Expr::Attribute { name: found, .. }) = file.module().expr(expr) else { continue };
            if found != name || file.id() == home.id() && file.at_expr(expr) == table.at {
                continue;
            }
            let Some(id) = file.index().function_of(expr) else { continue };
            let function = FunctionRef { file: file.id(), id };
            table.consulted_in.insert(function);
            table.keys.extend(key(file, expr).map(|key| (function, key)));
        }
    }
    table
}

/// Whether the table is a variable of a function.
fn is_in_function(file: File<'_>, name: Symbol, at: Location) -> bool {
    let module = file.module();
    let mut names = module.expr_ids().filter(|&expr| module.expr(expr) == Expr::Name(name));
    names.any(|expr| file.at_expr(expr) == at && file.index().function_of(expr).is_some())
}

/// What a table is looked up by: `TABLE[key]`, `TABLE.get(key)`.
fn key(file: File<'_>, table: ExprId) -> Option<ExprId> {
    let module = file.module();
    let outer = file.index().parent(table)?;
    match module.expr(outer) {
        Expr::Subscript { value, index } if value == table => Some(index),
        Expr::Attribute { value, .. } if value == table => {
            let call = Call::of(module, file.index().parent(outer)?)?;
            call.positional(0).filter(|_| call.name() == Some("get"))
        }
        _ => None,
    }
}
