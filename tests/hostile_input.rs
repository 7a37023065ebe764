//! Input that is made to break readers: the program ends, says what it left out, and reports the rest.

mod program;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use program::backlint;

/// A file with one finding, which must be reported whatever lies beside it.
const FLAWED: &str = "try:\n    run()\nexcept:\n    pass\n";

/// A folder with the flawed file `app.py` and one more file.
fn beside_flawed(name: &str, content: impl AsRef<[u8]>) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("app.py"), FLAWED).expect("a file in it");
    fs::write(folder.path().join(name), content).expect("another file in it");
    folder
}

/// The findings and problems of a folder: `path CODE` and `path kind`.
#[track_caller]
fn report(folder: &Path) -> (Vec<String>, Vec<String>) {
    let ended = backlint(folder, &["check", "--isolated", "--select", "EXC003", "--output-format", "json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    let report: Value = serde_json::from_str(&ended.stdout).expect("valid JSON");
    (lines(&report["findings"], "code"), lines(&report["problems"], "kind"))
}

fn lines(list: &Value, key: &str) -> Vec<String> {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let entries = list.as_array().expect("a list").iter();
    entries.map(|entry| format!("{} {}", text(entry, "path"), text(entry, key))).collect()
}

/// Asserts that `content` in a file beside the flawed one is a problem of this kind, or none.
#[track_caller]
fn check_problem(content: impl AsRef<[u8]>, kind: Option<&str>) {
    let folder = beside_flawed("hostile.py", content);
    let (findings, problems) = report(folder.path());
    let expected: Vec<String> = kind.into_iter().map(|kind| format!("hostile.py {kind}")).collect();
    assert_eq!((findings, problems), (vec!["app.py EXC003".to_owned()], expected));
}

#[test]
fn a_file_with_a_syntax_error_is_a_problem() {
    check_problem("def half(\n", Some("syntax"));
}

#[test]
fn a_file_that_is_no_text_is_a_problem() {
    check_problem(b"\x7fELF\x02\x01\x01\0\0\0\xff\xfe\xfa", Some("unreadable"));
}

#[test]
fn a_huge_file_is_a_problem() {
    check_problem("value = 1\n".repeat(5_000_000), Some("too-large"));
}

#[test]
fn a_parser_that_gets_lost_is_stopped() {
    check_problem("\\\n".repeat(30_000), Some("too-large"));
}

#[test]
fn an_empty_file_is_no_problem() {
    check_problem("", None);
}

#[test]
fn deep_nesting_ends_no_run() {
    let depth = 100_000;
    for (open, close) in [("(", ")"), ("[", "]"), ("{1: ", "}"), ("f(", ")"), ("not ", ""), ("-", ""), ("lambda: ", "")]
    {
        let folder = beside_flawed("hostile.py", format!("x = {}1{}\n", open.repeat(depth), close.repeat(depth)));
        let (findings, problems) = report(folder.path());
        assert_eq!(findings, ["app.py EXC003"], "nested `{open}`");
        assert!(problems.iter().all(|problem| !problem.ends_with("internal")), "nested `{open}`: {problems:?}");
    }
}

#[test]
fn long_chains_end_no_run() {
    for link in [".a", "()", "[0]", " + 1", " if x else 1", " and x"] {
        let folder = beside_flawed("hostile.py", format!("x = x{}\n", link.repeat(100_000)));
        let (findings, problems) = report(folder.path());
        assert_eq!(findings, ["app.py EXC003"], "chained `{link}`");
        assert!(problems.iter().all(|problem| !problem.ends_with("internal")), "chained `{link}`: {problems:?}");
    }
}

#[test]
fn a_named_file_that_cannot_be_read_fails_the_run() {
    let folder = beside_flawed("hostile.py", b"\0\xff\xfe\0");
    let ended = backlint(folder.path(), &["check", "--isolated", "--select", "EXC003", "app.py", "hostile.py"]);
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    assert!(ended.stdout.contains("app.py:3") && ended.stdout.contains("hostile.py"), "{ended:#?}");
}

#[test]
fn control_characters_of_the_source_reach_no_terminal() {
    let folder = beside_flawed(
        "\u{202e}evil.py",
        "try:\n    run('\u{1b}[31m\u{202e}')\nexcept:  # \u{1b}]0;title\u{7}\n    pass\n",
    );
    for format in ["text", "github", "json", "jsonl", "sarif"] {
        let ended = backlint(folder.path(), &["check", "--isolated", "--output-format", format, "--color", "never"]);
        let is_raw =
            |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!ended.stdout.contains(is_raw), "{format}: {:?}", ended.stdout);
        assert!(!ended.stderr.contains(is_raw), "{format}: {:?}", ended.stderr);
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_loop_of_links_is_walked_once() {
        let folder = beside_flawed("clean.py", "");
        symlink(folder.path(), folder.path().join("again")).expect("a link");
        symlink("ring", folder.path().join("ring")).expect("a link to itself");
        assert_eq!(report(folder.path()), (vec!["app.py EXC003".to_owned()], Vec::new()));
    }

    #[test]
    fn links_out_of_the_folder_are_not_followed() {
        let outside = beside_flawed("more.py", FLAWED);
        let folder = beside_flawed("clean.py", "");
        symlink(outside.path(), folder.path().join("folder")).expect("a link to a folder");
        symlink(outside.path().join("more.py"), folder.path().join("file.py")).expect("a link to a file");
        assert_eq!(report(folder.path()), (vec!["app.py EXC003".to_owned()], Vec::new()));
    }

    #[test]
    fn a_pipe_among_the_files_is_not_waited_for() {
        let folder = beside_flawed("clean.py", "");
        let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe.py")).status();
        assert!(made.is_ok_and(|status| status.success()), "a named pipe can be made");
        assert_eq!(report(folder.path()).0, ["app.py EXC003"]);
    }
}
