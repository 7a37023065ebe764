//! Calls that wait, or compute for long, without letting others run.

use backlint_model::{Entity, File, Project, SessionKind};
use backlint_semantic::Call;
use backlint_source::Location;

/// What a call does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Sleep,
    Request,
    Mail,
    Process,
    Password,
    Store,
    Session,
    Archive,
}

/// A blocking call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocking {
    pub(super) kind: Kind,
    pub(super) at: Location,
}

impl Kind {
    /// What it does, behind its name in a sentence.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Sleep => "sleeps",
            Self::Request => "waits for another server",
            Self::Mail => "talks to a mail server",
            Self::Process => "waits for a process",
            Self::Password => "hashes a password",
            Self::Store => "waits for a store",
            Self::Session => "waits for the database through a synchronous session",
            Self::Archive => "packs or renders files",
        }
    }

    pub(super) fn cure(self) -> &'static str {
        match self {
            Self::Sleep => "Use `await asyncio.sleep`.",
            Self::Request => "Use an asynchronous client, or `await asyncio.to_thread`.",
            Self::Process => "Use `asyncio.create_subprocess_exec`, or `await asyncio.to_thread`.",
            Self::Store => "Use the asynchronous client of the library, or `await asyncio.to_thread`.",
            Self::Session => {
                "Make the handlers of this module plain functions, which run in threads, or use an `AsyncSession`."
            }
            Self::Mail | Self::Password | Self::Archive => "Run it with `await asyncio.to_thread`.",
        }
    }

    /// One word for anchors.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Sleep => "sleep",
            Self::Request => "request",
            Self::Mail => "mail",
            Self::Process => "process",
            Self::Password => "password",
            Self::Store => "store",
            Self::Session => "session",
            Self::Archive => "archive",
        }
    }
}

/// Functions by their paths.
const PATHS: &[(&str, Kind)] = &[
    ("bcrypt.checkpw", Kind::Password),
    ("bcrypt.hashpw", Kind::Password),
    ("hashlib.pbkdf2_hmac", Kind::Password),
    ("hashlib.scrypt", Kind::Password),
    ("os.popen", Kind::Process),
    ("os.system", Kind::Process),
    ("shutil.make_archive", Kind::Archive),
    ("shutil.unpack_archive", Kind::Archive),
    ("smtplib.SMTP", Kind::Mail),
    ("smtplib.SMTP_SSL", Kind::Mail),
    ("subprocess.call", Kind::Process),
    ("subprocess.check_call", Kind::Process),
    ("subprocess.check_output", Kind::Process),
    ("subprocess.getoutput", Kind::Process),
    ("subprocess.run", Kind::Process),
    ("time.sleep", Kind::Sleep),
    ("urllib.request.urlopen", Kind::Request),
    ("werkzeug.security.check_password_hash", Kind::Password),
    ("werkzeug.security.generate_password_hash", Kind::Password),
];

/// Methods of objects by the path of their class.
const METHODS: &[(&str, &[&str], Kind)] = &[
    ("argon2.PasswordHasher", &["hash", "verify"], Kind::Password),
    ("httpx", VERBS, Kind::Request),
    ("httpx.Client", VERBS, Kind::Request),
    ("passlib.context.CryptContext", &["hash", "verify", "verify_and_update"], Kind::Password),
    ("pwdlib.PasswordHash", &["hash", "verify", "verify_and_update"], Kind::Password),
    ("redis.Redis", STORE, Kind::Store),
    ("redis.StrictRedis", STORE, Kind::Store),
    ("redis.client.Redis", STORE, Kind::Store),
    ("requests", VERBS, Kind::Request),
    ("requests.Session", VERBS, Kind::Request),
    ("requests.api", VERBS, Kind::Request),
    ("requests.sessions.Session", VERBS, Kind::Request),
    ("subprocess.Popen", &["communicate", "wait"], Kind::Process),
];

const VERBS: &[&str] = &["delete", "get", "head", "options", "patch", "post", "put", "request"];
const STORE: &[&str] = &[
    "blpop", "brpop", "delete", "exists", "expire", "get", "hget", "hgetall", "hset", "incr", "keys", "lpop", "lpush",
    "mget", "ping", "publish", "rpop", "rpush", "sadd", "set", "setex", "smembers", "ttl", "xadd", "zadd",
];
const SESSION: &[&str] = &["commit", "exec", "execute", "flush", "get", "refresh", "scalar", "scalars"];

/// Packages whose calls block, and calls that end a query; a file without any of these names has none.
const SIGNS: &[&str] = &[
    "CryptContext",
    "Client",
    "PasswordHash",
    "PasswordHasher",
    "bcrypt",
    "hashlib",
    "httpx",
    "os",
    "query",
    "redis",
    "requests",
    "shutil",
    "smtplib",
    "subprocess",
    "time",
    "urllib",
    "urlopen",
    "werkzeug",
];

/// Whether a file can hold blocking calls at all, or calls of functions that do.
pub(super) fn may_block(file: File<'_>) -> bool {
    let module = file.module();
    SIGNS.iter().chain(SESSION).chain(VERBS).any(|name| module.symbol(name).is_some())
        || !file.index().imports().is_empty()
}

/// What a call does that keeps others from running.
pub(super) fn blocking(project: &Project, file: File<'_>, call: Call<'_>) -> Option<Blocking> {
    let at = file.at(file.first_line(call.span()));
    let name = call.name()?;
    if let Some(receiver) = call.receiver().filter(|_| SESSION.contains(&name)) {
        let is_sync = project.session_kind(file.id(), receiver) == Some(SessionKind::Sync);
        if is_sync {
            return Some(Blocking { kind: Kind::Session, at });
        }
    }
    let is_function = PATHS.iter().any(|(path, _)| path.ends_with(name));
    let is_method = METHODS.iter().any(|(_, methods, _)| methods.contains(&name));
    if !is_function && !is_method {
        return None;
    }
    let Entity::External(path) = project.resolve(file.id(), call.function) else { return None };
    let by_path = PATHS.iter().find(|(known, _)| *known == path).map(|&(_, kind)| kind);
    let by_method = || {
        let (class, method) = path.rsplit_once('.')?;
        let mut known = METHODS.iter().filter(|(known, methods, _)| *known == class && methods.contains(&method));
        known.next().map(|&(.., kind)| kind)
    };
    by_path.or_else(by_method).map(|kind| Blocking { kind, at })
}
