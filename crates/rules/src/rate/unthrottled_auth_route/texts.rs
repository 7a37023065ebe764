//! What the source around a handler speaks of.

use std::borrow::Cow;
use std::cell::OnceCell;

use backlint_model::words::{self, snake_case};
use backlint_model::{Entity, FunctionRef, Project};
use rustc_hash::FxHashSet;

/// Names that hold a word of credentials and mean something else.
const OTHERS: &[&str] = &["get_secret_value"];
/// Ends of such names.
const OTHER_ENDS: &[&str] = &[
    "country_code",
    "currency_code",
    "err_code",
    "error_code",
    "http_code",
    "language_code",
    "postal_code",
    "response_code",
    "secret_key",
    "status_code",
    "zip_code",
];

/// The source around a handler.
pub(super) struct Texts<'p> {
    handler: Piece<'p>,
    /// The schemas that it takes.
    taken: Piece<'p>,
    /// The functions that it calls.
    called: Piece<'p>,
}

impl<'p> Texts<'p> {
    pub(super) fn of(project: &'p Project, function: FunctionRef) -> Self {
        let called = project.callees(function).iter().map(|callee| source(project, callee.function));
        Self {
            handler: Piece::of(vec![source(project, function)]),
            taken: Piece::of(parameter_types(project, function)),
            called: Piece::of(called.collect()),
        }
    }

    /// Whether the handler, its schemas or the functions that it calls mention one of the words.
    pub(super) fn mention(&self, wanted: &[&str]) -> bool {
        self.own_mention(wanted) || self.called.mentions(wanted)
    }

    /// Whether the handler or its schemas do.
    pub(super) fn own_mention(&self, wanted: &[&str]) -> bool {
        self.handler.mentions(wanted) || self.taken.mentions(wanted)
    }

    /// Whether what the handler takes does: its schemas, or the handler where it takes none.
    pub(super) fn given_mention(&self, wanted: &[&str]) -> bool {
        if self.taken.sources.is_empty() { self.own_mention(wanted) } else { self.taken.mentions(wanted) }
    }
}

/// Some source, and the names in it, taken apart when first asked for.
struct Piece<'p> {
    sources: Vec<Cow<'p, str>>,
    names: OnceCell<Vec<String>>,
}

impl<'p> Piece<'p> {
    fn of(sources: Vec<Cow<'p, str>>) -> Self {
        Self { sources, names: OnceCell::new() }
    }

    fn mentions(&self, wanted: &[&str]) -> bool {
        let names = self.names.get_or_init(|| names(&self.sources));
        names.iter().any(|name| wanted.iter().any(|wanted| words::has_word(name, wanted)))
    }
}

/// The distinct names in some source that may be those of credentials.
fn names(sources: &[Cow<'_, str>]) -> Vec<String> {
    let mut seen = FxHashSet::default();
    let split = |text| str::split(text, |c: char| !(c.is_alphanumeric() || c == '_'));
    let written = sources.iter().flat_map(|text| split(&**text)).filter(|word| !word.is_empty() && !is_constant(word));
    let names = written.filter(|word| seen.insert(*word)).map(snake_case);
    names.filter(|name| !OTHERS.contains(&name.as_str()) && !OTHER_ENDS.iter().any(|end| name.ends_with(end))).collect()
}

/// `INVALID_CODE`: what is said of a credential, and not the credential.
fn is_constant(word: &str) -> bool {
    word.contains('_') && !word.contains(char::is_lowercase)
}

fn source(project: &Project, function: FunctionRef) -> Cow<'_, str> {
    let Some(file) = project.file(function.file) else { return Cow::Borrowed("") };
    Cow::Borrowed(file.slice(file.module().stmt_span(file.function(function.id).stmt)))
}

/// The class bodies of the parameters' types, or their dotted path when they come from outside.
fn parameter_types(project: &Project, function: FunctionRef) -> Vec<Cow<'_, str>> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let module = file.module();
    let annotations = module.list(file.function(function.id).params).iter().filter_map(|param| param.annotation);
    annotations
        .filter_map(|annotation| match project.resolve(function.file, annotation) {
            Entity::Class(class) => {
                let file = project.file(class.file)?;
                Some(Cow::Borrowed(file.slice(file.module().stmt_span(file.class(class.id).stmt))))
            }
            Entity::External(path) if path.ends_with("OAuth2PasswordRequestForm") => Some(Cow::Borrowed("password")),
            Entity::External(path) => Some(Cow::Owned(path)),
            _ => None,
        })
        .collect()
}
