//! RATE006: a limiter of a library counts in the memory of one process.

use backlint_finding::Findings;
use backlint_model::{
    ContainerKind, File, Framework, GivenStorage, Limiter, LimiterLibrary, Project, Role, StorageKind, StorageSetting,
};
use backlint_semantic::Call;
use backlint_syntax::ast::Expr;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.is_single_process() {
        return;
    }
    for limiter in project.limiters() {
        if limiter.first_use.is_none() && limiter.default_limits.is_none()
            || is_off_or_for_development(project, limiter)
        {
            continue;
        }
        let setting = setting_for(project, limiter);
        match (&limiter.storage, setting) {
            (GivenStorage::Given { kind: StorageKind::Memory, .. }, setting) => {
                report(project, limiter, setting, findings);
            }
            (GivenStorage::Absent, None) if !may_be_configured_elsewhere(project, limiter) => {
                report(project, limiter, None, findings);
            }
            _ => {}
        }
    }
}

fn is_off_or_for_development(project: &Project, limiter: &Limiter) -> bool {
    let Some(file) = project.file(limiter.made.file) else { return true };
    let module = file.module();
    let is_off = Call::of(module, limiter.made.expr)
        .and_then(|call| call.keyword("enabled"))
        .is_some_and(|arg| matches!(module.expr(arg.value), Expr::False));
    is_off || file.is_dev_only(limiter.made.expr)
}

/// The setting that this library reads: Flask-Limiter the configuration of the app, slowapi an older name.
fn setting_for<'p>(project: &'p Project, limiter: &Limiter) -> Option<&'p StorageSetting> {
    let reads = |setting: &&StorageSetting| match limiter.library {
        LimiterLibrary::FlaskLimiter => true,
        LimiterLibrary::Slowapi => setting.key == "RATELIMIT_STORAGE_URL",
    };
    project.limiter_storage_settings().iter().find(reads)
}

/// Whether Flask-Limiter reads a configuration that the repository does not hold: that of an application which uses the
/// project as a library, or one that is loaded from a place the environment names.
fn may_be_configured_elsewhere(project: &Project, limiter: &Limiter) -> bool {
    if limiter.library != LimiterLibrary::FlaskLimiter {
        return false;
    }
    let has_app = project.containers().any(|(_, container)| {
        container.kind == ContainerKind::App
            && container.framework == Framework::Flask
            && project.file(container.made.file).is_some_and(|file| file.role() == Role::App)
    });
    let loads = |call: Call<'_>, file: File<'_>| {
        call.name() != Some("from_pyfile")
            || call.positional(0).is_none_or(|path| !matches!(file.module().expr(path), Expr::Str(_)))
    };
    !has_app
        || project.app_files().any(|file| {
            file.calls_named(&["from_envvar", "from_prefixed_env", "from_pyfile"]).any(|call| loads(call, file))
        })
}

fn report(project: &Project, limiter: &Limiter, ignored: Option<&StorageSetting>, findings: &mut Findings) {
    let workers = project.deployment().several_workers();
    let given = matches!(limiter.storage, GivenStorage::Given { .. });
    let cause = match (given, ignored) {
        (true, Some(setting)) => {
            format!("The storage given to `{}` wins over the setting `{}`", limiter.name, setting.key)
        }
        (true, None) => format!("`{}` is told to count in memory", limiter.name),
        (false, _) => format!("`{}` is given no storage, so {} counts in memory", limiter.name, limiter.library.name()),
    };
    let effect = match workers.map(|evidence| evidence.count) {
        Some(Some(count)) => {
            format!("each of {count} workers has its own counts, and a limit of 5 becomes {}", 5 * count)
        }
        Some(None) => "each worker has its own counts".to_owned(),
        None => "every worker would have its own counts, and a restart forgets them".to_owned(),
    };
    let message = format!("{cause}: {effect}. Give it a store that all workers share.");
    let mut finding = findings.report(project.at(limiter.made), limiter.name.clone(), message);
    if let Some(setting) = ignored {
        finding = finding.also(setting.at, "this setting has no effect");
    }
    if let Some(at) = limiter.first_use {
        finding = finding.also(at, "a limit that is counted there");
    }
    if let Some(evidence) = workers {
        finding.also(evidence.at, "several processes are started here");
    }
}
