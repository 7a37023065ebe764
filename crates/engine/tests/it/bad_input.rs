//! Inputs that nobody wishes for.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use backlint_engine::{FailOn, Run, Status};
use backlint_finding::ProblemKind;

use crate::{MALFORMED_COMMENT, Tree, shown};

/// `path kind` of every problem.
fn problems(run: &Run) -> Vec<String> {
    run.outcome.problems.iter().map(|problem| format!("{} {:?}", problem.path, problem.kind)).collect()
}

fn refusal(tree: &Tree, paths: &[&str]) -> String {
    tree.check(paths).expect_err("a refusal").to_string()
}

#[test]
fn a_missing_path_is_named() {
    let tree = Tree::new(&[("main.py", "")]);
    assert!(refusal(&tree, &["main.py", "src"]).starts_with("src: no such file or folder"));
}

#[test]
fn a_folder_without_python_is_nothing_to_check() {
    let tree = Tree::new(&[("README.md", ""), ("Dockerfile", "")]);
    assert!(refusal(&tree, &["."]).starts_with("nothing to check: `.` holds no Python file"));
}

#[test]
fn a_syntax_error_is_one_problem_and_the_rest_is_analysed() {
    let tree = Tree::new(&[
        ("bad.py", &format!("{MALFORMED_COMMENT}x = $\n\ny = 2\n\nz = $\n")),
        ("good.py", MALFORMED_COMMENT),
    ]);
    let run = tree.check(&["."]).unwrap();
    assert_eq!(problems(&run), ["bad.py Syntax"]);
    let message = &run.outcome.problems[0].message;
    assert!(message.starts_with("line 2, column ") && message.contains("more place"), "{message}");
    assert_eq!(shown(&run.outcome), ["bad.py:1 SUP003", "good.py:1 SUP003"]);
    assert_eq!(run.status(FailOn::Nothing), Status::Clean);
}

#[test]
fn a_binary_file_is_named_as_such() {
    let tree = Tree::new(&[("good.py", MALFORMED_COMMENT)]);
    tree.write("model.py", b"\x00\x01\x02");
    let run = tree.check(&["."]).unwrap();
    assert_eq!(problems(&run), ["model.py Unreadable"]);
    assert!(run.outcome.problems[0].message.contains("binary"));
    assert_eq!((shown(&run.outcome).len(), run.status(FailOn::Nothing)), (1, Status::Clean));
}

#[test]
fn a_file_in_no_known_encoding_is_a_problem() {
    let tree = Tree::new(&[("good.py", "")]);
    tree.write("latin.py", b"name = '\xe9'\n");
    tree.write("declared.py", b"# coding: latin-1\nname = '\xe9'\n");
    assert_eq!(problems(&tree.check(&["."]).unwrap()), ["latin.py Unreadable"]);
}

#[test]
fn a_named_file_that_cannot_be_read_leaves_the_job_undone_but_reports_the_rest() {
    let tree = Tree::new(&[("good.py", MALFORMED_COMMENT)]);
    tree.write("model.py", b"\x00");
    let run = tree.check(&["good.py", "model.py"]).unwrap();
    assert_eq!(run.refused, ["model.py"]);
    assert_eq!(shown(&run.outcome), ["good.py:1 SUP003"]);
    assert_eq!((run.status(FailOn::Nothing), run.status(FailOn::Nothing).code()), (Status::NotDone, 2));
}

#[test]
fn a_named_socket_is_refused_and_does_not_block() {
    let tree = Tree::new(&[("good.py", "")]);
    let _listener = UnixListener::bind(tree.path("pipe.py")).unwrap();
    let run = tree.check(&["good.py", "pipe.py"]).unwrap();
    assert_eq!((problems(&run), run.refused), (vec!["pipe.py Unreadable".to_owned()], vec!["pipe.py".to_owned()]));
}

#[test]
fn a_file_without_read_permission_is_a_problem_and_the_rest_is_analysed() {
    let tree = Tree::new(&[("closed.py", MALFORMED_COMMENT), ("good.py", MALFORMED_COMMENT)]);
    fs::set_permissions(tree.path("closed.py"), Permissions::from_mode(0o000)).unwrap();
    let run = tree.check(&["."]).unwrap();
    // The superuser reads what nobody may read.
    if fs::read(tree.path("closed.py")).is_ok() {
        assert_eq!(shown(&run.outcome), ["closed.py:1 SUP003", "good.py:1 SUP003"]);
        return;
    }
    assert_eq!(problems(&run), ["closed.py Unreadable"]);
    assert!(run.outcome.problems[0].message.contains("no permission to read this file"));
    assert_eq!(shown(&run.outcome), ["good.py:1 SUP003"]);
    assert_eq!(run.status(FailOn::Nothing), Status::Clean);
}

/// The memory of a process is a regular file whose first byte nobody can read, not even the superuser.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_fails_to_read_is_a_problem_and_the_rest_is_analysed() {
    let tree = Tree::new(&[("good.py", MALFORMED_COMMENT)]);
    symlink("/proc/self/mem", tree.path("failing.py")).unwrap();
    let run = tree.check(&["good.py", "failing.py"]).unwrap();
    assert_eq!(problems(&run), ["failing.py Unreadable"]);
    assert!(run.outcome.problems[0].message.starts_with("the file cannot be read: "));
    assert_eq!(
        (shown(&run.outcome), run.status(FailOn::Nothing)),
        (vec!["good.py:1 SUP003".to_owned()], Status::NotDone)
    );
}

#[test]
fn a_huge_file_is_too_large_and_the_rest_is_analysed() {
    let tree = Tree::new(&[("good.py", MALFORMED_COMMENT)]);
    File::create(tree.path("huge.py")).unwrap().set_len(50 * 1024 * 1024).unwrap();
    let run = tree.check(&["."]).unwrap();
    assert_eq!(problems(&run), ["huge.py TooLarge"]);
    assert!(run.outcome.problems[0].message.contains("10 MB"));
    assert_eq!(shown(&run.outcome), ["good.py:1 SUP003"]);
}

#[test]
fn deep_nesting_is_a_problem_of_its_file() {
    let deep = format!("x = {}1{}\n", "(".repeat(100_000), ")".repeat(100_000));
    let blocks = (0..300).flat_map(|depth| [" ".repeat(depth), "if x:\n".to_owned()]).collect::<String>();
    let tree = Tree::new(&[("deep.py", &deep), ("blocks.py", &blocks), ("good.py", MALFORMED_COMMENT)]);
    let run = tree.check(&["."]).unwrap();
    assert_eq!(problems(&run), ["blocks.py Syntax", "deep.py Syntax"]);
    assert_eq!(shown(&run.outcome), ["good.py:1 SUP003"]);
}

#[test]
fn an_empty_file_is_fine() {
    let tree = Tree::new(&[("app/__init__.py", ""), ("bom.py", "\u{feff}")]);
    let run = tree.check(&["."]).unwrap();
    assert!(run.outcome.problems.is_empty() && shown(&run.outcome).is_empty());
    assert_eq!(run.outcome.summary.files, 2);
}

#[test]
fn no_problem_is_of_our_own_making() {
    let noise: Vec<u8> =
        (0..20_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).filter(u8::is_ascii).collect();
    let tree = Tree::new(&[("good.py", "")]);
    tree.write("noise.py", &noise);
    let run = tree.check(&["."]).unwrap();
    assert!(
        run.outcome.problems.iter().all(|problem| problem.kind != ProblemKind::Internal),
        "{:?}",
        run.outcome.problems
    );
}
