//! SEC003: the URL of a store that carries its password in the source.

use backlint_finding::{Findings, Severity};
use backlint_model::File;
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use crate::expressions::{label, literal};
use crate::secrets::{is_placeholder, masked};
use crate::startup_checks::StartupChecks;

/// A URL with a user and a password.
struct StoreUrl<'v> {
    user: &'v str,
    password: &'v str,
    /// Host, port and what follows.
    location: &'v str,
}

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if !file.role().is_reported() {
        return;
    }
    let module = file.module();
    let mut checks = None;
    for expr in module.expr_ids() {
        if !matches!(module.expr(expr), Expr::Str(_)) {
            continue;
        }
        let Some(value) = literal(file, expr) else { continue };
        let Some(url) = StoreUrl::read(value) else { continue };
        let Some(name) = held_as(file, expr) else { continue };
        if file.is_dev_only(expr) {
            continue;
        }
        let checks = checks.get_or_insert_with(|| {
            let mut checks = StartupChecks::default();
            checks.read(file);
            checks
        });
        if checks.refuse(&[backlint_model::words::snake_case(name)], value) {
            continue;
        }
        let user = if url.user.is_empty() { String::new() } else { format!("{}:", url.user) };
        let message = format!(
            "If nothing sets `{name}`, the program connects with a password from the source (`{user}{}` at `{}`); let the URL come from the environment only.",
            masked(url.password),
            url.host(),
        );
        let report = findings.report(file.at_expr(expr), format!("{}: {name}", file.context_name(expr)), message);
        if url.is_local() {
            report.severity(Severity::Low);
        }
    }
}

impl<'v> StoreUrl<'v> {
    /// Takes a URL of a database, broker, cache or search engine apart; none without a real password.
    fn read(value: &'v str) -> Option<Self> {
        let (scheme, rest) = value.split_once("://")?;
        let (account, location) = rest.rsplit_once('@')?;
        let (user, password) = account.split_once(':')?;
        let is_whole = !value.contains(char::is_whitespace) && !account.contains('/');
        let is_real = !password.is_empty() && !password.contains(['{', '%', '$', '*']) && !is_placeholder(password);
        let is_sample = is_placeholder(user) || matches!(user, "user" | "username" | "your_user") || location.starts_with("host");
        (is_whole && is_real && !is_sample && is_store(scheme, location)).then_some(Self { user, password, location })
    }

    fn host(&self) -> &'v str {
        self.location.split(['/', ':', '?', ',']).next().unwrap_or_default()
    }

    /// On this machine, or a service beside it: a name without dots.
    fn is_local(&self) -> bool {
        let host = self.host();
        !host.contains('.') || matches!(host, "127.0.0.1" | "0.0.0.0" | "host.docker.internal")
    }
}

fn is_store(scheme: &str, location: &str) -> bool {
    const STORES: &[&str] = &[
        "amqp", "clickhouse", "cockroachdb", "couchdb", "mariadb", "mongodb", "mssql", "mysql", "neo4j", "bolt", "oracle",
        "pgsql", "postgis", "postgres", "postgresql", "redis", "rediss", "amqps", "pyamqp", "db2", "snowflake", "redshift",
    ];
    let base = scheme.split('+').next().unwrap_or(scheme);
    let is_search = base.starts_with("http") && ["elastic", "opensearch", "solr"].iter().any(|word| location.contains(word));
    STORES.contains(&base) || is_search
}

/// The setting, variable or parameter that the URL becomes the value of; none where it is only talked about.
fn held_as(file: File<'_>, url: ExprId) -> Option<&str> {
    let module = file.module();
    let mut inner = url;
    for outer in file.index().ancestors(url) {
        match module.expr(outer) {
            Expr::Call { .. } => {
                let call = Call::of(module, outer)?;
                if let Some(name) = named_by_call(file, call, inner)? {
                    return Some(name);
                }
            }
            Expr::Bool { .. } | Expr::Conditional { .. } => {}
            Expr::Dict(items) => {
                let item = module.list(items).iter().find(|item| item.value == inner)?;
                return literal(file, item.key?).filter(|key| !is_sample_name(key));
            }
            _ => return None,
        }
        inner = outer;
    }
    match module.stmt(file.index().stmt_of(url)?) {
        Stmt::Assign { targets, .. } => label(file, *module.list(targets).first()?),
        Stmt::AnnAssign { target, .. } => label(file, target),
        Stmt::Function(_) => Some("the default of a parameter"),
        Stmt::Expr(_) | Stmt::Return(_) | Stmt::With { .. } => Some("the URL"),
        _ => None,
    }
    .filter(|name| !is_sample_name(name))
}

/// `Some(Some(name))`: the call looks `name` up with the URL as default. `Some(None)`: look further out.
/// `None`: the URL is only shown.
fn named_by_call<'p>(file: File<'p>, call: Call<'p>, argument: ExprId) -> Option<Option<&'p str>> {
    let module = file.module();
    let passed = call.args.iter().find(|arg| arg.value == argument)?;
    if let backlint_syntax::ast::ArgKind::Keyword(name) = passed.kind {
        let name = module.text(name);
        return (!is_sample_name(name)).then_some((name != "default").then_some(name));
    }
    let name = call.name()?;
    if is_talk(name) {
        return None;
    }
    let is_first = call.positional(0) == Some(argument);
    Some(if is_first { None } else { call.positional(0).and_then(|key| literal(file, key)) })
}

fn is_sample_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["example", "description", "help", "placeholder", "sample", "doc", "hint", "test", "message", "schema_extra"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Calls that only show or compare a text.
fn is_talk(name: &str) -> bool {
    const TALK: &[&str] = &[
        "print", "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "echo", "secho", "startswith",
        "endswith", "replace", "sub", "match", "compile", "ValueError", "RuntimeError", "mask", "redact", "urlparse",
    ];
    TALK.contains(&name) || name.ends_with("Error") || name.ends_with("Exception")
}
