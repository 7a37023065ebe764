//! Services outside the process that the code connects to.

use std::collections::BTreeMap;

use backlint_model::{File, Project};
use backlint_semantic::Call;
use backlint_source::Location;

/// Calls that connect to a service, by the last segment of the callee, the package it comes from, and the service.
const CLIENTS: &[(&str, &str, &str)] = &[
    ("AIOKafkaConsumer", "aiokafka", "Kafka"),
    ("AIOKafkaProducer", "aiokafka", "Kafka"),
    ("AsyncElasticsearch", "elasticsearch", "Elasticsearch"),
    ("AsyncIOMotorClient", "motor", "MongoDB"),
    ("AsyncMongoClient", "pymongo", "MongoDB"),
    ("BlockingConnection", "pika", "RabbitMQ"),
    ("Elasticsearch", "elasticsearch", "Elasticsearch"),
    ("KafkaConsumer", "kafka", "Kafka"),
    ("KafkaProducer", "kafka", "Kafka"),
    ("Minio", "minio", "MinIO"),
    ("MongoClient", "pymongo", "MongoDB"),
    ("QdrantClient", "qdrant_client", "Qdrant"),
    ("Redis", "redis", "Redis"),
    ("StrictRedis", "redis", "Redis"),
    ("connect", "MySQLdb", "MySQL"),
    ("connect", "asyncpg", "PostgreSQL"),
    ("connect", "psycopg", "PostgreSQL"),
    ("connect", "psycopg2", "PostgreSQL"),
    ("connect", "pymysql", "MySQL"),
    ("connect_robust", "aio_pika", "RabbitMQ"),
    ("create_pool", "asyncpg", "PostgreSQL"),
    ("create_pool", "arq", "Redis"),
    ("from_url", "redis", "Redis"),
];

/// The last segments of [`CLIENTS`], and of what takes the URL of a database.
const NAMES: &[&str] = &[
    "AIOKafkaConsumer",
    "AIOKafkaProducer",
    "AsyncElasticsearch",
    "AsyncIOMotorClient",
    "AsyncMongoClient",
    "BlockingConnection",
    "Celery",
    "Elasticsearch",
    "KafkaConsumer",
    "KafkaProducer",
    "Minio",
    "MongoClient",
    "QdrantClient",
    "Redis",
    "StrictRedis",
    "connect",
    "connect_robust",
    "create_async_engine",
    "create_engine",
    "create_pool",
    "from_url",
];

/// The services that applications connect to, each with the first place that does.
pub(crate) fn external_services(project: &Project) -> BTreeMap<&'static str, Location> {
    let mut found = BTreeMap::new();
    for file in project.app_files() {
        for call in file.calls_named(NAMES) {
            if file.is_dev_only(call.expr) {
                continue;
            }
            if let Some(service) = service(project, file, call) {
                found.entry(service).or_insert_with(|| file.at_expr(call.expr));
            }
        }
    }
    found
}

fn service(project: &Project, file: File<'_>, call: Call<'_>) -> Option<&'static str> {
    let name = call.name()?;
    let path = file.path_of(call.function)?;
    let package = path.split('.').next()?;
    if let Some((_, _, service)) = CLIENTS.iter().find(|(last, from, _)| *last == name && *from == package) {
        return Some(service);
    }
    let (keyword, place) = match (name, package) {
        ("create_engine" | "create_async_engine", "sqlalchemy" | "sqlmodel") => ("url", 0),
        ("Celery", "celery") => ("broker", usize::MAX),
        _ => return None,
    };
    let url = project.string(file.id(), call.argument(keyword, place)?);
    url.as_deref().and_then(of_url).or_else(|| if name == "Celery" { None } else { by_driver(project) })
}

/// The service that a URL points to; none for files and for URLs that are not known.
pub(crate) fn of_url(url: &str) -> Option<&'static str> {
    let scheme = url.split("://").next()?.split('+').next()?;
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

/// The database whose driver the manifests ask for.
pub(crate) fn by_driver(project: &Project) -> Option<&'static str> {
    project.own_packages().find_map(|package| match package.name.as_str() {
        "asyncpg" | "psycopg" | "psycopg-binary" | "psycopg2" | "psycopg2-binary" => Some("PostgreSQL"),
        "aiomysql" | "mysqlclient" | "pymysql" => Some("MySQL"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{CLIENTS, NAMES};

    #[test]
    fn every_client_is_looked_for() {
        assert!(CLIENTS.is_sorted_by_key(|(name, ..)| *name) && NAMES.is_sorted());
        assert!(CLIENTS.iter().all(|(name, ..)| NAMES.contains(name)));
    }
}
