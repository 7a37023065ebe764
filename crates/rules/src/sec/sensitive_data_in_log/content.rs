//! What users wrote or set off, and how they are reached.

use backlint_model::{File, words};
use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{Expr, ExprId};

use super::{Leak, LeakKind};
use crate::expressions::{assigned_value, label, path_ends_with};
use crate::parameters::body_expressions;

/// Functions that start a program.
const STARTERS: &[&str] =
    &["Popen", "call", "check_call", "check_output", "create_subprocess_exec", "create_subprocess_shell", "run"];

/// Parts of a request that hold what its caller wrote.
const REQUEST: &[(&str, &str)] = &[
    ("request.url", "The whole URL, with its query,"),
    ("request.full_path", "The path with its query"),
    ("request.query_string", "The query string"),
    ("request.args", "The query string"),
    ("request.query_params", "The query string"),
    ("request.json", "The request body"),
    ("request.get_json()", "The request body"),
    ("request.form", "The form"),
    ("request.data", "The request body"),
    ("request.get_data()", "The request body"),
    ("request.body()", "The request body"),
    ("request.json()", "The request body"),
    ("request.headers", "The list of request headers"),
];

const PROMPTS: &[&str] = &["prompt", "negative_prompt", "system_prompt", "user_message", "user_prompt", "user_query"];

const CONTACTS: &[&str] = &["email", "email_address", "mobile", "mobile_number", "phone", "phone_number"];

/// Addresses that users give, in which tokens and search terms stand.
const ADDRESSES: &[&str] = &["callback_url", "source_url", "target_url", "webhook_url"];

/// What a shown value gives away.
pub(super) fn leak(file: File<'_>, expr: ExprId, level: &str) -> Option<Leak> {
    let (what, kind, origin) =
        from_request(file, expr).or_else(|| from_process(file, expr, level)).or_else(|| by_name(file, expr))?;
    let origin = origin.map(|origin| file.at(file.first_line(file.module().span(origin))));
    Some(Leak { at: expr, what, origin, kind })
}

type Found = (String, LeakKind, Option<ExprId>);

/// A part of the request, shown as it is or under a name.
fn from_request(file: File<'_>, expr: ExprId) -> Option<Found> {
    let part = |expr: ExprId| {
        let text = file.text_of(expr).trim_start_matches("await ");
        let text = text.strip_prefix("flask.").or_else(|| text.strip_prefix("self.")).unwrap_or(text);
        REQUEST.iter().find(|(part, _)| *part == text).map(|(_, what)| (*what).to_owned())
    };
    if let Some(what) = part(expr) {
        return Some((what, LeakKind::Content, None));
    }
    let value = assigned_value(file, expr)?;
    Some((part(value)?, LeakKind::Content, Some(value)))
}

/// A command line that is run here, or what a program writes.
fn from_process(file: File<'_>, expr: ExprId, level: &str) -> Option<Found> {
    let module = file.module();
    let function = file.index().function_of(expr)?;
    if let Expr::Attribute { value, name } = module.expr(expr) {
        let run = assigned_value(file, value).filter(|&run| is_start(file, run))?;
        let is_output = module.text(name) == "stdout" || (module.text(name) == "stderr" && level == "info");
        return is_output.then(|| ("The output of a program".to_owned(), LeakKind::Content, Some(run)));
    }
    let Expr::Name(name) = module.expr(expr) else { return None };
    let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
    let output = bindings.iter().find_map(|binding| match binding.kind {
        BindingKind::Loop { iter } => is_output(file, iter).then_some(iter),
        BindingKind::Assign { value: Some(value), .. } | BindingKind::Named { value } => {
            is_output(file, value).then_some(value)
        }
        BindingKind::Unpack { value } => file.text_of(value).contains(".communicate(").then_some(value),
        _ => None,
    });
    let is_error_text = words::has_word(&words::snake_case(module.text(name)), "stderr") || module.text(name) == "err";
    if let Some(output) = output.filter(|_| !is_error_text || level == "info") {
        return Some(("A line that a program writes".to_owned(), LeakKind::Content, Some(output)));
    }
    let started = body_expressions(file, function).into_iter().find(|&other| {
        is_start(file, other)
            && Call::of(module, other).and_then(|call| call.argument("args", 0)).is_some_and(|line| {
                let line = match module.expr(line) {
                    Expr::Starred(inner) => inner,
                    _ => line,
                };
                module.expr(line) == Expr::Name(name)
            })
    })?;
    Some(("The command line, with all that was filled in,".to_owned(), LeakKind::Content, Some(started)))
}

/// `subprocess.run(…)` and its like.
fn is_start(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let expr = match module.expr(expr) {
        Expr::Await(inner) => inner,
        _ => expr,
    };
    let Some(call) = Call::of(module, expr).filter(|call| call.name().is_some_and(|name| STARTERS.contains(&name)))
    else {
        return false;
    };
    file.path_of(call.function).is_some_and(|path| {
        path.starts_with("subprocess.")
            || path_ends_with(&path, "create_subprocess_exec")
            || path.starts_with("asyncio.")
    })
}

/// `process.stdout`, `iter(process.stdout.readline, "")`, `line.strip()` of such a line.
fn is_output(file: File<'_>, expr: ExprId) -> bool {
    let text = file.text_of(expr);
    let ends = |end: &str| text.ends_with(end);
    ends(".stdout")
        || text.contains(".stdout.readline")
        || text.contains(".stdout.read(")
        || ends(".stdout.readlines()")
}

fn by_name(file: File<'_>, expr: ExprId) -> Option<Found> {
    let module = file.module();
    if matches!(module.expr(expr), Expr::Call { .. }) {
        return None;
    }
    let snake = words::snake_case(label(file, expr)?);
    if PROMPTS.contains(&snake.as_str()) {
        return Some((format!("`{snake}`, which a user wrote,"), LeakKind::Content, None));
    }
    if CONTACTS.contains(&snake.as_str()) {
        return Some((format!("`{snake}`"), LeakKind::Contact, None));
    }
    let holder = match module.expr(expr) {
        Expr::Attribute { value, .. } => file.text_of(value),
        _ => return None,
    };
    let is_setting = holder.split('.').any(|part| matches!(part, "self" | "settings" | "config" | "cfg"));
    (ADDRESSES.contains(&snake.as_str()) && !is_setting)
        .then(|| (format!("`{snake}`, an address that a user gave,"), LeakKind::Content, None))
}
