//! What is lost when an error in a guarded block goes unnoticed.

use backlint_model::{EffectKind, Entity, File, FunctionRef, Project};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::Stmt;

use super::clause::Clause;
use crate::expressions::label;

/// How much depends on the block.
pub(super) enum Stakes {
    /// Something outside the process is changed or asked.
    Effect(At),
    /// Code runs whose outcome this tool cannot weigh.
    Work(At),
    /// A value is converted, or nothing is called at all.
    Conversion,
    /// The block is there to end, or to find out about, something that may be gone.
    Harmless,
}

/// A call in the block.
pub(super) struct At {
    pub(super) what: String,
    pub(super) at: Location,
}

impl Stakes {
    pub(super) fn of(project: &Project, clause: &Clause<'_>) -> Self {
        let file = clause.file;
        let calls = clause.guarded_calls();
        if imports(clause) || is_cleaning_function(clause) || is_probing_function(clause) {
            return Self::Harmless;
        }
        let weighed: Vec<Call<'_>> = calls.into_iter().filter(|call| !is_conversion(*call)).collect();
        let place = |call: Call<'_>| At {
            what: shown(file.text_of(call.function)),
            at: file.at(file.first_line(call.span())),
        };
        if weighed.is_empty() {
            return Self::Conversion;
        }
        let serious: Vec<Call<'_>> = weighed.iter().copied().filter(|&call| !is_cleanup(call) && !is_best_effort(clause, call)).collect();
        let Some(&first) = serious.first() else { return Self::Harmless };
        match serious.iter().copied().find(|&call| has_effect(project, clause, call)) {
            Some(call) => Self::Effect(place(call)),
            None => Self::Work(place(first)),
        }
    }
}

/// The callee as a reader would say it: without arguments, and long chains by their ends.
fn shown(callee: &str) -> String {
    const LONGEST: usize = 60;
    let mut depth = 0_u32;
    let mut plain = String::new();
    for c in callee.chars().filter(|c| !c.is_whitespace()) {
        if matches!(c, ')' | ']') {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            plain.push(c);
        }
        if matches!(c, '(' | '[') {
            depth += 1;
            if depth == 1 {
                plain.push('…');
            }
        }
    }
    match (plain.chars().count() > LONGEST, plain.split_once('.'), plain.rsplit_once('.')) {
        (true, Some((head, _)), Some((_, last))) => format!("{head}.….{last}"),
        _ => plain.replace("(…)", "()"),
    }
}

/// An optional import.
fn imports(clause: &Clause<'_>) -> bool {
    let module = clause.file.module();
    let is_import = |&stmt: &_| matches!(module.stmt(stmt), Stmt::Import(_) | Stmt::ImportFrom { .. });
    clause.guarded.iter().any(is_import) && clause.guarded.len() <= 3
}

fn is_cleaning_function(clause: &Clause<'_>) -> bool {
    const NAMES: &[&str] = &["__aexit__", "__del__", "__exit__", "atexit", "cleanup", "close", "disconnect", "dispose", "shutdown", "stop", "teardown", "terminate"];
    named_after(clause, NAMES)
}

/// Functions that answer a question by trying: their answer is the record.
fn is_probing_function(clause: &Clause<'_>) -> bool {
    const NAMES: &[&str] = &["can", "check", "detect", "exists", "has", "health", "healthcheck", "healthy", "is", "liveness", "ping", "probe", "readiness", "ready", "validate", "verify"];
    named_after(clause, NAMES)
}

fn named_after(clause: &Clause<'_>, words: &[&str]) -> bool {
    let Some(function) = clause.function() else { return false };
    let name = clause.file.function_name(function);
    words.contains(&name) || name.split('_').any(|word| words.contains(&word))
}

/// Calls that make one value of another.
fn is_conversion(call: Call<'_>) -> bool {
    const NAMES: &[&str] = &[
        "Decimal", "Path", "UUID", "any", "all", "append", "b64decode", "bool", "bytes", "date", "datetime", "decode", "dict", "dumps", "encode",
        "endswith", "enumerate", "float", "format", "fromisoformat", "fromtimestamp", "get", "getattr", "group", "hasattr", "int",
        "isinstance", "isoformat", "items", "join", "keys", "len", "list", "literal_eval", "loads", "lower", "match", "max", "min", "model_dump", "model_validate",
        "now", "parse", "parse_obj", "range", "replace", "round", "search", "set", "setattr", "sorted", "split", "splitlines", "startswith", "str", "strftime",
        "strip", "strptime", "sub", "sum", "timedelta", "tuple", "upper", "urlparse", "utcnow", "values", "zip",
    ];
    call.name().is_some_and(|name| NAMES.contains(&name))
}

