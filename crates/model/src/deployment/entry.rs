//! Variables that the scripts which production starts with take care of.

use std::collections::BTreeSet;

use backlint_semantic::deploy::shell;
use backlint_source::Sources;

use super::{DeployKind, Deployment, Purpose, StartCommand};

/// The variables that called scripts set, or without which they stop. Whether a script is called is decided before.
pub(super) fn ensured(facts: &Deployment, sources: &Sources) -> BTreeSet<String> {
    let called = facts.commands.iter().filter(|c| c.kind == DeployKind::Script && c.purpose == Purpose::Production);
    let mut found: BTreeSet<String> = called.clone().flat_map(exported).collect();
    let scripts: BTreeSet<_> = called.map(|command| command.file).collect();
    for script in scripts {
        let text = sources.file(script).text();
        found.extend(demanded(text));
        found.extend(refused(text));
    }
    found
}

/// `export NAME=value`.
fn exported(command: &StartCommand) -> Vec<String> {
    let mut words = command.words.iter().map(|word| word.text.as_str());
    if words.next() != Some("export") {
        return Vec::new();
    }
    words.filter_map(|word| word.split_once('=')).map(|(name, _)| name.to_owned()).collect()
}

/// `${NAME:?message}`.
fn demanded(text: &str) -> impl Iterator<Item = String> + '_ {
    let names = text.split("${").skip(1).map(|rest| (name_at(rest), rest));
    let required = names.filter(|(name, rest)| {
        let rest = &rest[name.len()..];
        !name.is_empty() && (rest.starts_with(":?") || rest.starts_with('?'))
    });
    required.map(|(name, _)| name.to_owned())
}

/// `if [ -z "$NAME" ]; then … exit 1; fi`.
fn refused(text: &str) -> Vec<String> {
    let mut tested: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for command in shell::commands(text, 0) {
        let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
        match words.first().copied() {
            Some("fi" | "else") => tested.clear(),
            Some("exit") if words.get(1) != Some(&"0") => found.append(&mut tested),
            _ => {}
        }
        // `then exit 1` is one command.
        if words.first() == Some(&"then") && words.get(1) == Some(&"exit") && words.get(2) != Some(&"0") {
            found.append(&mut tested);
        }
        let tests = words.windows(2).filter(|pair| pair[0] == "-z").map(|pair| pair[1]);
        tested.extend(tests.filter_map(|word| {
            let name = name_at(word.strip_prefix("${").or_else(|| word.strip_prefix('$'))?);
            (!name.is_empty()).then(|| name.to_owned())
        }));
    }
    found
}

fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    &text[..end]
}
