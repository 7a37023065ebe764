//! Settings: values that whoever deploys the project decides, and what they are as long as nobody does.

mod class;
mod defaults;
mod deployed;
mod reads;

use backlint_semantic::{BindingKind, Call, Constant, ScopeId, env_lookup, fold};
use backlint_source::{FileId, Location};
use backlint_syntax::ast::{Expr, ExprId, Stmt};
use rustc_hash::FxHashMap;

use crate::resolve::{Entity, ExprRef, Type};
use crate::{File, Project};

pub use defaults::AtDefaults;
pub use deployed::Deployed;
pub use reads::EnvironmentRead;

/// How many names a setting may be behind.
const MAX_STEPS: u32 = 6;

/// A setting as it is read somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// What the code calls it.
    pub name: String,
    /// The variable or key that sets it, without the prefix that a settings class may add.
    pub key: String,
    /// What it is while nothing sets it; unknown if that could not be told.
    pub default: Constant,
    /// Where it is defined.
    pub at: Location,
}

/// The entries of Flask-like configurations by key: `app.config["KEY"] = value`, `class Config: KEY = value`.
pub(crate) type ConfigEntries = FxHashMap<String, Vec<ExprRef>>;

impl Project {
    /// The setting that `expr` reads: a look-up of an environment variable, an attribute of a settings object, an entry
    /// of a Flask configuration, or a name that stands for one of these.
    pub fn setting(&self, file: FileId, expr: ExprId) -> Option<Setting> {
        self.setting_within(file, expr, MAX_STEPS)
    }

