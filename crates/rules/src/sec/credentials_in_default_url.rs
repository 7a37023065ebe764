//! SEC003: the URL of a store that carries its password in the source.

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{File, words};
use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt, StmtId};

use crate::expressions::{is_in_example, label, literal};
use crate::secrets::{is_placeholder, masked};
use crate::startup_checks::StartupChecks;

/// What a URL becomes the value of.
struct Held<'p> {
    name: &'p str,
    /// Whether the URL only stands in for a missing setting.
    is_default: bool,
}

impl Held<'_> {
    /// An option of a command line, which somebody starts by hand.
    fn is_option(&self) -> bool {
        self.is_default && self.name.starts_with('-')
    }
}

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
        let Some(held) = held_as(file, expr) else { continue };
        if file.is_dev_only(expr) {
            continue;
        }
        let checks = checks.get_or_insert_with(|| {
            let mut checks = StartupChecks::default();
            checks.read(file);
            checks
        });
        if checks.refuse(&[words::snake_case(held.name)], value) {
            continue;
        }
        let message = url.message(&held);
        let report =
            findings.report(file.at_expr(expr), format!("{}: {}", file.context_name(expr), held.name), message);
        if !url.is_local() {
            continue;
        }
        let report = report.severity(Severity::Low);
        if held.is_option() {
            report.audience(Audience::Pedantic);
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
        let is_sample = !user.is_empty() && is_placeholder(user)
            || matches!(user, "user" | "username" | "your_user")
            || location.starts_with("host");
        (is_whole && is_real && !is_sample && is_store(scheme, location)).then_some(Self { user, password, location })
    }

    fn message(&self, held: &Held<'_>) -> String {
        let user = if self.user.is_empty() { String::new() } else { format!("{}:", self.user) };
        let account = format!("`{user}{}` at `{}`", masked(self.password), self.host());
        let name = held.name;
        if held.is_default {
            format!(
                "If `{name}` is missing, the program connects as {account}; give it no default, so that start fails without it."
            )
        } else {
            format!("`{name}` holds a password in the source ({account}); read the URL from the environment.")
        }
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
        "amqp",
        "clickhouse",
        "cockroachdb",
        "couchdb",
        "mariadb",
        "mongodb",
        "mssql",
        "mysql",
        "neo4j",
        "bolt",
        "oracle",
        "pgsql",
        "postgis",
        "postgres",
        "postgresql",
        "redis",
        "rediss",
        "amqps",
        "pyamqp",
        "db2",
        "snowflake",
        "redshift",
    ];
    let base = scheme.split('+').next().unwrap_or(scheme);
    let is_search =
        base.starts_with("http") && ["elastic", "opensearch", "solr"].iter().any(|word| location.contains(word));
    STORES.contains(&base) || is_search
}

/// What the URL becomes the value of; none where it is only talked about.
fn held_as(file: File<'_>, url: ExprId) -> Option<Held<'_>> {
    if is_in_example(file, url) {
        return None;
    }
    let module = file.module();
    let mut inner = url;
    for outer in file.index().ancestors(url) {
        match module.expr(outer) {
            Expr::Call { .. } => match named_by_call(file, Call::of(module, outer)?, inner) {
                CallUse::Named(held) => return Some(held),
                CallUse::Further => {}
                CallUse::Shown => return None,
            },
            Expr::Bool { values, .. } => {
                let lookup = *module.list(values).first()?;
                if lookup != inner
                    && let Some(name) = label(file, lookup)
                {
                    return Some(Held { name, is_default: true });
                }
            }
            // `URL if URL else "…"`
            Expr::Conditional { test, body, orelse } if orelse == inner && file.text_of(test) == file.text_of(body) => {
                if let Some(name) = label(file, test) {
                    return Some(Held { name, is_default: true });
                }
            }
            Expr::Conditional { .. } => {}
            Expr::Dict(items) => {
                let item = module.list(items).iter().find(|item| item.value == inner)?;
                let name = literal(file, item.key?).filter(|key| !is_sample_name(key))?;
                return Some(Held { name, is_default: false });
            }
            _ => return None,
        }
        inner = outer;
    }
    let stmt = file.index().stmt_of(url)?;
    let (name, is_default) = match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => (label(file, *module.list(targets).first()?)?, is_class_body(file, stmt)),
        Stmt::AnnAssign { target, .. } => (label(file, target)?, is_class_body(file, stmt)),
        Stmt::Function(_) => ("the URL parameter", true),
        Stmt::Expr(_) | Stmt::Return(_) | Stmt::With { .. } => ("the URL", false),
        _ => return None,
    };
    (!is_sample_name(name)).then_some(Held { name, is_default })
}

fn is_class_body(file: File<'_>, stmt: StmtId) -> bool {
    file.index().stmt_parent(stmt).is_some_and(|parent| matches!(file.module().stmt(parent.stmt), Stmt::Class(_)))
}

/// What a call does with a URL.
enum CallUse<'p> {
    /// Takes it for, or instead of, this.
    Named(Held<'p>),
    /// Makes something of it that is held further out.
    Further,
    /// Only shows it.
    Shown,
}

fn named_by_call<'p>(file: File<'p>, call: Call<'p>, argument: ExprId) -> CallUse<'p> {
    let module = file.module();
    let Some(passed) = call.args.iter().find(|arg| arg.value == argument) else { return CallUse::Further };
    let key = call.positional(0).filter(|&key| key != argument).and_then(|key| literal(file, key));
    if let ArgKind::Keyword(name) = passed.kind {
        return match module.text(name) {
            name if is_sample_name(name) => CallUse::Shown,
            "default" => key.map_or(CallUse::Further, |name| CallUse::Named(Held { name, is_default: true })),
            name => CallUse::Named(Held { name, is_default: false }),
        };
    }
    if call.name().is_none_or(is_talk) {
        return CallUse::Shown;
    }
    key.map_or(CallUse::Further, |name| CallUse::Named(Held { name, is_default: true }))
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
        "print",
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "log",
        "echo",
        "secho",
        "startswith",
        "endswith",
        "replace",
        "sub",
        "match",
        "compile",
        "ValueError",
        "RuntimeError",
        "mask",
        "redact",
        "urlparse",
    ];
    TALK.contains(&name) || name.ends_with("Error") || name.ends_with("Exception")
}
