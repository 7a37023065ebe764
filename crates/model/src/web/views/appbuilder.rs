//! Flask-AppBuilder: views and APIs of the project's classes, and the endpoints they inherit.

mod endpoints;

use backlint_semantic::Call;
use backlint_syntax::ast::{BinaryOp, Expr};

use super::exposed::Exposed;
use super::{Served, Site, class_place};
use crate::Project;
use crate::resolve::{ClassRef, Entity, ExprRef, Type};
use crate::web::callers::loop_values;
use crate::web::containers::ContainerId;
use crate::web::mounting::joined;
use crate::web::routes::Draft;
use crate::web::{Answer, Handler};
use endpoints::Family;

const BUILDER: &[&str] = &["flask_appbuilder.AppBuilder", "flask_appbuilder.base.AppBuilder"];

/// The views and APIs that a file registers.
pub(super) fn find(site: Site<'_>, drafts: &mut Vec<Draft>) {
    for call in site.file.calls_named(&["add_view", "add_view_no_menu", "add_api"]) {
        let Some(receiver) = call.receiver() else { continue };
        let builders: Vec<Option<ContainerId>> = site.objects_of(receiver, BUILDER).into_iter().map(Some).collect();
        let builders = if builders.is_empty() { vec![None] } else { builders };
        for class in added(site, call) {
            let Some(family) = Family::of(site.project, class) else { continue };
            for &builder in &builders {
                serve(site.project, class, family, builder, drafts);
            }
        }
    }
}

/// The class that is added: by name, as an object of it, or as the variable of a loop.
fn added(site: Site<'_>, call: Call<'_>) -> Vec<ClassRef> {
    let Site { project, file, .. } = site;
    let Some(view) = call.argument("baseview", 0) else { return Vec::new() };
    let class_of = |at: ExprRef| match project.resolve(at.file, at.expr) {
        Entity::Class(class) | Entity::Instance { of: Type::Project(class), .. } => Some(class),
        _ => None,
    };
    match class_of(ExprRef { file: file.id(), expr: view }) {
        Some(class) => vec![class],
        None => loop_values(project, file.id(), view).into_iter().filter_map(class_of).collect(),
    }
}

fn serve(project: &Project, class: ClassRef, family: Family, container: Option<ContainerId>, drafts: &mut Vec<Draft>) {
    let base = base_path(project, class, family);
    let below = |rule: &str| base.as_deref().map(|base| joined(base, rule));
    let chosen = Chosen::of(project, class);
    let exposed = Exposed::of(project, class);
    for endpoint in exposed.endpoints.iter().filter(|endpoint| chosen.allows(&endpoint.name)) {
        let served = Served {
            handler: Handler::of_function(endpoint.function, Some(class)),
            container,
            methods: endpoint.methods.clone(),
            path: endpoint.path.as_deref().and_then(below),
            at: endpoint.at,
        };
        drafts.push(served.draft(project));
    }
    let inherited = family.endpoints().iter().filter(|inherited| !exposed.defines(inherited.endpoint.name));
    for inherited in inherited.filter(|inherited| chosen.names(inherited.endpoint.name)) {
        let served = Served {
            handler: Handler { answer: Answer::Library(inherited.endpoint), class: Some(class) },
            container,
            methods: inherited.methods.iter().map(|&method| method.to_owned()).collect(),
            path: below(inherited.path),
            at: class_place(project, class),
        };
        drafts.push(served.draft(project));
    }
}

/// `route_base`, else what the name of the class or resource gives.
fn base_path(project: &Project, class: ClassRef, family: Family) -> Option<String> {
    if let Some(base) = project.class_attribute(class, "route_base") {
        return project.string(base.file, base.expr);
    }
    let name = project.file(class.file)?.class_name(class.id).to_lowercase();
    if family == Family::Index {
        return Some(String::new());
    }
    if !family.is_api() {
        return Some(format!("/{name}"));
    }
    let text = |attribute: &str, default: String| match project.class_attribute(class, attribute) {
        Some(at) => project.string(at.file, at.expr),
        None => Some(default),
    };
    let resource = text("resource_name", name)?.to_lowercase();
    Some(format!("/api/{}/{resource}", text("version", "v1".to_owned())?))
}

/// The methods that a class says it serves.
struct Chosen {
    /// `include_route_methods`.
    only: Listed,
    /// `exclude_route_methods`.
    without: Listed,
}

/// A list of method names on a class.
enum Listed {
    Absent,
    Known(Vec<String>),
    Unknown,
}

impl Chosen {
    fn of(project: &Project, class: ClassRef) -> Self {
        let listed = |name: &str| match project.class_attribute(class, name) {
            None => Listed::Absent,
            Some(at) if is_none(project, at) => Listed::Absent,
            Some(at) => names_in(project, at, MAX_UNIONS).map_or(Listed::Unknown, Listed::Known),
        };
        Self { only: listed("include_route_methods"), without: listed("exclude_route_methods") }
    }

    /// Whether a method may be served.
    fn allows(&self, name: &str) -> bool {
        let is_left_out = matches!(&self.without, Listed::Known(names) if names.iter().any(|n| n == name));
        let is_chosen = match &self.only {
            Listed::Known(names) => names.iter().any(|n| n == name),
            Listed::Absent | Listed::Unknown => true,
        };
        is_chosen && !is_left_out
    }

    /// Whether a method is served for sure.
    fn names(&self, name: &str) -> bool {
        self.allows(name) && !matches!(self.only, Listed::Unknown) && !matches!(self.without, Listed::Unknown)
    }
}

fn is_none(project: &Project, at: ExprRef) -> bool {
    project.file(at.file).is_some_and(|file| file.module().expr(at.expr) == Expr::None)
}

/// How many unions a set of names may be made of.
const MAX_UNIONS: u32 = 8;

/// The names in a set, list or tuple, or in a union of them.
fn names_in(project: &Project, at: ExprRef, steps: u32) -> Option<Vec<String>> {
    let steps = steps.checked_sub(1)?;
    let module = project.file(at.file)?.module();
    match module.expr(at.expr) {
        Expr::Binary { left, op: BinaryOp::BitOr, right } => {
            let mut found = names_in(project, ExprRef { file: at.file, expr: left }, steps)?;
            found.extend(names_in(project, ExprRef { file: at.file, expr: right }, steps)?);
            Some(found)
        }
        Expr::Name(_) | Expr::Attribute { .. } => match project.resolve(at.file, at.expr) {
            Entity::Literal(found) if found != at => names_in(project, found, steps),
            _ => None,
        },
        Expr::Call { .. } => {
            let call = Call::of(module, at.expr).filter(|call| matches!(call.name(), Some("set" | "frozenset")))?;
            match call.positional(0) {
                Some(inner) => names_in(project, ExprRef { file: at.file, expr: inner }, steps),
                None => Some(Vec::new()),
            }
        }
        _ => project.string_list(at.file, at.expr),
    }
}
