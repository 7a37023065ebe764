//! Calls of functions of the project that do not take what they are given.

use backlint_model::{ClassRef, Entity, File, FunctionRef, Project};
use backlint_semantic::{BindingKind, Call, ScopeId};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Param, ParamKind, StmtId};

use crate::mnt::conditions::{is_attempt, is_unreachable};

use super::classes::{Members, is_known};
use super::receivers::{Receiver, Receivers};

/// A call that raises a `TypeError`.
pub(super) struct Refused<'p> {
    pub(super) file: File<'p>,
    pub(super) call: ExprId,
    /// What is called: the function, or the `__init__` of a class.
    pub(super) function: FunctionRef,
    /// The name that is called.
    pub(super) name: &'p str,
    pub(super) why: Why,
}

/// Why a function refuses a call.
pub(super) enum Why {
    /// It has no parameter of this name.
    UnknownKeyword(String),
    /// It takes this many values by position, and gets more.
    TooMany { takes: usize, given: usize },
    /// Nothing gives these parameters a value.
    Missing(Vec<String>),
}

/// Decorators that leave the parameters as they are.
const PLAIN_DECORATORS: &[&str] = &["abstractmethod", "cache", "classmethod", "lru_cache", "override", "staticmethod"];

/// The calls of a file that functions of the project refuse.
pub(super) fn refused<'p>(
    project: &'p Project,
    members: &Members<'p>,
    receivers: &mut Receivers<'_, 'p>,
    file: File<'p>,
) -> Vec<Refused<'p>> {
    let calls = file.calls().filter(|call| call.args.iter().all(|arg| arg.kind != ArgKind::Star));
    let refused = calls.filter_map(|call| {
        let is_excused = |stmt| is_attempt(file, stmt, &["TypeError"], 0) || is_unreachable(file, stmt);
        let (function, bound) = callee(project, members, receivers, file, call)?;
        let why = refusal(project, file, call, function, bound)?;
        if file.index().stmt_of(call.expr).is_some_and(is_excused) {
            return None;
        }
        Some(Refused { file, call: call.expr, function, name: call.name()?, why })
    });
    refused.collect()
}

/// The function that a call can only mean, and how many of its parameters the call itself fills.
fn callee<'p>(
    project: &'p Project,
    members: &Members<'p>,
    receivers: &mut Receivers<'_, 'p>,
    file: File<'p>,
    call: Call<'p>,
) -> Option<(FunctionRef, usize)> {
    match file.module().expr(call.function) {
        Expr::Name(name) => {
            let [binding] = file.index().lookup(file.index().scope_of_name(call.function), name) else { return None };
            let meant = match binding.kind {
                BindingKind::Import(import) => receivers.imports().definition_behind(file, import)?,
                BindingKind::Function(_) | BindingKind::Class(_) if binding.scope == ScopeId::MODULE => {
                    receivers.imports().definition_in(file.id(), file.module().text(name))?
                }
                _ => return None,
            };
            callable(project, &meant)
        }
        Expr::Attribute { value, name } => {
            let name = file.module().text(name);
            match receivers.receiver(value)? {
                Receiver::Module(module) => callable(project, &receivers.imports().definition_in(module, name)?),
                Receiver::Itself(class) if !members.is_replaced_below(project, class, name) => {
                    method(project, class, name).filter(|_| !members.is_set(name))
                }
                Receiver::Instance(class) => method(project, class, name).filter(|_| !members.is_set(name)),
                Receiver::Itself(_) => None,
            }
        }
        _ => None,
    }
}

/// A function, or the `__init__` of a class, that stands at the top of its module under no condition.
fn callable(project: &Project, meant: &Entity) -> Option<(FunctionRef, usize)> {
    match *meant {
        Entity::Function(function) => {
            let owner = project.file(function.file)?;
            let is_certain = is_at_top(owner, owner.function(function.id).stmt) && is_plain(owner, function);
            is_certain.then_some((function, 0))
        }
        Entity::Class(class) => {
            let owner = project.file(class.file)?;
            let made = method(project, class, "__init__").filter(|&(_, bound)| bound == 1);
            made.filter(|_| is_at_top(owner, owner.class(class.id).stmt))
        }
        _ => None,
    }
}

