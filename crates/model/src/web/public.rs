//! Routes that are open on purpose.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use backlint_semantic::{descendants, expressions_of, own_statements};
use backlint_syntax::ast::Expr;
use serde::Deserialize;

use super::routes::Route;
use crate::Project;
use crate::link::Options;
use crate::resolve::FunctionRef;
use crate::words::{has_word, load, snake_case};

/// The reason given for webhooks, which are public only when they check who signed them.
pub(crate) const WEBHOOK: &str = "a webhook";
const FORM: &str = "a form for visitors";
pub(crate) const SIGN_IN: &str = "part of signing in";
const HEALTH: &str = "a health or status route";
const CONTENT: &str = "documentation or static content";
const BY_NAME: &str = "public by name";
const SET_UP: &str = "part of the first set-up";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    intents: Vec<Intent>,
    accounts: Accounts,
}

/// What a route is for when it is open on purpose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Intent {
    what: String,
    certain: Vec<String>,
    #[serde(default)]
    contextual: Vec<String>,
    #[serde(default)]
    beginnings: Vec<String>,
    #[serde(default)]
    endings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accounts {
    words: Vec<String>,
    everyday: Vec<String>,
    proofs: Vec<String>,
    not_proofs: Vec<String>,
}

static DATA: LazyLock<Data> = LazyLock::new(|| load(include_str!("../../data/public.toml")));

/// Why a route is meant to be open by its path or handler, if it is.
pub(crate) fn reason(project: &Project, options: &Options, route: &Route) -> Option<String> {
    let path = route.path.as_str();
    if let Some((_, reason)) = options.public.iter().find(|(pattern, _)| matches_pattern(pattern, path)) {
        return Some(reason.clone());
    }
    // Who holds the number of a token may look at what it opens; changing the token itself is another matter.
    let is_key = |segment: &str| is_capability(segment) && (route.is_read_only_method() || !names_number(segment));
    if path.split('/').any(is_key) {
        return Some("a token in the path is the key".to_owned());
    }
    let asked = Asked::new(project, route);
    if matches!(path, "/" | "") && asked.may_be(CONTENT) {
        return Some(CONTENT.to_owned());
    }
    DATA.intents.iter().find(|intent| asked.is_meant_for(intent)).map(|intent| intent.what.clone())
}

/// A route, and what it says of its purpose.
struct Asked<'a> {
    project: &'a Project,
    route: &'a Route,
    segments: Vec<String>,
    handler: String,
}

impl<'a> Asked<'a> {
    fn new(project: &'a Project, route: &'a Route) -> Self {
        let segments = literal_segments(&route.path).collect();
        Self { project, route, segments, handler: snake_case(project.handler_name(route.handler)) }
    }

    fn is_meant_for(&self, intent: &Intent) -> bool {
        if !self.may_be(&intent.what) {
            return false;
        }
        self.is_compound(intent)
            || intent.certain.iter().any(|word| self.says(word, intent))
            || intent.contextual.iter().any(|word| self.says(word, intent) && self.is_fitting(word, intent))
    }

    /// `/orders/guest-checkout`, `/faq-inquiries`.
    fn is_compound(&self, Intent { beginnings, endings, .. }: &Intent) -> bool {
        let Some(last) = self.segments.last() else { return false };
        let begins = |word: &String| last.strip_prefix(word.as_str()).is_some_and(|rest| rest.starts_with('_'));
        let ends = |word: &String| last.strip_suffix(word.as_str()).is_some_and(|rest| rest.ends_with('_'));
        beginnings.iter().any(begins) || endings.iter().any(ends)
    }

    /// Whether the methods are those of such a route: content is read, and visitors fill forms in but edit none.
    fn may_be(&self, what: &str) -> bool {
        let methods = &self.route.methods;
        match what {
            CONTENT => methods.contains("GET"),
            // Nobody signs in through a socket: it asks for what a login gave.
            SIGN_IN => !methods.contains("WEBSOCKET"),
            FORM => {
                !self.names_a_row() && methods.iter().all(|method| matches!(method.as_str(), "GET" | "POST" | "HEAD"))
            }
            _ => true,
        }
    }

    fn says(&self, word: &str, Intent { what, certain, .. }: &Intent) -> bool {
        let by_path = self.segments.last().is_some_and(|last| last == word);
        let by_segment = self.segments.iter().any(|s| s == word)
            && certain.iter().any(|word| self.segments.contains(word))
            && self.segments.iter().any(|s| match s.as_str() {
                "public" | "webhook" | "webhooks" | "health" | "callback" | "demo" => true,
                // The clients of an authorization server are managed below it too.
                "oauth" => self.route.is_read_only_method(),
                _ => false,
            });
        let by_handler = || {
            self.handler == word
                || self.handler.strip_prefix(word).is_some_and(|rest| rest.starts_with('_'))
                    && ![SET_UP, CONTENT, BY_NAME].contains(&what.as_str())
                || self.handler.strip_suffix(word).is_some_and(|rest| rest.ends_with('_'))
                    && [SIGN_IN, WEBHOOK, HEALTH].contains(&what.as_str())
        };
        by_path || by_segment || word.len() > 4 && by_handler()
    }

