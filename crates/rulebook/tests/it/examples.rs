//! Examples as data, and their problems.

use backlint_rulebook::{DEFAULT_PATH, Example, ExampleKind, Expected, RulePage, TextFile};

use crate::{PAGE, check, edited, sound};

const BAD: &str = "@app.delete(\"/users\")  # finding: AUTH001\n";

fn examples(page: &str) -> Vec<Example> {
    sound(page).examples().to_vec()
}

#[test]
fn examples_come_with_their_line_and_what_is_expected() {
    let [bad, good] = &examples(PAGE)[..] else { panic!("two examples") };
    assert_eq!((bad.kind, bad.line, good.kind, good.line), (ExampleKind::Bad, 28, ExampleKind::Good, 33));
    let text = format!("{BAD}def remove(): ...\n");
    assert_eq!(bad.files, [TextFile::new(DEFAULT_PATH, text)]);
    assert_eq!(bad.expected, [Expected { path: DEFAULT_PATH.to_owned(), line: 1 }]);
    assert_eq!(good.expected, []);
    assert_eq!(good.config, None);
}

#[test]
fn one_fence_holds_several_files_of_any_type() {
    let files = format!("#- requirements.txt\nflask==3.1  # finding: AUTH001\n#- app/users.py\n#---- users\n{BAD}");
    let [bad, _] = &examples(&edited(BAD, &files))[..] else { panic!("two examples") };
    assert_eq!(bad.files[0], TextFile::new("requirements.txt", "flask==3.1  # finding: AUTH001\n"));
    assert_eq!(bad.files[1].path, "app/users.py");
    assert!(bad.files[1].text.starts_with("#---- users\n"));
    let expected = [("requirements.txt", 1), ("app/users.py", 2)];
    assert_eq!(bad.expected, expected.map(|(path, line)| Expected { path: path.to_owned(), line }));
}

#[test]
fn a_configuration_belongs_to_the_next_example_only() {
    let page = edited("```python bad", "```toml config\n[guards]\nnever = [\"x\"]\n```\nWith this:\n\n```python bad");
    let [bad, good] = &examples(&page)[..] else { panic!("two examples") };
    assert_eq!(bad.config.as_deref(), Some("[guards]\nnever = [\"x\"]\n"));
    assert_eq!(good.config, None);
}

#[test]
fn a_configuration_without_example_is_refused() {
    let unused = "this configuration has no example; put it just before the fence it is for";
    check("```python bad", "```toml config\n```\n```toml config\n```\n```python bad", &[&format!("28: {unused}")]);
    let page = format!("{PAGE}```toml config\n```\n");
    crate::check_page("AUTH001.md", &page, &[&format!("37: {unused}")]);
}

#[test]
fn a_configuration_is_toml() {
    let page = edited("```python bad", "```toml config\n\na = 1\na = 2\n```\n```python bad");
    let problems = RulePage::parse("AUTH001.md", &page).unwrap_err();
    assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [31]);
}

#[test]
fn a_misspelt_fence_is_refused() {
    check(
        "```python good",
        "```python god",
        &[
            "27: there is no example of this kind; add a fence `python good`",
            "33: a fence `python god` among the examples; write `python bad`, `python good` or `toml config`",
        ],
    );
}

#[test]
fn there_is_a_bad_and_a_good_example() {
    check(
        "```python bad",
        "```python good",
        &[
            "27: there is no example of this kind; add a fence `python bad`",
            "29: a good example has no findings; remove the mark or make the example bad",
        ],
    );
}

#[test]
fn an_example_holds_code() {
    let good = "@app.delete(\"/users\", dependencies=[Depends(user)])\ndef remove(): ...\n";
    check(good, "\n", &["33: this example is empty"]);
}

#[test]
fn a_bad_example_has_a_mark() {
    check("  # finding: AUTH001", "", &["28: a bad example marks at least one line with `# finding: AUTH001`"]);
}

#[test]
fn marks_name_the_rule_of_the_page() {
    check(
        BAD,
        "a()\nb()  # finding: AUTH001, AUTH002\n",
        &["30: examples run under their page's rule only; mark `AUTH001` here, not `AUTH002`"],
    );
    check(
        BAD,
        "a()  # finding: AUTH001 for sure\n",
        &["29: examples run under their page's rule only; mark `AUTH001` here, not `AUTH001 for sure`"],
    );
}

#[test]
fn a_comment_meant_as_a_mark_is_refused() {
    for comment in [" Finding: AUTH001", " finding AUTH001", " finding-above: AUTH001", " findings: AUTH001"] {
        let message = "looks like a mark and is none; write `# finding: CODE` or `# finding-below: CODE`";
        check(BAD, &format!("{BAD}\nx()  #{comment}\n"), &[&format!("31: `#{comment}` {message}")]);
    }
    check(BAD, &format!("{BAD}# finding the users\n"), &[]);
}

#[test]
fn code_before_the_first_file_is_refused() {
    check(
        BAD,
        &format!("import os\n#- app/users.py\n{BAD}"),
        &["29: text before the first `#- path`; say which file it belongs to, such as `#- app/main.py`"],
    );
}

#[test]
fn paths_stay_inside_the_example() {
    for path in ["/etc/app.py", "../app.py", "app/./main.py", "app//main.py", "app\\main.py", "c:main.py", ""] {
        let message = "is no path below the example; write it relative, with forward slashes, without `..`";
        check(BAD, &format!("#- {path}\n{BAD}"), &[&format!("29: `{path}` {message}")]);
    }
}

#[test]
fn a_file_stands_once() {
    let files = format!("#- app/a.py\n{BAD}#- app/a.py\n");
    check(BAD, &files, &["31: the file `app/a.py` occurs twice in this example"]);
}
