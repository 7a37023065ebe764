//! What makes clients of services.

use backlint_semantic::Call;

use super::BackingKind::{self, Api, Broker, Cache, Database, Mail, ObjectStore, SearchEngine};
use crate::File;

/// How the product behind a client is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Address {
    /// The client speaks to one product only.
    Fixed(&'static str),
    /// By the scheme of the URL that is passed by this keyword or at this place.
    Argument(&'static str, usize),
    /// By the scheme of the URL in this entry of the configuration.
    Entry(&'static str),
    /// It cannot be told.
    Unknown,
}

/// A callee that makes a client.
#[derive(Debug)]
pub(super) struct Client {
    name: &'static str,
    /// The beginning of its path.
    package: &'static str,
    pub(super) kind: BackingKind,
    pub(super) address: Address,
}

impl Client {
    /// Whether a call of this name and path makes the client. Generic makers say by their first argument what they make.
    pub(super) fn makes(&self, name: &str, path: &str, file: File<'_>, call: Call<'_>) -> bool {
        let is_below = |rest: &str| rest.is_empty() || rest.starts_with('.');
        let fits = self.name == name && path.strip_prefix(self.package).is_some_and(is_below);
        fits && (self.package != "boto3" || is_storage(file, call))
    }
}

/// `boto3.client("s3")`.
fn is_storage(file: File<'_>, call: Call<'_>) -> bool {
    let service = call.argument("service_name", 0);
    service.is_some_and(|service| file.text_of(service).trim_matches(['"', '\'']) == "s3")
}

const fn client(name: &'static str, package: &'static str, kind: BackingKind, product: &'static str) -> Client {
    Client { name, package, kind, address: Address::Fixed(product) }
}

const fn by(name: &'static str, package: &'static str, kind: BackingKind, address: Address) -> Client {
    Client { name, package, kind, address }
}

/// All clients, sorted by name and package.
pub(super) const CLIENTS: &[Client] = &[
    client("AIOKafkaConsumer", "aiokafka", Broker, "Kafka"),
    client("AIOKafkaProducer", "aiokafka", Broker, "Kafka"),
    client("Anthropic", "anthropic", Api, "Anthropic"),
    client("AsyncAnthropic", "anthropic", Api, "Anthropic"),
    client("AsyncAzureOpenAI", "openai", Api, "OpenAI"),
    client("AsyncElasticsearch", "elasticsearch", SearchEngine, "Elasticsearch"),
    client("AsyncIOMotorClient", "motor", Database, "MongoDB"),
    client("AsyncMongoClient", "pymongo", Database, "MongoDB"),
    client("AsyncOpenAI", "openai", Api, "OpenAI"),
    client("AsyncQdrantClient", "qdrant_client", SearchEngine, "Qdrant"),
    client("AzureOpenAI", "openai", Api, "OpenAI"),
    client("BlobServiceClient", "azure.storage.blob", ObjectStore, "Azure Blob Storage"),
    client("BlockingConnection", "pika", Broker, "RabbitMQ"),
    by("Celery", "celery", Broker, Address::Argument("broker", usize::MAX)),
    client("Client", "google.cloud.storage", ObjectStore, "Google Cloud Storage"),
    client("Elasticsearch", "elasticsearch", SearchEngine, "Elasticsearch"),
    client("KafkaConsumer", "kafka", Broker, "Kafka"),
    client("KafkaProducer", "kafka", Broker, "Kafka"),
    client("Minio", "minio", ObjectStore, "MinIO"),
    client("MongoClient", "pymongo", Database, "MongoDB"),
    client("OpenAI", "openai", Api, "OpenAI"),
    client("OpenSearch", "opensearchpy", SearchEngine, "OpenSearch"),
    client("PyMongo", "flask_pymongo", Database, "MongoDB"),
    client("QdrantClient", "qdrant_client", SearchEngine, "Qdrant"),
    client("Redis", "redis", Cache, "Redis"),
    client("SMTP", "aiosmtplib", Mail, "SMTP"),
    client("SMTP", "smtplib", Mail, "SMTP"),
    client("SMTP_SSL", "smtplib", Mail, "SMTP"),
    by("SQLAlchemy", "flask_sqlalchemy", Database, Address::Entry("SQLALCHEMY_DATABASE_URI")),
    client("SendGridAPIClient", "sendgrid", Api, "SendGrid"),
    client("StrictRedis", "redis", Cache, "Redis"),
    client("client", "boto3", ObjectStore, "S3"),
    client("connect", "MySQLdb", Database, "MySQL"),
    client("connect", "asyncpg", Database, "PostgreSQL"),
    client("connect", "psycopg", Database, "PostgreSQL"),
    client("connect", "psycopg2", Database, "PostgreSQL"),
    client("connect", "pymysql", Database, "MySQL"),
    client("connect_robust", "aio_pika", Broker, "RabbitMQ"),
    by("create_async_engine", "sqlalchemy", Database, Address::Argument("url", 0)),
    by("create_async_engine", "sqlmodel", Database, Address::Argument("url", 0)),
    by("create_engine", "sqlalchemy", Database, Address::Argument("url", 0)),
    by("create_engine", "sqlmodel", Database, Address::Argument("url", 0)),
    client("create_pool", "arq", Broker, "Redis"),
    client("create_pool", "asyncpg", Database, "PostgreSQL"),
    by("engine_from_config", "sqlalchemy", Database, Address::Unknown),
    client("from_url", "redis", Cache, "Redis"),
    client("resource", "boto3", ObjectStore, "S3"),
];

/// The names of [`CLIENTS`], each once.
pub(super) const NAMES: &[&str] = &[
    "AIOKafkaConsumer",
    "AIOKafkaProducer",
    "Anthropic",
    "AsyncAnthropic",
    "AsyncAzureOpenAI",
    "AsyncElasticsearch",
    "AsyncIOMotorClient",
    "AsyncMongoClient",
    "AsyncOpenAI",
    "AsyncQdrantClient",
    "AzureOpenAI",
    "BlobServiceClient",
    "BlockingConnection",
    "Celery",
    "Client",
    "Elasticsearch",
    "KafkaConsumer",
    "KafkaProducer",
    "Minio",
    "MongoClient",
    "OpenAI",
    "OpenSearch",
    "PyMongo",
    "QdrantClient",
    "Redis",
    "SMTP",
    "SMTP_SSL",
    "SQLAlchemy",
    "SendGridAPIClient",
    "StrictRedis",
    "client",
    "connect",
    "connect_robust",
    "create_async_engine",
    "create_engine",
    "create_pool",
    "engine_from_config",
    "from_url",
    "resource",
];

#[cfg(test)]
mod tests {
    use super::{CLIENTS, NAMES};

    #[test]
    fn every_client_is_looked_for() {
        assert!(CLIENTS.is_sorted_by_key(|client| (client.name, client.package)));
        let mut names: Vec<&str> = CLIENTS.iter().map(|client| client.name).collect();
        names.dedup();
        assert_eq!(names, NAMES);
    }
}