    fn setting_within(&self, file: FileId, expr: ExprId, steps: u32) -> Option<Setting> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(file)?;
        let module = view.module();
        if let Some(found) = from_environment(view, expr) {
            return Some(found);
        }
        match module.expr(expr) {
            Expr::Attribute { value, name } => {
                let name = module.text(name);
                self.setting_member(file, value, name, steps)
            }
            Expr::Name(_) => self.setting_variable(file, expr, steps),
            Expr::Subscript { value, index } => {
                let key = fold(module, view.index(), index).as_str()?.to_owned();
                is_config(view, value).then(|| self.config_entry(&key, None, steps))?
            }
            Expr::Call { .. } => self.setting_call(view, Call::of(module, expr)?, steps),
            _ => None,
        }
    }

    /// `app.config.get("KEY", default)`, `getattr(settings, "key", default)`, and conversions of a setting.
    fn setting_call(&self, view: File<'_>, call: Call<'_>, steps: u32) -> Option<Setting> {
        let constant = |expr| fold(view.module(), view.index(), expr);
        match call.name()? {
            "get" => {
                let key = constant(call.positional(0)?).as_str()?.to_owned();
                let default = call.argument("default", 1).map_or(Constant::None, constant);
                let at = view.at_expr(call.expr);
                is_config(view, call.receiver()?).then(|| self.config_entry(&key, Some((default, at)), steps))?
            }
            "getattr" => {
                let name = constant(call.positional(1)?).as_str()?.to_owned();
                self.setting_member(view.id(), call.positional(0)?, &name, steps)
            }
            "bool" | "str" => self.setting_within(view.id(), call.positional(0)?, steps),
            "strip" | "lower" | "encode" | "get_secret_value" | "split" => {
                self.setting_within(view.id(), call.receiver()?, steps)
            }
            _ => None,
        }
    }

    fn setting_member(&self, file: FileId, object: ExprId, name: &str, steps: u32) -> Option<Setting> {
        match self.resolve(file, object) {
            Entity::Module(module) => self.module_setting(module, name, steps),
            Entity::Class(class) | Entity::Instance { of: Type::Project(class), .. } => {
                self.class_setting(class, name, steps)
            }
            _ => None,
        }
    }

    /// A name: the one value it is assigned here or in the module it is imported from.
    fn setting_variable(&self, file: FileId, expr: ExprId, steps: u32) -> Option<Setting> {
        let view = self.file(file)?;
        let Expr::Name(name) = view.module().expr(expr) else { return None };
        let bindings = view.index().lookup(view.index().scope_of_name(expr), name);
        match bindings {
            [only] => match only.kind {
                BindingKind::Assign { value: Some(value), .. } => {
                    let found = self.setting_within(file, value, steps)?;
                    Some(Setting { name: view.module().text(name).to_owned(), ..found })
                }
                BindingKind::Import(import) => {
                    let imported = view.module().text(import.name?);
                    let target = self.imports(file)?.target(import).module?.file()?;
                    self.module_setting(target, imported, steps)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn module_setting(&self, module: FileId, name: &str, steps: u32) -> Option<Setting> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(module)?;
        let bindings = view.index().bindings_of(ScopeId::MODULE, view.module().symbol(name)?);
        let [only] = bindings else { return None };
        match only.kind {
            BindingKind::Assign { value: Some(value), .. } => {
                let found = self.setting_within(module, value, steps)?;
                Some(Setting { name: name.to_owned(), ..found })
            }
            BindingKind::Import(import) => {
                let imported = view.module().text(import.name?);
                let target = self.imports(module)?.target(import).module?.file()?;
                self.module_setting(target, imported, steps)
            }
            _ => None,
        }
    }

    /// An entry of a Flask configuration; unknown as soon as it is set to different things.
    fn config_entry(&self, key: &str, fallback: Option<(Constant, Location)>, steps: u32) -> Option<Setting> {
        let entries = self.config_entries.get(key).map_or(&[][..], Vec::as_slice);
        let mut found: Option<Setting> = None;
        for entry in entries {
            let one = self.value_setting(*entry, key, steps)?;
            let differs = found.as_ref().is_some_and(|found| found.default.truth() != one.default.truth());
            if differs {
                return None;
            }
            found = found.or(Some(one));
        }
        // A key that no code sets may come from a file that is not in the repository.
        found.or_else(|| {
            let (default, at) = fallback?;
            Some(Setting { name: key.to_owned(), key: key.to_owned(), default, at })
        })
    }

    /// A value that is written down as the default of a setting.
    fn value_setting(&self, at: ExprRef, name: &str, steps: u32) -> Option<Setting> {
        let view = self.file(at.file)?;
        if let Some(found) = self.setting_within(at.file, at.expr, steps) {
            return Some(Setting { name: name.to_owned(), ..found });
        }
        let default = match self.truth_at_defaults(at.file, at.expr).truth {
            Some(truth) if matches!(view.module().expr(at.expr), Expr::Compare { .. } | Expr::Bool { .. }) => {
                Constant::Bool(truth)
            }
            _ => fold(view.module(), view.index(), at.expr),
        };
        Some(Setting { name: name.to_owned(), key: name.to_owned(), default, at: view.at_expr(at.expr) })
    }
}

/// `os.getenv("KEY", default)` and its kin.
fn from_environment(view: File<'_>, expr: ExprId) -> Option<Setting> {
    let (module, index) = (view.module(), view.index());
    // Conversions and alternatives are looked at by their parts.
    let lookup = env_lookup(module, index, expr)?;
    let default = match lookup.default {
        Some(default) => fold(module, index, default),
        None if lookup.is_required => Constant::Unknown,
        None => Constant::None,
    };
    Some(Setting { name: lookup.key.clone(), key: lookup.key, default, at: view.at_expr(expr) })
}

/// `app.config`, `current_app.config`, `config`.
fn is_config(view: File<'_>, expr: ExprId) -> bool {
    match view.module().expr(expr) {
        Expr::Attribute { name, .. } => view.module().text(name) == "config",
        _ => false,
    }
}

/// All entries of Flask-like configurations, found once.
pub(crate) fn config_entries<'p>(files: impl Iterator<Item = File<'p>>) -> ConfigEntries {
    let mut found = ConfigEntries::default();
    for file in files.filter(|file| file.role().is_reported()) {
        let module = file.module();
        let mut add =
            |key: &str, expr| found.entry(key.to_owned()).or_default().push(ExprRef { file: file.id(), expr });
        for class in module.class_ids().filter(|&class| class::has_settings_name(file.class_name(class))) {
            for (name, value) in class::own_values(file, class) {
                add(name, value);
            }
        }
        if module.symbol("config").is_none() {
            continue;
        }
        for stmt in module.stmt_ids() {
            let Stmt::Assign { targets, value } = module.stmt(stmt) else { continue };
            for &target in module.list(targets) {
                let Expr::Subscript { value: object, index } = module.expr(target) else { continue };
                let Expr::Str(key) = module.expr(index) else { continue };
                if is_config(file, object) {
                    add(module.text(key), value);
                }
            }
        }
    }
    found
}
