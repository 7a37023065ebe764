//! Commands that start the programs of the project.

use std::collections::BTreeSet;

use backlint_semantic::deploy::shell;
use backlint_semantic::deploy::yaml::{Yaml, YamlNode};
use backlint_semantic::deploy::{Unreadable, Word, dotenv, ini};
use backlint_source::{FileId, Location, Sources, Span};

use super::kind::is_entry_script;
use super::variables::Setter;
use super::{DeployKind, Facts, Image, Purpose, Reading, Service};

/// One command, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartCommand {
    /// The file it stands in.
    pub file: FileId,
    /// What kind of file that is.
    pub kind: DeployKind,
    /// What it is made for, as far as names, variables and mounts say.
    pub purpose: Purpose,
    /// Its words, never none.
    pub words: Vec<Word>,
    /// Whether it stands in a branch of a script that other calls do not take.
    pub is_conditional: bool,
}

/// Programs that serve a Python application.
const SERVERS: &[&str] =
    &["gunicorn", "uvicorn", "hypercorn", "granian", "uwsgi", "daphne", "waitress-serve", "fastapi"];

impl StartCommand {
    /// Where the whole command stands.
    pub fn at(&self) -> Location {
        let span = self.words.iter().map(|word| word.span).reduce(Span::cover).unwrap_or_default();
        Location { file: self.file, span }
    }

    /// Where one of its words stands.
    pub fn at_word(&self, word: &Word) -> Location {
        Location { file: self.file, span: word.span }
    }

    /// The production server that it starts: `gunicorn`, `uvicorn`; none for other commands, and for `fastapi dev`.
    pub fn server(&self) -> Option<&str> {
        let at = self.words.iter().position(|word| SERVERS.contains(&program(&word.text)))?;
        let is_install = self.words[..at].iter().any(|word| matches!(word.text.as_str(), "install" | "add" | "pkill"));
        let name = program(&self.words[at].text);
        let runs = name != "fastapi" || self.words.get(at + 1).is_some_and(|word| word.text == "run");
        (!is_install && runs).then_some(name)
    }

    /// Whether one of its words is this option, alone or with a value behind an equals sign.
    pub fn option(&self, name: &str) -> Option<&Word> {
        self.words
            .iter()
            .find(|word| word.text.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))
    }

    /// The value of an option: behind an equals sign or the next word.
    pub fn value_of(&self, name: &str) -> Option<&str> {
        let at = self.words.iter().position(|word| {
            word.text.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        })?;
        match self.words[at].text.split_once('=') {
            Some((_, value)) => Some(value),
            None => self.words.get(at + 1).map(|word| word.text.as_str()),
        }
    }

    pub(super) fn of_service(service: &Service, purpose: Purpose) -> Vec<Self> {
        let words: Vec<Word> = service.entrypoint.iter().chain(&service.command).cloned().collect();
        let kind = match service.by {
            super::Orchestrator::Compose => DeployKind::Compose,
            super::Orchestrator::Kubernetes => DeployKind::Kubernetes,
        };
        split(words, service.file(), kind, purpose)
    }

    pub(super) fn of_image(image: &Image) -> Vec<Self> {
        let words: Vec<Word> = image.entrypoint.iter().chain(&image.command).cloned().collect();
        split(words, image.file, DeployKind::Dockerfile, image.purpose)
    }
}

/// `sh -c "a && b"` runs commands of its own.
fn split(words: Vec<Word>, file: FileId, kind: DeployKind, purpose: Purpose) -> Vec<StartCommand> {
    let mut commands = Vec::new();
    let mut rest = Vec::new();
    for word in words {
        // One word with blanks is a command for a shell.
        if word.text.contains(char::is_whitespace) {
            for command in shell::commands(&word.text, 0) {
                let words = command.words.into_iter().map(|inner| Word { span: word.span, ..inner }).collect();
                commands.push(StartCommand { file, kind, purpose, words, is_conditional: false });
            }
        } else {
            rest.push(word);
        }
    }
    if !rest.is_empty() {
        commands.insert(0, StartCommand { file, kind, purpose, words: rest, is_conditional: false });
    }
    commands
}

