//! Calls that make clients which keep connections.

use backlint_model::{File, Project};
use backlint_semantic::{BindingKind, Call, ScopeId, descendants};
use backlint_syntax::ast::{Expr, ExprId};

use crate::expressions::label;

/// What making a client costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Connections to a store, with a log-in each.
    Pool,
    /// Connections to other servers, or descriptions of services that are loaded.
    Light,
}

/// A client by the call that makes it.
pub(super) struct Client {
    /// The last segment of the callee.
    name: &'static str,
    /// The package it comes from.
    package: &'static str,
    pub(super) weight: Weight,
    /// What a reader calls it.
    pub(super) noun: &'static str,
}

const fn pool(name: &'static str, package: &'static str, noun: &'static str) -> Client {
    Client { name, package, weight: Weight::Pool, noun }
}

const fn light(name: &'static str, package: &'static str, noun: &'static str) -> Client {
    Client { name, package, weight: Weight::Light, noun }
}

const CLIENTS: &[Client] = &[
    pool("AsyncIOMotorClient", "motor", "a MongoDB client"),
    pool("AsyncMongoClient", "pymongo", "a MongoDB client"),
    pool("ConnectionPool", "psycopg_pool", "a connection pool"),
    pool("MongoClient", "pymongo", "a MongoDB client"),
    pool("Redis", "redis", "a Redis client"),
    pool("StrictRedis", "redis", "a Redis client"),
    pool("create_async_engine", "sqlalchemy", "a database engine"),
    pool("create_engine", "sqlalchemy", "a database engine"),
    pool("create_engine", "sqlmodel", "a database engine"),
    pool("create_pool", "aiomysql", "a connection pool"),
    pool("create_pool", "asyncpg", "a connection pool"),
    pool("from_url", "aioredis", "a Redis client"),
    pool("from_url", "redis", "a Redis client"),
    light("AsyncAnthropic", "anthropic", "an API client"),
    light("AsyncClient", "httpx", "an HTTP client"),
    light("AsyncOpenAI", "openai", "an API client"),
    light("Anthropic", "anthropic", "an API client"),
    light("BlobServiceClient", "azure", "a storage client"),
    light("Client", "httpx", "an HTTP client"),
    light("ClientSession", "aiohttp", "an HTTP client"),
    light("Elasticsearch", "elasticsearch", "a search client"),
    light("Minio", "minio", "a storage client"),
    light("OpenAI", "openai", "an API client"),
    light("QdrantClient", "qdrant_client", "a search client"),
    light("Session", "requests", "an HTTP client"),
    light("client", "boto3", "a cloud client"),
    light("resource", "boto3", "a cloud client"),
];

/// The last segments of [`CLIENTS`].
pub(super) const NAMES: &[&str] = &[
    "Anthropic",
    "AsyncAnthropic",
    "AsyncClient",
    "AsyncIOMotorClient",
    "AsyncMongoClient",
    "AsyncOpenAI",
    "BlobServiceClient",
    "Client",
    "ClientSession",
    "ConnectionPool",
    "Elasticsearch",
    "Minio",
    "MongoClient",
    "OpenAI",
    "QdrantClient",
    "Redis",
    "Session",
    "StrictRedis",
    "client",
    "create_async_engine",
    "create_engine",
    "create_pool",
    "from_url",
    "resource",
];

/// The client that a call makes, unless it is told to use connections that others keep.
pub(super) fn client(file: File<'_>, call: Call<'_>) -> Option<&'static Client> {
    let path = file.path_of(call.function)?;
    let (package, last) = (path.split('.').next()?, call.name()?);
    let found = CLIENTS.iter().find(|client| client.name == last && client.package == package)?;
    let shares = ["connection_pool", "transport", "poolclass"].iter().any(|name| call.keyword(name).is_some());
    (!shares).then_some(found)
}

/// Whether the client of a request decides whom to connect to, so that no two clients are alike.
pub(super) fn is_chosen_by_caller(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    call.args.iter().any(|arg| !project.client_values(file.id(), arg.value).is_empty())
}

/// Whether each call makes the same client: its arguments are constants, settings and variables of modules.
pub(super) fn is_same_each_time(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    !call.has_unpacking() && call.args.iter().all(|arg| is_fixed(project, file, arg.value, MAX_STEPS))
}

/// How many local names a value may be behind.
const MAX_STEPS: u32 = 4;

fn is_fixed(project: &Project, file: File<'_>, expr: ExprId, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    let module = file.module();
    if project.setting(file.id(), expr).is_some() {
        return true;
    }
    descendants(module, expr).into_iter().all(|part| {
        let Expr::Name(name) = module.expr(part) else { return true };
        if label(file, part).is_some_and(|name| matches!(name, "config" | "settings")) {
            return true;
        }
        let scope = file.index().scope_of_name(part);
        file.index().lookup(scope, name).iter().all(|binding| match binding.kind {
            _ if binding.scope == ScopeId::MODULE => true,
            BindingKind::Import(_) => true,
            BindingKind::Assign { value: Some(value), .. } => is_fixed(project, file, value, steps),
            _ => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{CLIENTS, NAMES};

    #[test]
    fn every_client_is_looked_for() {
        assert!(NAMES.is_sorted() && CLIENTS.iter().all(|client| NAMES.contains(&client.name)));
        assert!(NAMES.iter().all(|name| CLIENTS.iter().any(|client| client.name == *name)));
    }
}