fn is_at_top(file: File<'_>, stmt: StmtId) -> bool {
    file.index().stmt_ancestors(stmt).next().is_none()
}

/// A method of a class of which everything is known, and how many parameters the object fills.
fn method(project: &Project, class: ClassRef, name: &str) -> Option<(FunctionRef, usize)> {
    if !is_known(project, class) {
        return None;
    }
    let function = project.method(class, name)?;
    let file = project.file(function.file)?;
    let owner = file.index().class_of(file.module(), function.id)?;
    let symbol = file.module().symbol(name)?;
    let is_sole = file.index().bindings_of(file.index().class_scope(owner), symbol).len() == 1;
    let bound = usize::from(!has_decorator(file, function, "staticmethod"));
    (is_sole && is_plain(file, function)).then_some((function, bound))
}

fn is_plain(file: File<'_>, function: FunctionRef) -> bool {
    let decorators = file.module().list(file.function(function.id).decorators);
    decorators.iter().all(|decorator| PLAIN_DECORATORS.contains(&last_name(file.text_of(decorator.expr))))
}

fn has_decorator(file: File<'_>, function: FunctionRef, name: &str) -> bool {
    let decorators = file.module().list(file.function(function.id).decorators);
    decorators.iter().any(|decorator| last_name(file.text_of(decorator.expr)) == name)
}

/// `lru_cache` of `functools.lru_cache(maxsize=1)`.
fn last_name(decorator: &str) -> &str {
    let callee = decorator.split('(').next().unwrap_or(decorator);
    callee.rsplit('.').next().unwrap_or(callee)
}

/// Why a function refuses a call, if it does. The first `bound` parameters are filled already.
fn refusal(project: &Project, file: File<'_>, call: Call<'_>, function: FunctionRef, bound: usize) -> Option<Why> {
    let owner = project.file(function.file)?;
    let module = owner.module();
    let params = module.list(owner.function(function.id).params);
    let takes = |kind: ParamKind| params.iter().any(|param| param.kind == kind);
    let positional: Vec<&Param> =
        params.iter().filter(|param| matches!(param.kind, ParamKind::PositionalOnly | ParamKind::Positional)).collect();
    let free = positional.len().checked_sub(bound)?;
    let given = call.args.iter().filter(|arg| arg.kind == ArgKind::Positional).count();
    if given > free && !takes(ParamKind::VarArgs) {
        return Some(Why::TooMany { takes: free, given });
    }
    let keywords: Vec<&str> = call
        .args
        .iter()
        .filter_map(|arg| match arg.kind {
            ArgKind::Keyword(name) => Some(file.module().text(name)),
            _ => None,
        })
        .collect();
    let by_name = |param: &&Param| matches!(param.kind, ParamKind::Positional | ParamKind::KeywordOnly);
    let mut unknown =
        keywords.iter().filter(|name| !params.iter().filter(by_name).any(|param| module.text(param.name) == **name));
    if !takes(ParamKind::VarKeywords)
        && let Some(name) = unknown.next()
    {
        return Some(Why::UnknownKeyword((*name).to_owned()));
    }
    if call.args.iter().any(|arg| arg.kind == ArgKind::DoubleStar) {
        return None;
    }
    let filled = positional.iter().skip(bound + given).copied();
    let rest = filled.chain(params.iter().filter(|param| param.kind == ParamKind::KeywordOnly));
    let missing: Vec<String> = rest
        .filter(|param| param.default.is_none() && !keywords.contains(&module.text(param.name)))
        .map(|param| module.text(param.name).to_owned())
        .collect();
    (!missing.is_empty()).then_some(Why::Missing(missing))
}
