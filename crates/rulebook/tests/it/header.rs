//! Problems of headers.

use crate::{PAGE, check};

#[test]
fn a_page_without_header_is_refused() {
    check(
        "+++\ncode",
        "code",
        &[
            "1: a page begins with a TOML header between two lines `+++`",
            "1: text before the first section; move it below a heading",
        ],
    );
}

#[test]
fn a_header_must_be_closed() {
    check("+++\n## What it does", "## What it does", &["1: the header is not closed; end it with a line `+++`"]);
}

#[test]
fn a_header_must_be_toml() {
    check("scope = ", "scope ", &["8: key with no value, expected `=`"]);
    check("code = \"AUTH001\"", "code = \"AUTH001\"\ncode = 5", &["3: duplicate key"]);
}

#[test]
fn every_key_is_required() {
    for line in PAGE.lines().skip(1).take(10) {
        let key = line.split(' ').next().unwrap_or_default();
        check(&format!("{line}\n"), "", &[&format!("11: the header lacks the key `{key}`")]);
    }
}

#[test]
fn an_unknown_key_names_the_nearest_known_one() {
    check("audience =", "audience = \"regular\"\naudiense =", &["8: unknown key `audiense`; did you mean `audience`?"]);
    check("cwe =", "colour = 1\ncwe =", &["9: unknown key `colour`"]);
}

#[test]
fn a_code_has_a_shape_and_is_the_file_name() {
    let shape = "2: `code` must be two to five capital letters and three digits, such as `AUTH001`";
    for code in ["AUTH01", "auth001", "A001", "SECRET001", "AUTH0011"] {
        check("\"AUTH001\"", &format!("\"{code}\""), &[shape]);
    }
    check("\"AUTH001\"", "\"AUTH002\"", &["2: `code` must be the name of the file, `AUTH001`"]);
}

#[test]
fn a_name_is_kebab_case() {
    for name in ["Unguarded", "unguarded_state", "unguarded--state", "-state", "state-", "1-state", ""] {
        let expected = "3: `name` must be lower-case words joined by hyphens, such as `unguarded-route`";
        check("\"unguarded-state-change\"", &format!("\"{name}\""), &[expected]);
    }
}

#[test]
fn a_summary_is_one_sentence_without_period() {
    let summary = "\"State-changing route that no guard protects\"";
    check(summary, "\"A route.\"", &["4: `summary` must not end with a period"]);
    check(summary, "\"A route. And more\"", &["4: `summary` must be one sentence"]);
    check(summary, "\"A\\nroute\"", &["4: `summary` must stand on one line"]);
    check(summary, "\" \"", &["4: `summary` must be a sentence, without space around it"]);
    check(summary, "\"Call of `os.popen`, e.g. in a route\"", &[]);
}

#[test]
fn levels_and_scopes_are_words_of_their_scales() {
    check("\"medium\"", "\"sure\"", &["6: `confidence` is wrong: `sure` is none of low, medium, high"]);
    check("\"regular\"", "\"all\"", &["7: `audience` is wrong: `all` is none of regular, pedantic, auditor"]);
    check("\"project\"", "\"route\"", &["8: `scope` must be `file`, `project` or `triage`"]);
    check("\"high\"", "5", &["5: `severity` must be a string"]);
}

#[test]
fn list_entries_are_checked_on_their_own_lines() {
    check("[306]", "306", &["9: `cwe` must be a list"]);
    check(
        "[306]",
        "[\n  306,\n  \"x\",\n  0,\n  306,\n  287,\n]",
        &[
            "11: `cwe` must list CWE numbers, such as `306`",
            "12: `cwe` must list CWE numbers, such as `306`",
            "13: `cwe` names something twice",
        ],
    );
    for audit in ["0:1", "000", "000:", "000:1 A", "abc:1"] {
        check("\"000:1\"", &format!("\"{audit}\""), &["10: `audits` must list audit items, such as `000:1`"]);
    }
}

#[test]
fn a_version_has_three_numbers() {
    for version in ["0.1", "v0.1.0", "0.1.0-rc"] {
        check("\"0.1.0\"", &format!("\"{version}\""), &["11: `since` must be a version, such as `0.1.0`"]);
    }
}
