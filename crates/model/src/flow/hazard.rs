//! The ways in which a client's value does harm.

use serde::Deserialize;

/// What a client must not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hazard {
    /// The host of a request that the server sends.
    Url,
    /// Where a browser is sent.
    Redirect,
    /// Which file is touched.
    Path,
    /// The text of an SQL statement.
    Sql,
    /// A line that a shell reads.
    Command,
    /// An argument of a program, which may take it for an option.
    Argument,
    /// Code, or data that runs code when it is read.
    Code,
    /// The source of a template.
    Template,
    /// Markup that a browser shows.
    Html,
    /// The name of a file, behind a prefix too.
    FileName,
    /// Where a row says that a file lies.
    StoredPath,
    /// The length of an answer that is read whole.
    Download,
    /// What a stored file holds.
    Content,
}

/// A set of hazards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Hazards(u16);

impl Hazards {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ALL: Self = Self(u16::MAX);
    /// All of files: where they lie, how they are called, and what is kept of that.
    pub(super) const FILES: Self =
        Self::of(Hazard::Path).and(Self::of(Hazard::FileName)).and(Self::of(Hazard::StoredPath));
    /// All of addresses: who knows the host knows how long its answers are.
    pub(super) const HOSTS: Self =
        Self::of(Hazard::Url).and(Self::of(Hazard::Redirect)).and(Self::of(Hazard::Download));

    pub(super) const fn of(hazard: Hazard) -> Self {
        Self(1 << hazard as u16)
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn complement(self) -> Self {
        Self(!self.0)
    }

    pub(super) const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn contains(self, hazard: Hazard) -> bool {
        self.0 & (1 << hazard as u16) != 0
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Hazard> for Hazards {
    fn from_iter<T: IntoIterator<Item = Hazard>>(hazards: T) -> Self {
        hazards.into_iter().fold(Self::NONE, |all, hazard| all.and(Self::of(hazard)))
    }
}
