//! Values as a stranger's request has them.

use super::site::Part;

/// What a value, or a test of it, has to do with; several at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct About(u8);

impl About {
    pub(crate) const NOTHING: Self = Self(0);
    /// Who is calling.
    pub(crate) const CALLER: Self = Self(1);
    /// The request as a whole, so perhaps who is calling.
    pub(crate) const REQUEST: Self = Self(2);
    /// Settings of the server.
    pub(crate) const SETTINGS: Self = Self(4);
    /// The path, endpoint or method of the request.
    pub(crate) const SITE: Self = Self(8);
    /// A signature over the request.
    pub(crate) const SIGNATURE: Self = Self(16);
    /// Something else.
    pub(crate) const OTHER: Self = Self(32);
    /// Where the request comes from, or a proof that a form was ours: nobody's identity.
    pub(crate) const FOREIGN: Self = Self(64);
    /// A digest that the server computes.
    pub(crate) const DIGEST: Self = Self(128);

    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// As the condition of a branch: a test of nothing in particular is one of something else.
    pub(super) fn as_condition(self) -> Self {
        let decided_elsewhere = Self::SETTINGS.with(Self::SITE);
        if self.has(decided_elsewhere) {
            // `key and given != key`: without the setting nobody is asked.
            return self.without(Self::CALLER.with(Self::REQUEST));
        }
        if self.has(Self::CALLER.with(Self::REQUEST)) { self } else { self.with(Self::OTHER) }
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Value {
    /// Whether it counts as true.
    pub(super) truth: Option<bool>,
    /// Whether it stands for an identity that a stranger does not have: equal to nothing, with nothing in it.
    pub(super) is_missing: bool,
    pub(super) about: About,
    /// The part of the request it is.
    pub(super) part: Option<Part>,
}

impl Value {
    pub(super) fn unknown(about: About) -> Self {
        Self { truth: None, is_missing: false, about, part: None }
    }

    pub(super) fn truth(truth: bool, about: About) -> Self {
        Self { truth: Some(truth), ..Self::unknown(about) }
    }

    pub(super) fn part(part: Part, about: About) -> Self {
        Self { part: Some(part), ..Self::unknown(about) }
    }

    /// What a stranger does not have.
    pub(super) fn missing() -> Self {
        Self { is_missing: true, ..Self::truth(false, About::CALLER) }
    }

    /// A credential that is there, because a scheme demands one, and wrong.
    pub(super) fn wrong() -> Self {
        Self { is_missing: true, ..Self::truth(true, About::CALLER) }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            truth: self.truth.filter(|_| self.truth == other.truth),
            is_missing: self.is_missing && other.is_missing,
            about: self.about.with(other.about),
            part: self.part.filter(|_| self.part == other.part),
        }
    }

    /// The opposite truth.
    pub(super) fn negated(self) -> Self {
        Self { truth: self.truth.map(|truth| !truth), is_missing: false, about: self.about, part: None }
    }

    /// Part of it, or what some operation makes of it.
    pub(super) fn derived(self) -> Self {
        if self.is_missing { Self::missing() } else { Self::unknown(self.about) }
    }
}
