//! DB018: times in UTC that do not say so.

use std::cell::OnceCell;

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{File, Project, Role};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use crate::expressions::label;

/// How often a project must ask for the time in UTC before its local times stand out.
const WORKS_IN_UTC: usize = 2;

const NAIVE: &[&str] = &["datetime.datetime.utcnow", "datetime.datetime.utcfromtimestamp"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let mut uses_of_utc = 0;
    // There `datetime.timezone` does not exist.
    let is_for_2 = OnceCell::new();
    for file in project.reported_files() {
        for expr in attributes(file, &["utcnow", "utcfromtimestamp"]) {
            let path = project.resolve(file.id(), expr);
            let Some(path) = path.external().filter(|path| NAIVE.contains(path)) else { continue };
            uses_of_utc += 1;
            if !is_for_2.get_or_init(|| project.must_run_python_2()) {
                report_naive(file, expr, path, findings);
            }
        }
        uses_of_utc += attributes(file, &["now"]).filter(|&expr| asks_for_utc(project, file, expr)).count();
    }
    if uses_of_utc >= WORKS_IN_UTC {
        for file in project.reported_files().filter(|file| file.role() == Role::App) {
            report_local_times(project, file, findings);
        }
    }
}

/// Attributes with one of these names.
fn attributes<'p>(file: File<'p>, names: &'static [&'static str]) -> impl Iterator<Item = ExprId> + 'p {
    let module = file.module();
    let is_used = names.iter().any(|name| module.symbol(name).is_some());
    let exprs = is_used.then(|| module.expr_ids()).into_iter().flatten();
    exprs.filter(
        move |&expr| matches!(module.expr(expr), Expr::Attribute { name, .. } if names.contains(&module.text(name))),
    )
}

fn report_naive(file: File<'_>, expr: ExprId, path: &str, findings: &mut Findings) {
    let module = file.module();
    let name = path.rsplit('.').next().unwrap_or_default();
    let call = file.index().parent(expr).and_then(|outer| Call::of(module, outer)).filter(|call| call.function == expr);
    let cure = match name {
        "utcnow" => "datetime.now(timezone.utc)",
        _ => "datetime.fromtimestamp(…, timezone.utc)",
    };
    let advice = match call {
        Some(_) => format!("use `{cure}`"),
        None => format!("pass `lambda: {cure}`"),
    };
    let message = format!("`{name}()` is deprecated since Python 3.12 and returns a time without zone; {advice}.");
    let at = call.map_or_else(|| file.at_expr(expr), |call| file.at(file.first_line(call.span())));
    findings.report(at, format!("{}: {name}", file.context_name(expr)), message);
}

/// `datetime.now(timezone.utc)`, `datetime.now(UTC)`, `datetime.now(tz=…)`.
fn asks_for_utc(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Some(call) = file.index().parent(expr).and_then(|outer| Call::of(module, outer)) else { return false };
    let is_utc =
        call.argument("tz", 0).and_then(|zone| label(file, zone)).is_some_and(|zone| zone.eq_ignore_ascii_case("utc"));
    call.function == expr && is_utc && project.resolve(file.id(), expr).external() == Some("datetime.datetime.now")
}

/// `datetime.fromtimestamp(t)` in a project that works in UTC.
fn report_local_times(project: &Project, file: File<'_>, findings: &mut Findings) {
    let module = file.module();
    for expr in attributes(file, &["fromtimestamp"]) {
        let Some(call) = file.index().parent(expr).and_then(|outer| Call::of(module, outer)) else { continue };
        let is_local = call.function == expr && call.argument("tz", 1).is_none() && !call.has_unpacking();
        if !is_local || is_made_aware(file, call.expr) || file.context_name(expr).contains("local") {
            continue;
        }
        if project.resolve(file.id(), expr).external() != Some("datetime.datetime.fromtimestamp") {
            continue;
        }
        let message = "`fromtimestamp()` without zone gives the server's local time, while the rest of the project works in UTC; pass `timezone.utc`.";
        findings
            .report(
                file.at(file.first_line(call.span())),
                format!("{}: fromtimestamp", file.context_name(expr)),
                message,
            )
            .confidence(Confidence::Low)
            .audience(Audience::Pedantic);
    }
}

/// `.replace(tzinfo=…)`, `.astimezone(…)`, or a text for people made on the spot.
fn is_made_aware(file: File<'_>, call: ExprId) -> bool {
    file.index().parent(call).is_some_and(|outer| match file.module().expr(outer) {
        Expr::Attribute { name, .. } => matches!(file.module().text(name), "replace" | "astimezone" | "strftime"),
        _ => false,
    })
}
