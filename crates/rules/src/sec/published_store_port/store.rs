//! Images of stores, and whether a service lets anyone in.

use backlint_model::Service;

/// A database, broker or the like, known by its image.
pub(super) struct Store {
    /// What people call it.
    pub(super) name: &'static str,
    /// What it is to the project.
    pub(super) role: &'static str,
    /// Names of its images.
    images: &'static [&'static str],
    /// Where it listens unless it is told otherwise; none if that is not known.
    ports: &'static [&'static str],
    /// Ends of the variables that set its password.
    passwords: &'static [&'static str],
    /// Options and variables that show that a password is asked for.
    switches: &'static [&'static str],
    without: Without,
}

/// What the image does when nothing sets a password.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Without {
    /// It lets everybody in.
    Open,
    /// It starts with a password that everybody knows.
    Default,
    /// It does not start, or lets in only callers from the same machine.
    Closed,
}

/// Who can come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Everybody.
    Open,
    /// Whoever reads the repository, or knows what the image starts with.
    Published,
    /// Whoever was given a password, as far as can be told.
    Guarded,
}

const STORES: &[Store] = &[
    Store {
        name: "Redis",
        ports: &["6379"],
        role: "a cache and broker",
        images: &["redis", "redis-stack", "redis-stack-server", "valkey", "keydb", "dragonfly"],
        passwords: &["REDIS_PASSWORD", "VALKEY_PASSWORD"],
        switches: &["requirepass", "REDIS_ARGS", "aclfile", ".conf"],
        without: Without::Open,
    },
    Store {
        name: "Memcached",
        ports: &["11211"],
        role: "a cache",
        images: &["memcached"],
        passwords: &["MEMCACHED_PASSWORD"],
        switches: &["-S", "--enable-sasl"],
        without: Without::Open,
    },
    Store {
        name: "MongoDB",
        ports: &["27017"],
        role: "a database",
        images: &["mongo", "mongodb"],
        passwords: &["MONGO_INITDB_ROOT_PASSWORD", "MONGODB_ROOT_PASSWORD"],
        switches: &["--auth", "--keyFile", "MONGO_INITDB_ROOT_PASSWORD_FILE"],
        without: Without::Open,
    },
    Store {
        name: "PostgreSQL",
        ports: &["5432"],
        role: "a database",
        images: &["postgres", "postgresql", "postgis", "pgvector", "timescaledb", "timescaledb-ha", "pgvecto-rs"],
        passwords: &["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"],
        switches: &["POSTGRES_PASSWORD_FILE"],
        without: Without::Closed,
    },
    Store {
        name: "MySQL",
        ports: &["3306", "33060"],
        role: "a database",
        images: &["mysql", "mariadb", "percona", "mysql-server"],
        passwords: &["MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD", "MYSQL_PASSWORD", "MARIADB_PASSWORD"],
        switches: &["MYSQL_ROOT_PASSWORD_FILE", "MARIADB_ROOT_PASSWORD_FILE"],
        without: Without::Closed,
    },
    Store {
        name: "RabbitMQ",
        ports: &[],
        role: "a broker",
        images: &["rabbitmq"],
        passwords: &["RABBITMQ_DEFAULT_PASS"],
        switches: &["RABBITMQ_CONFIG_FILE", ".conf"],
        without: Without::Closed,
    },
    Store {
        name: "Kafka",
        ports: &[],
        role: "a broker",
        images: &["kafka", "cp-kafka", "redpanda"],
        passwords: &[],
        switches: &["SASL", ".properties"],
        without: Without::Open,
    },
    Store {
        name: "NATS",
        ports: &[],
        role: "a broker",
        images: &["nats"],
        passwords: &[],
        switches: &["--auth", "--user", "--pass", ".conf", "-c"],
        without: Without::Open,
    },
    Store {
        name: "Elasticsearch",
        ports: &[],
        role: "a search engine",
        images: &["elasticsearch"],
        passwords: &["ELASTIC_PASSWORD", "ELASTICSEARCH_PASSWORD"],
        switches: &[".yml"],
        without: Without::Closed,
    },
    Store {
        name: "OpenSearch",
        ports: &[],
        role: "a search engine",
        images: &["opensearch"],
        passwords: &["OPENSEARCH_INITIAL_ADMIN_PASSWORD"],
        switches: &[".yml"],
        without: Without::Closed,
    },
    Store {
        name: "Qdrant",
        ports: &[],
        role: "a database",
        images: &["qdrant"],
        passwords: &["QDRANT__SERVICE__API_KEY"],
        switches: &[".yaml", ".yml"],
        without: Without::Open,
    },
    Store {
        name: "Neo4j",
        ports: &[],
        role: "a database",
        images: &["neo4j"],
        passwords: &["NEO4J_AUTH"],
        switches: &["NEO4J_AUTH_FILE"],
        without: Without::Default,
    },
    Store {
        name: "ClickHouse",
        ports: &[],
        role: "a database",
        images: &["clickhouse-server", "clickhouse"],
        passwords: &["CLICKHOUSE_PASSWORD"],
        switches: &[".xml"],
        without: Without::Closed,
    },
    Store {
        name: "MinIO",
        ports: &[],
        role: "an object store",
        images: &["minio"],
        passwords: &["MINIO_ROOT_PASSWORD", "MINIO_SECRET_KEY"],
        switches: &["MINIO_ROOT_PASSWORD_FILE"],
        without: Without::Default,
    },
    Store {
        name: "Flower",
        ports: &[],
        role: "a monitor of the task queue",
        images: &["flower"],
        passwords: &["FLOWER_BASIC_AUTH"],
        switches: &["--basic_auth", "--basic-auth", "--auth", "FLOWER_OAUTH2_KEY"],
        without: Without::Open,
    },
    Store {
        name: "Redis Commander",
        ports: &[],
        role: "a view into Redis",
        images: &["redis-commander"],
        passwords: &["HTTP_PASSWORD"],
        switches: &["HTTP_PASSWORD_FILE"],
        without: Without::Open,
    },
    Store {
        name: "Mongo Express",
        ports: &[],
        role: "a view into MongoDB",
        images: &["mongo-express"],
        passwords: &["ME_CONFIG_BASICAUTH_PASSWORD"],
        switches: &[],
        without: Without::Default,
    },
    Store {
        name: "Prometheus",
        ports: &[],
        role: "a monitor",
        images: &["prometheus"],
        passwords: &[],
        switches: &["--web.config.file"],
        without: Without::Open,
    },
];

