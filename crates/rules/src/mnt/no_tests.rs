//! MNT008: an application that no test imports.

use aho_corasick::AhoCorasick;
use backlint_finding::Findings;
use backlint_model::{File, Project, Role};
use backlint_semantic::BindingKind;

use crate::areas::served_apps;

/// What runs tests that need not be Python, or not in this repository.
const RUNNERS: &[&str] = &[
    "cypress",
    "karate",
    "k6 run",
    "newman",
    "nosetests",
    "playwright",
    "pytest",
    "robot ",
    "schemathesis",
    "tavern",
    "unittest",
    "vitest",
    "jest",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let apps = served_apps(project);
    if apps.is_empty() || has_runner(project) {
        return;
    }
    let tests: Vec<File<'_>> = project.files().filter(|file| is_test(*file)).collect();
    for (app, at) in apps {
        let Some(file) = project.file(app.made.file) else { continue };
        if !tests.iter().any(|test| may_cover(*test, file)) {
            findings.report(at, app.import_path.clone(), "No test in the repository imports this application.");
        }
    }
}

/// Whether a build file or manifest starts tests of some kind.
fn has_runner(project: &Project) -> bool {
    let Ok(runners) = AhoCorasick::new(RUNNERS) else { return true };
    let mut texts = project.sources().iter().filter(|(id, _)| project.file(*id).is_none());
    texts.any(|(_, file)| runners.is_match(file.text()))
}

/// Whether a file holds tests, wherever it lies.
fn is_test(file: File<'_>) -> bool {
    let imports = ["pytest", "unittest", "nose", "TestClient", "test_client"];
    file.role() == Role::Test || imports.iter().any(|name| file.module().symbol(name).is_some())
}

/// Whether a test imports something that lies in one of the folders of the application, or stands beside it.
fn may_cover(test: File<'_>, app: File<'_>) -> bool {
    let segments: Vec<&str> = app.local_path().trim_end_matches(".py").split('/').collect();
    test.index().imports().iter().any(|binding| match binding.kind {
        BindingKind::Import(import) => {
            let module = import.module.map_or("", |name| test.module().text(name));
            import.level > 0 || module.split('.').any(|segment| segments.contains(&segment))
        }
        _ => false,
    })
}
