//! HTTP errors that a block raises, itself or through a function that it calls.

use backlint_model::{ClassRef, Entity, File, FunctionRef, Project, Type};
use backlint_semantic::{Block, Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

use crate::exc::answer::{error_status, number};
use crate::exc::clause::Clause;
use crate::expressions::label;

/// An HTTP error on its way to the client.
#[derive(Clone, Debug)]
pub(super) struct HttpError {
    pub(super) at: ExprId,
    /// What raises it, as a reader would call it.
    pub(super) what: String,
    /// Its status, if that is said.
    pub(super) status: Option<u16>,
    /// Whether it is raised in the block itself rather than by a function of the project.
    pub(super) is_own: bool,
    /// The class of the project that it is an object of, if it is one.
    pub(super) class: Option<ClassRef>,
}

/// The HTTP errors of the guarded block that its own tries let through, in source order.
pub(super) fn http_errors(project: &Project, clause: &Clause<'_>) -> Vec<HttpError> {
    let file = clause.file;
    let own = raised_in(project, file, clause.guarded, clause.stmt);
    let helpers = clause.guarded_calls().into_iter().filter_map(|call| {
        let stmt = file.index().stmt_of(call.expr)?;
        let escapes = !is_caught_inside(project, file, stmt, clause.stmt);
        let function = escapes.then(|| project.resolve(file.id(), call.function).function())??;
        let inner = of_helper(project, function)?;
        let what = label(file, call.function).unwrap_or("the call").to_owned();
        Some(HttpError { at: call.expr, what, is_own: false, ..inner })
    });
    let mut found: Vec<HttpError> = own.into_iter().chain(helpers).collect();
    found.sort_by_key(|error| file.module().span(error.at).start);
    found
}

/// The first HTTP error that a function raises itself and lets through.
pub(super) fn of_helper(project: &Project, function: FunctionRef) -> Option<HttpError> {
    let file = project.file(function.file)?;
    let definition = file.function(function.id).stmt;
    raised_in(project, file, file.module().body(function.id), definition).into_iter().next()
}

fn raised_in(project: &Project, file: File<'_>, block: &[StmtId], outer: StmtId) -> Vec<HttpError> {
    let module = file.module();
    let statements = own_statements(module, block).into_iter();
    let reached = statements.filter(|&stmt| !matches!(module.stmt(stmt), Stmt::Function(_) | Stmt::Class(_)));
    reached
        .filter(|&stmt| !is_caught_inside(project, file, stmt, outer))
        .filter_map(|stmt| match module.stmt(stmt) {
            Stmt::Raise { exception: Some(raised), .. } => raised_error(project, file, raised),
            _ => expressions_of(module, stmt)
                .into_iter()
                .flat_map(|expr| descendants(module, expr))
                .find_map(|expr| aborting_call(file, expr)),
        })
        .collect()
}

/// `raise HTTPException(404)`, `raise NotFound()`.
pub(super) fn raised_error(project: &Project, file: File<'_>, raised: ExprId) -> Option<HttpError> {
    let callee = Call::of(file.module(), raised).map_or(raised, |call| call.function);
    let path = file.path_of(callee)?;
    let what = path.rsplit('.').next()?.to_owned();
    if is_framework_error(&path) {
        let status = error_status(file, raised);
        return Some(HttpError { at: raised, what, status, is_own: true, class: None });
    }
    let class = http_class(project, file, callee)?;
    // A class of the project may be for any status: only one that is said can be compared with that of the answer.
    let status = error_status_of(project, file, raised, class)?;
    Some(HttpError { at: raised, what, status: Some(status), is_own: true, class: Some(class) })
}

/// The class of the project that an expression names, if its objects are HTTP errors of a framework.
pub(super) fn http_class(project: &Project, file: File<'_>, callee: ExprId) -> Option<ClassRef> {
    let Entity::Class(class) = project.resolve(file.id(), callee) else { return None };
    let is_http = |above: &Type| matches!(above, Type::External(path) if is_framework_error(path));
    project.lineage(class).iter().any(is_http).then_some(class)
}

fn is_framework_error(path: &str) -> bool {
    const PACKAGES: &[&str] = &["fastapi", "starlette", "werkzeug", "flask", "quart", "sanic", "litestar"];
    let is_known = PACKAGES.iter().any(|package| path.split('.').next() == Some(*package));
    is_known && (path.ends_with("HTTPException") || path.starts_with("werkzeug.exceptions."))
}

/// The status of an error of a class of the project: given where it is raised, or in the class.
fn error_status_of(project: &Project, file: File<'_>, raised: ExprId, class: ClassRef) -> Option<u16> {
    let given = Call::of(file.module(), raised).and_then(|call| call.keyword("status_code"));
    let in_class = || {
        let attribute = ["code", "status_code"].iter().find_map(|name| project.class_attribute(class, name))?;
        number(project.file(attribute.file)?, attribute.expr)
    };
    match given {
        Some(given) => number(file, given.value),
        None => in_class(),
    }
}

/// `abort(404)`, `Order.query.first_or_404()`.
fn aborting_call(file: File<'_>, expr: ExprId) -> Option<HttpError> {
    let call = Call::of(file.module(), expr)?;
    let name = call.name()?;
    if name.ends_with("_or_404") {
        return Some(HttpError { at: expr, what: name.to_owned(), status: Some(404), is_own: true, class: None });
    }
    let path = file.path_of(call.function).filter(|_| name == "abort")?;
    let is_framework = ["apiflask", "flask", "quart", "werkzeug"].iter().any(|package| path.starts_with(package));
    let status = error_status(file, expr);
    is_framework.then(|| HttpError { at: expr, what: name.to_owned(), status, is_own: true, class: None })
}

/// Whether a try between a statement and the one around it may catch HTTP errors.
pub(super) fn is_caught_inside(project: &Project, file: File<'_>, stmt: StmtId, outer: StmtId) -> bool {
    let module = file.module();
    let between = file.index().stmt_ancestors(stmt).take_while(|parent| parent.stmt != outer);
    between.into_iter().any(|parent| match module.stmt(parent.stmt) {
        Stmt::Try { handlers, .. } => {
            parent.block == Block::Body
                && module
                    .list(handlers)
                    .iter()
                    .any(|handler| handler.kind.is_none_or(|kind| may_catch(project, file, kind)))
        }
        Stmt::With { items, .. } => {
            module.list(items).iter().any(|item| file.text_of(item.context).contains("suppress"))
        }
        _ => false,
    })
}

fn may_catch(project: &Project, file: File<'_>, kind: ExprId) -> bool {
    let module = file.module();
    match module.expr(kind) {
        Expr::Tuple(items) => module.list(items).iter().any(|&item| may_catch(project, file, item)),
        _ => {
            label(file, kind).is_none_or(|name| {
                matches!(name, "Exception" | "BaseException") || name.contains("HTTP") || name.contains("NotFound")
            }) || http_class(project, file, kind).is_some()
        }
    }
}
