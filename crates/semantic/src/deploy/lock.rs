//! Lock files: the one version of each distribution that is installed.

use backlint_source::Span;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::manifest::parsed;
use super::requirements::normalised;
use super::{Unreadable, span};

/// A distribution in a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Its name as indexes compare it.
    pub name: String,
    /// The version that is installed.
    pub version: String,
    /// Whether only developers install it, as far as the file says.
    pub is_dev: bool,
    /// Where its version stands.
    pub span: Span,
}

/// Where a package comes from when it is no release of an index.
const OTHER_SOURCES: &[&str] = &["directory", "editable", "file", "git", "path", "url", "virtual"];

/// Reads the tables `[[package]]` of `poetry.lock`, `uv.lock` and `pdm.lock`.
pub fn tables(text: &str) -> Result<Vec<Locked>, Unreadable> {
    let table = parsed(text)?;
    let packages = table.get_ref().get("package").and_then(|packages| packages.get_ref().as_array());
    let tables = packages.into_iter().flatten().filter_map(|package| package.get_ref().as_table());
    Ok(tables.filter_map(locked).collect())
}

fn locked(package: &DeTable<'_>) -> Option<Locked> {
    let source = package.get("source").and_then(|source| source.get_ref().as_table());
    let is_release = source.is_none_or(|source| {
        let kind = source.get("type").and_then(|kind| kind.get_ref().as_str());
        !OTHER_SOURCES.iter().any(|other| source.contains_key(*other) && kind.is_none() || kind == Some(other))
    });
    let version = package.get("version").filter(|_| is_release)?;
    let range = version.span();
    Some(Locked {
        name: normalised(package.get("name")?.get_ref().as_str()?),
        version: version.get_ref().as_str()?.to_owned(),
        is_dev: is_dev(package),
        span: span(range.start, range.end),
    })
}

/// Poetry names the groups of a package, or its category in older files.
fn is_dev(package: &DeTable<'_>) -> bool {
    let text = |value: &Spanned<DeValue<'_>>| value.get_ref().as_str().map(str::to_owned);
    let groups = package.get("groups").and_then(|groups| groups.get_ref().as_array());
    let category = package.get("category").and_then(text);
    groups.is_some_and(|groups| groups.iter().filter_map(text).all(|group| group != "main"))
        || category.is_some_and(|category| category == "dev")
}

/// Reads `Pipfile.lock`.
pub fn pipfile(text: &str) -> Result<Vec<Locked>, Unreadable> {
    let file: Pipfile = serde_json::from_str(text).map_err(|error| {
        let start = line_start(text, error.line());
        let at = (start + error.column().saturating_sub(1)).min(text.len());
        Unreadable { at: Span::empty(span(at, at).start), what: error.to_string() }
    })?;
    let mut found = Vec::new();
    for (section, key, is_dev) in [(file.default, "\"default\"", false), (file.develop, "\"develop\"", true)] {
        // The sections are written one after the other, each with its packages in the order in which they are read.
        let mut from = text.find(key).map_or(0, |at| at + key.len());
        for (name, package) in section {
            let Some(version) = package.get("version").and_then(serde_json::Value::as_str) else { continue };
            let Some(place) = place(text, from, &name, version) else { continue };
            from = place.end as usize;
            let (name, version) = (normalised(&name), version.trim_start_matches('=').to_owned());
            found.push(Locked { name, version, is_dev, span: place });
        }
    }
    Ok(found)
}

#[derive(Deserialize)]
struct Pipfile {
    #[serde(default)]
    default: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    develop: serde_json::Map<String, serde_json::Value>,
}

/// Where the version of a package stands behind byte `from`.
fn place(text: &str, from: usize, name: &str, version: &str) -> Option<Span> {
    let start = from + text.get(from..)?.find(&format!("\"{name}\": {{"))?;
    let quoted = format!("\"{version}\"");
    let at = start + text.get(start..)?.find(&quoted)?;
    Some(span(at, at + quoted.len()))
}

fn line_start(text: &str, line: usize) -> usize {
    text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_locked_packages() {
        let text = "[[package]]\nname = \"Flask_Ink\"\nversion = \"1.2\"\ngroups = [\"main\", \"dev\"]\n\
                    [[package]]\nname = \"pytest\"\nversion = \"8.0\"\ngroups = [\"dev\"]\n\
                    [[package]]\nname = \"own\"\nversion = \"0.1\"\nsource = { virtual = \".\" }\n\
                    [[package]]\nname = \"fork\"\nversion = \"0.1\"\n[package.source]\ntype = \"git\"\nurl = \"x\"\n\
                    [[package]]\nname = \"far\"\nversion = \"2\"\n[package.source]\ntype = \"legacy\"\nurl = \"x\"\n";
        let found = tables(text).expect("it parses");
        let names: Vec<_> = found.iter().map(|p| (p.name.as_str(), p.version.as_str(), p.is_dev)).collect();
        assert_eq!(names, [("flask-ink", "1.2", false), ("pytest", "8.0", true), ("far", "2", false)]);
        assert_eq!(found[0].span.of(text), "\"1.2\"");
        assert_eq!(tables("[[package]\n").expect_err("broken").at.start, 10);
    }

    #[test]
    fn sections_of_a_pipfile() {
        let text = "{\n \"default\": {\n  \"flask\": {\n   \"hashes\": [],\n   \"version\": \"==3.0\"\n  }\n },\n \
                    \"develop\": {\n  \"flask\": {\n   \"version\": \"==3.0\"\n  }\n }\n}\n";
        let found = pipfile(text).expect("it parses");
        let places: Vec<_> = found.iter().map(|p| (p.version.as_str(), p.is_dev, p.span.start)).collect();
        assert_eq!(places, [("3.0", false, 60), ("3.0", true, 117)]);
        assert!(pipfile("{\n \"default\": 3}").expect_err("broken").what.contains("line 2"));
    }
}
