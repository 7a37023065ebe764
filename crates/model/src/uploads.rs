//! Files that clients upload: what handlers, and the functions they hand uploads to, take them from.

use backlint_semantic::{Binding, BindingKind, Call, descendants};
use backlint_syntax::ast::{Expr, ExprId};

use crate::{File, Project};

/// Classes of uploads that FastAPI and Starlette hand to handlers.
const CLASSES: &[&str] =
    &["fastapi.UploadFile", "fastapi.datastructures.UploadFile", "starlette.datastructures.UploadFile"];

/// What Flask and its kin hand uploads in by.
const FILES: &[&str] = &["flask.request.files", "quart.request.files"];

/// How many names lie between a use and the parameter.
const MAX_STEPS: u32 = 4;

impl Project {
    /// Whether `expr` is an upload: a parameter that FastAPI fills, annotated with its class, also in a list or beside
    /// `None`, or what Flask keeps in `request.files`; a name given to such a thing or to one of its elements, or the
    /// plain file below it.
    pub fn is_upload(&self, file: File<'_>, expr: ExprId) -> bool {
        is_upload(file, expr, MAX_STEPS)
    }
}

fn is_upload(file: File<'_>, expr: ExprId, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    let module = file.module();
    match module.expr(expr) {
        Expr::Name(name) => {
            let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
            !bindings.is_empty() && bindings.iter().all(|binding| binds_upload(file, binding, steps))
        }
        Expr::Attribute { value, name } => module.text(name) == "file" && is_upload(file, value, steps),
        Expr::Subscript { value, .. } => holds_files(file, value) || is_upload(file, value, steps),
        Expr::Call { .. } => {
            let call = Call::of(module, expr);
            call.is_some_and(|call| {
                matches!(call.name(), Some("get" | "getlist" | "pop" | "values"))
                    && call.receiver().is_some_and(|files| holds_files(file, files))
            })
        }
        _ => false,
    }
}

/// `request.files`.
fn holds_files(file: File<'_>, expr: ExprId) -> bool {
    matches!(file.module().expr(expr), Expr::Attribute { .. })
        && file.path_of(expr).is_some_and(|path| FILES.contains(&path.as_str()))
}

fn binds_upload(file: File<'_>, binding: &Binding, steps: u32) -> bool {
    let module = file.module();
    match binding.kind {
        BindingKind::Param(function, place) => {
            let param = module.list(file.function(function).params).get(place as usize);
            param.and_then(|param| param.annotation).is_some_and(|annotation| names_upload(file, annotation))
        }
        BindingKind::Assign { value: Some(value), .. } => is_upload(file, value, steps),
        BindingKind::Loop { iter } => {
            let all = Call::of(module, iter).filter(|call| call.name() == Some("enumerate"));
            is_upload(file, all.and_then(|call| call.positional(0)).unwrap_or(iter), steps)
        }
        _ => false,
    }
}

fn names_upload(file: File<'_>, annotation: ExprId) -> bool {
    descendants(file.module(), annotation)
        .into_iter()
        .any(|part| file.path_of(part).is_some_and(|path| CLASSES.contains(&path.as_str())))
}