impl Store {
    /// Whether it listens at a port inside its service, as far as can be told.
    pub(super) fn listens_at(&self, port: &str, service: &Service) -> bool {
        let words = service.command.iter().chain(&service.entrypoint).map(|word| word.text.as_str());
        let values = service.environment.iter().filter_map(|variable| Some(variable.value.as_ref()?.text.as_str()));
        let is_plain = port.bytes().all(|byte| byte.is_ascii_digit());
        self.ports.is_empty()
            || !is_plain
            || self.ports.contains(&port)
            || service.build.is_some()
            || service.volumes.iter().any(|volume| volume.target.contains(".c") || volume.target.contains("/conf"))
            || words.chain(values).any(|text| text.contains(port))
    }

    pub(super) fn of_image(image: &str) -> Option<&'static Self> {
        STORES.iter().find(|store| store.images.contains(&image))
    }

    /// Whether callers can change something in it.
    pub(super) fn holds_data(&self) -> bool {
        matches!(self.role, "a broker" | "a cache" | "a cache and broker" | "a database" | "a search engine")
    }

    pub(super) fn access(&self, service: &Service) -> Access {
        if service
            .environment
            .iter()
            .any(|variable| opens(&variable.key, variable.value.as_ref().map(|v| v.text.as_str())))
        {
            return Access::Open;
        }
        let mut passwords = service.environment.iter().filter(|variable| self.is_password(&variable.key)).peekable();
        if passwords.peek().is_some() {
            // A value that is handed through, or has no default, comes from outside.
            let is_fixed =
                |value: Option<_>| value.is_some_and(|value: String| !value.is_empty() && !value.contains('$'));
            let all_fixed = passwords.all(|password| is_fixed(password.expanded().map(|value| value.text)));
            return if all_fixed { Access::Published } else { Access::Guarded };
        }
        if self.is_switched(service) || service.has_outside_environment {
            return Access::Guarded;
        }
        match self.without {
            Without::Open => Access::Open,
            Without::Default => Access::Published,
            Without::Closed => Access::Guarded,
        }
    }

    fn is_password(&self, key: &str) -> bool {
        self.passwords.contains(&key)
    }

    /// Whether an option, a variable or a mounted configuration may ask for a password.
    fn is_switched(&self, service: &Service) -> bool {
        let words = service.entrypoint.iter().chain(&service.command).map(|word| word.text.clone());
        let variables = service.environment.iter().map(|variable| {
            let value = variable.value.as_ref().map_or("", |value| value.text.as_str());
            format!("{}={value}", variable.key)
        });
        let mounts = service.volumes.iter().map(|volume| format!("{}:{}", volume.source, volume.target));
        words.chain(variables).chain(mounts).any(|text| self.switches.iter().any(|switch| text.contains(switch)))
    }
}

/// Variables that turn the question for a password off.
fn opens(key: &str, value: Option<&str>) -> bool {
    match (key, value) {
        ("POSTGRES_HOST_AUTH_METHOD", Some("trust"))
        | ("NEO4J_AUTH", Some("none"))
        | ("xpack.security.enabled", Some("false"))
        | ("DISABLE_SECURITY_PLUGIN", Some("true")) => true,
        ("ALLOW_EMPTY_PASSWORD" | "MYSQL_ALLOW_EMPTY_PASSWORD" | "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", Some(value)) => {
            matches!(value.to_ascii_lowercase().as_str(), "yes" | "1" | "true")
        }
        _ => false,
    }
}
