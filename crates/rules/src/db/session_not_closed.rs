//! DB009: a session or connection that is not closed on every path.

use backlint_finding::Findings;
use backlint_model::{Entity, File, FunctionRef, Project, Role, SessionKind, Type};
use backlint_semantic::{BindingKind, Block, Call};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt, StmtId, Symbol};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.reported_files().filter(|file| file.role() == Role::App) {
        for call in file.calls().filter(|call| may_open(file, *call)) {
            let Some(opened) = opened(project, file, call) else { continue };
            let Some(leak) = leak(project, file, &opened) else { continue };
            report(file, &opened, &leak, findings);
        }
    }
}

/// What is opened.
#[derive(Clone, Copy)]
enum Kind {
    Session,
    Connection,
    /// A connection whose `with` ends the transaction and not the connection.
    TransactionContext,
    /// A connection that no `with` takes.
    NoContext,
}

impl Kind {
    fn what(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Connection | Self::TransactionContext | Self::NoContext => "connection",
        }
    }

    /// What to do for it to be closed on every path.
    fn remedy(self) -> &'static str {
        match self {
            Self::Session | Self::Connection => "open it in a `with` statement",
            Self::TransactionContext => {
                "open it in `with contextlib.closing(…)`, as its own `with` only ends the transaction"
            }
            Self::NoContext => "close it in a `finally`",
        }
    }
}

/// A session or connection in a variable.
struct Opened<'p> {
    call: Call<'p>,
    function: FunctionId,
    name: Symbol,
    kind: Kind,
}

/// How it stays open.
enum Leak {
    /// Nothing closes it.
    NeverClosed,
    /// An exception between opening and closing skips the closing.
    Skipped { close: ExprId },
    /// A `return` leaves without closing.
    Returned { stmt: StmtId },
}

/// Cheap: names of calls that open sessions and connections.
fn may_open(file: File<'_>, call: Call<'_>) -> bool {
    let Some(name) = call.name() else { return false };
    let lower = name.to_ascii_lowercase();
    let is_named =
        lower.contains("session") || lower.contains("maker") || matches!(name, "connect" | "next" | "Session");
    is_named
        && matches!(file.index().stmt_of(call.expr).map(|stmt| file.module().stmt(stmt)), Some(Stmt::Assign { .. }))
}

fn opened<'p>(project: &Project, file: File<'p>, call: Call<'p>) -> Option<Opened<'p>> {
    let module = file.module();
    let stmt = file.index().stmt_of(call.expr)?;
    let Stmt::Assign { targets, value } = module.stmt(stmt) else { return None };
    let value = match module.expr(value) {
        Expr::Await(inner) => inner,
        _ => value,
    };
    let &[target] = module.list(targets) else { return None };
    let Expr::Name(name) = module.expr(target) else { return None };
    let function = file.index().function_of(call.expr)?;
    if value != call.expr {
        return None;
    }
    let kind = kind(project, file, call)?;
    let bindings = file.index().bindings_of(file.index().function_scope(function), name);
    let is_local = bindings.iter().all(|binding| !matches!(binding.kind, BindingKind::Param(..)));
    (is_local && !bindings.is_empty()).then_some(Opened { call, function, name, kind })
}

/// What a call opens: a session of a maker, a connection of an engine or driver, a dependency taken by hand.
fn kind(project: &Project, file: File<'_>, call: Call<'_>) -> Option<Kind> {
    if call.name() == Some("next") && call.receiver().is_none() {
        let inner = Call::of(file.module(), call.positional(0)?)?;
        let provider = project.resolve(file.id(), inner.function).function()?;
        return project.session_provider(provider).map(|_| Kind::Session);
    }
    match project.resolve(file.id(), call.expr) {
        Entity::Result { of, .. } => connection(&of),
        Entity::Instance { of: Type::External(path), origin: Some(origin) } if origin.expr == call.expr => {
            let is_session =
                matches!(project.session_kind(file.id(), call.expr), Some(SessionKind::Sync | SessionKind::Async));
            let is_own = is_session && !path.contains("scoped_session") && !is_over_connection(file, call);
            is_own.then_some(Kind::Session)
        }
        _ => None,
    }
}

