//! Reads YAML, and JSON with it, into a plain tree. Aliases are not followed: a short text could stand for a tree of any
//! size, and what this program reads has no need of them.

use saphyr_parser::{Event, Parser};

/// A value of a YAML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yaml {
    /// Text, numbers, truth values and nulls, as written.
    Scalar(String),
    /// A list.
    List(Vec<Yaml>),
    /// A mapping with plain keys, in the order of the text.
    Map(Vec<(String, Yaml)>),
    /// An alias, or a key that is no scalar.
    Other,
}

/// How deep values may be nested.
const MAX_DEPTH: usize = 64;

impl Yaml {
    /// The first document of a text; none if it is not well formed.
    pub fn parse(text: &str) -> Option<Self> {
        let mut builder = Builder { open: Vec::new(), done: None };
        for event in Parser::new_from_str(text) {
            let (event, _) = event.ok()?;
            builder.read(event)?;
            if builder.done.is_some() {
                break;
            }
        }
        builder.done
    }

    /// The value under a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list.
    pub fn elements(&self) -> Option<&[Self]> {
        match self {
            Self::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar(text) => Some(text),
            _ => None,
        }
    }
}

/// A collection that is not yet closed.
enum Open {
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>, Option<Yaml>),
}

struct Builder {
    open: Vec<Open>,
    done: Option<Yaml>,
}

impl Builder {
    /// Takes one event in; none when the text nests too deeply.
    fn read(&mut self, event: Event<'_>) -> Option<()> {
        match event {
            Event::SequenceStart(..) => self.open(Open::List(Vec::new()))?,
            Event::MappingStart(..) => self.open(Open::Map(Vec::new(), None))?,
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop()? {
                Open::List(elements) => self.add(Yaml::List(elements)),
                Open::Map(entries, _) => self.add(Yaml::Map(entries)),
            },
            Event::Scalar(text, ..) => self.add(Yaml::Scalar(text.into_owned())),
            Event::Alias(_) => self.add(Yaml::Other),
            _ => {}
        }
        Some(())
    }

    fn open(&mut self, collection: Open) -> Option<()> {
        (self.open.len() < MAX_DEPTH).then(|| self.open.push(collection))
    }

    fn add(&mut self, value: Yaml) {
        match self.open.last_mut() {
            None => self.done = Some(value),
            Some(Open::List(elements)) => elements.push(value),
            Some(Open::Map(entries, key)) => match key.take() {
                None => *key = Some(value),
                Some(Yaml::Scalar(name)) => entries.push((name, value)),
                Some(_) => {}
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Yaml;

    #[test]
    fn nested_collections_keep_their_order() {
        let yaml = Yaml::parse("b: [1, two]\na:\n  c: {d: e}\n").expect("well formed");
        assert_eq!(yaml.entries().iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(yaml.get("b").and_then(Yaml::elements).map(<[_]>::len), Some(2));
        let inner = yaml.get("a").and_then(|a| a.get("c")).and_then(|c| c.get("d"));
        assert_eq!(inner.and_then(Yaml::text), Some("e"));
    }

    #[test]
    fn json_is_read_too() {
        let json = Yaml::parse("{\"paths\": {\"/a\": {\"get\": {\"operationId\": \"x.y\"}}}}").expect("well formed");
        let operation = json.get("paths").and_then(|paths| paths.get("/a")).and_then(|path| path.get("get"));
        assert_eq!(operation.and_then(|get| get.get("operationId")).and_then(Yaml::text), Some("x.y"));
    }

    #[test]
    fn aliases_stand_for_nothing() {
        let yaml = Yaml::parse("a: &x [1, 2]\nb: *x\n").expect("well formed");
        assert_eq!(yaml.get("b"), Some(&Yaml::Other));
    }

    #[test]
    fn hostile_nesting_and_broken_texts_are_refused() {
        assert_eq!(Yaml::parse(&"[".repeat(100_000)), None);
        assert_eq!(Yaml::parse("a: [b"), None);
    }
}