    /// Whether a word of several meanings has this one here.
    fn is_fitting(&self, word: &str, intent: &Intent) -> bool {
        if self.route.is_read_only_method() {
            return true;
        }
        // To delete a session is to log out; what else is deleted was there for others.
        let is_ended = !self.route.methods.contains("DELETE") || ["session", "sessions", "token"].contains(&word);
        if ![SIGN_IN, SET_UP].contains(&intent.what.as_str()) || !is_ended {
            return false;
        }
        let mentioned = self.route.handler.function().map(|handler| mentioned(self.project, handler));
        let mentioned = mentioned.unwrap_or_default();
        // Who acts on the row that a path names has to prove that it is theirs.
        let is_proven = || mentioned.iter().any(|name| is_proof(name));
        self.speaks_of_accounts(word, &mentioned) && (!self.names_a_row() || is_proven())
    }

    /// Whether accounts or credentials are the subject, the word itself aside.
    fn speaks_of_accounts(&self, word: &str, mentioned: &BTreeSet<String>) -> bool {
        let Accounts { words, everyday, .. } = &DATA.accounts;
        let file = self.project.file(self.route.at.file);
        let module = file.map(|file| snake_case(file.local_path().rsplit('/').next().unwrap_or_default()));
        let names = self.segments.iter().chain([&self.handler]).chain(&module);
        let mut subjects = names.map(|name| name.replacen(word, "", 1));
        let is_subject = |name: &String| words.iter().any(|word| has_word(name, word));
        subjects.any(|name| is_subject(&name))
            || mentioned.iter().any(|name| {
                words.iter().filter(|word| !everyday.contains(word)).any(|word| has_word_in_singular(name, word))
            })
    }

    /// `/users/{user_id}/activate`: whether the path names the row that is acted upon.
    fn names_a_row(&self) -> bool {
        self.route.path.split('/').any(names_number)
    }
}

/// `{user_id}`, `<int:row>`: whether a segment holds the number of a row.
fn names_number(segment: &str) -> bool {
    let (name, kind) = parameter(segment);
    segment.contains(['{', '<'])
        && (name == "id" || name == "pk" || name.ends_with("_id") || name.ends_with("_pk") || kind == "int")
}

/// The name and the converter of `<int:row_id>` or `{row_id:int}`.
fn parameter(segment: &str) -> (String, &str) {
    let is_flask = segment.contains('<');
    let inner = segment.trim_matches(['{', '}', '<', '>']);
    let (name, kind) = match inner.split_once(':') {
        Some((kind, name)) if is_flask => (name, kind),
        Some((name, kind)) => (name, kind),
        None => (inner, ""),
    };
    (snake_case(name), kind)
}

/// `max_tokens` counts words; `token` opens doors.
fn has_word_in_singular(name: &str, word: &str) -> bool {
    if word.contains('_') { has_word(name, word) } else { name.split('_').any(|part| part == word) }
}

fn is_proof(name: &str) -> bool {
    let Accounts { proofs, not_proofs, .. } = &DATA.accounts;
    let is_number = name.ends_with("_id");
    !is_number
        && !not_proofs.iter().any(|known| known == name)
        && proofs.iter().any(|word| has_word_in_singular(name, word))
}

/// The names, attributes and keys in a function, in snake case; what its documentation says is no code.
pub(crate) fn mentioned(project: &Project, function: FunctionRef) -> BTreeSet<String> {
    let Some(file) = project.file(function.file) else { return BTreeSet::new() };
    let module = file.module();
    let params = module.list(file.function(function.id).params);
    let mut found: BTreeSet<String> = params.iter().map(|param| snake_case(module.text(param.name))).collect();
    let body = own_statements(module, module.body(function.id));
    let stmts = body.into_iter().filter(|&stmt| !file.is_documentation(stmt));
    let exprs = stmts.flat_map(|stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    for expr in exprs {
        match module.expr(expr) {
            Expr::Name(name) | Expr::Attribute { name, .. } => found.insert(snake_case(module.text(name))),
            // Texts for people have blanks.
            Expr::Str(text) if !module.text(text).contains(' ') => found.insert(snake_case(module.text(text))),
            _ => continue,
        };
    }
    found
}

/// Whether a route that is public for this reason looks at credentials without demanding that the caller is known.
pub(crate) fn judges_credentials(reason: &str) -> bool {
    ![HEALTH, CONTENT, BY_NAME, FORM].contains(&reason)
}

/// Whether a decorator or dependency that does nothing says by its name that a route is open: `allow_public`.
pub(crate) fn is_marker(name: &str) -> bool {
    let snake = snake_case(name);
    !has_word(&snake, "authenticated")
        && ["public", "anon", "anonymous", "no_auth", "unauthenticated", "allow_any", "login_exempt", "auth_exempt"]
            .iter()
            .any(|word| has_word(&snake, word))
}

/// `<token>`, `{share_key}`: a path parameter that nobody guesses.
fn is_capability(segment: &str) -> bool {
    let (name, _) = parameter(segment);
    let is_row = name.ends_with("_id") || name.ends_with("_pk");
    segment.contains(['{', '<'])
        && !is_row
        && ["token", "secret", "signature", "nonce", "share_key", "access_key", "magic"]
            .iter()
            .any(|w| has_word(&name, w))
}

fn literal_segments(path: &str) -> impl Iterator<Item = String> + '_ {
    path.split('/').filter(|s| !s.is_empty() && !s.contains(['{', '<', '…'])).map(snake_case)
}

/// A path pattern of the configuration: equal, or a prefix when it ends in `*`.
fn matches_pattern(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => pattern == path,
    }
}
