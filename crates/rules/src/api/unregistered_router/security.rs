//! Security middleware and set-up functions that nothing mentions.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{File, Project, Type, words};
use backlint_source::Location;
use backlint_syntax::ast::{FunctionId, Stmt};

/// Words that say that something protects the application.
const SECURITY: &[&str] = &[
    "auth",
    "authentication",
    "cors",
    "csp",
    "csrf",
    "guard",
    "header",
    "https",
    "limit",
    "limiter",
    "permission",
    "ratelimit",
    "rate_limit",
    "security",
    "throttle",
    "trusted",
    "waf",
    "xss",
];

/// What such set-up functions do to the app.
const ATTACHES: &[&str] = &[
    ".add_exception_handler(",
    ".add_middleware(",
    ".after_request(",
    ".before_request(",
    ".init_app(",
    ".middleware(",
    "CORS(",
    "CSRFProtect(",
    "Limiter(",
    "Talisman(",
    ".after_request\n",
    ".before_request\n",
];

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let candidates: Vec<Candidate<'_>> = project.app_files().flat_map(|file| candidates(project, file)).collect();
    let names: BTreeSet<&str> = candidates.iter().map(|candidate| candidate.name).collect();
    let mentions = project.mentions(&names);
    for candidate in candidates {
        let places = mentions.get(candidate.name).map_or(&[][..], Vec::as_slice);
        if !places.iter().all(|at| candidate.holds(at)) || project.texts_mention(candidate.name) {
            continue;
        }
        let message = match candidate.kind {
            Kind::Middleware => format!(
                "Nothing adds the middleware `{}` to an app, so it never runs. Add it, or remove the class.",
                candidate.name,
            ),
            Kind::Setup => format!(
                "Nothing calls `{}`, so what it attaches to the app never runs. Call it where the app is made.",
                candidate.name,
            ),
        };
        findings.report(candidate.at, candidate.name, message);
    }
}

enum Kind {
    Middleware,
    Setup,
}

/// A definition that would protect the application if it were registered.
struct Candidate<'p> {
    name: &'p str,
    kind: Kind,
    at: Location,
    /// The whole definition.
    own: Location,
}

impl Candidate<'_> {
    fn holds(&self, at: &Location) -> bool {
        at.file == self.own.file && self.own.span.start <= at.span.start && at.span.end <= self.own.span.end
    }
}

fn candidates<'p>(project: &Project, file: File<'p>) -> Vec<Candidate<'p>> {
    let module = file.module();
    let mut found = Vec::new();
    for &stmt in module.top_level() {
        let (name, kind, header) = match module.stmt(stmt) {
            Stmt::Class(class) => {
                let of = Type::Project(backlint_model::ClassRef { file: file.id(), id: class });
                if !project.derives_from(&of, &["starlette.middleware.base.BaseHTTPMiddleware"]) {
                    continue;
                }
                (file.class_name(class), Kind::Middleware, file.class(class).header)
            }
            Stmt::Function(function) if attaches(file, function) => {
                (file.function_name(function), Kind::Setup, file.function(function).header)
            }
            _ => continue,
        };
        let snake = words::snake_case(name);
        if SECURITY.iter().any(|word| words::has_word(&snake, word)) {
            found.push(Candidate { name, kind, at: file.at(header), own: file.at(module.stmt_span(stmt)) });
        }
    }
    found
}

/// Takes an app and attaches something to it.
fn attaches(file: File<'_>, function: FunctionId) -> bool {
    let module = file.module();
    let definition = file.function(function);
    let takes_app = module.list(definition.params).first().is_some_and(|param| {
        let is_named = matches!(module.text(param.name), "app" | "application" | "api" | "flask_app");
        is_named || param.annotation.is_some_and(|annotation| matches!(file.text_of(annotation), "Flask" | "FastAPI"))
    });
    let text = file.slice(module.stmt_span(definition.stmt));
    definition.decorators.is_empty() && takes_app && ATTACHES.iter().any(|call| text.contains(call))
}
