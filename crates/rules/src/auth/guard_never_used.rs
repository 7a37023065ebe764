//! AUTH019: a guard or security helper that nothing uses.

use std::collections::BTreeSet;

use backlint_finding::{Findings, Severity};
use backlint_model::{ContainerKind, DenialKind, File, FunctionRef, Liveness, Project, Route, Verdict, words};
use backlint_semantic::own_statements;
use backlint_source::Location;
use backlint_syntax::ast::{FunctionId, Stmt};

/// How many unguarded routes are shown.
const MAX_SHOWN: usize = 3;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let changing = changing_routes(project);
    if changing.is_empty() {
        return;
    }
    let candidates = candidates(project);
    let names: BTreeSet<&str> = candidates.iter().map(|candidate| candidate.name).collect();
    let mentions = project.mentions(&names);
    for candidate in &candidates {
        let places = mentions.get(candidate.name).map_or(&[][..], Vec::as_slice);
        let is_unused = places.iter().all(|at| candidate.holds(at)) && !project.texts_mention(candidate.name);
        if is_unused && is_protective(project, candidate) {
            report(candidate, &changing, findings);
        }
    }
}

/// A function whose name or shape says that it protects something.
struct Candidate<'p> {
    file: File<'p>,
    function: FunctionId,
    name: &'p str,
    use_: Use,
}

/// How a function of this kind would be used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Before a handler.
    Guard,
    /// By code that handles what it checks.
    Helper,
}

impl Candidate<'_> {
    /// Whether a place lies in the function itself.
    fn holds(&self, at: &Location) -> bool {
        let own = self.file.module().stmt_span(self.file.function(self.function).stmt);
        at.file == self.file.id() && own.start <= at.span.start && at.span.end <= own.end
    }
}

/// Routes of an app that change state.
fn changing_routes(project: &Project) -> Vec<&Route> {
    let is_served = |route: &&Route| {
        let is_app = |app| project.container(app).kind == ContainerKind::App;
        route.liveness == Liveness::Live && route.app.is_some_and(is_app)
    };
    project.routes().iter().filter(is_served).filter(|route| project.changing_effect(route).is_some()).collect()
}

fn candidates(project: &Project) -> Vec<Candidate<'_>> {
    let mut found = Vec::new();
    for file in project.app_files() {
        let module = file.module();
        for &stmt in module.top_level() {
            let Stmt::Function(function) = module.stmt(stmt) else { continue };
            // What decorates a function may register it.
            if !file.function(function).decorators.is_empty() {
                continue;
            }
            let name = file.function_name(function);
            if let Some(use_) = use_of(file, function) {
                found.push(Candidate { file, function, name, use_ });
            }
        }
    }
    found
}

fn use_of(file: File<'_>, function: FunctionId) -> Option<Use> {
    const GUARDS: &[&str] = &[
        "admin",
        "admins",
        "auth",
        "authenticate",
        "authenticated",
        "authorize",
        "authorized",
        "current",
        "forbid",
        "guard",
        "login",
        "permission",
        "permissions",
        "protect",
        "protected",
        "require",
        "required",
        "requires",
        "role",
        "roles",
    ];
    let name = words::snake_case(file.function_name(function));
    if is_security_helper(&name) {
        return Some(Use::Helper);
    }
    let is_named = GUARDS.iter().any(|word| words::has_word(&name, word));
    (is_named && (is_decorator(file, function) || is_dependency(file, function))).then_some(Use::Guard)
}

/// `sanitize_html`, `verify_signature`, `validate_upload_path`.
fn is_security_helper(name: &str) -> bool {
    const VERBS: &[&str] = &["check", "sanitise", "sanitize", "validate", "verify"];
    const SUBJECTS: &[&str] = &["csrf", "html", "password", "path", "signature", "token"];
    // Tokens of language models and coins; paths that are only looked for.
    const OTHERS: &[&str] = &[
        "address", "balance", "budget", "count", "counts", "exist", "exists", "length", "limit", "limits", "price",
        "quota", "size", "supply", "test", "usage",
    ];
    let has = |set: &[&str]| set.iter().any(|word| words::has_word(name, word));
    let begins = VERBS.iter().any(|verb| name.trim_start_matches('_').starts_with(verb));
    // Several tokens are mostly those of a language model.
    let is_plural = name.split('_').any(|word| word == "tokens");
    begins && has(SUBJECTS) && !has(OTHERS) && !is_plural
}

