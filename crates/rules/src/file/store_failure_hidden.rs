//! FILE010: a file that cannot be read counts as empty, or one that cannot be written as saved.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{Caller, File, FileStore, FunctionRef, Project, SaveKind, StoreLoad, StoreSave};
use backlint_semantic::{Block, expressions_of, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Handler, Stmt, StmtId};

use super::stores::{ReadModifyWrite, is_expendable, read_modify_writes};
use crate::reached::reach_of;

/// What parsers raise for texts that they cannot read.
const PARSE_ERRORS: &[&str] = &[
    "ValueError",
    "JSONDecodeError",
    "YAMLError",
    "TOMLDecodeError",
    "UnpicklingError",
    "UnicodeDecodeError",
    "TomlDecodeError",
];
const BROAD: &[&str] = &["Exception", "BaseException"];

/// Words of handlers that keep the broken file, or tell somebody who can stop.
const KEEPS: &[&str] = &["rename(", "replace(", "move(", "copy", "backup", "sys.exit", "abort("];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for store in project.file_stores().iter().filter(|store| !is_expendable(store)) {
        let changes = read_modify_writes(project, store);
        if let Some(change) = changes.first() {
            for load in &store.loads {
                report_empty(project, store, load, change, findings);
            }
        }
        for save in store.saves.iter().filter(|save| save.kind == SaveKind::InPlace || save.data.is_some()) {
            if seen.insert(save.function) {
                report_lost(project, store, save, &changes, findings);
            }
        }
    }
}

/// The loader answers a broken file with an empty container.
fn report_empty(
    project: &Project,
    store: &FileStore,
    load: &StoreLoad,
    change: &ReadModifyWrite,
    findings: &mut Findings,
) {
    let (Some(file), Some(function)) = (project.file(load.at.file), load.function) else { return };
    let catches = |handler: &Handler| catches_any(file, handler, BROAD) || catches_any(file, handler, PARSE_ERRORS);
    let Some((at_try, handler)) = handler_of(file, load.at.expr, catches) else { return };
    if !answers_empty(file, function, at_try, handler) || keeps_file(file, handler) {
        return;
    }
    let name = &store.name;
    let message = format!(
        "An unreadable `{name}` counts as empty here; the next change saves that, and everything in it is gone. Take only \
         a missing file for an empty one."
    );
    let anchor = format!("{}: {name}", file.qualified_name(function.id));
    let mut report = findings.report(file.at(handler.header), anchor, message);
    report = report.also(project.at(load.at), "the file is loaded here");
    if let Some(home) = project.file(change.function.file) {
        let saved = home.at(home.first_line(home.module().span(change.save)));
        report.also(saved, format!("`{}` saves what was loaded", home.qualified_name(change.function.id)));
    }
}

/// The saver tells nobody that it failed.
fn report_lost(
    project: &Project,
    store: &FileStore,
    save: &StoreSave,
    changes: &[ReadModifyWrite],
    findings: &mut Findings,
) {
    let Some(file) = project.file(save.at.file) else { return };
    let Some((_, handler)) = handler_of(file, save.at.expr, |handler| catches_any(file, handler, BROAD)) else {
        return;
    };
    // What is noted for those who debug only is not missed when it is lost.
    let is_unimportant = file.slice(handler.span).contains(".debug(");
    if is_unimportant || tells(file, handler) || keeps_file(file, handler) {
        return;
    }
    // Those who save what they hold anyhow go on holding it; a change of what was loaded, or of a client, is lost.
    let changes_it = |caller: &Caller| {
        !project.routes_of(caller.function).is_empty()
            || changes.iter().any(|change| change.function == caller.function)
    };
    let mut callers = project.callers(save.function).iter();
    let Some(caller) = callers.find(|caller| changes_it(caller) && drops_answer(project, caller)) else { return };
    let Some(home) = project.file(caller.function.file) else { return };
    if reach_of(project, home, caller.function.id).is_none() {
        return;
    }
    let name = &store.name;
    let saver = file.qualified_name(save.function.id);
    let message = format!(
        "If `{name}` cannot be written, `{saver}` only logs it and its callers report success; let the error pass, or \
         return it."
    );
    let anchor = format!("{saver}: {name}");
    let mut report = findings.report(file.at(handler.header), anchor, message);
    report = report.also(project.at(save.at), "the file is written here");
    report.also(
        home.at(home.first_line(home.module().span(caller.call))),
        format!("`{}` goes on as if it had been saved", home.qualified_name(caller.function.id)),
    );
}

