//! Classes, objects and modules that are loaded as configuration.

use backlint_semantic::{BindingKind, Call, ScopeId};
use backlint_source::FileId;
use backlint_syntax::ast::{ClassId, Expr, ExprId, Stmt, StmtId};
use rustc_hash::FxHashSet;

use super::{ConfigSource, ConfigWrite};
use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef, Type};
use crate::{File, Project};

/// How many names, look-ups and calls a configuration class may be behind.
const MAX_STEPS: u32 = 6;

/// The settings of what `from_object` is given; none if that could not be told.
pub(super) fn of_object(project: &Project, file: File<'_>, argument: ExprId) -> Option<Vec<ConfigWrite>> {
    let holders = holders(project, file, argument, MAX_STEPS)?;
    Some(holders.into_iter().flat_map(|holder| holder.settings(project)).collect())
}

/// The settings of the file that `from_pyfile` names, if the project has it.
pub(super) fn of_file(project: &Project, file: File<'_>, argument: ExprId) -> Option<Vec<ConfigWrite>> {
    let path = project.string(file.id(), argument)?;
    let path = path.trim_start_matches("../").trim_start_matches("./");
    let mut named = project.files().filter(|file| {
        let rest = file.local_path().strip_suffix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    });
    let only = named.next()?;
    named.next().is_none().then(|| Holder::Module(only.id()).settings(project))
}

/// What holds settings as attributes.
enum Holder {
    Class(ClassRef),
    Module(FileId),
}

impl Holder {
    fn settings(&self, project: &Project) -> Vec<ConfigWrite> {
        match *self {
            Self::Class(class) => class_settings(project, class),
            Self::Module(id) => project.file(id).map_or_else(Vec::new, |file| {
                let statements = backlint_semantic::own_statements(file.module(), file.module().top_level());
                statements.into_iter().filter_map(|stmt| setting(file, stmt)).collect()
            }),
        }
    }
}

/// The attributes of a class, inherited ones included, the nearest of each name.
fn class_settings(project: &Project, class: ClassRef) -> Vec<ConfigWrite> {
    let lineage = project.lineage(class).into_iter().filter_map(|of| match of {
        Type::Project(class) => Some(class),
        Type::External(_) => None,
    });
    let is_dev = |class: ClassRef| {
        project.file(class.file).is_some_and(|file| crate::words::is_dev_identifier(file.class_name(class.id)))
    };
    let is_dev_only = is_dev(class);
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    for class in lineage {
        let Some(file) = project.file(class.file) else { continue };
        let settings = fields(file, class.id);
        let new: Vec<ConfigWrite> = settings.into_iter().filter(|write| !seen.contains(&write.key)).collect();
        seen.extend(new.iter().map(|write| write.key.clone()));
        found.extend(
            new.into_iter().map(|write| ConfigWrite { is_dev_only: write.is_dev_only || is_dev_only, ..write }),
        );
    }
    found
}

fn fields(file: File<'_>, class: ClassId) -> Vec<ConfigWrite> {
    let body = file.module().list(file.class(class).body);
    backlint_semantic::own_statements(file.module(), body).into_iter().filter_map(|stmt| setting(file, stmt)).collect()
}

/// `KEY = value`; only names in capitals are settings.
fn setting(file: File<'_>, stmt: StmtId) -> Option<ConfigWrite> {
    let module = file.module();
    let (target, value) = match module.stmt(stmt) {
        Stmt::Assign { targets, value } => (*module.list(targets).first()?, value),
        Stmt::AnnAssign { target, value: Some(value), .. } => (target, value),
        _ => return None,
    };
    let Expr::Name(name) = module.expr(target) else { return None };
    let key = module.text(name);
    let is_setting = key.chars().any(char::is_uppercase) && !key.chars().any(char::is_lowercase);
    is_setting.then(|| ConfigWrite {
        app: None,
        key: key.to_owned(),
        value: Some(ExprRef { file: file.id(), expr: value }),
        at: file.at_stmt(stmt),
        source: ConfigSource::Object,
        is_dev_only: file.is_dev_only(value),
    })
}