/// Takes a function and answers a function defined in it; also a factory of such a decorator.
fn is_decorator(file: File<'_>, function: FunctionId) -> bool {
    let module = file.module();
    let inner: Vec<FunctionId> = own_statements(module, module.body(function))
        .into_iter()
        .filter_map(|stmt| match module.stmt(stmt) {
            Stmt::Function(id) => Some(id),
            _ => None,
        })
        .collect();
    let returned =
        own_statements(module, module.body(function)).into_iter().filter_map(|stmt| match module.stmt(stmt) {
            Stmt::Return(Some(value)) => Some(file.text_of(value)),
            _ => None,
        });
    returned.into_iter().any(|text| inner.iter().any(|&id| file.function_name(id) == text))
}

/// Takes something that only FastAPI hands in: a request, a header, another dependency.
fn is_dependency(file: File<'_>, function: FunctionId) -> bool {
    let params = file.module().list(file.function(function).params);
    params.iter().any(|param| {
        let mut parts = [param.annotation, param.default].into_iter().flatten().map(|expr| file.text_of(expr));
        parts.any(|text| {
            ["Depends(", "Security(", "Header(", "Cookie(", "Request", "HTTPAuthorizationCredentials"]
                .iter()
                .any(|word| text.contains(word))
        })
    })
}

/// A guard has to turn callers away; a helper has to have a body.
fn is_protective(project: &Project, candidate: &Candidate<'_>) -> bool {
    let function = FunctionRef { file: candidate.file.id(), id: candidate.function };
    match candidate.use_ {
        Use::Guard => {
            let denials = project.denials(function);
            denials.iter().any(|denial| denial.kind == DenialKind::Caller)
        }
        Use::Helper => {
            let module = candidate.file.module();
            module.body(candidate.function).iter().any(|&stmt| !matches!(module.stmt(stmt), Stmt::Expr(_) | Stmt::Pass))
        }
    }
}

fn report(candidate: &Candidate<'_>, changing: &[&Route], findings: &mut Findings) {
    let Candidate { file, function, name, use_ } = *candidate;
    let open: Vec<&&Route> = changing.iter().filter(|route| route.guarding.verdict == Verdict::No).collect();
    let near: Vec<&&&Route> = open.iter().filter(|route| route.at.file == file.id()).collect();
    let message = match use_ {
        Use::Helper => {
            format!(
                "Nothing in this project calls `{name}`: either a check is missing where the value comes in, or the \
                 function is left over."
            )
        }
        Use::Guard => {
            let rest = match (near.len(), open.len()) {
                (0, 0) => {
                    "every changing route has another guard, so remove it or apply it where it was meant".to_owned()
                }
                (0, 1) => "one changing route is unguarded".to_owned(),
                (0, all) => format!("{all} changing routes of this project are unguarded"),
                (1, _) => "one changing route in this module is unguarded".to_owned(),
                (near, _) => format!("{near} changing routes in this module are unguarded"),
            };
            format!("`{name}` is never applied to a route; {rest}.")
        }
    };
    let mut finding = findings.report(file.at_function(function), name, message);
    if use_ == Use::Guard {
        if open.is_empty() {
            finding = finding.severity(Severity::Low);
        }
        let shown = if near.is_empty() { open.iter().take(MAX_SHOWN).collect() } else { near };
        for route in shown.into_iter().take(MAX_SHOWN) {
            finding = finding.also(route.at, format!("`{}` changes state without a guard", route.label()));
        }
    }
}
