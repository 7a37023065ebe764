//! CFG014: a deployment that never runs the migrations.

use backlint_finding::Findings;
use backlint_model::{DeployKind, File, Project, Purpose, Role, StartCommand};
use backlint_semantic::{Call, descendants};
use backlint_source::{FileId, Location};
use backlint_syntax::ast::Expr;

use crate::areas::Areas;
use crate::launched::production_commands;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let areas = Areas::read(project);
    let mut reported: Vec<&str> = Vec::new();
    for command in production_commands(project).filter(|command| command.server().is_some()) {
        let Some(migrations) = Migrations::of(project, &areas, command) else { continue };
        if reported.contains(&migrations.folder) {
            continue;
        }
        if is_upgraded(project) {
            return;
        }
        reported.push(migrations.folder);
        let steps = match migrations.count {
            1 => "its migration".to_owned(),
            count => format!("any of its {count} migrations"),
        };
        let message = format!(
            "The application is started here without running {steps}, and no other command, script or pipeline of this \
             repository runs them: the schema has to be brought up to date by hand."
        );
        let server = command.server().unwrap_or_default();
        findings.report(command.at(), server, message).also(migrations.first, "the migrations");
    }
}

/// The migrations that belong to a start command.
struct Migrations<'p> {
    /// The folder of their files, as reports show it.
    folder: &'p str,
    first: Location,
    count: usize,
}

impl<'p> Migrations<'p> {
    /// The folder with most migrations that lies in the project of the command, or anywhere if that project is the whole
    /// repository.
    fn of(project: &'p Project, areas: &Areas<'_>, command: &StartCommand) -> Option<Self> {
        let area = areas.of(command.file);
        let mut found: Vec<Self> = Vec::new();
        for file in project.files() {
            let path = file.path();
            let is_near = area.is_empty() || path.strip_prefix(area).is_some_and(|rest| rest.starts_with('/'));
            let Some(folder) = versions_folder(path).filter(|_| is_near) else { continue };
            match found.iter_mut().find(|known| known.folder == folder) {
                Some(known) => known.count += 1,
                None => found.push(Self { folder, first: first_line(project, file.id()), count: 1 }),
            }
        }
        found.into_iter().max_by_key(|migrations| migrations.count)
    }
}

fn first_line(project: &Project, file: FileId) -> Location {
    let text = project.sources().file(file).text();
    let end = text.lines().next().unwrap_or_default().len();
    Location { file, span: backlint_source::Span::new(0, u32::try_from(end).unwrap_or(u32::MAX)) }
}

/// `migrations/versions` for one of its files.
fn versions_folder(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once('/')?;
    let above = folder.strip_suffix("/versions")?.rsplit('/').next()?;
    let is_home = ["alembic", "migration", "migrations", "migrate"].iter().any(|word| above.contains(word));
    (is_home && name != "__init__.py").then_some(folder)
}

/// Whether anything of the repository runs the migrations: a command, a script, a pipeline, or the code itself.
fn is_upgraded(project: &Project) -> bool {
    let deployment = project.deployment();
    let is_run = |kind| {
        !matches!(
            kind,
            DeployKind::Environment | DeployKind::OtherManifest | DeployKind::Pyproject | DeployKind::Requirements
        )
    };
    let files = deployment.files.iter().filter(|file| is_run(file.kind) && file.purpose != Purpose::Foreign);
    let mut texts = files.map(|file| project.sources().file(file.id).text());
    let in_code = || {
        let code = project.files().filter(|file| matches!(file.role(), Role::App | Role::Script));
        code.into_iter().any(runs_upgrade)
    };
    texts.any(|text| text.lines().any(is_upgrade_command)) || in_code()
}

/// `alembic upgrade head`, `flask db upgrade`, `["alembic", "upgrade", "head"]`, `make migrate`.
fn is_upgrade_command(line: &str) -> bool {
    let line = line.trim_start();
    let lower = line.to_ascii_lowercase();
    let has = |word: &str| lower.contains(word);
    let runs_tool = has("upgrade") && (has("alembic") || has("db") || has("migrat") || has("manage"));
    !line.starts_with('#') && (runs_tool || has("migrate") || has("run_migrations") || has("run-migrations"))
}

/// `command.upgrade(…)` of Alembic, `upgrade()` of Flask-Migrate, or the words of a command in a string.
fn runs_upgrade(file: File<'_>) -> bool {
    let is_of_tool = |path: String| path.starts_with("alembic.") || path.starts_with("flask_migrate.");
    let mut calls = file.calls_named(&["upgrade"]);
    if calls.any(|call| file.path_of(call.function).is_some_and(is_of_tool)) {
        return true;
    }
    let module = file.module();
    let is_word = |text: &str| text == "upgrade" || text.contains("alembic upgrade") || text.contains("db upgrade");
    file.source().text().contains("upgrade")
        && file.index().calls().iter().filter_map(|&call| Call::of(module, call)).any(|call| {
            let words = call.args.iter().flat_map(|arg| descendants(module, arg.value));
            words.into_iter().any(|expr| matches!(module.expr(expr), Expr::Str(text) if is_word(module.text(text))))
        })
}
