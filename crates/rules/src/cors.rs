//! Policies for requests from other origins: which a project sets, and which origins they let in.

use backlint_model::{Entity, File, Project, Setting};
use backlint_semantic::{BindingKind, Call, Constant, fold};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use crate::expressions::path_ends_with;

/// A policy.
pub(crate) struct CorsPolicy<'p> {
    pub(crate) file: File<'p>,
    pub(crate) call: Call<'p>,
    library: Library,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Library {
    Starlette,
    FlaskCors,
}

/// Why every origin is let in.
#[derive(Clone, Debug)]
pub(crate) enum AnyOrigin {
    /// It is written so here.
    Literal(Location),
    /// It is the default of this setting.
    Default(Setting),
    /// Nothing says which, and the library takes all.
    Unrestricted(Location),
}

/// What the origins of a policy come from.
#[derive(Default)]
pub(crate) struct Origins {
    pub(crate) any: Option<AnyOrigin>,
    /// The settings that are read for them.
    pub(crate) settings: Vec<Setting>,
}

/// Whether the configuration of the app says which origins `flask_cors` lets in.
fn is_configured(project: &Project) -> bool {
    let says = |file: File<'_>| ["CORS_ORIGINS", "CORS_RESOURCES"].iter().any(|key| file.source().text().contains(key));
    project.reported_files().any(says)
}

/// All policies of the project.
pub(crate) fn policies(project: &Project) -> impl Iterator<Item = CorsPolicy<'_>> {
    project.reported_files().flat_map(move |file| {
        file.calls_named(&["CORS", "CORSMiddleware", "Middleware", "add_middleware", "cross_origin", "init_app"])
            .filter_map(move |call| Some(CorsPolicy { file, call, library: library(project, file, call)? }))
    })
}

fn library(project: &Project, file: File<'_>, call: Call<'_>) -> Option<Library> {
    let is = |expr, end: &str| {
        let entity = project.resolve(file.id(), expr);
        entity.external().is_some_and(|path| path_ends_with(path, end))
    };
    match call.name()? {
        "CORS" | "cross_origin" => {
            let path = file.path_of(call.function)?;
            path.starts_with("flask_cors.").then_some(Library::FlaskCors)
        }
        "init_app" => {
            let object = project.resolve(file.id(), call.receiver()?);
            let Entity::Instance { of: backlint_model::Type::External(path), .. } = object else { return None };
            path.starts_with("flask_cors.").then_some(Library::FlaskCors)
        }
        "CORSMiddleware" => is(call.function, "CORSMiddleware").then_some(Library::Starlette),
        _ => is(call.argument("middleware_class", 0)?, "CORSMiddleware").then_some(Library::Starlette),
    }
}

impl CorsPolicy<'_> {
    /// Where it is set, or the origins if they are given.
    pub(crate) fn at(&self) -> Location {
        let origins = self.origin_arguments().into_iter().next();
        origins.map_or_else(|| self.file.at(self.file.first_line(self.call.span())), |expr| self.file.at_expr(expr))
    }

    /// The argument that lets browsers send cookies along.
    pub(crate) fn credentials(&self) -> Option<ExprId> {
        let name = match self.library {
            Library::Starlette => "allow_credentials",
            Library::FlaskCors => "supports_credentials",
        };
        let given = self.call.keyword(name).map(|arg| arg.value);
        given.or_else(|| self.resource_entry("supports_credentials"))
    }

    /// Where its origins come from.
    pub(crate) fn origins(&self, project: &Project) -> Origins {
        let mut found = Origins::default();
        let given = self.origin_arguments();
        let is_bare = self.library == Library::FlaskCors && given.is_empty() && !self.call.has_unpacking();
        // An extension object is given its options where it is tied to the app.
        let is_tied = self.call.name() != Some("CORS") || !self.call.args.is_empty();
        if is_bare && is_tied && self.call.keyword("resources").is_none() && !is_configured(project) {
            found.any = Some(AnyOrigin::Unrestricted(self.file.at(self.file.first_line(self.call.span()))));
        }
        for expr in given {
            collect(project, self.file, expr, &mut found, MAX_STEPS);
        }
        found
    }

    fn origin_arguments(&self) -> Vec<ExprId> {
        let named = ["allow_origins", "allow_origin_regex", "origins"];
        let given = named.iter().filter_map(|name| Some(self.call.keyword(name)?.value));
        given.chain(self.resource_entry("origins")).collect()
    }

    /// `resources={r"/api/*": {"origins": …}}`.
    fn resource_entry(&self, name: &str) -> Option<ExprId> {
        let module = self.file.module();
        let Expr::Dict(resources) = module.expr(self.call.keyword("resources")?.value) else { return None };
        let options = module.list(resources).iter().filter_map(|item| match module.expr(item.value) {
            Expr::Dict(options) => Some(module.list(options)),
            _ => None,
        });
        let is_named = |key: ExprId| matches!(module.expr(key), Expr::Str(text) if module.text(text) == name);
        options.flatten().find(|option| option.key.is_some_and(is_named)).map(|option| option.value)
    }
}

