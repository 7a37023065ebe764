//! CFG007: a schedule that fires in local time while everything else works in UTC.

use backlint_finding::Findings;
use backlint_model::{File, Project};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::Expr;

use crate::task_apps::{TaskApps, TaskSetting};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let apps = TaskApps::read(project);
    if apps.apps.is_empty() {
        return;
    }
    let Some(setting) = apps.setting("timezone").or_else(|| apps.setting("celery_timezone")) else { return };
    let Some(zone) = project.string(setting.file.id(), setting.value).filter(|zone| !is_utc(zone)) else { return };
    let is_local =
        apps.setting("enable_utc").is_some_and(|setting| setting.file.module().expr(setting.value) == Expr::False);
    if is_local {
        return;
    }
    let crontabs = crontabs(project);
    let schedule = apps.setting("beat_schedule").or_else(|| apps.setting("schedule"));
    let Some(utc) = first_utc(project) else { return };
    if crontabs.is_empty() && schedule.is_none() {
        return;
    }
    report(setting, &zone, &crontabs, schedule.map(|schedule| schedule.at), utc, findings);
}

fn report(
    setting: &TaskSetting<'_>,
    zone: &str,
    crontabs: &[Location],
    schedule: Option<Location>,
    utc: Location,
    findings: &mut Findings,
) {
    let entries = match crontabs.len() {
        0 => "No entry of the schedule names an hour yet; one that does will fire".to_owned(),
        1 => "The one crontab entry fires".to_owned(),
        count => format!("The {count} crontab entries fire"),
    };
    let message = format!(
        "{entries} in {zone} time, while the rest of the project works in UTC. That is legal: write beside the schedule \
         which clock it goes by."
    );
    let mut report = findings.report(setting.at, "timezone", message);
    if let Some(place) = crontabs.first().copied().or(schedule) {
        report = report.also(place, "the schedule");
    }
    report.also(utc, "times are in UTC here");
}

fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "utc" | "Etc/UTC" | "GMT" | "Etc/GMT" | "Zulu")
}

/// `crontab(…)` of Celery.
fn crontabs(project: &Project) -> Vec<Location> {
    let is_crontab = |file: File<'_>, call: &Call<'_>| {
        file.path_of(call.function).is_some_and(|path| path.starts_with("celery.") && path.ends_with("crontab"))
    };
    project
        .reported_files()
        .flat_map(|file| {
            let calls = file.calls_named(&["crontab"]).filter(move |call| is_crontab(file, call));
            calls.map(move |call| file.at_expr(call.expr))
        })
        .collect()
}

/// The first place where the project takes or stores times in UTC.
fn first_utc(project: &Project) -> Option<Location> {
    project.reported_files().find_map(|file| {
        let mut calls = file.calls_named(&["DateTime", "now", "utcfromtimestamp", "utcnow"]);
        calls.find(|call| takes_utc(file, *call)).map(|call| file.at_expr(call.expr))
    })
}

fn takes_utc(file: File<'_>, call: Call<'_>) -> bool {
    let module = file.module();
    match call.name() {
        Some("utcnow" | "utcfromtimestamp") => true,
        Some("now") => call.argument("tz", 0).is_some_and(|zone| {
            let path = file.path_of(zone).unwrap_or_default();
            matches!(
                path.as_str(),
                "datetime.UTC" | "datetime.timezone.utc" | "django.utils.timezone.utc" | "pytz.utc" | "pytz.UTC"
            )
        }),
        _ => call.keyword("timezone").is_some_and(|arg| module.expr(arg.value) == Expr::True),
    }
}
