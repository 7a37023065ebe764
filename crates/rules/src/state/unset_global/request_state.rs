//! Attributes of `request.state`, `app.state` and Flask's `g` that nothing sets.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{File, Project};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use super::assigned::{Assigned, targets};
use crate::expressions::literal;

/// What belongs to a request or an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Request,
    App,
    G,
}

/// Attributes that extensions are known to set.
const KNOWN: &[&str] = &[
    "csp_nonce",
    "csrf_token",
    "csrf_valid",
    "flask_httpauth_user",
    "limiter",
    "nonce",
    "oidc_id_token",
    "pop",
    "setdefault",
    "get",
    "view_rate_limit",
];

/// Middleware that sets nothing.
const HARMLESS: &[&str] = &[
    "CORSMiddleware",
    "CorrelationIdMiddleware",
    "GZipMiddleware",
    "HTTPSRedirectMiddleware",
    "PrometheusMiddleware",
    "ProxyHeadersMiddleware",
    "SessionMiddleware",
    "SlowAPIMiddleware",
    "TrustedHostMiddleware",
];

pub(super) fn check(project: &Project, assigned: &Assigned<'_>, findings: &mut Findings) {
    let mut reads: BTreeMap<(Holder, &str), Vec<Location>> = BTreeMap::new();
    for file in project.app_files() {
        collect(file, &mut reads);
    }
    reads.retain(|(_, name), _| !KNOWN.contains(name) && !name.starts_with('_'));
    if reads.is_empty() || sets_by_name(project) {
        return;
    }
    let others_set = has_foreign_middleware(project);
    let asks_app = reads.keys().any(|(holder, _)| *holder == Holder::App);
    let others_set_up = asks_app && is_set_up_by_others(project);
    for ((holder, name), places) in reads {
        let may_be_foreign = match holder {
            Holder::Request => others_set,
            Holder::G => name == "user" || name == "identity",
            Holder::App => others_set_up,
        };
        let Some((&first, others)) = places.split_first() else { continue };
        if may_be_foreign || assigned.may_set(name, is_look) {
            continue;
        }
        let owner = match holder {
            Holder::Request => "request.state",
            Holder::App => "app.state",
            Holder::G => "g",
        };
        let message = format!(
            "Nothing in the project sets `{owner}.{name}`: what depends on it never happens, or fails with `AttributeError`."
        );
        let mut report = findings.report(first, format!("{owner}.{name}"), message);
        for &other in others.iter().take(3) {
            report = report.also(other, "read here too");
        }
    }
}

/// Whether a library is handed the application to set it up.
fn is_set_up_by_others(project: &Project) -> bool {
    project.app_files().any(|file| {
        let mut calls = file.calls().filter(|call| call.receiver().is_none());
        calls.any(|call| {
            let is_setting_up = call.name().is_some_and(|name| name.starts_with("setup_") || name.starts_with("init_"));
            let gets_app = call.args.iter().any(|arg| file.text_of(arg.value) == "app");
            is_setting_up && gets_app && project.resolve(file.id(), call.function).external().is_some()
        })
    })
}

/// The reads of a file.
fn collect<'p>(file: File<'p>, reads: &mut BTreeMap<(Holder, &'p str), Vec<Location>>) {
    let module = file.module();
    if module.symbol("state").is_none() && module.symbol("g").is_none() {
        return;
    }
    let set: Vec<ExprId> = module.stmt_ids().flat_map(|stmt| targets(file, stmt)).collect();
    for expr in module.expr_ids() {
        let read = match module.expr(expr) {
            Expr::Attribute { value, name } => holder(file, value).map(|holder| (holder, module.text(name))),
            Expr::Call { .. } => Call::of(module, expr).and_then(|call| looked_up(file, call)),
            _ => None,
        };
        if let Some(read) = read.filter(|_| !set.contains(&expr) && !file.is_dev_only(expr)) {
            reads.entry(read).or_default().push(file.at_expr(expr));
        }
    }
}

/// `getattr(request.state, "user", None)`, `g.get("user")`.
fn looked_up<'p>(file: File<'p>, call: Call<'p>) -> Option<(Holder, &'p str)> {
    match call.name()? {
        "getattr" | "hasattr" => Some((holder(file, call.positional(0)?)?, literal(file, call.positional(1)?)?)),
        "get" => Some((holder(file, call.receiver()?)?, literal(file, call.positional(0)?)?)),
        _ => None,
    }
}

/// Whether a text is the name in such a look-up.
fn is_look(file: File<'_>, text: ExprId) -> bool {
    let parent = file.index().parent(text).and_then(|parent| Call::of(file.module(), parent));
    parent.is_some_and(|call| looked_up(file, call).is_some())
}

fn holder(file: File<'_>, expr: ExprId) -> Option<Holder> {
    let module = file.module();
    match module.expr(expr) {
        Expr::Attribute { value, name } if module.text(name) == "state" => match module.expr(value) {
            Expr::Name(owner) => match module.text(owner) {
                "req" | "request" | "websocket" => Some(Holder::Request),
                "app" => Some(Holder::App),
                _ => None,
            },
            Expr::Attribute { value, name } if module.text(name) == "app" => {
                let is_request = matches!(module.expr(value), Expr::Name(owner) if matches!(module.text(owner), "req" | "request" | "websocket"));
                is_request.then_some(Holder::App)
            }
            _ => None,
        },
        Expr::Name(name) if module.text(name) == "g" => {
            (file.path_of(expr).as_deref() == Some("flask.g")).then_some(Holder::G)
        }
        _ => None,
    }
}

/// Whether some code sets attributes whose names are computed.
fn sets_by_name(project: &Project) -> bool {
    project.app_files().any(|file| {
        file.calls_named(&["setattr", "update"]).any(|call| {
            let target = if call.name() == Some("setattr") { call.positional(0) } else { call.receiver() };
            let is_state = target.is_some_and(|target| {
                let text = file.text_of(target);
                text == "g" || text.contains("state") && (text.ends_with("state") || text.ends_with("__dict__"))
            });
            let is_named =
                call.name() == Some("setattr") && call.positional(1).is_some_and(|name| literal(file, name).is_some());
            is_state && !is_named
        })
    })
}

/// Whether middleware from outside, of which nobody knows what it sets, runs in front of the handlers.
fn has_foreign_middleware(project: &Project) -> bool {
    project.files().any(|file| {
        file.calls_named(&["Middleware", "add_middleware"]).any(|call| {
            let Some(class) = call.positional(0) else { return true };
            let entity = project.resolve(file.id(), class);
            let name = file.text_of(class).rsplit('.').next().unwrap_or_default();
            !matches!(entity, backlint_model::Entity::Class(_) | backlint_model::Entity::Function(_))
                && !HARMLESS.contains(&name)
        })
    })
}
