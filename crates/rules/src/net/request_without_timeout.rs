//! NET001: a request that may wait for its answer for ever.

mod defaults;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{Entity, File, Project};
use backlint_semantic::{Call, Constant, fold};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, FunctionId};

use crate::deadlines::{is_in_limited_task, is_within_deadline, limits_tasks};
use crate::expressions::label;
use defaults::ProjectDefaults;

/// Who makes the request, which decides what a missing timeout means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    /// A function of `requests`.
    Requests,
    /// A method of a session of `requests`.
    Session,
    /// `urlopen` and the mail clients of the standard library; the number is the place of their timeout.
    Standard(usize),
    /// A client with a timeout of its own that `timeout=None` turns off.
    Bounded,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let defaults = ProjectDefaults::read(project);
    let are_tasks_limited = limits_tasks(project);
    for file in project.app_files() {
        for call in file.calls_named(CALLEES) {
            let Some((client, path)) = client(project, file, call) else { continue };
            if !waits(file, call, client) || defaults.cover(project, file, call, client) || is_command(file, call) {
                continue;
            }
            if is_within_deadline(file, call.expr) {
                continue;
            }
            let anchor = format!("{}: {path}", file.context_name(call.expr));
            if is_in_limited_task(project, file, call.expr, are_tasks_limited) {
                let message = format!(
                    "Only the time limit of the task ends the wait of `{path}` for a server that does not answer; pass a timeout, so that the task can tell why."
                );
                let report = findings.report(file.at_expr(call.expr), anchor, message);
                report.severity(Severity::Low).audience(Audience::Pedantic);
                continue;
            }
            findings.report(file.at_expr(call.expr), anchor, message(client, &path));
        }
    }
}

const CALLEES: &[&str] = &[
    "AsyncClient",
    "Client",
    "ClientTimeout",
    "LMTP",
    "SMTP",
    "SMTP_SSL",
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "request",
    "stream",
    "urlopen",
];

/// The client and the path of the callee, `requests.Session.get`.
fn client(project: &Project, file: File<'_>, call: Call<'_>) -> Option<(Client, String)> {
    if matches!(file.module().expr(call.receiver().unwrap_or(call.function)), Expr::Dict(_) | Expr::Str(_)) {
        return None;
    }
    let Entity::External(path) = project.resolve(file.id(), call.function) else { return None };
    let client = match path.as_str() {
        "urllib.request.urlopen" => Client::Standard(2),
        "smtplib.SMTP" => Client::Standard(3),
        "smtplib.LMTP" => Client::Standard(4),
        "smtplib.SMTP_SSL" => Client::Standard(5),
        "aiohttp.ClientTimeout" => Client::Bounded,
        _ => match path.rsplit_once('.')?.0 {
            "requests" | "requests.api" => Client::Requests,
            "requests.Session"
            | "requests.session()"
            | "requests.sessions.Session"
            | "requests_oauthlib.OAuth2Session"
            | "requests_oauthlib.OAuth1Session" => Client::Session,
            "httpx" => Client::Bounded,
            _ => return None,
        },
    };
    Some((client, path))
}

/// Whether it stands in a command that somebody starts by hand, and can end: `@click.command()`, `@cli.command("x")`.
fn is_command(file: File<'_>, call: Call<'_>) -> bool {
    let module = file.module();
    let outer = |&id: &FunctionId| file.index().outer_function(module, id);
    std::iter::successors(file.index().function_of(call.expr), outer).any(|id| {
        module.list(file.function(id).decorators).iter().any(|decorator| {
            let callee = Call::of(module, decorator.expr).map_or(decorator.expr, |call| call.function);
            label(file, callee) == Some("command")
        })
    })
}

/// Whether the call, as it stands, sets no limit.
fn waits(file: File<'_>, call: Call<'_>, client: Client) -> bool {
    let given = match client {
        Client::Standard(place) => call.argument("timeout", place),
        Client::Bounded => call.keyword("timeout").or_else(|| call.keyword("total")).map(|arg| arg.value),
        Client::Requests | Client::Session => call.keyword("timeout").map(|arg| arg.value),
    };
    match given {
        Some(timeout) => is_none(file, timeout) && !has_part(call),
        None => client != Client::Bounded && !call.args.iter().any(|arg| may_pass_timeout(file, arg.kind, arg.value)),
    }
}

/// Whether a timeout is `None`, bare or in the timeout object of a library.
fn is_none(file: File<'_>, timeout: ExprId) -> bool {
    let module = file.module();
    match Call::of(module, timeout) {
        Some(call) if call.name() == Some("Timeout") => {
            call.args.len() == 1 && call.positional(0).is_some_and(|total| is_none(file, total))
        }
        _ => fold(module, file.index(), timeout) == Constant::None,
    }
}

/// Whether a limit on a part of the exchange stands beside the missing one on the whole.
fn has_part(call: Call<'_>) -> bool {
    ["connect", "sock_connect", "sock_read", "read"].iter().any(|part| call.keyword(part).is_some())
}

/// Whether unpacked arguments may hold a timeout: all do, but a display that shows it holds none.
fn may_pass_timeout(file: File<'_>, kind: ArgKind, value: ExprId) -> bool {
    let module = file.module();
    match kind {
        ArgKind::Star => true,
        ArgKind::DoubleStar => {
            let Expr::Dict(items) = module.expr(value) else { return true };
            let is_other = |key: ExprId| matches!(module.expr(key), Expr::Str(text) if module.text(text) != "timeout");
            !module.list(items).iter().all(|item| item.key.is_some_and(is_other))
        }
        ArgKind::Positional | ArgKind::Keyword(_) => false,
    }
}

fn message(client: Client, path: &str) -> String {
    match client {
        Client::Requests | Client::Session => format!(
            "`{path}` waits without end for a server that does not answer, and holds its worker meanwhile; pass a timeout, such as `timeout=(3, 30)`."
        ),
        Client::Standard(_) => format!(
            "`{path}` waits without end for a server that does not answer, and holds its worker meanwhile; pass a timeout, such as `timeout=30`."
        ),
        Client::Bounded => format!(
            "`timeout=None` turns the time limit of `{path}` off: a server that does not answer is waited for without end. Give it a limit, a long one if it must be."
        ),
    }
}
