//! Containers as orchestrators start them.

use backlint_semantic::deploy::Word;
use backlint_semantic::deploy::substitution::expand;
use backlint_semantic::deploy::yaml::YamlNode;
use backlint_source::{FileId, Location, Sources, Span};

use super::compose::beside;
use super::{Purpose, Reading, Variable};

/// What starts a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Orchestrator {
    /// A compose file.
    Compose,
    /// A Kubernetes manifest.
    Kubernetes,
}

/// One service of a compose file, or one container of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What the file calls it.
    pub name: String,
    /// Where the name stands.
    pub at: Location,
    /// What starts it.
    pub by: Orchestrator,
    /// What its file, or a profile that it belongs to, is made for.
    pub purpose: Purpose,
    /// The image it runs.
    pub image: Option<Word>,
    /// How its image is built.
    pub build: Option<Build>,
    /// Where its variables stand: the key of the block.
    pub environment_at: Option<Location>,
    /// The variables it is given, those of what it extends included.
    pub environment: Vec<Variable>,
    /// Whether files, secrets or references may give it further variables.
    pub has_outside_environment: bool,
    /// Ports that are published on the host.
    pub ports: Vec<Port>,
    /// What replaces the image's entry point.
    pub entrypoint: Vec<Word>,
    /// What replaces the image's command.
    pub command: Vec<Word>,
    /// What is mounted into it.
    pub volumes: Vec<Volume>,
    /// The user it runs as.
    pub user: Option<String>,
    /// How its health is asked for.
    pub probes: Vec<Probe>,
    /// Whether a proxy is told to send requests from outside to it.
    pub is_routed: bool,
    /// Names of the services it takes over from, with their file if it is another.
    pub(super) extends: Option<(String, Option<String>)>,
}

/// Where an image comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// The folder, as written.
    pub context: String,
    /// The Dockerfile below it, if it is not the usual one.
    pub dockerfile: Option<String>,
    /// The stage.
    pub target: Option<String>,
}

/// A port that is published on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// As written, or the address, host port and container port of the long form.
    pub text: String,
    /// Where it stands.
    pub at: Location,
}

/// Something mounted into a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// A path of the host, or the name of a volume.
    pub source: String,
    /// The path inside.
    pub target: String,
}

/// How a container's health is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The path or command that is asked.
    pub text: String,
    /// Where it stands.
    pub at: Location,
    /// Whether callers are kept away while it fails.
    pub is_readiness: bool,
}

impl Service {
    pub(super) fn new(name: String, at: Location, by: Orchestrator, purpose: Purpose) -> Self {
        Self {
            name,
            at,
            by,
            purpose,
            image: None,
            build: None,
            environment_at: None,
            environment: Vec::new(),
            has_outside_environment: false,
            ports: Vec::new(),
            entrypoint: Vec::new(),
            command: Vec::new(),
            volumes: Vec::new(),
            user: None,
            probes: Vec::new(),
            is_routed: false,
            extends: None,
        }
    }

    /// The name of its image without registry, folder, tag and digest: `postgres` for `docker.io/library/postgres:16`.
    pub fn image_name(&self) -> &str {
        let image = self.image.as_ref().map_or("", |image| image.text.as_str());
        let image = image.split('@').next().unwrap_or_default();
        let last = image.rsplit('/').next().unwrap_or_default();
        last.split(':').next().unwrap_or_default()
    }

    /// The variable with this key.
    pub fn variable(&self, key: &str) -> Option<&Variable> {
        self.environment.iter().find(|variable| variable.key == key)
    }

    /// Whether it runs the command of its image.
    pub fn keeps_command(&self) -> bool {
        self.entrypoint.is_empty() && self.command.is_empty()
    }

    /// The file it is described in.
    pub fn file(&self) -> FileId {
        self.at.file
    }

    /// Whether its image is built from the Dockerfile at `path`.
    pub fn is_built_from(&self, path: &str, sources: &Sources) -> bool {
        let Some(build) = &self.build else { return false };
        let dockerfile = build.dockerfile_from(sources.file(self.file()).path());
        dockerfile.is_some_and(|dockerfile| dockerfile.eq_ignore_ascii_case(path))
    }
}

impl Build {
    /// The path of the Dockerfile, if the compose file at `path` says which it is.
    fn dockerfile_from(&self, path: &str) -> Option<String> {
        let is_known = !self.context.contains(['$', ':']) && !self.context.starts_with('/');
        let name = self.dockerfile.as_deref().unwrap_or("Dockerfile");
        is_known.then(|| beside(path, &format!("{}/{name}", self.context)))
    }
}

impl Port {
    /// The port with the defaults of its variables in place of them.
    #[must_use]
    pub fn expanded(&self) -> Self {
        Self { text: expand(&self.text).text, at: self.at }
    }

    /// The host address that it is bound to, all of them if none is given, and the port inside the service.
    pub fn binding(&self) -> (Option<&str>, &str) {
        let text = self.text.split('/').next().unwrap_or_default();
        let Some((outer, inner)) = text.rsplit_once(':') else { return (None, text) };
        // `127.0.0.1:80:80`, `[::1]:80:80`, `80:80`.
        let address = outer.rsplit_once(':').map(|(address, _)| address.trim_matches(['[', ']']));
        (address, inner)
    }
}

impl Reading<'_> {
    /// The words of a command that is a list or a text.
    pub(super) fn command_words(&self, node: YamlNode<'_>) -> Vec<Word> {
        if node.is_sequence() {
            return node.items().filter_map(word).collect();
        }
        let Some(text) = node.text() else { return Vec::new() };
        let words = backlint_semantic::deploy::shell::words(text, 0);
        self.placed(words, node.span())
    }

    /// Words that were read off the text of a scalar, at their places in the file: searched one behind the other, since
    /// folding and quotes move them.
    pub(super) fn placed(&self, words: Vec<Word>, scalar: Span) -> Vec<Word> {
        let text = self.text();
        let mut from = scalar.start as usize;
        let end = scalar.end as usize;
        let place = |word: Word| {
            let found = text.get(from..end).and_then(|rest| rest.find(word.text.as_str()));
            let Some(at) = found.filter(|_| !word.text.is_empty()) else { return Word { span: scalar, ..word } };
            let start = from + at;
            from = start + word.text.len();
            let fits = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
            Word { span: Span::new(fits(start), fits(from)), ..word }
        };
        words.into_iter().map(place).collect()
    }
}

/// A scalar as a word.
pub(super) fn word(node: YamlNode<'_>) -> Option<Word> {
    Some(Word { text: node.text()?.to_owned(), span: node.span() })
}
