//! What a module deals with, read off what it imports.

use std::collections::BTreeSet;

use backlint_model::File;
use backlint_semantic::BindingKind;

/// Packages and what importing them says.
const CONCERNS: &[(&str, &[&str])] = &[
    ("archives", &["tarfile", "zipfile"]),
    ("cloud storage", &["aioboto3", "boto3", "botocore", "minio"]),
    (
        "database queries",
        &[
            "asyncpg",
            "flask_sqlalchemy",
            "peewee",
            "psycopg",
            "psycopg2",
            "pymongo",
            "sqlalchemy",
            "sqlite3",
            "sqlmodel",
            "tortoise",
        ],
    ),
    ("images", &["PIL", "cv2"]),
    ("language models", &["anthropic", "langchain", "litellm", "openai", "transformers"]),
    ("mail", &["email", "fastapi_mail", "flask_mail", "sendgrid", "smtplib"]),
    ("other processes", &["subprocess"]),
    ("passwords and tokens", &["argon2", "bcrypt", "itsdangerous", "jose", "jwt", "passlib"]),
    ("payments", &["braintree", "paypalrestsdk", "stripe"]),
    ("requests to other services", &["aiohttp", "httpx", "requests"]),
    ("task queues", &["celery", "dramatiq", "huey", "rq"]),
    ("threads", &["multiprocessing", "threading"]),
    ("tables", &["csv", "openpyxl", "pandas"]),
];

/// The concerns of a file, in alphabetical order.
pub(super) fn of(file: File<'_>) -> Vec<&'static str> {
    let module = file.module();
    let packages: BTreeSet<&str> = file
        .index()
        .imports()
        .iter()
        .filter_map(|binding| match binding.kind {
            BindingKind::Import(import) if import.level == 0 => module.text(import.module?).split('.').next(),
            _ => None,
        })
        .collect();
    let is_used = |names: &[&str]| names.iter().any(|name| packages.contains(name));
    CONCERNS.iter().filter(|(_, names)| is_used(names)).map(|(concern, _)| *concern).collect()
}
