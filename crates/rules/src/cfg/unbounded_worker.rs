//! CFG018: workers that take as much work as they can get.

use backlint_finding::Findings;
use backlint_model::{EffectKind, File, FunctionRef, Project};
use backlint_semantic::Call;
use backlint_source::Location;

use crate::areas::own_texts;
use crate::task_apps::{TaskApp, TaskApps};

/// What bounds a worker: words for it, settings and options of the command.
const BOUNDS: &[(&str, &[&str], &[&str])] = &[
    ("queues", &["task_queues", "task_routes", "queues", "routes"], &["-Q", "--queues"]),
    ("concurrency", &["worker_concurrency", "concurrency"], &["-c", "--concurrency", "--autoscale", "-P", "--pool"]),
    ("prefetch", &["worker_prefetch_multiplier", "prefetch_multiplier"], &["--prefetch-multiplier"]),
    ("tasks per child", &["worker_max_tasks_per_child", "max_tasks_per_child"], &["--max-tasks-per-child"]),
    ("memory", &["worker_max_memory_per_child", "max_memory_per_child"], &["--max-memory-per-child"]),
];

/// Packages whose work takes long or much memory.
const HEAVY: &[&str] = &[
    "PIL",
    "anthropic",
    "boto3",
    "cv2",
    "diffusers",
    "fitz",
    "moviepy",
    "openai",
    "openpyxl",
    "pandas",
    "pdf2image",
    "pytesseract",
    "reportlab",
    "tensorflow",
    "torch",
    "transformers",
    "weasyprint",
    "whisper",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let apps = TaskApps::read(project);
    let Some(app) = apps.apps.first().filter(|_| !apps.has_unseen_settings) else { return };
    if is_bounded(project, &apps) {
        return;
    }
    let Some((task, why)) = first_expensive_task(project) else { return };
    report(app, task, why, findings);
}

fn report(app: &TaskApp<'_>, task: Location, why: &str, findings: &mut Findings) {
    let missing: Vec<&str> = BOUNDS.iter().map(|(name, ..)| *name).collect();
    let message = format!(
        "Neither the settings of this task app nor a worker command bounds its workers ({}): each takes four tasks ahead \
         for as many processes as there are cores, and at least one task {why}.",
        missing.join(", ")
    );
    let name = crate::expressions::literal_argument(app.file, app.made).unwrap_or("celery");
    findings.report(app.at(), name, message).also(task, "an expensive task");
}

fn is_bounded(project: &Project, apps: &TaskApps<'_>) -> bool {
    let in_settings = BOUNDS.iter().any(|(_, settings, _)| settings.iter().any(|key| apps.setting(key).is_some()));
    let is_queued = |file: File<'_>| {
        let mut calls = file.calls_named(&["apply_async", "shared_task", "task"]);
        calls.any(|call| call.keyword("queue").is_some())
    };
    in_settings || worker_lines(project).any(bounds) || project.app_files().any(is_queued)
}

/// Lines of deployment files, scripts and makefiles that start a worker.
fn worker_lines(project: &Project) -> impl Iterator<Item = &str> {
    let lines = own_texts(project).flat_map(|(_, text)| text.lines());
    lines.filter(|line| line.contains("celery") && line.contains("worker"))
}

fn bounds(line: &str) -> bool {
    let words = || line.split(|c: char| c.is_whitespace() || "\"',[]".contains(c));
    let is_option = |word: &str, option: &str| {
        word.strip_prefix(option)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('=') || rest.chars().all(|c| c.is_ascii_digit()))
    };
    BOUNDS.iter().any(|(_, _, options)| options.iter().any(|option| words().any(|word| is_option(word, option))))
}

/// The first task that starts a process, calls out, or hands work to a package that is known for it.
fn first_expensive_task(project: &Project) -> Option<(Location, &'static str)> {
    project.app_files().find_map(|file| {
        let module = file.module();
        let is_task = |id: &backlint_syntax::ast::FunctionId| {
            module.list(file.function(*id).decorators).iter().any(|decorator| is_task_decorator(file, decorator.expr))
        };
        module.function_ids().filter(is_task).find_map(|id| {
            let task = FunctionRef { file: file.id(), id };
            Some((file.at_function(id), expense(project, task)?))
        })
    })
}

fn is_task_decorator(file: File<'_>, decorator: backlint_syntax::ast::ExprId) -> bool {
    let callee = Call::of(file.module(), decorator).map_or(decorator, |call| call.function);
    matches!(crate::expressions::label(file, callee), Some("shared_task" | "task"))
}

fn expense(project: &Project, task: FunctionRef) -> Option<&'static str> {
    let effects = project.effects(task);
    let by_effect = effects.iter().find_map(|effect| match effect.kind {
        EffectKind::ProcessStart => Some("starts a process"),
        EffectKind::Mail => Some("sends mail"),
        EffectKind::OutboundWrite => Some("calls another service"),
        _ => None,
    });
    by_effect.or_else(|| {
        let near = std::iter::once(task).chain(project.callees(task).iter().map(|callee| callee.function));
        near.into_iter().any(|function| uses_heavy(project, function)).then_some("does work that is known to be heavy")
    })
}

fn uses_heavy(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    project.calls_in(function).into_iter().any(|call| {
        file.path_of(call.function).is_some_and(|path| path.split('.').next().is_some_and(|top| HEAVY.contains(&top)))
    })
}
