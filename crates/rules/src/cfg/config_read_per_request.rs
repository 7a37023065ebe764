//! CFG004: a configuration file that is read again for every request.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, FunctionRef, Project, Reach, words};
use backlint_semantic::{BindingKind, Call, ScopeId, descendants};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt};

use crate::expressions::tests_around;

/// Calls that read a whole configuration file.
const READERS: &[&str] = &["load", "loads", "safe_load", "full_load", "read", "read_text"];

/// Packages whose readers parse configuration.
const PARSERS: &[&str] = &["configparser", "json", "ruamel", "toml", "tomli", "tomllib", "yaml"];

/// How many calls lie between a handler and the function that reads.
const MAX_DEPTH: u32 = 4;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        if !file.module().symbol("open").is_some_and(|_| parses(file)) {
            continue;
        }
        let mut seen = BTreeSet::new();
        for call in file.calls_named(&["open"]) {
            let Some(function) = file.index().function_of(call.expr).filter(|&f| !is_cached(file, f)) else { continue };
            let reader = FunctionRef { file: file.id(), id: function };
            let is_live = matches!(project.reach(reader), Some(Reach::Request | Reach::Task));
            if is_live
                && is_config_file(file, call)
                && has_parser(project, reader)
                && !leaves_early(file, function, call.expr)
                && seen.insert(function)
            {
                report(project, file, reader, call, findings);
            }
        }
    }
}

fn report(project: &Project, file: File<'_>, reader: FunctionRef, call: Call<'_>, findings: &mut Findings) {
    let users = users(project, reader);
    if users.is_empty() {
        return;
    }
    let who = match users.len() {
        1 => "for each call of one handler".to_owned(),
        count => format!("for each call of {count} handlers"),
    };
    let name = file.qualified_name(reader.id);
    let message = format!(
        "`{name}` opens and parses this file {who}. Keep what was read as long as the file's time of change stays the same."
    );
    let mut report = findings.report(file.at_expr(call.expr), name, message);
    for user in users.into_iter().take(3) {
        if let Some(at) = project.file(user.file).map(|file| file.at_function(user.id)) {
            report = report.also(at, "reads the file through it");
        }
    }
}

fn parses(file: File<'_>) -> bool {
    PARSERS.iter().any(|package| file.module().symbol(package).is_some())
}

/// Whether the function, its own calls only, parses what it reads.
fn has_parser(project: &Project, reader: FunctionRef) -> bool {
    let Some(file) = project.file(reader.file) else { return false };
    project.calls_in(reader).into_iter().filter(|call| call.name().is_some_and(|name| READERS.contains(&name))).any(
        |call| {
            let path = file.path_of(call.function).unwrap_or_default();
            PARSERS.contains(&path.split('.').next().unwrap_or_default())
        },
    )
}

/// A file whose path is the same in every run and whose name, or the name it goes by, says configuration.
fn is_config_file(file: File<'_>, call: Call<'_>) -> bool {
    let module = file.module();
    let Some(path) = call.argument("file", 0) else { return false };
    let is_read = call.argument("mode", 1).is_none_or(|mode| match module.expr(mode) {
        Expr::Str(mode) => module.text(mode).starts_with('r'),
        _ => false,
    });
    let says = |text: &str| {
        let snake = words::snake_case(text);
        ["config", "configuration", "settings"].iter().any(|word| words::has_word(&snake.replace('/', "_"), word))
    };
    let named = match module.expr(path) {
        Expr::Str(text) => says(module.text(text)),
        Expr::Name(name) => is_constant(file, path) && says(module.text(name)),
        _ => false,
    };
    is_read && named
}

/// Whether a name is bound once, at the top of the module.
fn is_constant(file: File<'_>, expr: ExprId) -> bool {
    let Expr::Name(name) = file.module().expr(expr) else { return false };
    match file.index().lookup(file.index().scope_of_name(expr), name) {
        [only] => {
            only.scope == ScopeId::MODULE && matches!(only.kind, BindingKind::Assign { .. } | BindingKind::Import(_))
        }
        _ => false,
    }
}

/// Whether the function keeps its result: a decorator for caching, or a look at the file's time of change.
fn is_cached(file: File<'_>, function: FunctionId) -> bool {
    let module = file.module();
    let text = file.slice(module.stmt_span(file.function(function).stmt));
    let is_cache = |decorator: ExprId| file.text_of(decorator).to_ascii_lowercase().contains("cache");
    module.list(file.function(function).decorators).iter().any(|decorator| is_cache(decorator.expr))
        || ["mtime", "_cache", "CACHE"].iter().any(|word| text.contains(word))
}

/// Whether the function may return what it has before it comes to the file.
fn leaves_early(file: File<'_>, function: FunctionId, open: ExprId) -> bool {
    let module = file.module();
    let start = module.span(open).start;
    backlint_semantic::own_statements(module, module.body(function))
        .into_iter()
        .any(|stmt| matches!(module.stmt(stmt), Stmt::Return(_)) && module.stmt_span(stmt).end <= start)
        || is_once(file, open)
}

/// Whether an expression only runs while something is not there yet that outlives the call.
fn is_once(file: File<'_>, expr: ExprId) -> bool {
    let Some(stmt) = file.index().stmt_of(expr) else { return false };
    let asks = |test: ExprId| {
        let text = file.text_of(test);
        (text.ends_with("is None") || text.starts_with("not ")) && outlives(file, test)
    };
    tests_around(file, stmt).any(asks)
}

/// Whether a test asks for something that is not only bound in the function at hand.
fn outlives(file: File<'_>, test: ExprId) -> bool {
    let module = file.module();
    descendants(module, test).into_iter().any(|part| match module.expr(part) {
        Expr::Attribute { .. } => true,
        Expr::Name(name) => {
            let found = file.index().lookup(file.index().scope_of_name(part), name);
            found.iter().all(|binding| binding.scope == ScopeId::MODULE)
        }
        _ => false,
    })
}

/// The handlers that come to a function, so far as calls resolve and nothing between keeps the result.
fn users(project: &Project, reader: FunctionRef) -> BTreeSet<FunctionRef> {
    let handlers: BTreeSet<FunctionRef> =
        project.routes().iter().filter_map(|route| route.handler.function()).collect();
    handlers.into_iter().filter(|&handler| comes_to(project, handler, reader)).collect()
}

fn comes_to(project: &Project, handler: FunctionRef, reader: FunctionRef) -> bool {
    let mut seen = BTreeSet::new();
    let mut level = vec![handler];
    for _ in 0..=MAX_DEPTH {
        if level.contains(&reader) {
            return true;
        }
        level.retain(|&function| seen.insert(function));
        level = level
            .iter()
            .filter_map(|&function| Some((project.file(function.file)?, function)))
            .filter(|&(file, function)| function == handler || !is_cached(file, function.id))
            .flat_map(|(file, function)| {
                let callees = project.callees(function).iter();
                callees.filter(move |callee| !is_once(file, callee.call)).map(|callee| callee.function)
            })
            .collect();
    }
    false
}
