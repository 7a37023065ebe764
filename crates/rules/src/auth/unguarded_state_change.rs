//! AUTH001: a route changes state and nothing checks who calls it.

use std::collections::BTreeMap;

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{ContainerId, Effect, EffectKind, Liveness, Project, Role, Route, Verdict};

use crate::changes::describe;
use crate::places::line_seen_from;

/// How many routes of a wholly open app are listed.
const MAX_LISTED: usize = 20;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for (app, routes) in changing_routes(project) {
        let (guarded, rest): (Vec<&Changing<'_>>, Vec<&Changing<'_>>) = routes.iter().partition(|c| c.is_guarded());
        let open: Vec<&Changing<'_>> = rest.into_iter().filter(|c| c.route.guarding.verdict == Verdict::No).collect();
        if open.is_empty() {
            continue;
        }
        if guarded.is_empty() {
            report_app(project, app, &open, findings);
        } else {
            let open_handlers = distinct_handlers(&open);
            for changing in &open_handlers {
                report_route(project, changing, &guarded, open_handlers.len(), findings);
            }
        }
    }
}

/// The routes that change state for anybody, while others of their applications do not.
pub(crate) fn open_among_guarded(project: &Project) -> Vec<&Route> {
    let apps = changing_routes(project).into_values().filter(|routes| routes.iter().any(Changing::is_guarded));
    let open = apps.flatten().map(|changing| changing.route);
    open.filter(|route| route.guarding.verdict == Verdict::No).collect()
}

/// A live route that changes state, and by what.
struct Changing<'p> {
    route: &'p Route,
    effect: Effect,
}

impl Changing<'_> {
    fn is_guarded(&self) -> bool {
        matches!(self.route.guarding.verdict, Verdict::Yes | Verdict::Conditional)
    }
}

fn changing_routes(project: &Project) -> BTreeMap<ContainerId, Vec<Changing<'_>>> {
    let mut found: BTreeMap<ContainerId, Vec<Changing<'_>>> = BTreeMap::new();
    for route in project.routes() {
        let Some(app) = route.app.filter(|_| route.liveness == Liveness::Live) else { continue };
        if route.guarding.verdict == Verdict::Public || project.is_dev_only(route) || !is_reported(project, route) {
            continue;
        }
        if let Some(effect) = project.changing_effect(route) {
            found.entry(app).or_default().push(Changing { route, effect });
        }
    }
    found
}

fn is_reported(project: &Project, route: &Route) -> bool {
    project.file(route.at.file).is_some_and(|file| file.role() == Role::App)
}

/// One per handler, the first route of each; the endpoints that a class inherits stand and fall together.
fn distinct_handlers<'a, 'p>(changing: &[&'a Changing<'p>]) -> Vec<&'a Changing<'p>> {
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for &one in changing {
        let inherited_at = one.route.handler.endpoint().map(|_| one.route.at);
        let key = (one.route.handler.function(), one.route.handler.class, inherited_at);
        if !seen.contains(&key) {
            seen.push(key);
            found.push(one);
        }
    }
    found
}

fn report_route(
    project: &Project,
    changing: &Changing<'_>,
    guarded: &[&Changing<'_>],
    open: usize,
    findings: &mut Findings,
) {
    let Changing { route, effect } = changing;
    let siblings = distinct_handlers(guarded);
    let others = siblings.len() + open - 1;
    let ratio = if siblings.len() == others {
        "all other changing routes are guarded".to_owned()
    } else {
        format!("{} of the {others} other changing routes are guarded", siblings.len())
    };
    let guard = most_common_guard(guarded);
    let place = line_seen_from(project, route.at, effect.at);
    let by = guard.map_or(String::new(), |name| format!(" (most with `{name}`)"));
    let message = format!(
        "`{}` {} ({place}) and nothing in this repository checks who calls it; {ratio}{by}. Put the same \
         guard in front of it.",
        route.label(),
        describe(effect.kind),
    );
    let is_majority = siblings.len() >= open;
    let is_certain = matches!(
        effect.kind,
        EffectKind::ProcessStart
            | EffectKind::SettingsWrite
            | EffectKind::FileWrite
            | EffectKind::Mail
            | EffectKind::RowDelete
    );
    let confidence = if effect.kind != EffectKind::UnresolvedWrite && (is_majority || is_certain) {
        Confidence::High
    } else {
        Confidence::Medium
    };
    // A writing call to another service is mostly how this one answers.
    let audience = if effect.kind == EffectKind::OutboundWrite { Audience::Pedantic } else { Audience::Regular };
    let finding = findings
        .report(route.at, route.label(), message)
        .confidence(confidence)
        .audience(audience)
        .also(effect.at, format!("`{}`: here it {}", effect.what, describe(effect.kind)));
    if let Some(sibling) = nearest_sibling(route, &siblings) {
        let guard = sibling.route.guards.iter().find(|guard| guard.verdict >= Verdict::Conditional);
        let name = guard.map_or("a guard", |guard| guard.name.as_str());
        finding.also(sibling.route.at, format!("`{}` is guarded by `{name}`", sibling.route.label()));
    }
}

/// A guarded changing route of the same file, else any.
fn nearest_sibling<'a, 'p>(route: &Route, siblings: &[&'a Changing<'p>]) -> Option<&'a Changing<'p>> {
    siblings.iter().find(|c| c.route.at.file == route.at.file).or(siblings.first()).copied()
}

fn most_common_guard(guarded: &[&Changing<'_>]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for guard in guarded.iter().flat_map(|c| &c.route.guards).filter(|guard| guard.verdict >= Verdict::Conditional) {
        *counts.entry(guard.name.as_str()).or_default() += 1;
    }
    let best = counts.into_iter().max_by_key(|&(name, count)| (count, std::cmp::Reverse(name)));
    best.map(|(name, _)| name.to_owned())
}

/// An app without any guard: one finding at its constructor that lists the routes.
fn report_app(project: &Project, app: ContainerId, open: &[&Changing<'_>], findings: &mut Findings) {
    let has_other_guard = project.routes().iter().any(|route| {
        route.app == Some(app)
            && matches!(route.guarding.verdict, Verdict::Yes | Verdict::Conditional | Verdict::Unknown)
    });
    let container = project.container(app);
    let Some(file) = project.file(container.made.file) else { return };
    if has_other_guard || file.role() != Role::App {
        return;
    }
    let open = distinct_handlers(open);
    let signed = project.routes().iter().find(|route| route.app == Some(app) && route.is_signed_webhook());
    let change = match open.len() {
        1 => "1 changes".to_owned(),
        count => format!("{count} change"),
    };
    let nobody = match signed {
        Some(webhook) => {
            format!("Only `{}` of this application checks who calls it; of the others {change}", webhook.label())
        }
        None => format!("No route of this application checks who calls it, and {change}"),
    };
    let message = format!(
        "{nobody} state. If nothing in front of it does, add an authentication guard to the app or its routers."
    );
    let at = file.at(file.first_line(file.module().span(container.made.expr)));
    let mut finding =
        findings.report(at, format!("app {}", container.import_path), message).confidence(Confidence::Medium);
    for changing in open.iter().take(MAX_LISTED) {
        finding =
            finding.also(changing.route.at, format!("`{}` {}", changing.route.label(), describe(changing.effect.kind)));
    }
}
