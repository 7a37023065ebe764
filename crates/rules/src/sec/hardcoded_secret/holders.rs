//! Literals that are bound to a name which says that they are secret.

use backlint_model::{File, words};
use backlint_semantic::{Call, ScopeId, ScopeKind};
use backlint_syntax::ast::{ArgKind, ClassId, Expr, ExprId, StmtId};

use super::{Kind, Secret};
use crate::config_defaults::{assignment, holds_defaults, instance_of_configuration, is_loaded_over};
use crate::expressions::{is_in_example, label, literal};
use crate::secret_names::{is_label, is_plain, is_service_credential, is_signing_key};
use crate::secrets::{is_placeholder, is_random, is_spent_token};

/// What holds a literal.
struct Holder<'p> {
    name: &'p str,
    literal: ExprId,
    value: &'p str,
    place: Place,
}

/// How firmly a name is tied to the running application.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A field of a configuration object: `app.secret_key = …`, `app.config["SECRET_KEY"] = …`, `from_mapping(SECRET_KEY=…)`.
    Configuration,
    /// A constant of the module.
    Constant,
    /// An attribute of a class.
    Class(ClassId),
    /// An argument, a dict entry or a local variable.
    Passing,
}

pub(super) fn secrets(file: File<'_>) -> Vec<Secret> {
    let holders = assignments(file).into_iter().chain(entries(file));
    holders.filter_map(|holder| judge(file, &holder)).collect()
}

fn judge(file: File<'_>, holder: &Holder<'_>) -> Option<Secret> {
    let Holder { name, literal, value, place } = *holder;
    let snake = words::snake_case(name);
    let is_settled = place != Place::Passing;
    let is_provided = has_key_id(file, holder);
    let is_key = is_settled
        && is_signing_key(&snake)
        && !is_provided
        && !(is_label(&snake, value) && place != Place::Configuration);
    let has_no_space = !value.contains(char::is_whitespace);
    let is_credential = is_settled
        && has_no_space
        && (is_service_credential(&snake) || is_provided)
        && !is_label(&snake, value)
        && !is_placeholder(value);
    let is_drawn = || is_random(value) && (words::is_secret_name(&snake) || snake == "authorization");
    let kind = if is_key {
        Kind::Key(format!("`{name}`"))
    } else if is_credential || is_drawn() {
        Kind::Credential(format!("`{name}`"))
    } else {
        return None;
    };
    let is_default = place == Place::Configuration && is_loaded_over(file, literal);
    let is_harmless = value.is_empty()
        || !is_plain(value)
        || is_spent_token(value)
        || is_never_used_as_one(file, holder)
        || is_default;
    if is_harmless || file.is_dev_only(literal) || is_in_example(file, literal) {
        return None;
    }
    let owner = match place {
        Place::Class(class) => file.class_name(class).to_owned(),
        _ => file.context_name(literal),
    };
    Some(Secret { literal, value: value.to_owned(), anchor: format!("{owner}.{name}"), kind, used_at: None })
}

/// A constant that the file only holds other values against is what must not be used; one that it only uses in
/// development protects nothing.
fn is_never_used_as_one(file: File<'_>, holder: &Holder<'_>) -> bool {
    let module = file.module();
    let Some(name) = module.symbol(holder.name).filter(|_| holder.place == Place::Constant) else { return false };
    let mut uses = file.index().uses().iter().filter(|used| used.name == name).peekable();
    let is_compared =
        |expr| file.index().parent(expr).is_some_and(|outer| matches!(module.expr(outer), Expr::Compare { .. }));
    uses.peek().is_some() && uses.all(|used| is_compared(used.expr) || file.is_dev_only(used.expr))
}

/// Whether a `secret_key` stands beside an `access_key`: a provider gave out both, and the first signs nothing of the
/// application's own. `SECRET_KEY` is what Flask calls its own key.
fn has_key_id(file: File<'_>, holder: &Holder<'_>) -> bool {
    const KEY: &str = "secret_key";
    const IDS: &[&str] = &["access_key", "access_key_id", "secret_id"];
    let name = holder.name;
    if name == "SECRET_KEY" || !name.to_ascii_lowercase().ends_with(KEY) {
        return false;
    }
    let (prefix, key) = name.split_at(name.len() - KEY.len());
    let is_capital = key.starts_with('S');
    let mut pairs = IDS.iter().map(|id| {
        let id = if is_capital { id.to_ascii_uppercase() } else { (*id).to_owned() };
        format!("{prefix}{id}")
    });
    let module = file.module();
    let is_bound = |scope, pair: &str| {
        module.symbol(pair).is_some_and(|symbol| !file.index().bindings_of(scope, symbol).is_empty())
    };
    let call = || file.index().parent(holder.literal).and_then(|outer| Call::of(module, outer));
    pairs.any(|pair| match holder.place {
        Place::Constant => is_bound(ScopeId::MODULE, &pair),
        Place::Class(class) => is_bound(file.index().class_scope(class), &pair),
        Place::Configuration | Place::Passing => call().is_some_and(|call| call.keyword(&pair).is_some()),
    })
}

