//! Rows with an owner that are loaded by an id from the path.

use backlint_model::{ClassRef, Comparator, EndKind, File, FunctionRef, Model, Project, Query, Route, Selection};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use super::ByClass;

/// Columns that say whose a row is.
const OWNERS: &[&str] = &[
    "account_id",
    "author_id",
    "created_by",
    "created_by_id",
    "customer_id",
    "org_id",
    "organization_id",
    "owner_id",
    "recipient_id",
    "tenant_id",
    "user_id",
];

/// Those of them that mostly say who may see a row, and not only who made it or to which part of a house it belongs.
const FIRM_OWNERS: &[&str] = &["account_id", "customer_id", "owner_id", "recipient_id", "user_id"];

/// A row with an owner that is loaded by its id alone.
pub(super) struct Lookup {
    pub(super) model: String,
    /// The column that says whose it is.
    pub(super) owner: String,
    pub(super) at: Location,
    /// Whether the column says who may see the row.
    pub(super) is_private: bool,
    /// Another place that looks at the owner.
    pub(super) sibling: Option<Location>,
}

/// The mapped classes with an owner.
pub(super) struct Owned {
    by_class: ByClass<OwnedModel>,
}

struct OwnedModel {
    name: String,
    owner: &'static str,
    is_private: bool,
    sibling: Option<Location>,
}

impl Owned {
    pub(super) fn of(project: &Project) -> Self {
        let models = project.models().iter().filter_map(|model| Some((model.class, owned(project, model)?)));
        let mut by_class: ByClass<OwnedModel> = models.collect();
        for query in project.queries() {
            let Some(model) = by_class.get_mut(&query.entity).filter(|model| model.sibling.is_none()) else { continue };
            if query.function.is_none_or(|function| project.reach(function).is_none()) {
                continue;
            }
            let mut criteria = project.criteria(query).into_iter();
            let owner = criteria.find(|criterion| {
                criterion.attribute == model.owner
                    && criterion.value.is_some_and(|value| is_of_caller(project, query, value))
            });
            if let (Some(owner), Some(file)) = (owner, project.file(query.at.file)) {
                model.sibling = Some(file.at_expr(owner.at));
            }
        }
        add_comparisons(project, &mut by_class);
        Self { by_class }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_class.is_empty()
    }

    /// The first row with an owner that a function loads by an id that the path of the route names, and by nothing else.
    pub(super) fn lookup(
        &self,
        project: &Project,
        route: &Route,
        handler: FunctionRef,
        function: FunctionRef,
    ) -> Option<Lookup> {
        let file = project.file(function.file)?;
        project.queries_in(function).find_map(|query| {
            let model = self.by_class.get(&query.entity)?;
            let key = key(project, file, query)?;
            if !is_from_path(project, file, key, route, handler) {
                return None;
            }
            Some(Lookup {
                model: model.name.clone(),
                owner: model.owner.to_owned(),
                is_private: model.is_private,
                at: file.at(file.first_line(file.at_expr(query.at.expr).span)),
                sibling: model.sibling,
            })
        })
    }
}

fn owned(project: &Project, model: &Model) -> Option<OwnedModel> {
    let column =
        |owner: &str| model.columns().find(|(attribute, column)| attribute.name == owner && !column.is_primary_key);
    let (owner, (_, column)) = OWNERS.iter().find_map(|owner| Some((*owner, column(owner)?)))?;
    let is_private =
        FIRM_OWNERS.contains(&owner) && column.foreign_keys.iter().all(|key| names_people(project, &key.target));
    Some(OwnedModel { name: model.name.clone(), owner, is_private, sibling: None })
}

/// Whether a table is one of people who log in, and not of what else may be called an account or a customer.
fn names_people(project: &Project, target: &str) -> bool {
    let lower = target.to_ascii_lowercase();
    if lower.contains("user") {
        return true;
    }
    let is_named = ["member", "customer", "profile", "people", "person", "employee", "student"]
        .iter()
        .any(|word| lower.contains(word));
    let table = target.rsplit('.').nth(1).unwrap_or(target);
    let mut models = project.models().iter().filter(|model| model.table.as_deref() == Some(table));
    let has_login = |model: &Model| {
        model.columns().any(|(attribute, _)| {
            ["password", "passwd", "pw_hash", "user_id"].iter().any(|word| attribute.name.contains(word))
        })
    };
    is_named && models.next().is_none_or(has_login)
}