fn connection(path: &str) -> Option<Kind> {
    match path {
        "MySQLdb.connect"
        | "mysql.connector.connect"
        | "psycopg.connect"
        | "pymysql.connect"
        | "sqlalchemy.create_engine().connect"
        | "sqlalchemy.engine.create_engine().connect" => Some(Kind::Connection),
        "psycopg2.connect" | "pyodbc.connect" | "sqlite3.connect" => Some(Kind::TransactionContext),
        "asyncpg.connect" => Some(Kind::NoContext),
        _ => None,
    }
}

fn leak(project: &Project, file: File<'_>, opened: &Opened<'_>) -> Option<Leak> {
    let uses = Uses::of(project, file, opened)?;
    let Some(&close) = uses.closes.first() else { return Some(Leak::NeverClosed) };
    if uses.closes.iter().any(|&close| is_in(file, close, Block::Finally)) || uses.is_closed_after_failure(file) {
        return None;
    }
    if let Some(stmt) = early_return(file, opened, &uses) {
        return Some(Leak::Returned { stmt });
    }
    let module = file.module();
    let between = module.span(opened.call.expr).end..module.span(close).start;
    let works = file.calls().any(|call| {
        between.contains(&call.span().start) && file.index().function_of(call.expr) == Some(opened.function)
    });
    works.then_some(Leak::Skipped { close })
}

/// What a function does with what it has opened.
struct Uses {
    closes: Vec<ExprId>,
}

impl Uses {
    /// None if somebody else may close it: it is returned, kept, handed to an object, or used as a context manager.
    fn of(project: &Project, file: File<'_>, opened: &Opened<'_>) -> Option<Self> {
        let module = file.module();
        let scope = file.index().function_scope(opened.function);
        let mut closes = Vec::new();
        let uses = file.index().uses().iter().filter(|u| u.name == opened.name);
        for used in uses.filter(|u| is_same_variable(file, u.scope, scope, opened.name)) {
            if file.index().function_of(used.expr) != Some(opened.function) {
                return None;
            }
            match file.index().parent(used.expr).map(|parent| (parent, module.expr(parent))) {
                Some((parent, Expr::Attribute { name, .. })) => match module.text(name) {
                    "cursor" | "begin" if is_returned(file, used.expr) => return None,
                    "close" | "aclose" => closes.push(file.index().parent(parent).unwrap_or(parent)),
                    _ => {}
                },
                Some((parent, Expr::Call { .. })) if !may_take_over(project, file, parent) => {}
                // A test of the variable itself, or a generator that hands it out.
                Some((
                    _,
                    Expr::Unary { .. }
                    | Expr::Compare { .. }
                    | Expr::Bool { .. }
                    | Expr::Conditional { .. }
                    | Expr::Yield(_),
                )) => {}
                None if is_test(file, used.expr) => {}
                _ => return None,
            }
        }
        Some(Self { closes })
    }

    /// Whether a clause for all exceptions closes, too.
    fn is_closed_after_failure(&self, file: File<'_>) -> bool {
        self.closes.iter().any(|&close| {
            let stmt = file.index().stmt_of(close);
            stmt.is_some_and(|stmt| {
                file.index().stmt_ancestors(stmt).any(|parent| matches!(parent.block, Block::Handler(_)))
            })
        })
    }
}

fn is_same_variable(
    file: File<'_>,
    used: backlint_semantic::ScopeId,
    scope: backlint_semantic::ScopeId,
    name: Symbol,
) -> bool {
    file.index().lookup(used, name).first().is_some_and(|binding| binding.scope == scope)
}

/// Calls that may close what they get: constructors, exit stacks, anything that could not be told.
fn may_take_over(project: &Project, file: File<'_>, call: ExprId) -> bool {
    let Some(call) = Call::of(file.module(), call) else { return true };
    match project.resolve(file.id(), call.function) {
        Entity::Function(function) => {
            let closes = project.calls_in(function).iter().any(|inner| inner.name() == Some("close"));
            closes || is_method_that_keeps(project, function)
        }
        _ => !matches!(call.name(), Some("bool" | "id" | "len" | "print" | "repr" | "str" | "isinstance")),
    }
}

