//! Paths as routers match them: which of them take all requests of another one.

use std::collections::BTreeMap;

use backlint_model::{Framework, Route};

/// The path of a route without the names of its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
    framework: Framework,
}

/// What stands between two slashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    /// This text.
    Literal(String),
    /// Any text without a slash.
    Any,
    /// Any text, slashes included.
    Rest,
    /// What a converter takes, or text and parameters in one; the names are left out.
    Special(String),
}

impl Pattern {
    /// The pattern of a route; none if parts of its path are unknown.
    pub(super) fn of(route: &Route) -> Option<Self> {
        if route.path.contains('…') {
            return None;
        }
        // Slashes inside of a converter's arguments separate nothing.
        if route.path.split('/').any(|segment| segment.contains('<') != segment.contains('>')) {
            return None;
        }
        let segments = route.path.split('/').map(|text| Segment::of(text, route.framework)).collect();
        Some(Self { segments, framework: route.framework })
    }
}

impl Segment {
    fn of(text: &str, framework: Framework) -> Self {
        let (open, close) = match framework {
            Framework::Flask => ('<', '>'),
            Framework::FastApi => ('{', '}'),
        };
        if !text.contains(open) {
            return Self::Literal(text.to_owned());
        }
        let whole = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        let Some(inner) = whole.filter(|inner| !inner.contains([open, close])) else {
            return Self::Special(without_names(text, framework));
        };
        match converter(inner, framework) {
            None | Some("str" | "string" | "default") => Self::Any,
            Some("path") => Self::Rest,
            Some(other) => Self::Special(format!("{open}{other}{close}")),
        }
    }

    /// Whether it takes everything that the other one takes, one segment each.
    fn covers(&self, other: &Self, framework: Framework) -> bool {
        // Flask sorts rules by how special they are, so that only equal ones compete.
        let is_empty = matches!(other, Self::Literal(text) if text.is_empty());
        self == other || framework == Framework::FastApi && *self == Self::Any && *other != Self::Rest && !is_empty
    }
}

/// `int` of `{id:int}` and `<int:id>`.
fn converter(inner: &str, framework: Framework) -> Option<&str> {
    match framework {
        Framework::Flask => inner.rsplit_once(':').map(|(converter, _)| converter),
        Framework::FastApi => inner.split_once(':').map(|(_, converter)| converter),
    }
}

/// `{name}.{kind}` as `{}.{}`, with converters.
fn without_names(text: &str, framework: Framework) -> String {
    let (open, close) = match framework {
        Framework::Flask => ('<', '>'),
        Framework::FastApi => ('{', '}'),
    };
    let mut found = String::new();
    for (number, piece) in text.split(open).enumerate() {
        let Some((inner, rest)) = piece.split_once(close).filter(|_| number > 0) else {
            found.push_str(piece);
            continue;
        };
        found.push(open);
        found.push_str(converter(inner, framework).unwrap_or_default());
        found.push(close);
        found.push_str(rest);
    }
    found
}

/// Patterns by their segments, so that those which cover another one are found without comparing all with all.
pub(super) struct Table {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    children: BTreeMap<Segment, usize>,
    /// The places of the patterns that end here.
    ends: Vec<usize>,
}

impl Table {
    pub(super) fn of<'a>(patterns: impl Iterator<Item = Option<&'a Pattern>>) -> Self {
        let mut table = Self { nodes: vec![Node::default()] };
        for (place, pattern) in patterns.enumerate() {
            let Some(pattern) = pattern else { continue };
            let mut at = 0;
            for segment in &pattern.segments {
                let next = table.nodes.len();
                let child = *table.nodes[at].children.entry(segment.clone()).or_insert(next);
                if child == next {
                    table.nodes.push(Node::default());
                }
                at = child;
            }
            table.nodes[at].ends.push(place);
        }
        table
    }

    /// The places of the patterns that take everything that this one takes, itself included, in order.
    pub(super) fn covering(&self, pattern: &Pattern) -> Vec<usize> {
        let mut found = Vec::new();
        let mut level = vec![0];
        for segment in &pattern.segments {
            let mut next = Vec::new();
            for &node in &level {
                for (candidate, &child) in self.candidates(node, segment, pattern.framework) {
                    if *candidate == Segment::Rest && pattern.framework == Framework::FastApi {
                        // Whatever follows is taken as well.
                        found.extend(&self.nodes[child].ends);
                    }
                    if *candidate == *segment || *candidate != Segment::Rest {
                        next.push(child);
                    }
                }
            }
            level = next;
        }
        found.extend(level.iter().flat_map(|&node| &self.nodes[node].ends));
        found.sort_unstable();
        found.dedup();
        found
    }

    fn candidates<'a>(
        &'a self,
        node: usize,
        segment: &'a Segment,
        framework: Framework,
    ) -> impl Iterator<Item = (&'a Segment, &'a usize)> {
        let children = &self.nodes[node].children;
        let takes_rest = framework == Framework::FastApi && *segment != Segment::Rest;
        let mut wanted = vec![segment];
        for other in [&Segment::Any, &Segment::Rest] {
            let is_taken = other.covers(segment, framework) || *other == Segment::Rest && takes_rest;
            if other != segment && is_taken {
                wanted.push(other);
            }
        }
        wanted.into_iter().filter_map(|wanted| children.get_key_value(wanted))
    }
}
