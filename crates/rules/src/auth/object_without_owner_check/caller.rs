//! Whether functions look at who calls.

use std::collections::BTreeMap;

use backlint_model::{File, FunctionRef, Project, Route, words};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId, Symbol};

use crate::parameters::{body_expressions, reads};

/// Words in the names of variables that hold the caller.
const CALLERS: &[&str] = &[
    "account",
    "actor",
    "author",
    "caller",
    "claims",
    "customer",
    "identity",
    "jwt",
    "me",
    "member",
    "org",
    "organization",
    "owner",
    "payload",
    "principal",
    "recipient",
    "requester",
    "tenant",
    "token",
    "user",
    "viewer",
    "auth",
];

/// How many functions a caller is handed through.
const MAX_HANDOVERS: u32 = 2;

/// Which functions look at who calls, each worked out once.
pub(super) struct CallerUse<'p> {
    project: &'p Project,
    known: BTreeMap<FunctionRef, bool>,
}

impl<'p> CallerUse<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        Self { project, known: BTreeMap::new() }
    }

    /// Whether a function reads anything that may be the caller; what the path names is what is asked for.
    pub(super) fn reads_caller(&mut self, function: FunctionRef, route: &Route) -> bool {
        // A path that names users leaves open who is meant.
        if CALLERS.iter().any(|word| words::has_word(&route.path.replace(|c: char| !c.is_alphanumeric(), "_"), word)) {
            return true;
        }
        if let Some(&known) = self.known.get(&function) {
            return known;
        }
        let found = self.project.file(function.file).is_none_or(|file| reads_in(self.project, file, function));
        self.known.insert(function, found);
        found
    }

    /// The parameter for the caller that a function has and never reads, unless an interface asks for it.
    pub(super) fn unread_actor(&self, function: FunctionRef) -> Option<String> {
        let file = self.project.file(function.file)?;
        let module = file.module();
        if is_of_interface(self.project, file, function) {
            return None;
        }
        let params = module.list(file.function(function.id).params).iter();
        let mut unread =
            params.filter(|param| is_caller(module.text(param.name)) && !reads(file, function.id, param.name));
        unread.next().map(|param| module.text(param.name).to_owned())
    }
}

/// Whether a class above has a method of the same name: then the parameters are not the function's own choice.
fn is_of_interface(project: &Project, file: File<'_>, function: FunctionRef) -> bool {
    let Some(class) = file.index().class_of(file.module(), function.id) else { return false };
    let class = backlint_model::ClassRef { file: function.file, id: class };
    let name = file.function_name(function.id);
    project.lineage(class).into_iter().skip(1).any(|above| match above {
        backlint_model::Type::Project(above) => project.own_method(above, name).is_some(),
        backlint_model::Type::External(path) => path.ends_with("Protocol") || path.ends_with("ABC"),
    })
}

fn is_caller(name: &str) -> bool {
    let snake = words::snake_case(name);
    CALLERS.iter().any(|word| words::has_word(&snake, word))
}

fn reads_in(project: &Project, file: File<'_>, function: FunctionRef) -> bool {
    let module = file.module();
    body_expressions(file, function.id).into_iter().any(|expr| match module.expr(expr) {
        Expr::Name(name) => {
            let text = module.text(name);
            let is_global_caller = matches!(text, "g" | "get_jwt_identity" | "get_jwt")
                || text == "session" && file.path_of(expr).as_deref() == Some("flask.session");
            let is_variable = text.starts_with(|c: char| c.is_lowercase() || c == '_');
            is_global_caller
                || is_variable && is_caller(text) && !is_dropped(project, file, function, expr, MAX_HANDOVERS)
        }
        Expr::Attribute { name, value } => {
            matches!(module.text(name), "state" | "user") && file.text_of(value).ends_with("request")
        }
        _ => false,
    })
}

/// Whether a name is only handed to a function that never reads it.
fn is_dropped(project: &Project, file: File<'_>, function: FunctionRef, name: ExprId, handovers: u32) -> bool {
    let Some(handovers) = handovers.checked_sub(1) else { return false };
    let module = file.module();
    let mut argument = name;
    while let Some(outer) = file.index().parent(argument) {
        match module.expr(outer) {
            Expr::Attribute { value, .. } if value == argument => argument = outer,
            Expr::Call { .. } => {
                let Some(call) = Call::of(module, outer) else { return false };
                let callee = project.callees(function).iter().find(|callee| callee.call == call.expr);
                let Some(callee) = callee else { return false };
                let Some(param) = param_of(project, file, call, callee.function, argument) else { return false };
                return is_unread(project, callee.function, param, handovers);
            }
            _ => return false,
        }
    }
    false
}

fn param_of(
    project: &Project,
    file: File<'_>,
    call: Call<'_>,
    callee: FunctionRef,
    argument: ExprId,
) -> Option<Symbol> {
    let target = project.file(callee.file)?;
    let params = target.module().list(target.function(callee.id).params);
    params.iter().enumerate().find_map(|(place, param)| {
        let given = project.argument_for(file.id(), call, callee, place)?;
        (given.expr == argument).then_some(param.name)
    })
}

/// Whether a function never does anything with a parameter but to drop it.
fn is_unread(project: &Project, function: FunctionRef, param: Symbol, handovers: u32) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let module = file.module();
    body_expressions(file, function.id)
        .into_iter()
        .filter(|&expr| module.expr(expr) == Expr::Name(param))
        .all(|expr| is_dropped(project, file, function, expr, handovers))
}
