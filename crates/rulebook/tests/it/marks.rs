//! Marks in any text.

use backlint_rulebook::{Mark, marks};

#[track_caller]
fn check(text: &str, expected: &[(u32, &str)]) {
    let expected: Vec<Mark> = expected.iter().map(|&(line, code)| Mark { line, code: code.to_owned() }).collect();
    assert_eq!(marks(text), expected);
}

#[test]
fn a_mark_means_its_own_line() {
    check("a()\nb()  # finding: AUTH001\n", &[(2, "AUTH001")]);
}

#[test]
fn several_codes_are_several_marks() {
    check("a()  # finding: AUTH001, DB002 ,AUTH001", &[(1, "AUTH001"), (1, "DB002"), (1, "AUTH001")]);
}

#[test]
fn a_mark_stands_anywhere_in_a_line() {
    check("# @limit(5)  # finding: RATE003", &[(1, "RATE003")]);
    check("a()  # finding: DB001  # noqa: E501", &[(1, "DB001")]);
    check("{# finding: SEC011 #}", &[(1, "SEC011")]);
    check("<!-- # finding: SEC011 -->", &[(1, "SEC011")]);
    check("a()  #finding: DB001", &[(1, "DB001")]);
}

#[test]
fn a_mark_above_means_the_next_line() {
    check("# finding-below: CFG001\nPATH = '''\n", &[(2, "CFG001")]);
    check("a()  # finding: DB001  # finding-below: DB002", &[(1, "DB001"), (2, "DB002")]);
}

#[test]
fn a_misspelt_code_stays_visible() {
    check("a()  # finding: auth1", &[(1, "auth1")]);
    check("a()  # finding: DB001 maybe", &[(1, "DB001 maybe")]);
    check("a()  # finding:", &[(1, "")]);
}

#[test]
fn other_comments_are_no_marks() {
    check("# findings: none\n# finding the user\nfinding: DB001\n# planted: DB001\n", &[]);
}