fn assignments(file: File<'_>) -> Vec<Holder<'_>> {
    let module = file.module();
    let mut holders = Vec::new();
    for stmt in module.stmt_ids() {
        let Some((target, assigned)) = assignment(file, stmt) else { continue };
        let Some(value) = literal(file, assigned) else { continue };
        let Some(name) = label(file, target) else { continue };
        let Some(place) = place_of(file, stmt, target) else { continue };
        holders.push(Holder { name, literal: assigned, value, place });
    }
    holders
}

/// Where an assignment puts its value; none where defaults are the business of another rule or names are no values.
fn place_of(file: File<'_>, stmt: StmtId, target: ExprId) -> Option<Place> {
    let module = file.module();
    match module.expr(target) {
        Expr::Attribute { .. } => {
            instance_of_configuration(file, stmt, target).is_none().then_some(Place::Configuration)
        }
        Expr::Subscript { value, .. } => {
            let is_configuration = label(file, value).is_some_and(is_configuration_name);
            Some(if is_configuration { Place::Configuration } else { Place::Passing })
        }
        Expr::Name(_) => {
            let scope = file.index().stmt_scope(stmt);
            if scope == ScopeId::MODULE {
                return Some(Place::Constant);
            }
            match file.index().scope(scope).kind {
                ScopeKind::Class(class) => is_ordinary_class(file, class).then_some(Place::Class(class)),
                _ => Some(Place::Passing),
            }
        }
        _ => None,
    }
}

/// Enumerations name things; defaults of settings, schemas and data classes are replaced from outside.
fn is_ordinary_class(file: File<'_>, class: ClassId) -> bool {
    let module = file.module();
    let bases = module.list(file.class(class).bases).iter().filter_map(|base| label(file, base.value));
    let is_special = |name: &str| {
        name.ends_with("Enum")
            || name.contains("BaseModel")
            || name.ends_with("Settings")
            || name == "SQLModel"
            || name.ends_with("Form")
            || name.ends_with("Schema")
    };
    let is_decorated = !module.list(file.class(class).decorators).is_empty();
    !is_decorated && !bases.into_iter().any(is_special) && !holds_defaults(file, class)
}

/// Keyword arguments and dict entries.
fn entries(file: File<'_>) -> Vec<Holder<'_>> {
    let module = file.module();
    let mut holders = Vec::new();
    let mut add = |name, expr, place| {
        if let Some(value) = literal(file, expr) {
            holders.push(Holder { name, literal: expr, value, place });
        }
    };
    for expr in module.expr_ids() {
        match module.expr(expr) {
            Expr::Call { .. } => {
                let Some(call) = Call::of(module, expr) else { continue };
                let place = if fills_configuration(file, call) { Place::Configuration } else { Place::Passing };
                for arg in call.args {
                    if let ArgKind::Keyword(name) = arg.kind {
                        let name = module.text(name);
                        let is_key = || literal(file, arg.value).is_some() && is_signing_key(&words::snake_case(name));
                        add(name, arg.value, if is_key() { Place::Configuration } else { place });
                    }
                }
            }
            Expr::Dict(items) => {
                let outer = file.index().parent(expr).and_then(|outer| Call::of(module, outer));
                let is_configuration = outer.is_some_and(|call| fills_configuration(file, call));
                let place = if is_configuration { Place::Configuration } else { Place::Passing };
                for item in module.list(items) {
                    if let Some(name) = item.key.and_then(|key| literal(file, key)) {
                        add(name, item.value, place);
                    }
                }
            }
            _ => {}
        }
    }
    holders
}

/// `app.config.update(…)`, `app.config.from_mapping(…)`.
fn fills_configuration(file: File<'_>, call: Call<'_>) -> bool {
    let is_update = matches!(call.name(), Some("update" | "from_mapping" | "setdefault"));
    is_update && call.receiver().and_then(|receiver| label(file, receiver)).is_some_and(is_configuration_name)
}

fn is_configuration_name(name: &str) -> bool {
    matches!(name, "config" | "app_config" | "conf" | "settings" | "environ")
}
