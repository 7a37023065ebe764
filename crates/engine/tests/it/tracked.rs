//! The index of git says what is in version control.

use std::process::Command;

use backlint_engine::Run;
use backlint_finding::ProblemKind;

use crate::Tree;

/// Runs git in a folder of the tree, with no configuration but the repository's own.
fn git(tree: &Tree, folder: &str, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(tree.path(folder)).args(["-c", "user.name=a", "-c", "user.email=a@example.org"]);
    command.args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    let output = command.output().expect("these tests need git");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The paths that SEC005 reports.
fn artifacts(run: &Run) -> Vec<&str> {
    let findings = run.outcome.shown().map(|triaged| &triaged.finding).filter(|finding| finding.rule.code == "SEC005");
    findings.map(|finding| run.outcome.sources.file(finding.at.file).path()).collect()
}

fn repository() -> Tree {
    let tree = Tree::new(&[
        ("app/main.py", ""),
        ("app/beat.pid", "4711\n"),
        ("web/server.pid", "12\n"),
        ("loose.pid", "13\n"),
        (".gitignore", "*.pid\n"),
    ]);
    git(&tree, "", &["init", "--quiet"]);
    git(&tree, "", &["add", "--force", "app", "web"]);
    tree
}

#[test]
fn the_index_decides_and_not_the_working_tree() {
    let tree = repository();
    assert_eq!(artifacts(&tree.check(&["."]).expect("a run")), ["app/beat.pid", "web/server.pid"]);
    let run = tree.check(&["app"]).expect("a run");
    assert_eq!(artifacts(&run), ["app/beat.pid"], "a folder of the repository");
    let run = tree.check_from("app", &["."]).expect("a run");
    assert_eq!(artifacts(&run), ["beat.pid"], "from a folder of the repository");
    git(&tree, "", &["rm", "--quiet", "--cached", "app/beat.pid"]);
    assert_eq!(artifacts(&tree.check(&["."]).expect("a run")), ["web/server.pid"]);
}

#[test]
fn excluded_files_are_left_out() {
    let tree = repository();
    tree.write("backlint.toml", b"exclude = [\"web/\"]\n");
    assert_eq!(artifacts(&tree.check(&["."]).expect("a run")), ["app/beat.pid"]);
}

#[test]
fn every_version_of_the_index_is_read() {
    let tree = repository();
    for version in ["2", "3", "4"] {
        git(&tree, "", &["update-index", "--index-version", version]);
        let run = tree.check(&["."]).expect("a run");
        assert_eq!(artifacts(&run), ["app/beat.pid", "web/server.pid"], "version {version}");
    }
}

#[test]
fn a_further_working_tree_has_an_index_of_its_own() {
    let tree = repository();
    git(&tree, "", &["commit", "--quiet", "--message", "All"]);
    git(&tree, "", &["worktree", "add", "--quiet", "--detach", "further"]);
    git(&tree, "further", &["rm", "--quiet", "web/server.pid"]);
    let run = tree.check_from("further", &["."]).expect("a run");
    assert_eq!(artifacts(&run), ["app/beat.pid"]);
}

#[test]
fn no_repository_is_nothing_to_tell_and_a_damaged_index_is_a_problem() {
    let tree = repository();
    tree.write(".git/index", b"DIRC\0\0\0\x02\0\0\0\x07cut off");
    let run = tree.check(&["."]).expect("a run");
    let problems: Vec<_> = run.outcome.problems.iter().map(|problem| (problem.path.as_str(), problem.kind)).collect();
    assert_eq!(problems, [(".git/index", ProblemKind::Unreadable)]);
    assert!(artifacts(&run).is_empty());
    let bare = Tree::new(&[("app.py", ""), ("run.pid", "4711\n")]);
    let run = bare.check(&["."]).expect("a run");
    assert!(artifacts(&run).is_empty() && run.outcome.problems.is_empty());
}

#[test]
fn a_file_without_working_copy_is_known_by_its_name_only() {
    let tree = repository();
    std::fs::remove_file(tree.path("web/server.pid")).expect("the file is there");
    assert_eq!(artifacts(&tree.check(&["."]).expect("a run")), ["app/beat.pid"]);
}
