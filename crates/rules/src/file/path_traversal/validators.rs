//! Validators of paths that look at everything but where the path leads.

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{ClassRef, File, FunctionRef, Project};
use backlint_semantic::{Call, descendants};
use backlint_syntax::ast::{Expr, FunctionId};
use rustc_hash::FxHashSet;

use crate::expressions::literal;

const DECORATORS: &[&str] = &["field_validator", "validates", "validator"];

/// Words of code that looks at where a path leads, or at what its characters are.
const CONTAINMENT: &[&str] = &[
    "..",
    "[-1]",
    "basename",
    "commonpath",
    "is_absolute",
    "is_relative_to",
    "isabs",
    "isalnum",
    "match(",
    ".name",
    "pattern",
    "re.",
    "realpath",
    "relative_to",
    "resolve",
    "safe_join",
    "sanitize",
    "secure_filename",
    "search(",
];

/// Calls that open, serve, join or remove the file at a path.
const FILE_CALLS: &[&str] = &[
    "FileResponse",
    "Path",
    "copy",
    "copyfile",
    "join",
    "joinpath",
    "move",
    "open",
    "remove",
    "rmtree",
    "send_file",
    "unlink",
];

/// A validator of a column or field that holds a path.
pub(in crate::file) struct Validator<'p> {
    file: File<'p>,
    function: FunctionId,
    pub(in crate::file) field: &'p str,
    pub(in crate::file) is_sound: bool,
}

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let unsound: Vec<Validator<'_>> = validators(project).into_iter().filter(|validator| !validator.is_sound).collect();
    if unsound.is_empty() {
        return;
    }
    let used = fields_used_as_files(project);
    for validator in unsound {
        report(&validator, used.contains(validator.field), findings);
    }
}

fn report(validator: &Validator<'_>, is_used: bool, findings: &mut Findings) {
    let Validator { file, function, field, .. } = *validator;
    let name = file.qualified_name(function);
    let message = format!(
        "`{name}` looks at `{field}` but lets `..` and absolute paths pass; refuse them, or keep the base name only."
    );
    let report = findings.report(file.at_function(function), name, message).audience(Audience::Pedantic);
    report.severity(if is_used { Severity::Medium } else { Severity::Low });
}

/// The validators of paths in mapped classes and in what requests are read into.
pub(in crate::file) fn validators(project: &Project) -> Vec<Validator<'_>> {
    let mut found = Vec::new();
    for file in project.app_files() {
        for call in file.calls_named(DECORATORS) {
            let mut fields = call.args.iter().filter_map(|arg| literal(file, arg.value));
            // What serves fields of several kinds is no validator of paths.
            let Some(field) = fields.next().filter(|field| is_path(field) && fields.all(is_path)) else { continue };
            let Some(function) = decorated(file, call) else { continue };
            if is_of_clients(project, file, function) {
                let is_sound = is_sound(project, file, function);
                found.push(Validator { file, function, field, is_sound });
            }
        }
    }
    found
}

/// The function that a call decorates.
fn decorated(file: File<'_>, call: Call<'_>) -> Option<FunctionId> {
    let module = file.module();
    module
        .function_ids()
        .find(|&id| module.list(file.function(id).decorators).iter().any(|decorator| decorator.expr == call.expr))
}

/// Whether clients fill the class around a validator; settings are filled by those who deploy.
fn is_of_clients(project: &Project, file: File<'_>, function: FunctionId) -> bool {
    let Some(class) = file.index().class_of(file.module(), function) else { return false };
    let class = ClassRef { file: file.id(), id: class };
    let name = file.class_name(class.id).to_ascii_lowercase();
    let is_configuration = ["settings", "config", "option"].iter().any(|word| name.contains(word));
    (project.model(class).is_some() || project.is_schema(class)) && !is_configuration
}

/// Whether the validator, or a function that it calls, looks at where the path leads.
fn is_sound(project: &Project, file: File<'_>, function: FunctionId) -> bool {
    let looks = |function: FunctionRef| {
        project.file(function.file).is_some_and(|file| {
            let body = file.module().body(function.id);
            body.iter().any(|&stmt| {
                let text = file.slice(file.module().stmt_span(stmt));
                CONTAINMENT.iter().any(|word| text.contains(word))
            })
        })
    };
    let own = FunctionRef { file: file.id(), id: function };
    looks(own) || project.callees(own).iter().any(|callee| looks(callee.function))
}

/// Whether a field is that of a path of files, told by its name.
fn is_path(field: &str) -> bool {
    let is_other =
        ["url", "route", "api", "import", "module", "page", "template", "http"].iter().any(|word| field.contains(word));
    let is_file = matches!(field, "path" | "filename" | "filepath")
        || ["_path", "_filename", "_file_name", "_filepath"].iter().any(|end| field.ends_with(end));
    is_file && !is_other
}

/// The attributes that are handed to calls on files anywhere.
fn fields_used_as_files(project: &Project) -> FxHashSet<&str> {
    let mut used = FxHashSet::default();
    for file in project.app_files() {
        let module = file.module();
        for call in file.calls_named(FILE_CALLS) {
            let parts = call.args.iter().flat_map(|arg| descendants(module, arg.value));
            used.extend(parts.filter_map(|part| match module.expr(part) {
                Expr::Attribute { name, .. } => Some(module.text(name)),
                _ => None,
            }));
        }
    }
    used
}
