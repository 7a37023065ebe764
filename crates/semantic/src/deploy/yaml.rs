//! YAML as a tree with places: anchors followed, merge keys applied.

use backlint_source::Span;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

use super::Unreadable;

/// All documents of one file. Nodes lie in one list, so neither depth nor aliases make them expensive to keep or to
/// drop.
#[derive(Debug, Default)]
pub struct Yaml {
    nodes: Vec<Node>,
    documents: Vec<usize>,
}

#[derive(Debug)]
struct Node {
    span: Span,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Scalar { text: String, is_plain: bool },
    Sequence(Vec<usize>),
    Mapping(Vec<(usize, usize)>),
}

/// One node of a tree.
#[derive(Clone, Copy, Debug)]
pub struct YamlNode<'y> {
    tree: &'y Yaml,
    id: usize,
}

/// How far merge keys are followed.
const MAX_MERGES: u32 = 8;

impl Yaml {
    /// Parses a text of one or more documents.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let offsets = Offsets::new(text);
        let mut builder = Builder::default();
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, place) = event.map_err(|error| offsets.unreadable(&error))?;
            builder.add(event, Span::new(offsets.byte(place.start.index()), offsets.byte(place.end.index())));
        }
        Ok(builder.tree)
    }

    /// The top node of every document.
    pub fn documents(&self) -> impl Iterator<Item = YamlNode<'_>> {
        self.documents.iter().map(|&id| YamlNode { tree: self, id })
    }

    /// Every entry of every mapping, each once, however often aliases repeat it.
    pub fn all_entries(&self) -> impl Iterator<Item = (YamlNode<'_>, YamlNode<'_>)> {
        self.nodes
            .iter()
            .flat_map(|node| match &node.value {
                Value::Mapping(entries) => entries.as_slice(),
                _ => &[],
            })
            .map(|&(key, value)| (YamlNode { tree: self, id: key }, YamlNode { tree: self, id: value }))
    }
}

impl<'y> YamlNode<'y> {
    /// Where the node stands; an alias stands where its anchor is.
    pub fn span(self) -> Span {
        self.node().span
    }