/// Calls that end something.
fn is_cleanup(call: Call<'_>) -> bool {
    const WORDS: &[&str] = &[
        "aclose", "cancel", "cleanup", "clear", "close", "dispose", "disconnect", "end", "expunge", "flush", "invalidate", "join", "kill", "killpg", "ping", "quit", "release",
        "remove", "rmdir", "rmtree", "rollback", "shutdown", "stop", "terminate", "unlink", "unregister", "unsubscribe", "wait",
    ];
    call.name().is_some_and(|name| name.split('_').any(|word| WORDS.contains(&word)))
}

/// Telemetry, caches and messages to clients that may be gone.
fn is_best_effort(clause: &Clause<'_>, call: Call<'_>) -> bool {
    const WORDS: &[&str] = &[
        "analytics", "cache", "caches", "chmod", "gauge", "histogram", "log", "logger", "metric", "metrics", "posthog", "redis", "seek", "sentry",
        "socket", "sockets", "span", "statsd", "telemetry", "tracer", "tracing", "utime", "websocket", "ws", "sleep",
    ];
    let callee = clause.file.text_of(call.function).to_ascii_lowercase();
    callee.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.contains(&word))
}

fn has_effect(project: &Project, clause: &Clause<'_>, call: Call<'_>) -> bool {
    let file = clause.file;
    asks(project, file, call) || changes(project, clause, call) || {
        let called = clause.function_ref().and_then(|function| called_by(project, function, call));
        called.is_some_and(|function| reaches_outside(project, function))
    }
}

fn asks(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    asks_outside(project, file, call) || asks_database(file, call)
}

fn called_by(project: &Project, function: FunctionRef, call: Call<'_>) -> Option<FunctionRef> {
    project.callees(function).into_iter().find(|callee| callee.call == call.expr).map(|callee| callee.function)
}

/// Whether a function asks something outside, itself or one call deeper.
fn reaches_outside(project: &Project, function: FunctionRef) -> bool {
    let asks_itself = |function: FunctionRef| {
        let Some(file) = project.file(function.file) else { return false };
        project.calls_in(function).into_iter().any(|call| asks(project, file, call))
    };
    asks_itself(function) || project.callees(function).into_iter().any(|callee| asks_itself(callee.function))
}

/// A call of a client of another service.
fn asks_outside(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    const CLIENTS: &[&str] = &[
        "aiohttp", "aiosmtplib", "anthropic", "boto3", "botocore", "ftplib", "grpc", "httpx", "imaplib", "openai", "paramiko", "requests",
        "smtplib", "stripe", "twilio", "urllib3",
    ];
    let is_lower = call.name().is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    match project.resolve(file.id(), call.function) {
        Entity::External(path) => {
            let first = path.split('.').next().unwrap_or_default();
            path == "urllib.request.urlopen" || is_lower && path.contains('.') && CLIENTS.contains(&first)
        }
        Entity::Unknown | Entity::Param(..) => call.receiver().and_then(|receiver| label(file, receiver)).is_some_and(|name| {
            let name = name.trim_matches('_');
            is_lower && (name == "client" || name.ends_with("_client"))
        }),
        _ => false,
    }
}

/// A statement that goes to the database.
fn asks_database(file: File<'_>, call: Call<'_>) -> bool {
    const VERBS: &[&str] = &[
        "all", "commit", "execute", "executemany", "fetchall", "fetchone", "first", "merge", "one", "one_or_none", "scalar",
        "scalar_one", "scalar_one_or_none", "scalars",
    ];
    let text = file.text_of(call.function);
    let is_verb = call.name().is_some_and(|name| VERBS.contains(&name));
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    is_verb && ["conn", "connection", "cur", "cursor", "db", "query", "session"].iter().any(|word| words.contains(word))
}

/// A call with an effect of its own, or of a function that has one.
fn changes(project: &Project, clause: &Clause<'_>, call: Call<'_>) -> bool {
    let Some(function) = clause.function_ref() else { return false };
    let is_serious = |kind: EffectKind| {
        use EffectKind::{Enqueue, FileWrite, Mail, OutboundWrite, ProcessStart, RowDelete, RowWrite};
        matches!(kind, RowWrite | RowDelete | Enqueue | ProcessStart | Mail | OutboundWrite | FileWrite)
    };
    let first_line = clause.file.first_line(call.span());
    let is_here = project.effects(function).iter().any(|effect| {
        effect.depth == 0 && is_serious(effect.kind) && effect.at.file == function.file && effect.at.span == first_line
    });
    is_here
        || called_by(project, function, call)
            .is_some_and(|callee| project.effects(callee).iter().any(|effect| is_serious(effect.kind)))
}