fn is_script(word: &str) -> bool {
    std::path::Path::new(word).extension().is_some_and(|extension| extension == "sh")
        || is_entry_script(word.rsplit('/').next().unwrap_or(word))
}

/// The last part of a program's path.
fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

pub(super) fn read_procfile(file: Reading<'_>, facts: &mut Facts) {
    let mut start = 0;
    for line in file.text().split_inclusive('\n') {
        if let Some((_, command)) = line.split_once(':').filter(|_| !line.trim_start().starts_with('#')) {
            let words = shell::words(command, start + line.len() - command.len());
            facts.commands.extend(file.command(words));
        }
        start += line.len();
    }
}

/// Units of systemd and programs of supervisord.
pub(super) fn read_sections(file: Reading<'_>, facts: &mut Facts) {
    for entry in ini::entries(file.text()) {
        match entry.key.text.to_ascii_lowercase().as_str() {
            "execstart" | "execstartpre" | "command" => {
                let text = entry.value.span.of(file.text());
                for command in shell::commands(text, entry.value.span.start as usize) {
                    facts.commands.extend(file.command(command.words));
                }
            }
            "environment" => {
                let words = shell::words(entry.value.span.of(file.text()), entry.value.span.start as usize);
                let set = words.iter().filter_map(|word| {
                    let assignment = dotenv::assignment(word.text.trim_end_matches(','), 0)?;
                    let place = |part: Word| Word { span: word.span, ..part };
                    Some(dotenv::Assignment { key: place(assignment.key), value: place(assignment.value) })
                });
                facts.variables.extend(set.map(|assignment| file.variable(assignment, Setter::Unit)));
            }
            _ => {}
        }
    }
}

pub(super) fn read_script(file: Reading<'_>, facts: &mut Facts) {
    let mut depth = 0_u32;
    for command in shell::commands(file.text(), 0) {
        match command.words.first().map(|word| word.text.as_str()) {
            Some("if" | "case") => depth += 1,
            Some("fi" | "esac") => depth = depth.saturating_sub(1),
            _ => {}
        }
        facts.commands.extend(file.command(command.words).map(|c| StartCommand { is_conditional: depth > 0, ..c }));
    }
}

/// The `run` steps of workflows and the `script` lines of other pipelines.
pub(super) fn read_pipeline(file: Reading<'_>, facts: &mut Facts) -> Result<(), Unreadable> {
    let tree = Yaml::parse(file.text())?;
    for (key, value) in tree.all_entries() {
        if !matches!(key.text(), Some("run" | "script" | "before_script" | "after_script" | "command")) {
            continue;
        }
        for text in value.items().chain(Some(value)).filter(|node: &YamlNode<'_>| node.text().is_some()) {
            for command in shell::commands(text.text().unwrap_or_default(), 0) {
                facts.commands.extend(file.command(file.placed(command.words, text.span())));
            }
        }
    }
    Ok(())
}

impl Reading<'_> {
    fn command(&self, words: Vec<Word>) -> Option<StartCommand> {
        let command =
            StartCommand { file: self.id, kind: self.kind, purpose: self.purpose, words, is_conditional: false };
        (!command.words.is_empty()).then_some(command)
    }
}

/// Drops the commands of scripts that no deployment file calls: those are run by hand.
pub(super) fn keep_called_scripts(commands: &mut Vec<StartCommand>, sources: &Sources) {
    let name_of = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let mut called: BTreeSet<String> = BTreeSet::new();
    let is_start = |command: &&StartCommand| !matches!(command.kind, DeployKind::Script | DeployKind::Pipeline);
    for command in commands.iter().filter(is_start).filter(|command| command.purpose == Purpose::Production) {
        called.extend(command.words.iter().filter(|word| is_script(&word.text)).map(|word| name_of(&word.text)));
    }
    commands.retain(|command| {
        command.kind != DeployKind::Script || called.contains(&name_of(sources.file(command.file).path()))
    });
}