    /// The text of a scalar that is not null.
    pub fn text(self) -> Option<&'y str> {
        match &self.node().value {
            Value::Scalar { text, is_plain } => (!(*is_plain && is_null(text))).then_some(text),
            _ => None,
        }
    }

    /// The nodes of a sequence, none for anything else.
    pub fn items(self) -> impl Iterator<Item = YamlNode<'y>> {
        let items = match &self.node().value {
            Value::Sequence(items) => items.as_slice(),
            _ => &[],
        };
        items.iter().map(move |&id| YamlNode { tree: self.tree, id })
    }

    /// Whether this is a sequence.
    pub fn is_sequence(self) -> bool {
        matches!(self.node().value, Value::Sequence(_))
    }

    /// Key and value of a mapping's entries, those that `<<` merges included; none for anything else. A key that stands
    /// in the mapping itself hides the merged one.
    pub fn entries(self) -> Vec<(YamlNode<'y>, YamlNode<'y>)> {
        let mut entries = Vec::new();
        self.collect_entries(&mut entries, MAX_MERGES);
        entries
    }

    /// The value of a mapping's key.
    pub fn get(self, key: &str) -> Option<YamlNode<'y>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// A mapping's entry with this key.
    pub fn entry(self, key: &str) -> Option<(YamlNode<'y>, YamlNode<'y>)> {
        self.entries().into_iter().find(|(name, _)| name.text() == Some(key))
    }

    fn node(self) -> &'y Node {
        &self.tree.nodes[self.id]
    }

    fn collect_entries(self, into: &mut Vec<(YamlNode<'y>, YamlNode<'y>)>, merges: u32) {
        let Value::Mapping(own) = &self.node().value else { return };
        let at = |id| YamlNode { tree: self.tree, id };
        let mut merged = Vec::new();
        for &(key, value) in own {
            if at(key).text() == Some("<<") {
                merged.push(at(value));
            } else if let Some(text) = at(key).text()
                && !into.iter().any(|(known, _)| known.text() == Some(text))
            {
                into.push((at(key), at(value)));
            }
        }
        let Some(merges) = merges.checked_sub(1) else { return };
        for source in merged {
            for mapping in source.items().chain((!source.is_sequence()).then_some(source)) {
                mapping.collect_entries(into, merges);
            }
        }
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Puts events together.
#[derive(Default)]
struct Builder {
    tree: Yaml,
    open: Vec<Open>,
    /// By anchor number: finished nodes only, so that no node holds itself.
    anchors: Vec<(usize, usize)>,
}

/// A collection that has not ended yet.
struct Open {
    start: Span,
    anchor: usize,
    children: Vec<usize>,
    is_mapping: bool,
}

impl Builder {
    fn add(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let value = Value::Scalar { text: text.into_owned(), is_plain: style == ScalarStyle::Plain };
                self.finish(span, value, anchor);
            }
            Event::SequenceStart(anchor, _) => self.start(span, anchor, false),
            Event::MappingStart(anchor, _) => self.start(span, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => {
                let known = self.anchors.iter().rev().find(|(number, _)| *number == anchor).map(|&(_, id)| id);
                match known {
                    Some(id) => self.hand_up(id),
                    None => self.finish(span, Value::Scalar { text: String::new(), is_plain: true }, 0),
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
    }

    fn start(&mut self, start: Span, anchor: usize, is_mapping: bool) {
        self.open.push(Open { start, anchor, children: Vec::new(), is_mapping });
    }

    fn end(&mut self, end: Span) {
        let Some(Open { start, anchor, children, is_mapping }) = self.open.pop() else { return };
        // A block ends with its last child; what its end is reported as lies behind blanks and comments.
        let last = children.iter().map(|&id| self.tree.nodes[id].span).rfind(|span| span.start >= start.start);
        let end = if end.is_empty() { last.unwrap_or(start) } else { end };
        let value = if is_mapping {
            Value::Mapping(children.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
        } else {
            Value::Sequence(children)
        };
        self.finish(start.cover(end), value, anchor);
    }

    fn finish(&mut self, span: Span, value: Value, anchor: usize) {
        let id = self.tree.nodes.len();
        self.tree.nodes.push(Node { span, value });
        if anchor > 0 {
            self.anchors.push((anchor, id));
        }
        self.hand_up(id);
    }

    fn hand_up(&mut self, id: usize) {
        match self.open.last_mut() {
            Some(open) => open.children.push(id),
            None => self.tree.documents.push(id),
        }
    }
}

/// Positions in characters, which the parser counts in, to positions in bytes.
struct Offsets {
    /// By character; empty for texts in which both are the same.
    bytes: Vec<u32>,
    end: u32,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let fits = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
        let bytes = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(at, _)| fits(at)).collect() };
        Self { bytes, end: fits(text.len()) }
    }

    fn byte(&self, character: usize) -> u32 {
        match self.bytes.as_slice() {
            [] => u32::try_from(character).unwrap_or(u32::MAX).min(self.end),
            bytes => bytes.get(character).copied().unwrap_or(self.end),
        }
    }

    fn unreadable(&self, error: &ScanError) -> Unreadable {
        Unreadable { at: Span::empty(self.byte(error.marker().index())), what: error.info().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Yaml {
        Yaml::parse(text).expect("it parses")
    }

    fn top(tree: &Yaml) -> YamlNode<'_> {
        tree.documents().next().expect("a document")
    }

    #[test]
    fn places_are_bytes_of_the_text_whatever_its_characters_and_line_ends() {
        let text = "größe: 'ä'\r\nname: web\r\nports:\r\n  - 80 # müde\r\n  - \"81\"\r\nlast: 1\r\n";
        let tree = parse(text);
        let slice = |key: &str| top(&tree).get(key).map(|node| node.span().of(text)).unwrap_or_default();
        assert_eq!(slice("größe"), "'ä'");
        assert_eq!(slice("name"), "web");
        assert_eq!(slice("last"), "1");
        let ports = top(&tree).get("ports").expect("ports");
        assert_eq!(ports.span().of(text), "- 80 # müde\r\n  - \"81\"");
        assert_eq!(ports.items().map(|item| item.span().of(text)).collect::<Vec<_>>(), ["80", "\"81\""]);
    }

    #[test]
    fn merge_keys_give_what_the_mapping_does_not_say_itself() {
        let tree = parse("base: &b {a: 1, b: 2}\nmore: &m {c: 3}\nweb:\n  <<: [*b, *m]\n  a: 9\n");
        let web = top(&tree).get("web").expect("web");
        let entries: Vec<_> = web.entries().into_iter().map(|(k, v)| (k.text(), v.text())).collect();
        let pair = |key, value| (Some(key), Some(value));
        assert_eq!(entries, [pair("a", "9"), pair("b", "2"), pair("c", "3")]);
    }

    #[test]
    fn null_is_no_text_and_an_empty_string_is() {
        let tree = parse("a:\nb: ~\nc: ''\n");
        let texts: Vec<_> = top(&tree).entries().into_iter().map(|(_, value)| value.text()).collect();
        assert_eq!(texts, [None, None, Some("")]);
    }

    #[test]
    fn a_node_inside_itself_ends() {
        let tree = parse("a: &a [*a, 1]\n");
        assert_eq!(top(&tree).get("a").map(|node| node.items().count()), Some(2));
    }

    #[test]
    fn depth_and_aliases_cost_nothing() {
        let twice = |n: u32| format!("a{}: &a{} [*a{n}, *a{n}]\n", n + 1, n + 1);
        let text: String = std::iter::once("a0: &a0 x\n".to_owned()).chain((0..39).map(twice)).collect();
        assert_eq!(parse(&text).all_entries().count(), 40);
        let nested = |depth: usize| Yaml::parse(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        assert!(nested(100).is_ok());
        assert!(nested(100_000).is_err(), "the parser has a limit of its own");
    }

    #[test]
    fn what_does_not_parse_says_where() {
        let error = Yaml::parse("a: 1\nb: [1, 2\nc: {{ x }}\n").expect_err("it is broken");
        assert!(error.at.start > 5, "{error:?}");
    }
}
