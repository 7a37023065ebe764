//! Effects of calls: by dotted path, by method, by what they are called on.

use backlint_semantic::{Call, descendants};
use backlint_syntax::ast::{Expr, ExprId};

use super::names::{by_method, by_path};
use super::{Effect, EffectKind};
use crate::resolve::{Entity, Type};
use crate::{File, Project};

/// What a call of `callee` changes.
pub(crate) fn effect(project: &Project, file: File<'_>, call: Call<'_>, callee: &Entity) -> Option<Effect> {
    let kind = kind(project, file, call, callee).filter(|&kind| !is_scratch(file, kind, call))?;
    let what = file.text_of(call.function).chars().take(60).collect::<String>().into();
    Some(Effect { kind, at: file.at(file.first_line(call.span())), depth: 0, what })
}

/// Writing to and cleaning up temporary files changes nothing that outlives the request.
fn is_scratch(file: File<'_>, kind: EffectKind, call: Call<'_>) -> bool {
    if kind != EffectKind::FileWrite {
        return false;
    }
    let text = file.slice(call.span()).to_ascii_lowercase();
    ["tmp", "temp", "cache", "buffer", "bytesio"].iter().any(|word| text.contains(word))
}

fn kind(project: &Project, file: File<'_>, call: Call<'_>, callee: &Entity) -> Option<EffectKind> {
    let name = call.name()?;
    let Some(receiver) = call.receiver() else { return plain(project, file, call, name, callee) };
    if let Some(found) = on_session(file, call, name, receiver) {
        return Some(found);
    }
    // What the project defines itself is followed, not guessed.
    if matches!(callee, Entity::Function(_)) {
        return None;
    }
    if let Some(found) = callee.external().and_then(by_path) {
        return Some(found);
    }
    if let Some(found) = by_method(name) {
        return Some(found);
    }
    match name {
        "open" => opened(project, file, call, 0),
        "put" if looks_like(file, receiver, &["queue", "jobs"]) => Some(EffectKind::Enqueue),
        "publish" | "submit"
            if looks_like(file, receiver, &["queue", "producer", "executor", "pool", "channel", "broker"]) =>
        {
            Some(EffectKind::Enqueue)
        }
        "create_task" if is_loop(file, receiver) => Some(EffectKind::Enqueue),
        "unlink" | "rmdir" | "touch" if call.args.len() <= 1 => Some(EffectKind::FileWrite),
        "save"
            if looks_like(file, receiver, &["file", "upload", "image", "img", "photo", "thumb"])
                && !call.args.is_empty() =>
        {
            Some(EffectKind::FileWrite)
        }
        "send" if looks_like(file, receiver, &["mail", "smtp", "sendgrid", "twilio"]) => Some(EffectKind::Mail),
        "save" | "create" | "delete" | "update" | "insert" | "get_or_create" | "insert_many" => {
            on_model(project, file, receiver, name).or_else(|| on_query(file, receiver, name))
        }
        _ => None,
    }
    .or_else(|| unresolved(file, callee, receiver, name))
}

/// A call without receiver.
fn plain(project: &Project, file: File<'_>, call: Call<'_>, name: &str, callee: &Entity) -> Option<EffectKind> {
    if name == "open" {
        return opened(project, file, call, 1);
    }
    let path = callee.external()?;
    by_path(path).or(match path {
        "asyncio.create_task" | "asyncio.ensure_future" => Some(EffectKind::Enqueue),
        _ => None,
    })
}

/// `open(path, "w")`; for `path.open("w")` the mode comes first.
fn opened(project: &Project, file: File<'_>, call: Call<'_>, place: usize) -> Option<EffectKind> {
    let mode = project.string(file.id(), call.argument("mode", place)?)?;
    let is_mode = mode.len() <= 4 && mode.chars().all(|c| "rwaxbt+U".contains(c));
    (is_mode && mode.contains(['w', 'a', 'x', '+'])).then_some(EffectKind::FileWrite)
}

/// Calls on database sessions and connections.
fn on_session(file: File<'_>, call: Call<'_>, name: &str, receiver: ExprId) -> Option<EffectKind> {
    if !matches!(name, "commit" | "add" | "merge" | "delete" | "execute" | "executemany" | "exec")
        || !is_session(file, receiver)
    {
        return None;
    }
    match name {
        "commit" | "add" | "merge" => Some(EffectKind::RowWrite),
        "delete" => Some(EffectKind::RowDelete),
        _ => statement(file, call.positional(0)?),
    }
}