/// Whether a value that an owner is compared with is the caller, and not a row or a choice.
fn is_of_caller(project: &Project, query: &Query, value: ExprId) -> bool {
    let Some(file) = project.file(query.at.file) else { return false };
    let text = file.text_of(value).to_ascii_lowercase();
    ["user", "actor", "identity", "principal", "tenant", "account", "caller", "me.id"]
        .iter()
        .any(|word| text.contains(word))
}

/// `if order.owner_id != user.id`.
fn add_comparisons(project: &Project, by_class: &mut ByClass<OwnedModel>) {
    for file in project.app_files() {
        let module = file.module();
        if OWNERS.iter().all(|owner| module.symbol(owner).is_none()) {
            continue;
        }
        for expr in module.expr_ids() {
            let Expr::Compare { left, rest } = module.expr(expr) else { continue };
            let sides = std::iter::once(left).chain(module.list(rest).iter().map(|comparison| comparison.right));
            for side in sides {
                let Expr::Attribute { value, name } = module.expr(side) else { continue };
                if !OWNERS.contains(&module.text(name)) {
                    continue;
                }
                let class = project.row_model(file.id(), value).map(|model| model.class);
                let owned = class.and_then(|class| by_class.get_mut(&class));
                if let Some(model) = owned.filter(|model| model.sibling.is_none() && model.owner == module.text(name)) {
                    model.sibling = Some(file.at_expr(expr));
                }
            }
        }
    }
}

/// The value that a query finds its one row by, if it asks for the primary key and for nothing that tells callers apart.
fn key(project: &Project, file: File<'_>, query: &Query) -> Option<ExprId> {
    if query.selects != Selection::Objects || query.ends.iter().any(|end| end.kind == EndKind::All) {
        return None;
    }
    let module = file.module();
    let end = query.ends_of(EndKind::One).next()?;
    let model = project.model(query.entity)?;
    let criteria = project.criteria(query);
    if criteria.is_empty() {
        return if query.steps.is_empty() { looked_up(file, query, end.value) } else { None };
    }
    let is_key =
        |name: &str| model.columns().any(|(attribute, column)| attribute.name == name && column.is_primary_key);
    let is_own = |class: Option<ClassRef>| class.is_none_or(|class| class == query.entity);
    let mut keys =
        criteria.iter().filter(|c| is_own(c.class) && is_key(c.attribute) && c.comparator == Comparator::Equal);
    let value = keys.find_map(|criterion| criterion.value)?;
    let is_harmless = |value: ExprId| {
        matches!(module.expr(value), Expr::True | Expr::False | Expr::None | Expr::Str(_) | Expr::Attribute { .. })
    };
    let others = criteria.iter().filter(|c| !is_key(c.attribute));
    let tells_nothing =
        others.clone().all(|c| !OWNERS.contains(&c.attribute) && is_own(c.class) && c.value.is_none_or(is_harmless));
    tells_nothing.then_some(value)
}

/// The key of `session.get(Order, key)` and `Order.query.get(key)`.
fn looked_up(file: File<'_>, query: &Query, value: ExprId) -> Option<ExprId> {
    let module = file.module();
    let value = match module.expr(value) {
        Expr::Await(inner) => inner,
        _ => value,
    };
    let call = Call::of(module, value)?;
    if !matches!(call.name(), Some("get" | "get_or_404" | "get_one")) {
        return None;
    }
    if call.expr == query.at.expr { call.positional(1) } else { call.positional(0) }
}

/// Whether a value is a parameter that the path of the route names, as this handler gets it.
fn is_from_path(project: &Project, file: File<'_>, key: ExprId, route: &Route, handler: FunctionRef) -> bool {
    let Some(entry) = project.file(handler.file) else { return false };
    let span = entry.module().stmt_span(entry.function(handler.id).stmt);
    project.client_values(file.id(), key).into_iter().any(|value| {
        value.at.file == handler.file && span.contains(value.at.span) && names_in_path(&route.path, &value.name)
    })
}

fn names_in_path(path: &str, name: &str) -> bool {
    path.split('/').any(|segment| {
        let inner = segment.trim_matches(['{', '}', '<', '>']);
        inner != segment && (inner == name || inner.split(':').any(|part| part == name))
    })
}

/// Whether a dependency of the route reads what the path names: it may check the row before the handler runs.
pub(super) fn is_checked_in_front(project: &Project, route: &Route) -> bool {
    project.dependency_uses(route).into_iter().any(|used| {
        let Some(file) = project.file(used.provider.file) else { return true };
        let params = file.module().list(file.function(used.provider.id).params);
        params.iter().any(|param| names_in_path(&route.path, file.module().text(param.name)))
    })
}
