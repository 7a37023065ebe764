//! Where a request goes: the route at which a gate is asked.

use std::collections::BTreeSet;

/// A route, as gates see it.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) path: String,
    /// The names by which the framework knows the handler.
    pub(crate) endpoints: Vec<String>,
    pub(crate) blueprints: Vec<String>,
    pub(crate) methods: BTreeSet<String>,
}

/// A part of the request that says where it goes, or that holds what callers show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Path,
    Endpoint,
    Blueprint,
    Method,
    /// `http` or `websocket`.
    Protocol,
    /// Headers, cookies.
    Headers,
    /// Query, form or body.
    Fields,
    /// The session of the framework.
    Session,
}

impl Part {
    pub(super) fn is_place(self) -> bool {
        !matches!(self, Self::Headers | Self::Fields | Self::Session)
    }
}

impl Site {
    /// Whether the part equals one of the texts, if that can be told.
    pub(super) fn is_one_of(&self, part: Part, texts: &[String]) -> Option<bool> {
        match part {
            Part::Path => {
                let own = trimmed(&self.path);
                Some(texts.iter().any(|text| trimmed(text) == own))
            }
            Part::Endpoint => Some(texts.iter().any(|text| self.endpoints.contains(text))),
            Part::Blueprint => Some(texts.iter().any(|text| self.blueprints.contains(text))),
            Part::Method => {
                let is_in = |method: &String| texts.iter().any(|text| text.eq_ignore_ascii_case(method));
                let inside = self.methods.iter().filter(|method| is_in(method)).count();
                match inside {
                    0 => Some(false),
                    all if all == self.methods.len() => Some(true),
                    _ => None,
                }
            }
            Part::Protocol => {
                let own = if self.methods.contains("WEBSOCKET") { "websocket" } else { "http" };
                Some(texts.iter().any(|text| text == own))
            }
            Part::Headers | Part::Fields | Part::Session => None,
        }
    }

    /// Whether the part begins with one of the texts, if that can be told.
    pub(super) fn begins_with(&self, part: Part, texts: &[String]) -> Option<bool> {
        match part {
            Part::Path => {
                if texts.iter().any(|text| self.path.starts_with(text.as_str())) {
                    return Some(true);
                }
                let literal = self.path.split(['{', '<', '…']).next().unwrap_or_default();
                let has_rest = literal.len() < self.path.len();
                let may_match = has_rest && texts.iter().any(|text| text.starts_with(literal) && text.len() > 1);
                (!may_match || literal.len() > 1).then_some(false)
            }
            Part::Endpoint => {
                Some(self.endpoints.iter().any(|own| texts.iter().any(|text| own.starts_with(text.as_str()))))
            }
            _ => None,
        }
    }
}

fn trimmed(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed }
}
