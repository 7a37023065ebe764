//! Workers of a task queue: who starts them, and which queues they read.

use std::collections::BTreeSet;

use backlint_model::{Project, Purpose, StartCommand};
use backlint_semantic::{Call, descendants};
use backlint_syntax::ast::{Expr, ExprId};

use crate::expressions::{is_docstring, literal};
use crate::task_apps::TaskApps;

/// The commands that start workers.
pub(super) struct Workers<'p> {
    commands: Vec<&'p StartCommand>,
}

/// The queue of tasks that are sent to no other.
const DEFAULT_QUEUE: &str = "celery";

impl<'p> Workers<'p> {
    pub(super) fn read(project: &'p Project) -> Self {
        let commands = project.deployment().commands.iter();
        let commands = commands.filter(|command| command.purpose != Purpose::Foreign && starts_worker(command));
        Self { commands: commands.collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    pub(super) fn commands(&self) -> impl Iterator<Item = &'p StartCommand> + '_ {
        self.commands.iter().copied()
    }

    /// The queues that are read; none if that could not be told.
    pub(super) fn queues(&self, project: &Project, apps: &TaskApps<'_>) -> Option<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for command in &self.commands {
            match asked_queues(command) {
                Some(queues) if queues.iter().any(|queue| queue.contains(['$', '{'])) => return None,
                Some(queues) => found.extend(queues),
                None => found.extend(configured_queues(project, apps)?),
            }
        }
        Some(found)
    }
}

fn starts_worker(command: &StartCommand) -> bool {
    let words = command.words.iter().map(|word| word.text.as_str());
    let program = |word: &str| word.rsplit('/').next().unwrap_or(word) == "celery";
    let mut behind = words.skip_while(|word| !program(word));
    behind.next().is_some() && behind.any(|word| word == "worker" || word == "multi")
}

/// The queues that a command names.
fn asked_queues(command: &StartCommand) -> Option<Vec<String>> {
    let joined = command.words.iter().find_map(|word| {
        let rest = word.text.strip_prefix("-Q")?;
        (!rest.is_empty()).then(|| rest.trim_start_matches('='))
    });
    let named = joined.or_else(|| command.value_of("-Q")).or_else(|| command.value_of("--queues"))?;
    Some(named.split(',').map(str::to_owned).collect())
}

/// The queues that a worker reads if it is told none: those of the settings, else the default one.
fn configured_queues(project: &Project, apps: &TaskApps<'_>) -> Option<Vec<String>> {
    if apps.has_unseen_settings {
        return None;
    }
    let Some(setting) = apps.setting("task_queues").or_else(|| apps.setting("queues")) else {
        let Some(default) = apps.setting("task_default_queue").or_else(|| apps.setting("default_queue")) else {
            return Some(vec![DEFAULT_QUEUE.to_owned()]);
        };
        return project.string(default.file.id(), default.value).map(|queue| vec![queue]);
    };
    let module = setting.file.module();
    let name = |item: ExprId| {
        let named = Call::of(module, item).map_or(Some(item), |call| call.argument("name", 0));
        project.string(setting.file.id(), named?)
    };
    match module.expr(setting.value) {
        Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => {
            module.list(items).iter().map(|&item| name(item)).collect()
        }
        Expr::Dict(items) => module.list(items).iter().map(|item| name(item.key?)).collect(),
        _ => None,
    }
}

/// Whether Python code starts workers: `app.worker_main(…)`, `["celery", …, "worker"]`.
pub(super) fn are_started_by_code(project: &Project) -> bool {
    project.reported_files().filter(|file| file.source().text().contains("worker")).any(|file| {
        let module = file.module();
        let by_call = file.calls_named(&["worker_main"]).next().is_some();
        let is_word = |expr: ExprId| literal(file, expr).is_some_and(|text| text.contains("celery"));
        let by_words = module.expr_ids().any(|expr| match module.expr(expr) {
            Expr::Str(text) => {
                let text = module.text(text);
                let is_command = text.contains("celery") && text.contains(" worker");
                let is_listed = text == "worker"
                    && file.index().parent(expr).is_some_and(|list| descendants(module, list).into_iter().any(is_word));
                (is_command || is_listed) && !is_docstring(file, expr)
            }
            _ => false,
        });
        by_call || by_words
    })
}

/// Whether some text that is not understood, a template or a script that is run by hand, may start a worker.
pub(super) fn may_be_elsewhere(project: &Project) -> bool {
    let deployment = project.deployment();
    let is_worker = |name: &str| ["celery", "worker", "queue", "consumer"].iter().any(|word| name.contains(word));
    let texts = project.sources().iter().filter(|(id, _)| project.file(*id).is_none());
    let in_text = |text: &str| text.lines().any(|line| line.contains("celery") && line.contains("worker"));
    deployment.services.iter().any(|service| is_worker(&service.name.to_ascii_lowercase()))
        || deployment
            .images
            .iter()
            .any(|image| is_worker(&project.sources().file(image.file).path().to_ascii_lowercase()))
        || texts.into_iter().any(|(_, file)| in_text(file.text()))
}