/// How many names and conversions origins may be behind.
const MAX_STEPS: u32 = 5;

fn collect(project: &Project, file: File<'_>, expr: ExprId, found: &mut Origins, steps: u32) {
    let Some(steps) = steps.checked_sub(1) else { return };
    if file.is_dev_only(expr) {
        return;
    }
    let module = file.module();
    if let Some(setting) = project.setting(file.id(), expr) {
        if lets_all_in(&setting.default) {
            found.any.get_or_insert(AnyOrigin::Default(setting.clone()));
        }
        found.settings.push(setting);
        return;
    }
    if lets_all_in(&fold(module, file.index(), expr)) {
        found.any.get_or_insert(AnyOrigin::Literal(file.at_expr(expr)));
        return;
    }
    for part in parts(file, expr) {
        collect(project, file, part, found, steps);
    }
}

/// The expressions that the value of `expr` is made from.
fn parts(file: File<'_>, expr: ExprId) -> Vec<ExprId> {
    let module = file.module();
    match module.expr(expr) {
        Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => module.list(items).to_vec(),
        Expr::Starred(inner) => vec![inner],
        Expr::Conditional { body, orelse, .. } => vec![body, orelse],
        Expr::Bool { values, .. } => module.list(values).to_vec(),
        Expr::Comprehension(id) => {
            let comprehension = module.comprehension(id);
            module.list(comprehension.generators).iter().map(|generator| generator.iter).collect()
        }
        Expr::Call { .. } => Call::of(module, expr).map_or_else(Vec::new, |call| match call.name() {
            Some("split" | "strip" | "copy") => call.receiver().into_iter().collect(),
            Some("list" | "set" | "str" | "sorted") => call.positional(0).into_iter().collect(),
            _ => Vec::new(),
        }),
        Expr::Name(name) => {
            let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
            bindings
                .iter()
                .filter_map(|binding| match binding.kind {
                    BindingKind::Assign { value, .. } => value,
                    _ => None,
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// `*`, a list with it, or a pattern that every origin matches.
fn lets_all_in(value: &Constant) -> bool {
    match value {
        Constant::Str(text) => is_any(text),
        Constant::List(items) => items.iter().any(lets_all_in),
        _ => false,
    }
}

/// Whether a text means every origin, alone or in a list with commas.
pub(crate) fn is_any(text: &str) -> bool {
    const PATTERNS: &[&str] = &[".*", ".+", "https?://.*", "https?://.+", "http.*", "https://.*", "(http|https)://.*"];
    text.split(',').any(|origin| {
        let origin = origin.trim().trim_matches(['"', '\'', '[', ']']);
        let pattern = origin.trim_start_matches('^').trim_end_matches('$');
        origin == "*" || PATTERNS.contains(&pattern)
    })
}
