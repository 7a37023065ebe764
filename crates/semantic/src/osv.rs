//! Advisories in the OSV format: which versions of which distributions are vulnerable.

use std::collections::BTreeSet;

pub use pep440_rs::Version;
use serde::Deserialize;

use crate::deploy::requirements::normalised;

/// The ecosystem of Python distributions.
const ECOSYSTEM: &str = "PyPI";

/// What one advisory says of Python distributions.
#[derive(Clone, Debug)]
pub struct Advisory {
    /// Its own id.
    pub id: String,
    /// All ids of the same fault, its own included.
    pub ids: BTreeSet<String>,
    /// The day of its last change: `2025-10-07`.
    pub modified: String,
    affected: Vec<Affected>,
}

/// One distribution that an advisory is about.
#[derive(Clone, Debug)]
struct Affected {
    /// As indexes compare it.
    name: String,
    ranges: Vec<Range>,
    /// Versions that are listed one by one, as written.
    versions: Vec<String>,
}

/// The events of a range, in the order of their versions.
#[derive(Clone, Debug)]
struct Range(Vec<Event>);

#[derive(Clone, Debug)]
enum Event {
    Introduced(Option<Version>),
    Fixed(Version),
    LastAffected(Version),
}

/// That a version is vulnerable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vulnerable {
    /// The next version without the fault, if there is one.
    pub fixed: Option<Version>,
}

impl Advisory {
    /// Reads an advisory; none if it was withdrawn or is about no Python distribution. The error says what is wrong.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let written: Written = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let affected: Vec<Affected> = written.affected.into_iter().filter_map(Affected::of).collect();
        if written.withdrawn.is_some() || affected.is_empty() {
            return Ok(None);
        }
        let modified = written.modified.chars().take(10).collect();
        let ids = written.aliases.into_iter().chain([written.id.clone()]).collect();
        Ok(Some(Self { id: written.id, ids, modified, affected }))
    }

    /// The distributions it is about, as indexes compare their names.
    pub fn packages(&self) -> impl Iterator<Item = &str> {
        self.affected.iter().map(|affected| affected.name.as_str())
    }

    /// The id by which people speak of it: its CVE number, if it has one.
    pub fn label(&self) -> &str {
        self.ids.iter().find(|id| id.starts_with("CVE-")).unwrap_or(&self.id)
    }

    /// Whether a version of a distribution is vulnerable.
    pub fn affects(&self, name: &str, version: &Version) -> Option<Vulnerable> {
        let affected = || self.affected.iter().filter(|affected| affected.name == name);
        if !affected().any(|affected| affected.holds(version)) {
            return None;
        }
        let fixes = affected().flat_map(|affected| &affected.ranges).flat_map(|range| &range.0);
        let later = fixes.filter_map(|event| match event {
            Event::Fixed(at) if at > version => Some(at),
            _ => None,
        });
        Some(Vulnerable { fixed: later.min().cloned() })
    }
}

impl Affected {
    fn of(written: WrittenAffected) -> Option<Self> {
        let package = written.package.filter(|package| package.ecosystem == ECOSYSTEM)?;
        // Ranges of commits say nothing of versions.
        let ranges = written.ranges.into_iter().filter(|range| range.kind == "ECOSYSTEM");
        let ranges = ranges.filter_map(|range| Range::of(&range.events)).collect();
        Some(Self { name: normalised(&package.name), ranges, versions: written.versions })
    }

    fn holds(&self, version: &Version) -> bool {
        self.ranges.iter().any(|range| range.holds(version))
            || self.versions.iter().any(|listed| listed.parse::<Version>().is_ok_and(|listed| listed == *version))
    }
}

impl Range {
    /// None if one of the versions is none.
    fn of(written: &[WrittenEvent]) -> Option<Self> {
        let mut events: Vec<Event> = written.iter().map(Event::of).collect::<Option<_>>()?;
        events.sort_by(|one, other| one.at().cmp(&other.at()));
        Some(Self(events))
    }

    fn holds(&self, version: &Version) -> bool {
        let mut is_inside = false;
        for event in &self.0 {
            match event {
                Event::Introduced(at) => is_inside |= at.as_ref().is_none_or(|at| version >= at),
                Event::Fixed(at) => is_inside &= version < at,
                Event::LastAffected(at) => is_inside &= version <= at,
            }
        }
        is_inside
    }
}

