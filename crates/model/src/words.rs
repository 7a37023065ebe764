//! Lists of words that decide something, read from `data/*.toml`.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretWords {
    words: Vec<String>,
    harmless_endings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StandardModules {
    modules: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Builtins {
    names: Vec<String>,
}

static SECRETS: LazyLock<SecretWords> = LazyLock::new(|| load(include_str!("../data/secrets.toml")));
static STANDARD: LazyLock<StandardModules> = LazyLock::new(|| load(include_str!("../data/standard_modules.toml")));

static BUILTINS: LazyLock<Builtins> = LazyLock::new(|| load(include_str!("../data/builtins.toml")));

pub(crate) fn load<T: serde::de::DeserializeOwned>(text: &str) -> T {
    toml::from_str(text).expect("internal error: bundled data is checked by a test")
}

/// Whether a name of this form usually holds a secret: `JWT_SECRET`, `apiKey`, `db_password`; not `token_type`.
pub fn is_secret_name(name: &str) -> bool {
    let snake = snake(name);
    let ends_harmless = || {
        SECRETS.harmless_endings.iter().any(|ending| {
            snake.strip_suffix(ending.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
        })
    };
    SECRETS.words.iter().any(|word| has_word(&snake, word)) && !ends_harmless()
}

/// Whether `word` (itself perhaps of several parts) stands in a snake-case name between underscores or at its ends.
pub fn has_word(snake: &str, word: &str) -> bool {
    let bytes = snake.as_bytes();
    let Some(last) = bytes.len().checked_sub(word.len()) else { return false };
    // Names are short: looking at each place is faster than preparing a search.
    (0..=last).any(|at| {
        let is_start = at == 0 || bytes[at - 1] == b'_';
        is_start && bytes[at..].starts_with(word.as_bytes()) && ends_word(&bytes[at + word.len()..])
    })
}

/// Whether a word ends before `rest`, or is a plural that ends there.
fn ends_word(rest: &[u8]) -> bool {
    matches!(rest, [] | [b'_', ..] | b"s" | [b's', b'_', ..])
}

/// A name in lower snake case: `apiKey` and `API-KEY` are `api_key`.
pub fn snake_case(name: &str) -> String {
    snake(name).into_owned()
}

/// As [`snake_case`], without a copy of what is in snake case already.
pub fn snake(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len() + 4);
    let mut previous_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && previous_lower {
            out.push('_');
        }
        // Digits belong to what stands before them: `K8S` is one word, `apiKey2Id` three.
        previous_lower = c.is_lowercase() || (c.is_ascii_digit() && previous_lower);
        if c == '-' || c == '.' || c == ' ' {
            out.push('_');
        } else {
            out.extend(c.to_lowercase());
        }
    }
    Cow::Owned(out)
}

/// Whether a top-level module belongs to Python's standard library.
pub fn is_standard_module(name: &str) -> bool {
    STANDARD.modules.binary_search_by(|module| module.as_str().cmp(name)).is_ok()
}

/// Whether every module has this name without binding it.
pub fn is_builtin(name: &str) -> bool {
    BUILTINS.names.binary_search_by(|builtin| builtin.as_str().cmp(name)).is_ok()
}

/// Whether a file name says that the file is for development, tests or as an example.
pub fn is_dev_name(file_name: &str) -> bool {
    let words = snake_case(file_name);
    words.split('_').any(|word| {
        matches!(
            word,
            "dev"
                | "develop"
                | "development"
                | "test"
                | "testing"
                | "ci"
                | "local"
                | "override"
                | "example"
                | "examples"
                | "sample"
        )
    })
}

/// Whether an identifier says that what it names is for development or tests.
pub fn is_dev_identifier(name: &str) -> bool {
    let words = snake_case(name);
    words.split('_').any(|word| {
        matches!(
            word,
            "dev" | "develop" | "development" | "test" | "tests" | "testing" | "local" | "mock" | "fake" | "dummy"
        )
    })
}
