//! Which files a run reads, and what it calls them.

use std::fs;
use std::os::unix::fs::symlink;

use crate::{MALFORMED_COMMENT, Tree, shown};

#[test]
fn python_and_deployment_files_are_read() {
    let tree = Tree::new(&[
        (".env.example", ""),
        (".github/workflows/ci.yml", ""),
        ("Dockerfile", ""),
        ("Procfile", ""),
        ("README.md", ""),
        ("app/logo.svg", ""),
        ("app/main.py", ""),
        ("app/stubs.pyi", ""),
        ("compose.override.yaml", ""),
        ("deploy/api.service", ""),
        ("nginx/default.conf", ""),
        ("pyproject.toml", ""),
        ("requirements/dev.txt", ""),
        ("start.sh", ""),
    ]);
    assert_eq!(
        tree.read(&["."]),
        [
            ".env.example",
            ".github/workflows/ci.yml",
            "Dockerfile",
            "Procfile",
            "app/main.py",
            "compose.override.yaml",
            "deploy/api.service",
            "nginx/default.conf",
            "pyproject.toml",
            "requirements/dev.txt",
            "start.sh",
        ]
    );
}

#[test]
fn ignore_files_count_without_a_repository() {
    let tree = Tree::new(&[
        (".gitignore", "generated/\n"),
        (".ignore", "*_old.py\n"),
        ("app.py", ""),
        ("app_old.py", ""),
        ("generated/api.py", ""),
    ]);
    assert_eq!(tree.read(&["."]), [".gitignore", "app.py"]);
}

#[test]
fn folders_of_others_are_left_out() {
    let tree = Tree::new(&[
        (".hidden/a.py", ""),
        (".tox/a.py", ""),
        ("__pycache__/a.py", ""),
        ("cache/CACHEDIR.TAG", ""),
        ("cache/a.py", ""),
        ("env/lib/a.py", ""),
        ("env/pyvenv.cfg", ""),
        ("main.py", ""),
        ("node_modules/a.py", ""),
    ]);
    assert_eq!(tree.read(&["."]), ["main.py"]);
}

#[test]
fn excluded_paths_are_left_out() {
    let tree = Tree::new(&[
        ("app/legacy/a.py", ""),
        ("app/main.py", ""),
        ("backlint.toml", "exclude = [\"legacy/\", \"*_gen.py\"]"),
        ("main_gen.py", ""),
    ]);
    assert_eq!(tree.read(&["."]), ["app/main.py"]);
}

#[test]
fn globs_are_relative_to_the_configuration() {
    let tree =
        Tree::new(&[("api/backlint.toml", "exclude = [\"/old\"]"), ("api/new/old/a.py", ""), ("api/old/a.py", "")]);
    assert_eq!(tree.read(&["api"]), ["api/new/old/a.py"]);
}

#[test]
fn named_files_are_read_whatever_they_are_called_and_whatever_ignores_them() {
    let tree = Tree::new(&[
        (".gitignore", "generated/\n"),
        ("backlint.toml", "exclude = [\"legacy\"]"),
        ("generated/api.py", ""),
        ("legacy/a.py", ""),
        ("manage", ""),
    ]);
    assert_eq!(
        tree.read(&["generated/api.py", "legacy/a.py", "manage"]),
        ["generated/api.py", "legacy/a.py", "manage"]
    );
}

#[test]
fn links_are_not_followed_and_loops_do_no_harm() {
    let outside = Tree::new(&[("secret.py", "")]);
    let tree = Tree::new(&[("app/main.py", "")]);
    symlink(tree.root(), tree.path("app/loop")).unwrap();
    symlink(outside.root(), tree.path("app/outside")).unwrap();
    symlink(outside.path("secret.py"), tree.path("app/linked.py")).unwrap();
    assert_eq!(tree.read(&["."]), ["app/main.py"]);
}

#[test]
fn a_named_link_is_followed() {
    let tree = Tree::new(&[("releases/1/app/main.py", "")]);
    symlink(tree.path("releases/1"), tree.path("current")).unwrap();
    symlink(tree.path("releases/1/app/main.py"), tree.path("entry.py")).unwrap();
    assert_eq!(tree.read(&["current", "entry.py"]), ["current/app/main.py", "entry.py"]);
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let tree = Tree::new(&[("app/main.py", MALFORMED_COMMENT)]);
    let run = tree.check(&["app", ".", "app/main.py", "./app/../app/main.py"]).unwrap();
    assert_eq!(shown(&run.outcome), ["app/main.py:1 SUP003"]);
}

#[test]
fn one_file_gives_one_result_however_it_is_reached() {
    let tree = Tree::new(&[
        ("app/main.py", MALFORMED_COMMENT),
        (
            "pyproject.toml",
            "[tool.backlint]\nselect = [\"SUP003\"]\nper-path = { \"app/*.py\" = { ignore = [\"SUP004\"] } }\n",
        ),
    ]);
    let absolute = tree.path("app/main.py");
    for path in [".", "app", "app/main.py", absolute.to_str().unwrap()] {
        let run = tree.check(&[path]).unwrap();
        assert_eq!(shown(&run.outcome), ["app/main.py:1 SUP003"], "{path}");
        assert_eq!(run.outcome.rules.len(), 1, "{path}");
    }
}

#[test]
fn paths_in_reports_are_relative_to_the_working_directory_or_absolute() {
    let tree = Tree::new(&[("api/app/main.py", MALFORMED_COMMENT), ("other/a.py", "")]);
    let run = tree.check_from("api", &["app"]).unwrap();
    assert_eq!(shown(&run.outcome), ["app/main.py:1 SUP003"]);
    let run = tree.check_from("other", &["../api"]).unwrap();
    let absolute = tree.path("api/app/main.py");
    assert_eq!(shown(&run.outcome), [format!("{}:1 SUP003", absolute.display())]);
}

#[test]
fn what_a_file_is_for_is_read_off_its_path_below_the_analysed_folder() {
    let tree = Tree::new(&[("tests/project/app/main.py", MALFORMED_COMMENT)]);
    assert!(shown(&tree.check(&["."]).unwrap().outcome).is_empty());
    assert_eq!(shown(&tree.check(&["tests/project"]).unwrap().outcome), ["tests/project/app/main.py:1 SUP003"]);
}

#[test]
fn large_texts_are_data_and_passed_over() {
    let tree = Tree::new(&[("data.yaml", ""), ("main.py", "")]);
    fs::File::options().write(true).open(tree.path("data.yaml")).unwrap().set_len(2 * 1024 * 1024).unwrap();
    let run = tree.check(&["."]).unwrap();
    assert!(run.outcome.problems.is_empty());
    assert_eq!(run.outcome.sources.len(), 1);
}
