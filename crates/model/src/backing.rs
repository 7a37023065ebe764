//! Services outside the process that the code connects to, told by the clients it makes.

mod clients;

use std::collections::BTreeSet;

use backlint_semantic::{Call, descendants};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, Stmt};

use crate::denials::conditions;
use crate::resolve::ExprRef;
use crate::{File, Project, words};

use clients::{Address, CLIENTS, NAMES};

/// What a service is to the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BackingKind {
    /// Keeps rows or documents.
    Database,
    /// Keeps values for a while.
    Cache,
    /// Hands messages and tasks on.
    Broker,
    /// Keeps files.
    ObjectStore,
    /// Finds documents, vectors and relations.
    SearchEngine,
    /// Answers over HTTP, run by somebody else.
    Api,
    /// Takes mail.
    Mail,
}

/// A service that an application connects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackingService {
    /// What it is to the application.
    pub kind: BackingKind,
    /// Its product, if that could be told: `PostgreSQL`, `Redis`.
    pub product: Option<&'static str>,
    /// The call that makes the client.
    pub client: ExprRef,
    /// Where that stands.
    pub at: Location,
    /// Whether a setting decides if the client is made at all.
    pub is_optional: bool,
    /// Whether anything mentions the variable that holds the client, if one of a module does.
    pub is_used: bool,
}

impl BackingKind {
    /// What a reader calls such a service.
    pub fn label(self) -> &'static str {
        match self {
            Self::Database => "the database",
            Self::Cache => "the cache",
            Self::Broker => "the message broker",
            Self::ObjectStore => "the object store",
            Self::SearchEngine => "the search engine",
            Self::Api => "an API",
            Self::Mail => "the mail server",
        }
    }

    /// Whether the application itself runs it and cannot answer most requests without it.
    pub fn is_own(self) -> bool {
        !matches!(self, Self::Api | Self::Mail | Self::ObjectStore)
    }

    /// Parts of names in code that ask for such a service.
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Database => &["database", "db", "engine", "mongo", "postgres", "select 1", "session", "sql"],
            Self::Cache => &["cache", "memcache", "redis", "valkey"],
            Self::Broker => {
                &["amqp", "broker", "celery", "inspect", "kafka", "mqtt", "nats", "queue", "rabbit", "task", "worker"]
            }
            Self::ObjectStore => &["blob", "bucket", "minio", "s3", "storage"],
            Self::SearchEngine => &["elastic", "graph", "index", "opensearch", "search", "vector"],
            Self::Api => &["_ai", "ai_", "llm", "model", "provider"],
            Self::Mail => &["mail", "smtp"],
        }
    }
}

impl BackingService {
    /// What a reader calls it.
    pub fn label(&self) -> &'static str {
        self.product.unwrap_or(self.kind.label())
    }
}

impl Project {
    /// The services that applications, workers and libraries of the project connect to in production, in the order of
    /// the places that make their clients. Databases in files are none.
    pub fn backing_services(&self) -> Vec<BackingService> {
        let mut found = Vec::new();
        let mut names = Vec::new();
        for file in self.app_files() {
            for call in file.calls_named(NAMES).filter(|call| !file.is_dev_only(call.expr)) {
                let Some((kind, product)) = self.service_of(file, call) else { continue };
                names.push(module_variable(file, call));
                let client = ExprRef { file: file.id(), expr: call.expr };
                let (at, is_optional) = (file.at_expr(call.expr), is_optional(self, file, call));
                found.push(BackingService { kind, product, client, at, is_optional, is_used: true });
            }
        }
        let wanted: BTreeSet<&str> = names.iter().flatten().copied().collect();
        let mentions = self.mentions(&wanted);
        // The assignment is a mention itself.
        let is_used = |name: &str| mentions.get(name).is_some_and(|at| at.len() > 1);
        for (service, name) in found.iter_mut().zip(names) {
            service.is_used = name.is_none_or(is_used);
        }
        found
    }

