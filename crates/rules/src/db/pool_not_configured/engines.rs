//! The engines of an application that talk to a database server, and what is said of their pools.

use backlint_model::{File, Project, Setting, server_of_url};
use backlint_semantic::{Call, Constant, fold};
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt};

/// Arguments that say how many connections there are, how long they live, or that something else keeps them.
const POOL_ARGUMENTS: &[&str] =
    &["creator", "max_overflow", "pool", "pool_recycle", "pool_size", "pool_timeout", "poolclass"];

/// What SQLAlchemy keeps open, and how many more it opens, unless told otherwise.
const DEFAULT_SIZE: i64 = 5;
const DEFAULT_OVERFLOW: i64 = 10;

/// An engine for a database server.
pub(super) struct Engine<'p> {
    file: File<'p>,
    call: Call<'p>,
    pub(super) at: Location,
    pub(super) name: String,
    pub(super) pool: Pool,
    /// Whether a pooler stands before the database, or the process does not live long enough for a pool.
    pub(super) is_pooled_elsewhere: bool,
}

/// What the call says of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    /// Nothing about its size and its connections.
    Default,
    /// Something.
    Configured,
    /// Options come from elsewhere.
    Unknown,
}

/// The engines of the application, in source order.
pub(super) fn engines(project: &Project) -> Vec<Engine<'_>> {
    let calls = project
        .app_files()
        .flat_map(|file| file.calls_named(&["create_async_engine", "create_engine"]).map(move |call| (file, call)));
    calls.filter_map(|(file, call)| engine(project, file, call)).collect()
}

fn engine<'p>(project: &'p Project, file: File<'p>, call: Call<'p>) -> Option<Engine<'p>> {
    let path = file.path_of(call.function)?;
    let is_engine = path.starts_with("sqlalchemy.") || path.starts_with("sqlmodel.");
    // Migrations run alone, whatever their folder is called.
    let runs_alone = file.module().symbol("alembic").is_some() || file.is_dev_only(call.expr);
    if !is_engine || runs_alone || !is_kept(file, call) {
        return None;
    }
    let url = Url::of(project, file, call.argument("url", 0)?);
    let text = file.slice(call.span());
    if url == Url::NoServer || text.contains("check_same_thread") {
        return None;
    }
    Some(Engine {
        at: file.at(file.first_line(call.span())),
        name: file.context_name(call.expr),
        pool: pool(file, call),
        is_pooled_elsewhere: url == Url::Pooler || has_pooler(project),
        file,
        call,
    })
}

/// Whether the engine outlives the function that makes it: a throwaway needs no pool.
fn is_kept(file: File<'_>, call: Call<'_>) -> bool {
    let module = file.module();
    let Some(function) = file.index().function_of(call.expr) else { return true };
    let Some(stmt) = file.index().stmt_of(call.expr) else { return false };
    let target = match module.stmt(stmt) {
        Stmt::Return(_) => return true,
        Stmt::Assign { targets, .. } => module.list(targets).first().copied(),
        Stmt::AnnAssign { target, .. } => Some(target),
        _ => None,
    };
    match target.map(|target| (target, module.expr(target))) {
        Some((_, Expr::Attribute { .. })) => true,
        Some((target, Expr::Name(_))) => {
            let name = file.text_of(target);
            let text = file.slice(module.stmt_span(file.function(function).stmt));
            text.contains(&format!("return {name}")) || text.contains(&format!("global {name}"))
        }
        _ => false,
    }
}

/// What an engine connects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Url {
    Server,
    Pooler,
    NoServer,
}

impl Url {
    fn of(project: &Project, file: File<'_>, url: ExprId) -> Self {
        let known = project.string(file.id(), url).or_else(|| {
            let default = project.setting(file.id(), url)?.default;
            default.pattern().filter(|url| !url.is_empty())
        });
        let Some(known) = known else {
            return if project.database_driver().is_some() { Self::Server } else { Self::NoServer };
        };
        if server_of_url(&known).is_none() {
            Self::NoServer
        } else if ["pgbouncer", "pooler", ":6432"].iter().any(|mark| known.contains(mark)) {
            Self::Pooler
        } else {
            Self::Server
        }
    }
}

/// Whether a pooler is deployed beside the database, or the program runs as a function of a cloud.
fn has_pooler(project: &Project) -> bool {
    let mut services = project.deployment().services.iter();
    services.any(|service| ["odyssey", "pgbouncer", "pgcat", "pgpool"].contains(&service.image_name()))
        || project.own_packages().any(|package| matches!(package.name.as_str(), "mangum" | "zappa"))
}

fn pool(file: File<'_>, call: Call<'_>) -> Pool {
    let is_said = call.args.iter().any(|argument| match argument.kind {
        ArgKind::Keyword(name) => POOL_ARGUMENTS.contains(&file.module().text(name)),
        _ => false,
    });
    if call.has_unpacking() {
        Pool::Unknown
    } else if is_said {
        Pool::Configured
    } else {
        Pool::Default
    }
}

impl Engine<'_> {
    /// How many connections one process opens at most; none if that is not known.
    pub(super) fn connections(&self, project: &Project) -> Option<i64> {
        let has_own_pool = ["creator", "pool", "poolclass"].iter().any(|name| self.call.keyword(name).is_some());
        if self.pool == Pool::Unknown || has_own_pool {
            return None;
        }
        let size = self.number(project, "pool_size", DEFAULT_SIZE)?;
        let overflow = self.number(project, "max_overflow", DEFAULT_OVERFLOW)?;
        // A size of 0 and an overflow of -1 mean that there is no limit.
        (size > 0 && overflow >= 0).then_some(size + overflow)
    }

    fn number(&self, project: &Project, name: &str, default: i64) -> Option<i64> {
        let Some(argument) = self.call.keyword(name) else { return Some(default) };
        number(project, self.file, argument.value)
    }
}

/// A number that the code gives, or that a setting has as long as no deployment file sets it.
fn number(project: &Project, file: File<'_>, expr: ExprId) -> Option<i64> {
    let inner = Call::of(file.module(), expr).filter(|call| call.name() == Some("int"));
    let expr = inner.and_then(|call| call.positional(0)).unwrap_or(expr);
    let is_left_alone = |setting: &Setting| project.deployed(setting).is_none();
    let value = match fold(file.module(), file.index(), expr) {
        Constant::Unknown => project.setting(file.id(), expr).filter(is_left_alone)?.default,
        known => known,
    };
    match value {
        Constant::Int(number) => Some(number),
        Constant::Str(text) => text.trim().parse().ok(),
        _ => None,
    }
}
