//! When two places mean the same file.

use backlint_semantic::{Binding, BindingKind, Call, ScopeId};
use backlint_source::FileId;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, Part};

use crate::resolve::{ClassRef, Entity, FunctionRef, Type};
use crate::{File, Project};

/// How many names and calls a path may be behind.
const MAX_STEPS: u32 = 8;

/// What a path is made of, if it is the same in every run: equal keys are the same file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathKey {
    /// A text.
    Text(String),
    /// A variable of a module.
    Global(FileId, String),
    /// An attribute of a class or its instances.
    Attribute(ClassRef, String),
    /// What a function without arguments returns.
    Made(FunctionRef),
    /// A setting, as it is written.
    Setting(String),
    /// Several parts, one behind the other.
    Joined(Vec<PathKey>),
}

impl Project {
    /// The key of a path; none if it depends on what a function is given.
    pub fn path_key(&self, file: File<'_>, path: ExprId) -> Option<PathKey> {
        Keys { project: self, file }.key(path, MAX_STEPS)
    }
}

struct Keys<'p> {
    project: &'p Project,
    file: File<'p>,
}

impl Keys<'_> {
    fn key(&self, expr: ExprId, steps: u32) -> Option<PathKey> {
        let steps = steps.checked_sub(1)?;
        let module = self.file.module();
        match module.expr(expr) {
            Expr::Str(text) => Some(PathKey::Text(module.text(text).to_owned())),
            Expr::Name(_) => self.name(expr, steps),
            Expr::Attribute { value, name } => self.attribute(value, module.text(name), steps),
            Expr::Call { .. } => self.call(expr, steps),
            Expr::Binary { left, op: BinaryOp::Div | BinaryOp::Add, right } => self.joined(&[left, right], steps),
            Expr::Subscript { value, index } => match module.expr(index) {
                Expr::Str(_) => {
                    let holder = self.setting_holder(value)?;
                    Some(PathKey::Setting(format!("{holder}[{}]", self.file.text_of(index))))
                }
                _ => None,
            },
            Expr::FString(parts) => {
                let parts = module.list(parts).iter().map(|part| match *part {
                    Part::Text(text) => Some(PathKey::Text(module.text(text).to_owned())),
                    Part::Value { value, .. } => self.key(value, steps),
                });
                parts.collect::<Option<Vec<_>>>().map(PathKey::Joined)
            }
            _ => None,
        }
    }

    fn joined(&self, parts: &[ExprId], steps: u32) -> Option<PathKey> {
        parts.iter().map(|&part| self.key(part, steps)).collect::<Option<Vec<_>>>().map(PathKey::Joined)
    }

    /// What a setting is looked up in: one configuration for `app.config["X"]` and `current_app.config["X"]`.
    fn setting_holder(&self, value: ExprId) -> Option<String> {
        const CONFIGURATION: &str = "config";
        let text = self.file.text_of(value);
        let is_config = text == CONFIGURATION || text.ends_with(".config");
        if is_config { Some(CONFIGURATION.to_owned()) } else { self.file.path_of(value) }
    }

    fn name(&self, expr: ExprId, steps: u32) -> Option<PathKey> {
        let module = self.file.module();
        let Expr::Name(name) = module.expr(expr) else { return None };
        let index = self.file.index();
        let text = module.text(name);
        match index.lookup(index.scope_of_name(expr), name) {
            [] if text == "__file__" => Some(PathKey::Global(self.file.id(), text.to_owned())),
            [] => None,
            all if all.iter().all(|binding| binding.scope == ScopeId::MODULE && is_assignment(binding)) => {
                Some(PathKey::Global(self.file.id(), text.to_owned()))
            }
            [only] => match only.kind {
                BindingKind::Import(import) => self.imported(only, import, steps),
                BindingKind::Assign { value: Some(value), .. } => self.key(value, steps),
                BindingKind::Param(function, place) => {
                    let params = module.list(self.file.function(function).params);
                    self.key(params.get(place as usize)?.default?, steps)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// `from module import NAME`.
    fn imported(&self, binding: &Binding, import: backlint_semantic::Import, steps: u32) -> Option<PathKey> {
        let module = self.file.module();
        let name = module.text(import.name?);
        let from = import.module.map(|from| module.text(from)).unwrap_or_default();
        let home = self.project.file(self.project.module_file(self.file, import.level, from)?)?;
        let symbol = home.module().symbol(name)?;
        let inner = Keys { project: self.project, file: home };
        match home.index().bindings_of(ScopeId::MODULE, symbol) {
            [only] => match only.kind {
                BindingKind::Import(further) if only.name != binding.name || home.id() != self.file.id() => {
                    inner.imported(only, further, steps.checked_sub(1)?)
                }
                _ => Some(PathKey::Global(home.id(), name.to_owned())),
            },
            [] => None,
            _ => Some(PathKey::Global(home.id(), name.to_owned())),
        }
    }

    fn attribute(&self, value: ExprId, name: &str, steps: u32) -> Option<PathKey> {
        if let Some(class) = self.own_class(value) {
            return Some(PathKey::Attribute(class, name.to_owned()));
        }
        match self.project.resolve(self.file.id(), value) {
            Entity::Module(file) => Some(PathKey::Global(file, name.to_owned())),
            Entity::Class(class) | Entity::Instance { of: Type::Project(class), .. } => {
                Some(PathKey::Attribute(class, name.to_owned()))
            }
            _ => {
                let held = self.key(value, steps)?;
                Some(PathKey::Joined(vec![held, PathKey::Text(name.to_owned())]))
            }
        }
    }

    /// The class whose method uses `self` or `cls`, if `expr` is that.
    fn own_class(&self, expr: ExprId) -> Option<ClassRef> {
        let module = self.file.module();
        let Expr::Name(name) = module.expr(expr) else { return None };
        if !matches!(module.text(name), "self" | "cls") {
            return None;
        }
        let function = self.file.index().function_of(expr)?;
        let class = self.file.index().class_of(module, function)?;
        Some(ClassRef::new(self.file.id(), class))
    }

    fn call(&self, expr: ExprId, steps: u32) -> Option<PathKey> {
        let call = Call::of(self.file.module(), expr)?;
        match call.name()? {
            "Path" | "PurePath" | "str" | "fspath" | "abspath" | "expanduser" | "expandvars" | "normpath"
            | "realpath"
                if !call.args.is_empty() =>
            {
                let parts: Vec<ExprId> = call.args.iter().map(|arg| arg.value).collect();
                self.single(&parts, steps)
            }
            "resolve" | "absolute" | "expanduser" | "as_posix" if call.args.is_empty() => {
                self.key(call.receiver()?, steps)
            }
            "join" if self.file.path_of(call.function).is_some_and(|path| path == "os.path.join") => {
                let parts: Vec<ExprId> = call.args.iter().map(|arg| arg.value).collect();
                self.single(&parts, steps)
            }
            "joinpath" => {
                let parts: Vec<ExprId> = call.receiver().into_iter().chain(call.args.iter().map(|a| a.value)).collect();
                self.joined(&parts, steps)
            }
            "dirname" => self.joined(&[call.positional(0)?], steps),
            "getenv" | "get" if call.positional(0).is_some_and(|key| self.is_text(key)) => {
                Some(PathKey::Setting(self.file.text_of(expr).to_owned()))
            }
            _ if call.args.is_empty() => match self.project.resolve(self.file.id(), call.function) {
                Entity::Function(function) => Some(PathKey::Made(function)),
                _ => None,
            },
            _ => None,
        }
    }

    fn single(&self, parts: &[ExprId], steps: u32) -> Option<PathKey> {
        match parts {
            [only] => self.key(*only, steps),
            _ => self.joined(parts, steps),
        }
    }

    fn is_text(&self, expr: ExprId) -> bool {
        matches!(self.file.module().expr(expr), Expr::Str(_))
    }
}

fn is_assignment(binding: &Binding) -> bool {
    matches!(binding.kind, BindingKind::Assign { .. })
}
