//! Files and folders that one run of a function makes for itself: named after an identifier, a time or a client's file.

use backlint_model::{EffectKind, File, FunctionRef, Project};
use backlint_semantic::{BindingKind, Call, descendants};
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, Part};

/// How many names a path may be behind.
const MAX_STEPS: u32 = 4;

/// Words of code that takes files away again, or never leaves any.
const REMOVALS: &[&str] = &[
    "clean",
    "delete_file",
    "delete_object",
    "discard",
    "mkdtemp",
    "namedtemporaryfile",
    "purge",
    "remove(",
    "remove_",
    "rmdir",
    "rmtree",
    "rollback_files",
    "temporarydirectory",
    "unlink",
];

/// The calls of a function that make a file or folder for this run, in source order.
pub(super) fn made_in<'p>(project: &'p Project, file: File<'p>, function: FunctionRef) -> Vec<Call<'p>> {
    let calls = project.calls_in(function).into_iter();
    calls.filter(|&call| path_made(project, file, call).is_some_and(|path| is_of_run(file, path, MAX_STEPS))).collect()
}

/// Whether the text of a function speaks of taking files away.
pub(super) fn speaks_of_removal(project: &Project, function: FunctionRef) -> bool {
    project.file(function.file).is_some_and(|file| {
        let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
        REMOVALS.iter().any(|word| text.contains(word))
    })
}

/// The path that a call makes a file or folder at.
fn path_made(project: &Project, file: File<'_>, call: Call<'_>) -> Option<ExprId> {
    let path = file.path_of(call.function);
    match call.name()? {
        "mkdir" if path.as_deref() != Some("os.mkdir") => call.receiver(),
        "mkdir" | "makedirs" => call.positional(0),
        "write_bytes" | "write_text" => call.receiver(),
        "save" => call.positional(0).filter(|_| call.receiver().is_some()),
        "open" => {
            let is_function = matches!(path.as_deref(), Some("open" | "aiofiles.open"));
            let (path, place) = if is_function { (call.positional(0)?, 1) } else { (call.receiver()?, 0) };
            let mode = project.string(file.id(), call.argument("mode", place)?)?;
            (mode.len() <= 3 && mode.contains(['w', 'x'])).then_some(path)
        }
        _ => {
            let writer = project.resolve(file.id(), call.function).function()?;
            let writes = project
                .own_effects(writer)
                .iter()
                .any(|effect| effect.kind == EffectKind::FileWrite && !backlint_model::removes_files(&effect.what))
                || opening_for_writing(project, writer).is_some();
            let is_path = |expr: &ExprId| is_of_run(file, *expr, MAX_STEPS);
            call.args.iter().map(|arg| arg.value).find(is_path).filter(|_| writes)
        }
    }
}

/// `os.open(path, os.O_WRONLY | os.O_CREAT)` in a function.
pub(super) fn opening_for_writing(project: &Project, writer: FunctionRef) -> Option<Call<'_>> {
    let file = project.file(writer.file)?;
    project.calls_in(writer).into_iter().find(|call| {
        file.path_of(call.function).is_some_and(|path| path == "os.open") && file.text_of(call.expr).contains("O_CREAT")
    })
}

/// Whether a path has a piece that is another one in the next run.
fn is_of_run(file: File<'_>, expr: ExprId, steps: u32) -> bool {
    let Some(steps) = steps.checked_sub(1) else { return false };
    let module = file.module();
    match module.expr(expr) {
        Expr::FString(parts) => module.list(parts).iter().any(|part| match part {
            Part::Value { value, .. } => is_changing(file, *value),
            Part::Text(_) => false,
        }),
        Expr::Binary { left, op: BinaryOp::Div, right } => {
            is_of_run(file, right, steps) || is_of_run(file, left, steps) || is_stamp(file, right)
        }
        Expr::Call { .. } => {
            let Some(call) = Call::of(module, expr) else { return false };
            match call.name() {
                Some("join" | "joinpath") => {
                    call.receiver().is_some_and(|receiver| is_of_run(file, receiver, steps))
                        || call.args.iter().any(|arg| is_of_run(file, arg.value, steps) || is_stamp(file, arg.value))
                }
                Some("Path" | "str") => call.args.iter().any(|arg| is_of_run(file, arg.value, steps)),
                _ => false,
            }
        }
        Expr::Name(name) => {
            let index = file.index();
            let bindings = index.lookup(index.scope_of_name(expr), name).iter();
            let mut values = bindings.filter_map(|binding| match binding.kind {
                BindingKind::Assign { value, .. } => value,
                _ => None,
            });
            values.any(|value| is_of_run(file, value, steps))
        }
        _ => false,
    }
}

/// A variable of a function, or a call, in a text.
fn is_changing(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    descendants(module, expr).into_iter().any(|part| match module.expr(part) {
        Expr::Call { .. } => true,
        Expr::Name(name) => {
            let index = file.index();
            let bindings = index.lookup(index.scope_of_name(part), name);
            bindings.first().is_some_and(|binding| index.function_of_scope(binding.scope).is_some())
        }
        _ => false,
    })
}

/// A name of one run as a segment of its own: `uuid4().hex`, the time, or a variable that holds one.
fn is_stamp(file: File<'_>, expr: ExprId) -> bool {
    let text = file.text_of(expr).to_ascii_lowercase();
    let speaks = ["uuid", "_id", "token_hex", "strftime", "timestamp", "filename", ".name"].iter();
    speaks.into_iter().any(|word| text.contains(word)) && is_changing(file, expr)
}
