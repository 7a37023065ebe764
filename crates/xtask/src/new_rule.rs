//! `new-rule`: writes the page, the check, its `mod` line and its row, so that a new rule compiles from the start.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use backlint_rulebook::RulePage;

/// The table of rules, below the root of the repository.
const TABLE: &str = "crates/rules/src/lib.rs";

/// Adds the rule `code` with the name `name` to the repository at `root`.
///
/// The new check reports calls of a function that only its page's examples call. It runs and passes as it is: what is
/// left to do is to say what the rule is about, first in the examples, then in the check.
pub(crate) fn new_rule(root: &Path, code: &str, name: &str) -> Result<()> {
    let page = page(code, name);
    check_page(code, &page)?;
    let group = group(code);
    let module = name.replace('-', "_");
    let files = Files {
        page: root.join(format!("rules/{code}.md")),
        check: root.join(format!("crates/rules/src/{group}/{module}.rs")),
        group: root.join(format!("crates/rules/src/{group}.rs")),
        table: root.join(TABLE),
    };
    for path in [&files.page, &files.check] {
        ensure!(!path.exists(), "{} exists already", path.display());
    }
    let group_text =
        read(&files.group).with_context(|| format!("start the group with that file and a `mod` line in {TABLE}"))?;
    let group_text = insert_module(&group_text, &module).with_context(|| files.group.display().to_string())?;
    let row = format!("{code} => {group}::{module}::check,");
    let table_text = insert_row(&read(&files.table)?, code, &row).with_context(|| files.table.display().to_string())?;
    write(&files.page, &page)?;
    write(&files.check, &check(code, name))?;
    write(&files.group, &group_text)?;
    write(&files.table, &table_text)
}

/// The four files that a new rule touches.
struct Files {
    page: PathBuf,
    check: PathBuf,
    group: PathBuf,
    table: PathBuf,
}

/// Lets the page reader judge code and name: what it refuses would not compile.
fn check_page(code: &str, page: &str) -> Result<()> {
    let Err(problems) = RulePage::parse(&format!("{code}.md"), page) else { return Ok(()) };
    let messages: Vec<String> = problems.iter().map(|problem| problem.fault.to_string()).collect();
    bail!("cannot make such a rule: {}", messages.join("; "))
}

fn group(code: &str) -> String {
    code.trim_end_matches(|c: char| c.is_ascii_digit()).to_lowercase()
}

fn page(code: &str, name: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        r#"+++
code = "{code}"
name = "{name}"
summary = "Call of `replace_me`"
severity = "medium"
confidence = "medium"
audience = "pedantic"
scope = "file"
cwe = []
audits = []
since = "{version}"
+++
## What it does
Reports calls of `replace_me`.

## Why is this bad?
The function stands for the pattern this rule is about.

## What fires
A call of a function with that name.

## What does not
A call of any other function.

## How to fix
Call another function.

## When to suppress
When the call is meant.

## Limits
Only the name is compared: a function that goes by another name is missed.

## Examples
```python bad
replace_me()  # finding: {code}
```

```python good
replaced()
```
"#
    )
}

fn check(code: &str, name: &str) -> String {
    format!(
        r#"//! {code}: `{name}`.

use backlint_finding::Findings;
use backlint_model::File;

/// The functions whose calls are reported.
const NAMES: &[&str] = &["replace_me"];

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {{
    for call in file.calls_named(NAMES) {{
        findings.report(file.at_expr(call.expr), file.context_name(call.expr), "`replace_me` is called here");
    }}
}}
"#
    )
}

/// Adds the line of a module to the file of its group, in sorted place.
fn insert_module(text: &str, module: &str) -> Result<String> {
    let line = format!("pub(crate) mod {module};");
    ensure!(!text.lines().any(|other| other == line), "the module `{module}` exists already");
    let modules = || text.lines().enumerate().filter(|(_, other)| other.starts_with("pub(crate) mod "));
    if let Some((place, _)) = modules().find(|(_, other)| *other > line.as_str()) {
        return Ok(insert_line(text, place, &line));
    }
    match modules().last() {
        Some((last, _)) => Ok(insert_line(text, last + 1, &line)),
        None => Ok(format!("{}\n\n{line}\n", text.trim_end())),
    }
}

