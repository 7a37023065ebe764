//! `pyproject.toml`: what a project depends on, with places.

use std::ops::Range;

use backlint_source::Span;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::requirements::{Requirement, normalised, requirement};
use super::{Unreadable, span};

/// The distributions that a `pyproject.toml` asks for, in the order of the file: those of the project, its extras and
/// groups, and the tables of Poetry.
pub fn requirements(text: &str) -> Result<Vec<Requirement>, Unreadable> {
    let table = parsed(text)?;
    let mut found = Vec::new();
    let top = table.get_ref();
    let sub = |path: &[&str]| table_at(top, path);
    if let Some(dependencies) = sub(&["project"]).and_then(|project| project.get("dependencies")) {
        add_list(dependencies, &mut found);
    }
    for path in [&["project", "optional-dependencies"][..], &["dependency-groups"]] {
        for (_, list) in sub(path).into_iter().flatten() {
            add_list(list, &mut found);
        }
    }
    if let Some(list) = sub(&["tool", "uv"]).and_then(|uv| uv.get("dev-dependencies")) {
        add_list(list, &mut found);
    }
    for path in [&["tool", "poetry", "dependencies"][..], &["tool", "poetry", "dev-dependencies"]] {
        add_table(sub(path), &mut found);
    }
    for (_, group) in sub(&["tool", "poetry", "group"]).into_iter().flatten() {
        let dependencies = group.get_ref().as_table().and_then(|group| group.get("dependencies"));
        add_table(dependencies.and_then(|value| value.get_ref().as_table()), &mut found);
    }
    found.sort_by_key(|requirement| requirement.span);
    Ok(found)
}

/// The distributions that a `Pipfile` asks for, in the order of the file.
pub fn pipfile(text: &str) -> Result<Vec<Requirement>, Unreadable> {
    let table = parsed(text)?;
    let mut found = Vec::new();
    for section in ["packages", "dev-packages"] {
        add_table(table_at(table.get_ref(), &[section]), &mut found);
    }
    found.sort_by_key(|requirement| requirement.span);
    Ok(found)
}

/// A document, each value with its place.
pub(super) fn parsed(text: &str) -> Result<Spanned<DeTable<'_>>, Unreadable> {
    DeTable::parse(text).map_err(|error| Unreadable {
        at: error.span().map_or_else(Span::default, |range| Span::empty(span(range.start, range.start).start)),
        what: error.message().to_owned(),
    })
}

fn table_at<'t, 'i>(top: &'t DeTable<'i>, path: &[&str]) -> Option<&'t DeTable<'i>> {
    path.iter().try_fold(top, |table, key| table.get(*key)?.get_ref().as_table())
}

fn add_list(list: &Spanned<DeValue<'_>>, found: &mut Vec<Requirement>) {
    for item in list.get_ref().as_array().into_iter().flatten() {
        let Some(text) = item.get_ref().as_str() else { continue };
        let asked = requirement(text.trim(), 0);
        found.extend(asked.map(|asked| Requirement { span: place(item.span()), ..asked }));
    }
}

/// Poetry's tables: the name is the key, the version a string or an entry of a table.
fn add_table(table: Option<&DeTable<'_>>, found: &mut Vec<Requirement>) {
    for (name, value) in table.into_iter().flatten() {
        let version =
            value.get_ref().as_str().or_else(|| value.get_ref().as_table()?.get("version")?.get_ref().as_str());
        // A bare version is exact to Poetry only with an equals sign; without one it is a range.
        let pin = version.and_then(|version| version.strip_prefix("==")).map(|version| version.trim().to_owned());
        let name = normalised(name.get_ref());
        found.push(Requirement { name, pin, extras: Vec::new(), span: place(value.span()) });
    }
}

fn place(range: Range<usize>) -> Span {
    span(range.start, range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_groups_and_poetry_tables() {
        let text = "[project]\nname = 'x'\ndependencies = ['flask==3.0', \"rq>=1\"]\n[project.optional-dependencies]\n\
                    a = ['b[c]']\n[tool.poetry.dependencies]\npython = '^3.12'\nred = {version = '==4.1'}\n";
        let found = requirements(text).expect("it parses");
        let names: Vec<_> = found.iter().map(|r| (r.name.as_str(), r.pin.as_deref())).collect();
        assert_eq!(names, [("flask", Some("3.0")), ("rq", None), ("b", None), ("python", None), ("red", Some("4.1"))]);
        assert_eq!(found[0].span.of(text), "'flask==3.0'");
    }

    #[test]
    fn what_does_not_parse_says_where() {
        assert_eq!(requirements("[project\n").expect_err("broken").at.start, 8);
    }
}
