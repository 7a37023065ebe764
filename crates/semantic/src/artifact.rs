//! Files that programs leave behind and that have no place in a repository: by their names, and by what is in them.

pub mod sqlite;

use crate::deploy::dotenv::{Assignment, assignments};

/// What a file seems to be by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArtifactKind {
    /// A file of a database.
    Database,
    /// The contents of a database as statements, or packed.
    Dump,
    /// The cookies of a browser or client.
    CookieJar,
    /// The number of a running process.
    ProcessId,
    /// A private key, or a store of keys.
    Key,
    /// Variables for a real environment.
    Environment,
    /// What users sent in.
    Upload,
}

/// What is in such a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A database with these tables.
    Tables(Vec<sqlite::Table>),
    /// What the name promises, as the text shows.
    Confirmed,
    /// These variables.
    Variables(Vec<Assignment>),
    /// Nothing of what the name promises: an empty file, a public key, a pointer to a file that is kept elsewhere.
    Harmless,
    /// Nothing that would tell.
    Opaque,
}

const DATABASES: &[&str] = &[".db", ".db3", ".sqlite", ".sqlite3"];
const DUMPS: &[&str] = &[".dump", ".rdb", ".sql", ".sql.bz2", ".sql.gz", ".sql.zip"];
const KEYS: &[&str] = &[".jks", ".key", ".keystore", ".p12", ".pem", ".pfx", ".ppk"];
const UPLOADS: &[&str] =
    &[".doc", ".docx", ".gif", ".heic", ".jpeg", ".jpg", ".mp3", ".mp4", ".pdf", ".png", ".wav", ".webp", ".xlsx"];

/// What the file at a path, with forward slashes, seems to be.
pub fn kind_of(path: &str) -> Option<ArtifactKind> {
    let lower = path.to_ascii_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.len() > ending.len() && name.ends_with(ending));
    let top = folder.split('/').next().unwrap_or_default();
    if ends(DATABASES) {
        Some(ArtifactKind::Database)
    } else if ends(DUMPS) {
        Some(ArtifactKind::Dump)
    } else if matches!(name, "cookies.txt" | "cookies.json" | "cookies.sqlite" | "cookiejar" | "cookie.jar") {
        Some(ArtifactKind::CookieJar)
    } else if ends(&[".pid"]) {
        Some(ArtifactKind::ProcessId)
    } else if ends(KEYS) || matches!(name, "id_dsa" | "id_ecdsa" | "id_ed25519" | "id_rsa") {
        Some(ArtifactKind::Key)
    } else if name == ".env" || name.starts_with(".env.") {
        Some(ArtifactKind::Environment)
    } else if matches!(top, "media" | "upload" | "uploads" | "user_media" | "user_uploads") && ends(UPLOADS) {
        Some(ArtifactKind::Upload)
    } else {
        None
    }
}

/// What is in a file that seems to be of this kind.
pub fn examine(kind: ArtifactKind, bytes: &[u8]) -> Content {
    if bytes.iter().all(u8::is_ascii_whitespace) || bytes.starts_with(POINTER) {
        return Content::Harmless;
    }
    let text = String::from_utf8_lossy(bytes);
    let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    let is_confirmed = match kind {
        ArtifactKind::Database => return sqlite::tables(bytes).map_or(Content::Opaque, Content::Tables),
        ArtifactKind::Environment => return Content::Variables(assignments(&text)),
        ArtifactKind::Dump if !bytes.contains(&0) => has(DUMP_MARKS) && has(ROWS),
        ArtifactKind::CookieJar => text.lines().any(is_cookie) || has(COOKIE_MARKS),
        ArtifactKind::Key if text.contains("-----BEGIN") => has(&["PRIVATE KEY-----"]),
        ArtifactKind::ProcessId => text.split_whitespace().next().is_some_and(|word| word.parse::<u32>().is_ok()),
        // A text in another encoding is no packed dump.
        ArtifactKind::Dump if bytes.starts_with(&[0xff, 0xfe]) => return Content::Harmless,
        ArtifactKind::Dump | ArtifactKind::Key | ArtifactKind::Upload => return Content::Opaque,
    };
    if is_confirmed { Content::Confirmed } else { Content::Harmless }
}

/// What stands in a repository for a file that is kept beside it.
const POINTER: &[u8] = b"version https://git-lfs.";

/// What tools write at the head of a dump. A script that people write has none of it.
const DUMP_MARKS: &[&str] = &[
    "-- Dumping data for table",
    "-- MariaDB dump",
    "-- MySQL dump",
    "-- PostgreSQL database dump",
    "-- phpMyAdmin SQL Dump",
    "PRAGMA foreign_keys=OFF;",
];

/// What brings rows, so that a dump is more than a schema.
const ROWS: &[&str] = &["\nCOPY ", "INSERT INTO "];

const COOKIE_MARKS: &[&str] = &["SQLite format 3", "\"expirationDate\"", "\"expires\""];

/// A line of the format of Netscape: seven columns, the last two name and value.
fn is_cookie(line: &str) -> bool {
    let columns: Vec<&str> = line.split('\t').collect();
    matches!(columns[..], [_, _, _, _, expiry, _, _] if expiry.parse::<u64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds() {
        let kinds = [
            ("instance/App.db", Some(ArtifactKind::Database)),
            ("backup/2027.sql.gz", Some(ArtifactKind::Dump)),
            ("cookies.txt", Some(ArtifactKind::CookieJar)),
            ("run/server.pid", Some(ArtifactKind::ProcessId)),
            ("deploy/id_rsa", Some(ArtifactKind::Key)),
            (".env.production", Some(ArtifactKind::Environment)),
            ("uploads/2027/a.jpg", Some(ArtifactKind::Upload)),
            ("app/uploads/a.jpg", None),
            ("app/db.py", None),
            (".db", None),
        ];
        for (path, kind) in kinds {
            assert_eq!(kind_of(path), kind, "{path}");
        }
    }

    #[test]
    fn contents_confirm_names_or_do_not() {
        let content = |kind, text: &str| examine(kind, text.as_bytes());
        let dump = "-- PostgreSQL database dump\n\nCREATE TABLE a (b int);\n";
        assert_eq!(content(ArtifactKind::Dump, dump), Content::Harmless);
        assert_eq!(
            content(ArtifactKind::Dump, &format!("{dump}\nCOPY public.a (b) FROM stdin;\n1\n")),
            Content::Confirmed
        );
        assert_eq!(content(ArtifactKind::Key, "-----BEGIN PUBLIC KEY-----\n"), Content::Harmless);
        assert_eq!(content(ArtifactKind::Key, "-----BEGIN EC PRIVATE KEY-----\n"), Content::Confirmed);
        assert_eq!(content(ArtifactKind::Database, "version https://git-lfs.github.com/spec/v1\n"), Content::Harmless);
        assert_eq!(content(ArtifactKind::ProcessId, "4711\n"), Content::Confirmed);
        assert_eq!(content(ArtifactKind::ProcessId, "kp = 2"), Content::Harmless);
    }
}
