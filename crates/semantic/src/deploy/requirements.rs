//! What a project depends on: single requirements, and the requirement files of pip.

use super::{Word, lines, span, trimmed};

/// One distribution that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its name as indexes compare it: lower case, dashes.
    pub name: String,
    /// The one version that is allowed, if it is one.
    pub pin: Option<String>,
    /// Extras in brackets, as written.
    pub extras: Vec<String>,
    /// Where it stands, without comment and hashes.
    pub span: backlint_source::Span,
}

/// A file that a requirement file takes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// Its path as written, relative to the file.
    pub path: Word,
    /// Whether it only limits versions.
    pub is_constraint: bool,
}

/// What a requirement file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequirementFile {
    /// Distributions in their order.
    pub requirements: Vec<Requirement>,
    /// Other files.
    pub includes: Vec<Include>,
}

/// Reads a requirement file. Options that ask for no distribution and name no file are passed over.
pub fn file(text: &str) -> RequirementFile {
    let mut found = RequirementFile::default();
    for (start, line) in lines(text) {
        let content = line.split(" #").next().unwrap_or_default();
        let word = trimmed(start, content.trim_end_matches('\\'));
        if word.text.starts_with('#') {
            continue;
        }
        if let Some(include) = include(&word) {
            found.includes.push(include);
        } else if let Some(requirement) = requirement(&word.text, word.span.start as usize) {
            found.requirements.push(requirement);
        }
    }
    found
}

/// The requirement that a text at byte `start` is: `name[extra]==1.2 ; marker`.
pub fn requirement(text: &str, start: usize) -> Option<Requirement> {
    let name_end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(text.len());
    let name = &text[..name_end];
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let asked = text.split([';', '#']).next().unwrap_or_default();
    let asked = asked.split(" --").next().unwrap_or_default().trim_end();
    let rest = asked.get(name_end..).unwrap_or("").trim_start();
    let (extras, version) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((extras, version)) => (extras.split(',').map(|extra| extra.trim().to_owned()).collect(), version),
        None => (Vec::new(), rest),
    };
    let version = version.trim();
    // A path, a URL or a sentence is no name.
    let is_asked = version.is_empty() || version.starts_with(['=', '<', '>', '!', '~', '@', '(', '^']);
    is_asked.then(|| Requirement {
        name: normalised(name),
        pin: pinned(version),
        extras,
        span: span(start, start + asked.len()),
    })
}

/// A distribution's name as indexes compare it.
pub fn normalised(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        let c = if matches!(c, '_' | '.') { '-' } else { c.to_ascii_lowercase() };
        if c != '-' || !out.ends_with('-') {
            out.push(c);
        }
    }
    out
}

fn pinned(version: &str) -> Option<String> {
    let version = version.trim_start_matches('(').trim_end_matches(')');
    let exact = version.strip_prefix("===").or_else(|| version.strip_prefix("=="))?.trim();
    (!exact.is_empty() && !exact.contains(['*', ','])).then(|| exact.to_owned())
}

fn include(word: &Word) -> Option<Include> {
    let options = [("--requirement", false), ("--constraint", true), ("-r", false), ("-c", true)];
    options.into_iter().find_map(|(option, is_constraint)| {
        let rest = word.text.strip_prefix(option)?;
        let path = rest.trim_start_matches(['=', ' ', '\t']);
        let at = word.span.start as usize + word.text.len() - path.len();
        (!path.is_empty()).then(|| Include { path: trimmed(at, path), is_constraint })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_ranges_extras_markers_and_comments() {
        let text = "# head\nFlask==3.0.1 # why\nuvicorn[standard]>=0.3\nMy_Pkg.x == 1.0 ; python_version < '3'\n\
                    -e ./here\n--index-url https://i.example\nz==1.* \\\n    --hash=sha256:aa\n";
        let found: Vec<_> = file(text).requirements.into_iter().map(|r| (r.name, r.pin, r.span)).collect();
        let names: Vec<_> = found.iter().map(|(name, pin, _)| (name.as_str(), pin.as_deref())).collect();
        assert_eq!(names, [("flask", Some("3.0.1")), ("uvicorn", None), ("my-pkg-x", Some("1.0")), ("z", None)]);
        assert_eq!(found[0].2.of(text), "Flask==3.0.1");
        assert_eq!(found[2].2.of(text), "My_Pkg.x == 1.0");
    }

    #[test]
    fn files_are_taken_in() {
        let text = "-r base.txt\n--constraint=../c.txt\n";
        let found = file(text).includes;
        assert_eq!(found[0].path.span.of(text), "base.txt");
        assert!(!found[0].is_constraint && found[1].is_constraint);
        assert_eq!(found[1].path.text, "../c.txt");
    }
}
