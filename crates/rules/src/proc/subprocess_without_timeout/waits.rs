//! Places that wait for another process without saying for how long.

use backlint_model::{Entity, File, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, FunctionId, Stmt};

use crate::expressions::tests_around;

/// A wait without a limit of its own.
pub(super) struct Wait {
    /// The call that waits, or the loop's source of lines.
    pub(super) at: ExprId,
    /// What a reader calls it: `subprocess.run`, `process.wait()`.
    pub(super) what: String,
    /// The call that starts the process, if that is another one in this file.
    pub(super) started_at: Option<ExprId>,
    /// Where its output is read to the end before.
    pub(super) read_at: Option<ExprId>,
    /// The expression that names the process.
    pub(super) process: Option<ExprId>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `subprocess.run` and its kin: start and wait in one.
    Run,
    /// A method of a process that takes a timeout.
    Method,
    /// A method of a process of asyncio, which takes none.
    Coroutine,
    /// The output is read until the process closes it.
    Read,
}

impl Wait {
    /// What to do about it, as the end of a sentence.
    pub(super) fn cure(&self) -> &'static str {
        match self.kind {
            Kind::Run => "pass `timeout=`",
            Kind::Method => "pass `timeout=`, and kill the process when it expires",
            Kind::Coroutine => "wrap it in `asyncio.wait_for`, and kill the process when that expires",
            Kind::Read => "read with a deadline, and kill the process when it is over",
        }
    }
}

/// The waits of a file, one for each process and function.
pub(super) fn find(project: &Project, file: File<'_>) -> Vec<Wait> {
    let runs = file.calls_named(&["run", "call", "check_call", "check_output"]);
    let mut found: Vec<Wait> =
        runs.filter(|&call| is_run(file, call, call.function)).map(|call| run(file, call, call.function)).collect();
    for call in file.calls_named(&["to_thread", "run_in_threadpool", "run_in_executor", "submit"]) {
        let handed = call.args.iter().take(2).find(|arg| is_run(file, call, arg.value));
        found.extend(handed.map(|arg| run(file, call, arg.value)));
    }
    let mut reads = reads(project, file);
    for call in file.calls_named(&["wait", "communicate"]) {
        let Some(mut wait) = method(project, file, call) else { continue };
        let group = reads.extract_if(.., |read| is_same_process(file, read, &wait));
        wait.read_at = group.map(|read| read.at).min();
        found.push(wait);
    }
    found.extend(reads);
    found.sort_by_key(|wait| file.module().span(wait.at));
    found.dedup_by(|later, earlier| later.process.is_some() && is_same_process(file, later, earlier));
    found
}

fn is_same_process(file: File<'_>, a: &Wait, b: &Wait) -> bool {
    let name = |wait: &Wait| wait.process.map(|process| file.text_of(process));
    let function = |wait: &Wait| -> Option<FunctionId> { file.index().function_of(wait.at) };
    name(a) == name(b) && function(a) == function(b)
}

/// Whether `call` runs `function`, itself or in a thread, and `function` starts a process and waits for it.
fn is_run(file: File<'_>, call: Call<'_>, function: ExprId) -> bool {
    let path = file.path_of(function);
    let is_run = path.is_some_and(|path| {
        matches!(
            path.as_str(),
            "subprocess.run" | "subprocess.call" | "subprocess.check_call" | "subprocess.check_output"
        )
    });
    is_run && call.keyword("timeout").is_none() && !call.args.iter().any(|arg| arg.kind == ArgKind::DoubleStar)
}

fn run(file: File<'_>, call: Call<'_>, function: ExprId) -> Wait {
    let what = file.text_of(function).to_owned();
    Wait { at: call.expr, what, started_at: None, read_at: None, process: None, kind: Kind::Run }
}

/// `process.wait()` and `process.communicate()` without timeout.
fn method(project: &Project, file: File<'_>, call: Call<'_>) -> Option<Wait> {
    let process = call.receiver()?;
    let kind = process_kind(project, file, process)?;
    let place = usize::from(call.name() == Some("communicate"));
    let is_awaited = || file.index().parent(call.expr).is_some_and(|p| matches!(file.module().expr(p), Expr::Await(_)));
    let is_endless = match kind {
        Kind::Coroutine => is_awaited(),
        _ => call.argument("timeout", place).is_none() && !call.has_unpacking(),
    };
    let what = format!("{}()", file.text_of(call.function));
    is_endless.then(|| Wait {
        at: call.expr,
        what,
        started_at: started_at(project, file, process),
        read_at: None,
        process: Some(process),
        kind,
    })
}

/// Loops over the output of a process, and reads of all of it.
fn reads(project: &Project, file: File<'_>) -> Vec<Wait> {
    let module = file.module();
    let loops = module.stmt_ids().filter_map(|stmt| match module.stmt(stmt) {
        Stmt::For { iter, .. } => Some((iter, output_of(file, iter)?)),
        _ => None,
    });
    let whole = file.calls_named(&["read", "readlines"]).filter(|call| call.args.is_empty()).filter_map(|call| {
        let output = call.receiver()?;
        Some((call.expr, output_of(file, output)?))
    });
    let mut found = Vec::new();
    for (at, process) in loops.chain(whole) {
        if process_kind(project, file, process) != Some(Kind::Method) || is_after_end(file, at) {
            continue;
        }
        let what = file.text_of(at).to_owned();
        let started_at = started_at(project, file, process);
        found.push(Wait { at, what, started_at, read_at: None, process: Some(process), kind: Kind::Read });
    }
    found
}

/// Whether the place is only come to once the process has ended: its return code decides.
fn is_after_end(file: File<'_>, at: ExprId) -> bool {
    let Some(stmt) = file.index().stmt_of(at) else { return false };
    tests_around(file, stmt)
        .map(|test| file.text_of(test))
        .any(|test| test.contains("returncode") || test.contains("poll()"))
}

/// The process whose output `expr` is: `process.stdout`, `iter(process.stdout.readline, "")`.
fn output_of(file: File<'_>, expr: ExprId) -> Option<ExprId> {
    let module = file.module();
    match module.expr(expr) {
        Expr::Attribute { value, name } if matches!(module.text(name), "stdout" | "stderr") => Some(value),
        Expr::Call { .. } => {
            let call = Call::of(module, expr)?;
            let Expr::Attribute { value, .. } = module.expr(call.positional(0)?) else { return None };
            (call.name() == Some("iter")).then(|| output_of(file, value)).flatten()
        }
        _ => None,
    }
}

fn process_kind(project: &Project, file: File<'_>, process: ExprId) -> Option<Kind> {
    match project.resolve(file.id(), process) {
        Entity::Instance { of: backlint_model::Type::External(path), .. } if path == "subprocess.Popen" => {
            Some(Kind::Method)
        }
        Entity::Result { of, .. } if of.starts_with("asyncio.create_subprocess_") => Some(Kind::Coroutine),
        _ => None,
    }
}

/// The call that starts the process, if it is in this file.
fn started_at(project: &Project, file: File<'_>, process: ExprId) -> Option<ExprId> {
    let origin = project.resolve(file.id(), process).origin().filter(|at| at.file == file.id());
    origin.map(|at| at.expr).or_else(|| {
        let value = crate::expressions::assigned_value(file, process)?;
        match file.module().expr(value) {
            Expr::Await(inner) => Some(inner),
            _ => None,
        }
    })
}
