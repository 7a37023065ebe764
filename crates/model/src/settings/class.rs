//! Attributes of settings classes.

use backlint_semantic::{Call, Constant, fold};
use backlint_syntax::ast::{ClassId, Expr, ExprId, Stmt};

use super::Setting;
use crate::resolve::{ClassRef, ExprRef, Type};
use crate::words::snake_case;
use crate::{File, Project};

impl Project {
    /// The attribute of a settings class; of any other class one that is itself a setting.
    pub(super) fn class_setting(&self, class: ClassRef, name: &str, steps: u32) -> Option<Setting> {
        if let Some(at) = self.instance_attribute(class, name) {
            let found = self.setting_within(at.file, at.expr, steps)?;
            return Some(Setting { name: name.to_owned(), ..found });
        }
        let owner = self.owner_of(class, name)?;
        let view = self.file(owner.file)?;
        let field = own_field(view, owner, name)?;
        let from_value = field.value.and_then(|expr| self.setting_within(owner.file, expr, steps));
        if from_value.is_none() && !self.is_settings_class(class) {
            return None;
        }
        let mut found = match (from_value, field.value) {
            (Some(found), _) => Setting { name: name.to_owned(), ..found },
            (None, Some(expr)) => self.field_setting(view, ExprRef { file: owner.file, expr }, name, steps)?,
            // `key: str` without a value: the program does not start unless something sets it.
            (None, None) => {
                let (name, key) = (name.to_owned(), name.to_owned());
                Setting { name, key, default: Constant::Unknown, at: view.at(field.span) }
            }
        };
        if self.is_overridden(owner, name) {
            found.default = Constant::Unknown;
        }
        Some(found)
    }

    /// Whether the class holds settings: by its base, or by its name.
    fn is_settings_class(&self, class: ClassRef) -> bool {
        self.lineage(class).iter().any(|of| match of {
            Type::External(path) => path.ends_with("BaseSettings"),
            Type::Project(class) => {
                self.file(class.file).is_some_and(|file| has_settings_name(file.class_name(class.id)))
            }
        })
    }

    /// The nearest class of the lineage that has the attribute in its body.
    fn owner_of(&self, class: ClassRef, name: &str) -> Option<ClassRef> {
        self.lineage(class).into_iter().find_map(|of| match of {
            Type::Project(class) => own_field(self.file(class.file)?, class, name).map(|_| class),
            Type::External(_) => None,
        })
    }

    /// `None`, `Field(default=None)`, `Field(None, description="…")`, `Field(...)`.
    fn field_setting(&self, view: File<'_>, value: ExprRef, name: &str, steps: u32) -> Option<Setting> {
        let module = view.module();
        let call = Call::of(module, value.expr).filter(|call| matches!(call.name(), Some("Field" | "field")));
        let Some(call) = call else { return self.value_setting(value, name, steps) };
        let default =
            call.argument("default", 0).map_or(Constant::Unknown, |default| fold(module, view.index(), default));
        let alias = ["env", "alias", "validation_alias"]
            .iter()
            .find_map(|keyword| fold(module, view.index(), call.keyword(keyword)?.value).as_str().map(str::to_owned));
        Some(Setting {
            name: name.to_owned(),
            key: alias.unwrap_or_else(|| name.to_owned()),
            default,
            at: view.at_expr(value.expr),
        })
    }

    /// Whether a class below sets the attribute to something else: which class is used may depend on the environment.
    fn is_overridden(&self, owner: ClassRef, name: &str) -> bool {
        self.app_files().filter(|file| file.module().symbol(name).is_some()).any(|file| {
            file.module().class_ids().map(|id| ClassRef::new(file.id(), id)).any(|class| {
                class != owner
                    && own_field(file, class, name).is_some()
                    && self.lineage(class).contains(&Type::Project(owner))
            })
        })
    }
}

/// An annotated or assigned name in a class body.
struct Field {
    value: Option<ExprId>,
    span: backlint_source::Span,
}

fn own_field(view: File<'_>, class: ClassRef, name: &str) -> Option<Field> {
    let module = view.module();
    let symbol = module.symbol(name)?;
    module.list(view.class(class.id).body).iter().rev().find_map(|&stmt| {
        let (target, value) = match module.stmt(stmt) {
            Stmt::Assign { targets, value } => (*module.list(targets).first()?, Some(value)),
            Stmt::AnnAssign { target, value, .. } => (target, value),
            _ => return None,
        };
        (module.expr(target) == Expr::Name(symbol)).then(|| Field { value, span: module.stmt_span(stmt) })
    })
}

/// The assigned names in a class body and their values.
pub(super) fn own_values(file: File<'_>, class: ClassId) -> Vec<(&str, ExprId)> {
    let module = file.module();
    let body = module.list(file.class(class).body).iter();
    body.filter_map(|&stmt| match module.stmt(stmt) {
        Stmt::Assign { targets, value } => match module.list(targets) {
            [target] => Some((*target, value)),
            _ => None,
        },
        Stmt::AnnAssign { target, value: Some(value), .. } => Some((target, value)),
        _ => None,
    })
    .filter_map(|(target, value)| match module.expr(target) {
        Expr::Name(name) => Some((module.text(name), value)),
        _ => None,
    })
    .collect()
}

/// `Settings`, `BaseConfig`, `AppConfiguration`.
pub(super) fn has_settings_name(name: &str) -> bool {
    let snake = snake_case(name);
    ["settings", "config", "configuration"].iter().any(|word| crate::words::has_word(&snake, word))
}
