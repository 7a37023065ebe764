//! Values that let their bearer in.

use backlint_model::{Entity, File, Project, words};
use backlint_semantic::{Binding, BindingKind, Call, env_lookup};
use backlint_syntax::ast::{Expr, ExprId, Part};

use super::{Leak, LeakKind};
use crate::expressions::{label, path_ends_with};

const PASSWORDS: &[&str] = &["passphrase", "passwd", "password", "pwd"];

/// Endings of names for secrets that are nothing else.
const CERTAIN: &[&str] = &[
    "access_token",
    "auth_token",
    "bearer_token",
    "client_secret",
    "id_token",
    "jwt_token",
    "refresh_token",
    "reset_token",
    "secret_key",
    "session_token",
    "verification_token",
];

/// Endings of names that may stand for something else: a word of a text, an object with a name.
const PROBABLE: &[&str] = &[
    "api_key",
    "apikey",
    "jwt",
    "otp",
    "otp_code",
    "private_key",
    "reset_code",
    "secret",
    "token",
    "verification_code",
];

/// Words of names for what is safe to show, or is only about a secret.
const HARMLESS: &[&str] = &[
    "change",
    "encrypted",
    "fake",
    "fingerprint",
    "forgot",
    "has",
    "hash",
    "hashed",
    "invalid",
    "is",
    "mask",
    "masked",
    "missing",
    "need",
    "no",
    "obfuscated",
    "page",
    "preview",
    "redacted",
    "require",
    "requires",
    "reset",
    "safe",
    "set",
    "truncated",
    "update",
    "use",
    "wrong",
];

/// The secret that a shown value is.
pub(super) fn leak(project: &Project, file: File<'_>, expr: ExprId) -> Option<Leak> {
    let name = label(file, expr)?;
    let snake = words::snake_case(name);
    let is_certain_name = ends(&snake, CERTAIN);
    if !is_certain_name && HARMLESS.iter().any(|word| words::has_word(&snake, word)) {
        return None;
    }
    let bindings = bindings(file, expr);
    let values = || bindings.iter().filter_map(assigned);
    let is_password = ends(&snake, PASSWORDS) && !values().any(|value| is_about(file, value));
    let made = || values().chain([expr]).find(|&value| is_secret_source(project, file, value));
    let origin = if is_password || is_certain(file, expr, &snake, bindings) {
        values().next()
    } else if ends(&snake, PROBABLE) || is_certain_name {
        Some(made()?)
    } else {
        Some(values().find(|&value| is_link(file, value))?)
    };
    let what = if ends(&snake, PASSWORDS) || ends(&snake, PROBABLE) || is_certain_name {
        format!("`{name}`")
    } else {
        format!("`{name}`, a link with a token in it,")
    };
    Some(Leak {
        at: expr,
        what,
        origin: origin.map(|value| file.at(file.first_line(file.module().span(value)))),
        kind: LeakKind::Secret,
    })
}

fn ends(snake: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| snake.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('_')))
}

/// The bindings of a name.
fn bindings(file: File<'_>, expr: ExprId) -> &[Binding] {
    match file.module().expr(expr) {
        Expr::Name(name) => file.index().lookup(file.index().scope_of_name(expr), name),
        _ => &[],
    }
}

fn assigned(binding: &Binding) -> Option<ExprId> {
    match binding.kind {
        BindingKind::Assign { value, .. } => value,
        BindingKind::Named { value } => Some(value),
        _ => None,
    }
}

/// Whether the name leaves no doubt, and nothing about its value does.
fn is_certain(file: File<'_>, expr: ExprId, snake: &str, bindings: &[Binding]) -> bool {
    let module = file.module();
    let is_text_param = |function, place: u32| {
        let params = module.list(file.function(function).params);
        let annotation = params.get(place as usize).and_then(|param| param.annotation);
        annotation.map_or(ends(snake, CERTAIN), |annotation| {
            file.text_of(annotation).contains("str") || file.text_of(annotation).contains("SecretStr")
        })
    };
    match module.expr(expr) {
        Expr::Name(_) => {
            let is_param = bindings
                .iter()
                .all(|binding| matches!(binding.kind, BindingKind::Param(f, place) if is_text_param(f, place)));
            let is_plain = matches!(snake, "api_key" | "otp") || snake == "token" && !is_about_devices(file, expr);
            !bindings.is_empty() && is_param && (ends(snake, CERTAIN) || is_plain)
        }
        Expr::Attribute { .. } | Expr::Subscript { .. } => ends(snake, CERTAIN),
        _ => false,
    }
}

/// Whether the code around a token sends messages to devices, whose addresses are called tokens too.
fn is_about_devices(file: File<'_>, expr: ExprId) -> bool {
    const WORDS: &[&str] = &["apns", "device", "expo", "fcm", "push"];
    let name = words::snake_case(file.context_name(expr).as_str());
    let mut said = name.split(['_', '.']).chain(file.local_path().split(['/', '_', '.']));
    said.any(|word| WORDS.contains(&word))
}

/// Whether a value is made from a password without being one: a hash, a length, a question.
fn is_about(file: File<'_>, value: ExprId) -> bool {
    match file.module().expr(value) {
        Expr::Compare { .. } | Expr::True | Expr::False | Expr::None | Expr::Unary { .. } => true,
        Expr::Call { .. } => {
            let name = Call::of(file.module(), value).and_then(|call| call.name()).unwrap_or_default();
            ["hash", "bool", "len", "mask", "redact", "encrypt", "check", "verify"]
                .iter()
                .any(|word| name.contains(word))
        }
        Expr::Str(text) => file.module().text(text).starts_with('*'),
        _ => false,
    }
}

/// Whether a value is a secret by what makes it: randomness for secrets, a signature, the environment, the request.
fn is_secret_source(project: &Project, file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    let value = match module.expr(value) {
        Expr::Await(inner) => inner,
        _ => value,
    };
    if env_lookup(module, file.index(), value).is_some() {
        return true;
    }
    let text = file.text_of(value);
    match module.expr(value) {
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, value) else { return false };
            let name = call.name().map(words::snake_case).unwrap_or_default();
            let path = project.resolve(file.id(), call.function);
            let is_random = matches!(&path, Entity::External(path) if path.starts_with("secrets.") || path_ends_with(path, "jwt.encode"));
            let is_mint =
                ["create", "encode", "generate", "issue", "mint"].iter().any(|verb| words::has_word(&name, verb))
                    && ["api_key", "code", "jwt", "key", "otp", "secret", "token"]
                        .iter()
                        .any(|word| words::has_word(&name, word))
                    && !["count", "embedding", "embeddings", "id", "ids", "text"]
                        .iter()
                        .any(|word| words::has_word(&name, word));
            let from_request = text.starts_with("request.") && text.contains(".get(");
            is_random || is_mint || from_request
        }
        Expr::Attribute { .. } => text.split('.').next().is_some_and(|head| matches!(head, "settings" | "config")),
        Expr::Subscript { .. } => text.starts_with("request.") || text.contains(".config["),
        _ => false,
    }
}

/// Whether a value is the text of a link in which a token stands.
fn is_link(file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    let Expr::FString(parts) = module.expr(value) else { return false };
    let mut before = "";
    module.list(parts).iter().any(|part| match *part {
        Part::Text(text) => {
            before = module.text(text);
            false
        }
        Part::Value { value, .. } => {
            let is_secret = label(file, value)
                .map(words::snake_case)
                .is_some_and(|name| ends(&name, PROBABLE) || ends(&name, CERTAIN));
            before.ends_with("token=") || is_secret && (before.ends_with("code=") || before.ends_with('/'))
        }
    })
}