/// The first handler with this property around `expr`, innermost `try` first, with its `try`.
fn handler_of(file: File<'_>, expr: ExprId, is_meant: impl Fn(&Handler) -> bool) -> Option<(StmtId, &Handler)> {
    let module = file.module();
    let stmt = file.index().stmt_of(expr)?;
    let is_within = |stmt: StmtId| file.index().function_of_stmt(stmt) == file.index().function_of(expr);
    file.index().stmt_ancestors(stmt).filter(|parent| parent.block == Block::Body && is_within(parent.stmt)).find_map(
        |parent| match module.stmt(parent.stmt) {
            Stmt::Try { handlers, .. } => {
                module.list(handlers).iter().find(|handler| is_meant(handler)).map(|handler| (parent.stmt, handler))
            }
            _ => None,
        },
    )
}

fn catches_any<'p>(file: File<'p>, handler: &'p Handler, names: &[&str]) -> bool {
    if handler.kind.is_none() {
        return names.contains(&"Exception");
    }
    file.caught_by(handler).iter().any(|&kind| {
        let last = file.text_of(kind).rsplit('.').next().unwrap_or_default();
        names.contains(&last)
    })
}

/// Whether what follows the error is an empty container.
fn answers_empty(file: File<'_>, function: FunctionRef, at_try: StmtId, handler: &Handler) -> bool {
    let module = file.module();
    let handling = own_statements(module, module.list(handler.body));
    if handling.iter().any(|&stmt| matches!(module.stmt(stmt), Stmt::Raise { .. } | Stmt::Continue | Stmt::If { .. })) {
        return false;
    }
    for &stmt in &handling {
        match module.stmt(stmt) {
            Stmt::Return(value) => return value.is_some_and(|value| is_empty(file, value)),
            Stmt::Assign { value, .. } if is_empty(file, value) => return true,
            _ => {}
        }
    }
    // `try: return load() except ValueError: pass`, and `return {}` behind it.
    let end = module.stmt_span(at_try).end;
    let body = module.body(function.id).iter();
    let mut behind = body.filter(|&&stmt| module.stmt_span(stmt).start >= end);
    matches!(behind.next().map(|&stmt| module.stmt(stmt)), Some(Stmt::Return(Some(value))) if is_empty(file, value))
}

/// `{}`, `[]`, `dict()`, `set()`.
fn is_empty(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    match module.expr(expr) {
        Expr::Dict(items) => module.list(items).is_empty(),
        Expr::List(items) => module.list(items).is_empty(),
        Expr::Call { function, args } => {
            module.list(args).is_empty() && matches!(file.text_of(function), "dict" | "list" | "set")
        }
        _ => false,
    }
}

fn keeps_file(file: File<'_>, handler: &Handler) -> bool {
    let text = file.slice(handler.span);
    KEEPS.iter().any(|word| text.contains(word))
}

/// Whether a handler raises, answers or notes that it happened, beside logging it.
fn tells(file: File<'_>, handler: &Handler) -> bool {
    let module = file.module();
    own_statements(module, module.list(handler.body)).into_iter().any(|stmt| match module.stmt(stmt) {
        Stmt::Expr(_) | Stmt::Pass => expressions_of(module, stmt).into_iter().any(|expr| !is_log(file, expr)),
        Stmt::Return(None) => false,
        Stmt::Return(Some(value)) => !matches!(module.expr(value), Expr::None | Expr::False),
        _ => true,
    })
}

fn is_log(file: File<'_>, expr: ExprId) -> bool {
    let text = file.text_of(expr);
    let head = text.split('(').next().unwrap_or_default().to_ascii_lowercase();
    head == "print" || head.contains("log") || head.ends_with("print_exc") || head.starts_with("console")
}

/// Whether the answer of a call is thrown away.
fn drops_answer(project: &Project, caller: &Caller) -> bool {
    let Some(file) = project.file(caller.function.file) else { return false };
    let module = file.module();
    let outer = match file.index().parent(caller.call) {
        None => caller.call,
        Some(parent) if matches!(module.expr(parent), Expr::Await(_)) => parent,
        Some(_) => return false,
    };
    let stmt = file.index().stmt_of(outer).map(|stmt| module.stmt(stmt));
    matches!(stmt, Some(Stmt::Expr(value)) if value == outer)
}