/// Adds a row to the table of rules, in sorted place.
fn insert_row(text: &str, code: &str, row: &str) -> Result<String> {
    let lines: Vec<&str> = text.lines().collect();
    let Some(start) = lines.iter().position(|line| line.ends_with("rulebook! {")) else {
        bail!("there is no `rulebook! {{`");
    };
    let Some(length) = lines[start..].iter().position(|line| *line == "}") else {
        bail!("the `rulebook!` has no closing brace on a line of its own");
    };
    let mut place = start + length;
    for (number, line) in lines.iter().enumerate().take(place).skip(start).rev() {
        let Some((other, _)) = line.trim_start().split_once(" => ") else { continue };
        ensure!(other != code, "the rule `{code}` has a row already");
        if other > code {
            place = number;
        }
    }
    Ok(insert_line(text, place, &format!("    {row}")))
}

fn insert_line(text: &str, place: usize, line: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(place, line);
    lines.join("\n") + "\n"
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "mod auth;\n\nmacros::rulebook! {\n    \"../../rules\";\n    AUTH001 => auth::a::check,\n    \
                         DB002 => db::b::check with db::b::Options,\n}\n\nfn other() {\n}\n";

    #[track_caller]
    fn check_row(code: &str, after: &str) {
        let text = insert_row(ROWS, code, &format!("{code} => x::check,")).expect("a table with a place");
        assert_eq!(text, ROWS.replace(after, &format!("{after}    {code} => x::check,\n")));
    }

    #[test]
    fn the_page_is_sound_as_it_is_written() {
        check_page("AUTH900", &page("AUTH900", "some-pattern")).unwrap();
    }

    #[test]
    fn a_wrong_code_or_name_is_refused() {
        let refusal = check_page("auth1", &page("auth1", "Some_Pattern")).unwrap_err().to_string();
        assert!(refusal.contains("`code` must be") && refusal.contains("`name` must be"), "{refusal}");
    }

    #[test]
    fn the_group_is_the_letters_of_the_code() {
        assert_eq!(group("RATE012"), "rate");
    }

    #[test]
    fn rows_are_inserted_in_sorted_place() {
        check_row("API001", "    \"../../rules\";\n");
        check_row("AUTH002", "    AUTH001 => auth::a::check,\n");
        check_row("JOB001", "    DB002 => db::b::check with db::b::Options,\n");
    }

    #[test]
    fn a_code_has_one_row() {
        let refusal = insert_row(ROWS, "DB002", "DB002 => x::check,").unwrap_err();
        assert_eq!(refusal.to_string(), "the rule `DB002` has a row already");
    }

    #[test]
    fn a_table_without_end_is_refused() {
        assert!(insert_row("rulebook! {\n", "DB002", "").is_err());
        assert!(insert_row("mod auth;\n", "DB002", "").is_err());
    }

    #[test]
    fn modules_are_inserted_in_sorted_place() {
        let group = "//! Group.\n\npub(crate) mod b;\npub(crate) mod d;\n\nfn shared() {}\n";
        for (module, after) in [("a", "//! Group.\n\n"), ("c", "pub(crate) mod b;\n"), ("e", "pub(crate) mod d;\n")] {
            let text = insert_module(group, module).unwrap();
            assert_eq!(text, group.replace(after, &format!("{after}pub(crate) mod {module};\n")));
        }
    }

    #[test]
    fn the_first_module_of_a_group_follows_its_description() {
        assert_eq!(insert_module("//! Group.\n", "a").unwrap(), "//! Group.\n\npub(crate) mod a;\n");
    }

    #[test]
    fn a_module_stands_once() {
        assert!(insert_module("pub(crate) mod a;\n", "a").is_err());
    }
}