/// A method may keep what it gets in its object.
fn is_method_that_keeps(project: &Project, function: FunctionRef) -> bool {
    project.file(function.file).is_none_or(|file| {
        let module = file.module();
        let statements = backlint_semantic::own_statements(module, module.body(function.id));
        statements.into_iter().any(|stmt| match module.stmt(stmt) {
            Stmt::Assign { targets, .. } => {
                module.list(targets).iter().any(|&target| matches!(module.expr(target), Expr::Attribute { .. }))
            }
            Stmt::Global(_) => true,
            _ => false,
        })
    })
}

/// What is returned keeps the connection that made it.
fn is_returned(file: File<'_>, expr: ExprId) -> bool {
    file.index().stmt_of(expr).is_some_and(|stmt| matches!(file.module().stmt(stmt), Stmt::Return(_)))
}

/// `Session(bind=connection)` over a connection that a `with` statement closes: the session holds none of its own.
fn is_over_connection(file: File<'_>, call: Call<'_>) -> bool {
    let Some(bind) = call.argument("bind", 0) else { return false };
    let Expr::Name(name) = file.module().expr(bind) else { return false };
    let bindings = file.index().lookup(file.index().scope_of_name(bind), name);
    bindings.iter().any(|binding| matches!(binding.kind, BindingKind::With { .. }))
}

fn is_test(file: File<'_>, expr: ExprId) -> bool {
    file.index()
        .stmt_of(expr)
        .is_some_and(|stmt| matches!(file.module().stmt(stmt), Stmt::If { .. } | Stmt::While { .. }))
}

fn is_in(file: File<'_>, expr: ExprId, block: Block) -> bool {
    file.index().stmt_of(expr).is_some_and(|stmt| file.index().stmt_ancestors(stmt).any(|parent| parent.block == block))
}

/// A `return` behind the opening that no closing stands before in its own block or around it.
fn early_return(file: File<'_>, opened: &Opened<'_>, uses: &Uses) -> Option<StmtId> {
    let module = file.module();
    let start = opened.call.span().end;
    let last = uses.closes.iter().map(|&close| module.span(close).end).max()?;
    backlint_semantic::own_statements(module, module.body(opened.function)).into_iter().find(|&stmt| {
        let span = module.stmt_span(stmt);
        let is_between = span.start > start && span.end < last;
        is_between
            && matches!(module.stmt(stmt), Stmt::Return(_))
            && !uses.closes.iter().any(|&close| {
                let closing = file.index().stmt_of(close);
                closing.is_some_and(|closing| {
                    module.stmt_span(closing).end < span.start
                        && (file.index().stmt_parent(closing) == file.index().stmt_parent(stmt)
                            || file.index().stmt_ancestors(stmt).any(|p| Some(p) == file.index().stmt_parent(closing)))
                })
            })
    })
}

fn report(file: File<'_>, opened: &Opened<'_>, leak: &Leak, findings: &mut Findings) {
    let (what, remedy) = (opened.kind.what(), opened.kind.remedy());
    let name = file.module().text(opened.name);
    let context = file.context_name(opened.call.expr);
    let at = file.at(file.first_line(opened.call.span()));
    match leak {
        Leak::NeverClosed => {
            let message = format!("The {what} `{name}` is never closed; {remedy}.");
            findings.report(at, context, message);
        }
        Leak::Skipped { close } => {
            let message = format!("`{name}.close()` is skipped when something before it raises; {remedy}.");
            findings.report(at, context, message).also(file.at_expr(*close), "closed only if all goes well");
        }
        Leak::Returned { stmt } => {
            let line = file.line(file.module().stmt_span(*stmt).start);
            let message = format!("The {what} `{name}` stays open when the function returns on line {line}; {remedy}.");
            findings.report(at, context, message).also(file.at_stmt(*stmt), "returns without closing it");
        }
    }
}