/// The classes and modules that an expression may be: one, or all entries of the table it is looked up in.
fn holders(project: &Project, file: File<'_>, expr: ExprId, steps: u32) -> Option<Vec<Holder>> {
    let steps = steps.checked_sub(1)?;
    let module = file.module();
    match module.expr(expr) {
        Expr::Str(path) => return by_path(project, file, module.text(path)).map(|holder| vec![holder]),
        // `configs[name]`: one of the values.
        Expr::Subscript { value, .. } => return entries(project, file, value, steps),
        Expr::Call { .. } => {
            let call = Call::of(module, expr)?;
            if call.name() == Some("get")
                && let Some(found) = call.receiver().and_then(|table| entries(project, file, table, steps))
            {
                return Some(found);
            }
        }
        Expr::Conditional { body, orelse, .. } => {
            let mut found = holders(project, file, body, steps)?;
            found.extend(holders(project, file, orelse, steps)?);
            return Some(found);
        }
        Expr::Bool { values, .. } => {
            let found = module.list(values).iter().filter_map(|&value| holders(project, file, value, steps));
            let found: Vec<Holder> = found.flatten().collect();
            return (!found.is_empty()).then_some(found);
        }
        Expr::Name(name) => {
            let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
            if let [only] = bindings
                && only.scope != ScopeId::MODULE
                && let BindingKind::Assign { value: Some(value), .. } = only.kind
            {
                return holders(project, file, value, steps);
            }
        }
        _ => {}
    }
    match project.resolve(file.id(), expr) {
        Entity::Class(class) | Entity::Instance { of: Type::Project(class), .. } => Some(vec![Holder::Class(class)]),
        Entity::Module(id) => Some(vec![Holder::Module(id)]),
        Entity::Param(function, place) => {
            let given = values_of(project, function, place);
            let found: Vec<Holder> = given
                .into_iter()
                .filter_map(|at| holders(project, project.file(at.file)?, at.expr, steps))
                .flatten()
                .collect();
            (!found.is_empty()).then_some(found)
        }
        Entity::Literal(at) if (at.file, at.expr) != (file.id(), expr) => {
            holders(project, project.file(at.file)?, at.expr, steps)
        }
        _ => None,
    }
}

/// What a parameter is outside tests: its default, and what the calls in applications and scripts pass.
fn values_of(project: &Project, function: FunctionRef, place: u32) -> Vec<ExprRef> {
    let Some(file) = project.file(function.file) else { return Vec::new() };
    let params = file.module().list(file.function(function.id).params);
    let default = params.get(place as usize).and_then(|param| param.default);
    let mut found: Vec<ExprRef> = default.map(|expr| ExprRef { file: function.file, expr }).into_iter().collect();
    let name = file.function_name(function.id);
    for caller in project.reported_files().filter(|caller| caller.module().symbol(name).is_some()) {
        for call in caller.calls().filter(|call| call.name() == Some(name)) {
            if project.resolve(caller.id(), call.function) == Entity::Function(function) {
                found.extend(project.argument_for(caller.id(), call, function, place as usize));
            }
        }
    }
    found
}

/// All values of a table of configurations.
fn entries(project: &Project, file: File<'_>, table: ExprId, steps: u32) -> Option<Vec<Holder>> {
    let Entity::Literal(at) = project.resolve(file.id(), table) else { return None };
    let file = project.file(at.file)?;
    let Expr::Dict(items) = file.module().expr(at.expr) else { return None };
    let found = file.module().list(items).iter().map(|item| holders(project, file, item.value, steps));
    Some(found.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

/// `"package.module.Class"`, `"package.module"`.
fn by_path(project: &Project, file: File<'_>, path: &str) -> Option<Holder> {
    let path = path.replace(':', ".");
    if let Some(target) = project.modules.find(file.local_path(), 0, &path).and_then(crate::modules::ModuleTarget::file)
    {
        return Some(Holder::Module(target));
    }
    let (module, class) = path.rsplit_once('.')?;
    let target = project.modules.find(file.local_path(), 0, module)?.file()?;
    match project.module_member(target, class, crate::resolve::MAX_STEPS)? {
        Entity::Class(class) | Entity::Instance { of: Type::Project(class), .. } => Some(Holder::Class(class)),
        Entity::Module(id) => Some(Holder::Module(id)),
        _ => None,
    }
}
