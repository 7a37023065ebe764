//! Which handlers validate a path parameter before they use it to find a file.

use backlint_model::{File, Project, Route, words};
use backlint_semantic::Call;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId};

use super::{Check, Place};

/// Words of parameters that name files and folders.
const FILES: &[&str] = &["dir", "directory", "file", "filename", "folder", "path", "name", "slug"];

/// Words of functions that validate a part of a path.
const VALIDATIONS: &[&str] =
    &["clean", "is_safe", "is_valid", "normalize", "safe", "sanitize", "secure", "valid", "validate", "verify"];

/// The validations of the parameter in the handler.
pub(super) fn checks(project: &Project, route: &Route, subject: &str) -> Vec<Check> {
    let Some((file, uses)) = uses(project, route, subject) else { return Vec::new() };
    let module = file.module();
    let mut found = Vec::new();
    for used in uses {
        for outer in file.index().ancestors(used) {
            let Some(call) = Call::of(module, outer) else { continue };
            let name = call.name().unwrap_or_default();
            let snake = words::snake_case(name);
            if VALIDATIONS.iter().any(|word| words::has_word(&snake, word)) || matches!(name, "basename" | "fullmatch")
            {
                found.push(Check { name: name.to_owned(), place: Place::Code, at: file.at_expr(outer) });
            }
        }
    }
    found.sort();
    found.dedup_by(|a, b| a.name == b.name);
    found
}

/// Whether the handler makes a path of the parameter.
pub(super) fn is_used_as_path(project: &Project, route: &Route, subject: &str) -> bool {
    let Some((file, uses)) = uses(project, route, subject) else { return false };
    let module = file.module();
    uses.into_iter().any(|used| {
        file.index().ancestors(used).any(|outer| match module.expr(outer) {
            Expr::Binary { op: BinaryOp::Div, .. } => true,
            Expr::Call { .. } => Call::of(module, outer).is_some_and(|call| {
                let path = file.path_of(call.function);
                matches!(path.as_deref(), Some("os.path.join" | "open" | "pathlib.Path"))
                    || call.name() == Some("joinpath")
            }),
            _ => false,
        })
    })
}

/// Where the handler reads the parameter, if it is a plain string that may name a file.
fn uses<'p>(project: &'p Project, route: &Route, subject: &str) -> Option<(File<'p>, Vec<ExprId>)> {
    let name = subject.rsplit('/').next()?;
    let snake = words::snake_case(name);
    let is_converted = [format!("<int:{name}>"), format!("<uuid:{name}>"), format!("{{{name}:int}}")];
    let names_file = FILES.iter().any(|word| words::has_word(&snake, word));
    if !names_file || is_converted.iter().any(|converted| route.path.contains(converted.as_str())) {
        return None;
    }
    let handler = route.handler.function()?;
    let file = project.file(handler.file)?;
    let module = file.module();
    let symbol = module.symbol(name)?;
    let params = module.list(file.function(handler.id).params);
    let param = params.iter().find(|param| param.name == symbol)?;
    // An enumeration or number admits nothing else.
    if param.annotation.is_some_and(|annotation| file.text_of(annotation) != "str") {
        return None;
    }
    let span = module.stmt_span(file.function(handler.id).stmt);
    let header = file.function(handler.id).header.end;
    let within = |expr: ExprId| {
        let at = module.span(expr);
        header <= at.start && at.end <= span.end
    };
    let uses = file.index().uses().iter().filter(|used| used.name == symbol && within(used.expr));
    Some((file, uses.map(|used| used.expr).collect()))
}