impl Event {
    /// `introduced: 0` is before all versions. An event of another kind, such as a limit of branches, ends nothing.
    fn of(written: &WrittenEvent) -> Option<Self> {
        let version = |text: &str| text.parse::<Version>().ok();
        match written {
            WrittenEvent { introduced: Some(at), .. } if at == "0" => Some(Self::Introduced(None)),
            WrittenEvent { introduced: Some(at), .. } => Some(Self::Introduced(Some(version(at)?))),
            WrittenEvent { fixed: Some(at), .. } => Some(Self::Fixed(version(at)?)),
            WrittenEvent { last_affected: Some(at), .. } => Some(Self::LastAffected(version(at)?)),
            _ => None,
        }
    }

    fn at(&self) -> Option<&Version> {
        match self {
            Self::Introduced(at) => at.as_ref(),
            Self::Fixed(at) | Self::LastAffected(at) => Some(at),
        }
    }
}

/// An advisory as it is written, as far as versions go.
#[derive(Deserialize)]
struct Written {
    id: String,
    modified: String,
    #[serde(default)]
    aliases: Vec<String>,
    withdrawn: Option<String>,
    #[serde(default)]
    affected: Vec<WrittenAffected>,
}

#[derive(Deserialize)]
struct WrittenAffected {
    package: Option<WrittenPackage>,
    #[serde(default)]
    ranges: Vec<WrittenRange>,
    #[serde(default)]
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct WrittenPackage {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct WrittenRange {
    #[serde(rename = "type")]
    kind: String,
    events: Vec<WrittenEvent>,
}

#[derive(Deserialize)]
struct WrittenEvent {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisory(events: &str) -> Advisory {
        let text = format!(
            r#"{{"id": "PYSEC-2027-1", "modified": "2027-02-03T04:05:06Z", "aliases": ["CVE-2027-11", "GHSA-a"],
                "affected": [{{"package": {{"ecosystem": "PyPI", "name": "Ink_Well"}}, "versions": ["0.9rc1"],
                "ranges": [{{"type": "GIT", "events": [{{"introduced": "0"}}]}},
                           {{"type": "ECOSYSTEM", "events": [{events}]}}]}}]}}"#
        );
        Advisory::parse(&text).expect("it is JSON").expect("it is about Python")
    }

    /// The version that fixes an affected one.
    fn fixed(advisory: &Advisory, version: &str) -> Option<String> {
        let version = version.parse().expect("a version");
        let found = advisory.affects("ink-well", &version)?;
        Some(found.fixed.map_or_else(|| "never".to_owned(), |version| version.to_string()))
    }

    #[test]
    fn ranges_are_half_open_and_versions_compare_as_installers_compare_them() {
        let one = advisory(r#"{"introduced": "2.0"}, {"fixed": "2.10"}, {"introduced": "0"}, {"fixed": "1.4"}"#);
        assert_eq!((one.label(), one.modified.as_str()), ("CVE-2027-11", "2027-02-03"));
        assert_eq!(fixed(&one, "1.3"), Some("1.4".to_owned()));
        assert_eq!(fixed(&one, "1.4"), None);
        assert_eq!(fixed(&one, "2.9.1"), Some("2.10".to_owned()));
        assert_eq!(fixed(&one, "2.10"), None);
        assert_eq!(fixed(&one, "2.10rc1"), Some("2.10".to_owned()));
    }

    #[test]
    fn last_affected_versions_are_affected() {
        let one = advisory(r#"{"introduced": "1.0"}, {"last_affected": "1.2"}"#);
        assert_eq!(fixed(&one, "1.2"), Some("never".to_owned()));
        assert_eq!(fixed(&one, "1.2.1"), None);
        assert_eq!(fixed(&one, "0.9.rc1"), Some("never".to_owned()), "it is listed");
        assert_eq!(fixed(&one, "0.9"), None);
    }

    #[test]
    fn other_ecosystems_and_withdrawn_advisories_say_nothing() {
        let other = r#"{"id": "A", "modified": "", "affected": [{"package": {"ecosystem": "npm", "name": "x"}}]}"#;
        assert!(Advisory::parse(other).expect("it is JSON").is_none());
        let gone = r#"{"id": "A", "modified": "", "withdrawn": "2027-01-01T00:00:00Z",
                       "affected": [{"package": {"ecosystem": "PyPI", "name": "x"}}]}"#;
        assert!(Advisory::parse(gone).expect("it is JSON").is_none());
        assert!(Advisory::parse("{\"id\": 3}").is_err_and(|what| what.contains("line 1")));
    }
}