/// Whether the text of a receiver names a session, connection or cursor of a database.
fn is_session(file: File<'_>, receiver: ExprId) -> bool {
    let text = file.text_of(receiver).to_ascii_lowercase();
    let last = text.rsplit('.').next().unwrap_or(&text);
    let names = ["db", "session", "conn", "connection", "cursor", "cur", "tx", "uow", "s"];
    names.contains(&last)
        || last.ends_with("_session")
        || last.ends_with("_db")
        || last.starts_with("db_")
        || last.starts_with("session")
}

/// What executing this statement does, by its SQL text or its constructor.
fn statement(file: File<'_>, expr: ExprId) -> Option<EffectKind> {
    let module = file.module();
    for expr in descendants(module, expr) {
        match module.expr(expr) {
            Expr::Str(text) => return sql(module.text(text)),
            Expr::Call { function, .. } => {
                if let Expr::Name(name) | Expr::Attribute { name, .. } = module.expr(function) {
                    match module.text(name) {
                        "insert" | "update" => return Some(EffectKind::RowWrite),
                        "delete" => return Some(EffectKind::RowDelete),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    None
}

fn sql(text: &str) -> Option<EffectKind> {
    let word = text.split_whitespace().next()?.to_ascii_uppercase();
    match word.as_str() {
        "INSERT" | "UPDATE" | "REPLACE" | "UPSERT" | "MERGE" | "CREATE" | "ALTER" => Some(EffectKind::RowWrite),
        "DELETE" | "DROP" | "TRUNCATE" => Some(EffectKind::RowDelete),
        _ => None,
    }
}

fn looks_like(file: File<'_>, receiver: ExprId, words: &[&str]) -> bool {
    let text = file.text_of(receiver).to_ascii_lowercase();
    let last = text.rsplit('.').next().unwrap_or(&text);
    words.iter().any(|word| last.contains(word))
}

fn is_loop(file: File<'_>, receiver: ExprId) -> bool {
    let text = file.text_of(receiver);
    text.ends_with("loop") || text.ends_with("loop()") || text == "asyncio"
}

/// A method of a model class from an ORM.
fn on_model(project: &Project, file: File<'_>, receiver: ExprId, name: &str) -> Option<EffectKind> {
    let (Entity::Class(class) | Entity::Instance { of: Type::Project(class), .. }) =
        project.resolve(file.id(), receiver)
    else {
        return None;
    };
    let is_model = project.lineage(class).iter().any(|t| match t {
        Type::External(path) => path.ends_with("Model") || path.ends_with("Document") || path.ends_with(".Base"),
        Type::Project(_) => false,
    });
    let is_schema = project.derives_from(&Type::Project(class), &["pydantic.BaseModel", "pydantic.main.BaseModel"]);
    (is_model && !is_schema).then_some(if name == "delete" { EffectKind::RowDelete } else { EffectKind::RowWrite })
}

/// `Model.query.filter(…).delete()`, `session.query(Model).update(…)`.
fn on_query(file: File<'_>, receiver: ExprId, name: &str) -> Option<EffectKind> {
    let text = file.text_of(receiver);
    let is_query =
        text.contains(".query") || text.contains("query(") || text.contains(".filter") || text.contains(".objects");
    match name {
        "delete" if is_query => Some(EffectKind::RowDelete),
        "update" | "insert" | "create" if is_query => Some(EffectKind::RowWrite),
        _ => None,
    }
}

/// A mutating verb on a service or repository that the model does not see.
fn unresolved(file: File<'_>, callee: &Entity, receiver: ExprId, name: &str) -> Option<EffectKind> {
    const VERBS: &[&str] = &[
        "create", "update", "delete", "save", "set", "send", "upload", "import", "remove", "insert", "write", "store",
        "persist",
    ];
    if !matches!(callee, Entity::Unknown | Entity::Param(..)) {
        return None;
    }
    let verb = name.split('_').find(|part| !part.is_empty())?;
    let is_service = looks_like(
        file,
        receiver,
        &["service", "repo", "repository", "manager", "store", "dao", "crud", "controller", "gateway", "svc"],
    );
    (VERBS.contains(&verb) && is_service).then_some(EffectKind::UnresolvedWrite)
}
