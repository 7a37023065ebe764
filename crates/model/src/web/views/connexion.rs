//! connexion: a description of the API names the functions that answer and says where a caller must show who they are.

mod operations;
mod resolver;

use std::collections::BTreeSet;

use backlint_semantic::deploy::yaml::Yaml;
use backlint_semantic::{Call, descendants};
use backlint_source::{FileId, Location, Span};
use backlint_syntax::ast::Expr;

use super::Site;
use crate::Project;
use crate::resolve::FunctionRef;
use crate::web::containers::ContainerId;
use crate::web::guards::{Guard, GuardLink, Verdict};
use crate::web::mounting::joined;
use crate::web::routes::Draft;
use crate::web::{Framework, Handler};
use operations::{Demand, Operation};
use resolver::Resolver;

const APPS: &[&str] = &[
    "connexion.App",
    "connexion.FlaskApp",
    "connexion.AsyncApp",
    "connexion.apps.flask.FlaskApp",
    "connexion.apps.asynchronous.AsyncApp",
];

/// The operations of the descriptions that a file adds to an app. Without its description a function is no route.
pub(super) fn find(site: Site<'_>, drafts: &mut Vec<Draft>) {
    for call in site.file.calls_named(&["add_api"]) {
        let Some(receiver) = call.receiver() else { continue };
        let apps = site.objects_of(receiver, APPS);
        if apps.is_empty() {
            continue;
        }
        let Some((described_in, text)) = description(site, call) else { continue };
        let Ok(parsed) = Yaml::parse(text) else { continue };
        let Some(description) = parsed.documents().next() else { continue };
        let base = match call.keyword("base_path") {
            Some(base) => site.project.string(site.file.id(), base.value),
            None => Some(operations::base_path(description)),
        };
        let resolver = Resolver::of(site, call);
        for operation in operations::of(description) {
            let Some(function) = resolver.function(site, &operation) else { continue };
            for &app in &apps {
                drafts.push(draft(site, app, function, &operation, base.as_deref(), described_in));
            }
        }
    }
}

fn draft(
    site: Site<'_>,
    app: ContainerId,
    function: FunctionRef,
    operation: &Operation<'_>,
    base: Option<&str>,
    described_in: FileId,
) -> Draft {
    let (verdict, span) = match operation.demand {
        Demand::Nothing => (Verdict::No, None),
        Demand::Checked(span) => (Verdict::Yes, Some(span)),
        Demand::Unchecked(span) => (Verdict::Unknown, Some(span)),
    };
    let demanded = |span| {
        let at = Location { file: described_in, span };
        Guard { name: "security".to_owned(), link: GuardLink::Middleware, verdict, at, used: at }
    };
    let place = site.project.file(function.file).map(|file| file.at_function(function.id));
    Draft {
        handler: Handler::of_function(function, None),
        framework: Framework::Flask,
        container: Some(app),
        methods: BTreeSet::from([operation.method.to_ascii_uppercase()]),
        path: base.map(|base| joined(base, &operation.rule())),
        at: place.unwrap_or(Location { file: described_in, span: Span::default() }),
        decorators: super::decorators_of(site.project, function),
        outer_decorators: Vec::new(),
        dependencies: None,
        takes_dependencies: false,
        wrapper: None,
        described: span.map(demanded),
        call: None,
    }
}

/// The text that an `add_api` call names, wherever in the project it lies.
fn description<'a>(site: Site<'a>, call: Call<'_>) -> Option<(FileId, &'a str)> {
    let named = call.argument("specification", 0)?;
    let name = file_name(site, named)?;
    nearest(site.project, site.file.path(), &name)
}

/// The path that an expression ends in: `"api.yml"`, `Path(here) / "api.yml"`.
fn file_name(site: Site<'_>, named: backlint_syntax::ast::ExprId) -> Option<String> {
    let module = site.file.module();
    let literal = |expr| match module.expr(expr) {
        Expr::Str(text) => Some(module.text(text).to_owned()),
        _ => None,
    };
    let found = site
        .project
        .string(site.file.id(), named)
        .or_else(|| descendants(module, named).into_iter().filter_map(literal).next_back())?;
    let is_description = [".yml", ".yaml", ".json"].iter().any(|ending| found.ends_with(ending));
    is_description.then(|| found.trim_start_matches("./").trim_start_matches("../").to_owned())
}

/// Of the files that a relative path may mean, the one that shares most folders with the file that names it.
fn nearest<'p>(project: &'p Project, from: &str, name: &str) -> Option<(FileId, &'p str)> {
    let fits = |path: &str| path.strip_suffix(name).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'));
    let shared = |path: &str| path.split('/').zip(from.split('/')).take_while(|(a, b)| a == b).count();
    let files = project.sources().iter().filter(|(_, file)| fits(file.path()));
    let best = files.min_by_key(|(_, file)| {
        let path = file.path();
        (std::cmp::Reverse(shared(path)), path.split('/').count(), path.to_owned())
    })?;
    Some((best.0, best.1.text()))
}