    fn service_of(&self, file: File<'_>, call: Call<'_>) -> Option<(BackingKind, Option<&'static str>)> {
        let name = call.name()?;
        let path = file.path_of(call.function)?;
        let client = CLIENTS.iter().find(|client| client.makes(name, &path, file, call))?;
        let kind = client.kind;
        match client.address {
            Address::Fixed(product) => Some((kind, Some(product))),
            Address::Unknown => Some((kind, None)),
            Address::Argument(keyword, place) => match call.argument(keyword, place) {
                Some(url) => self.service_at(kind, file, url),
                None if kind == BackingKind::Broker => Some((kind, None)),
                None => Some((kind, self.database_driver())),
            },
            Address::Entry(key) => match self.config_entries.get(key).map_or(&[][..], Vec::as_slice) {
                [] => Some((kind, self.database_driver())),
                entries => entries.iter().find_map(|at| self.service_at(kind, self.file(at.file)?, at.expr)),
            },
        }
    }

    /// The service that a URL points to; none for a file that nobody can replace by something else.
    fn service_at(
        &self,
        kind: BackingKind,
        file: File<'_>,
        url: backlint_syntax::ast::ExprId,
    ) -> Option<(BackingKind, Option<&'static str>)> {
        // Whoever deploys the project may replace the default of a setting.
        let setting = self.setting(file.id(), url);
        let text = match &setting {
            Some(setting) => setting.default.as_str().map(str::to_owned),
            None => self.string(file.id(), url),
        };
        match text.as_deref().map(scheme_of) {
            Some("sqlite" | "memory" | "file") if setting.is_none() => None,
            Some("sqlite" | "memory" | "file") | None if kind == BackingKind::Database => {
                Some((kind, self.database_driver()))
            }
            Some(scheme) => Some((kind, product_of(scheme))),
            None => Some((kind, None)),
        }
    }

    /// The database whose driver the manifests ask for.
    pub fn database_driver(&self) -> Option<&'static str> {
        self.own_packages().find_map(|package| match package.name.as_str() {
            "asyncpg" | "psycopg" | "psycopg-binary" | "psycopg2" | "psycopg2-binary" => Some("PostgreSQL"),
            "aiomysql" | "mysqlclient" | "pymysql" => Some("MySQL"),
            _ => None,
        })
    }
}

/// The service that a URL points to; none for files and for URLs that are not known.
pub fn server_of_url(url: &str) -> Option<&'static str> {
    product_of(scheme_of(url))
}

fn scheme_of(url: &str) -> &str {
    url.split(':').next().and_then(|scheme| scheme.split('+').next()).unwrap_or_default()
}

fn product_of(scheme: &str) -> Option<&'static str> {
    Some(match scheme {
        "postgres" | "postgresql" => "PostgreSQL",
        "mysql" | "mariadb" => "MySQL",
        "mssql" => "SQL Server",
        "oracle" => "Oracle",
        "redis" | "rediss" => "Redis",
        "amqp" | "amqps" | "pyamqp" => "RabbitMQ",
        "mongodb" => "MongoDB",
        _ => return None,
    })
}

/// The variable of the module that a call is assigned to.
fn module_variable<'p>(file: File<'p>, call: Call<'_>) -> Option<&'p str> {
    let module = file.module();
    let stmt = file.index().stmt_of(call.expr)?;
    if file.index().function_of_stmt(stmt).is_some() || file.index().stmt_parent(stmt).is_some() {
        return None;
    }
    match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => match module.expr(*module.list(targets).first()?) {
            Expr::Name(name) => Some(module.text(name)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the client is only made if a setting says so.
fn is_optional(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    const WORDS: &[&str] =
        &["available", "config", "configured", "enable", "enabled", "env", "setting", "settings", "use"];
    let Some(stmt) = file.index().stmt_of(call.expr) else { return false };
    conditions(file, stmt).iter().flat_map(|condition| descendants(file.module(), condition.test)).any(|part| {
        let is_name = matches!(file.module().expr(part), Expr::Name(_) | Expr::Attribute { .. });
        let says = || {
            let name = words::snake_case(file.text_of(part).rsplit('.').next().unwrap_or_default());
            WORDS.iter().any(|word| words::has_word(&name, word))
        };
        is_name && says() || project.setting(file.id(), part).is_some()
    })
}
