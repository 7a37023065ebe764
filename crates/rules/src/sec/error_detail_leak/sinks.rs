//! Statements whose values go to a client.

use backlint_model::File;
use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt, StmtId};

/// How a function speaks to a client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// What it returns is the answer.
    Returned,
    /// Only the HTTP errors that it raises get there.
    RaisedOnly,
}

/// A statement that sends something to a client.
pub(super) struct Sink {
    /// The expressions that are sent.
    pub(super) parts: Vec<ExprId>,
    /// What they are sent in.
    pub(super) what: &'static str,
}

impl Sink {
    pub(super) fn of(file: File<'_>, stmt: StmtId, answers: Answers) -> Option<Self> {
        match file.module().stmt(stmt) {
            Stmt::Raise { exception: Some(exception), .. } => raised(file, exception),
            Stmt::Return(Some(value)) if answers == Answers::Returned => Some(returned(file, value)),
            Stmt::Expr(value) => sent(file, value, answers),
            _ => None,
        }
    }
}

/// `raise HTTPException(500, str(e))`.
fn raised(file: File<'_>, exception: ExprId) -> Option<Sink> {
    let call = Call::of(file.module(), exception)?;
    let is_answer = call.name().is_some_and(|name| name.ends_with("HTTPException") || name == "HTTPError");
    is_answer.then(|| Sink { parts: values(call), what: "the detail of an HTTP error" })
}

fn returned(file: File<'_>, value: ExprId) -> Sink {
    // A page is rendered from its template, and a redirect shows nothing.
    let is_quiet = Call::of(file.module(), value)
        .and_then(|call| call.name())
        .is_some_and(|name| matches!(name, "redirect" | "RedirectResponse"));
    Sink { parts: if is_quiet { Vec::new() } else { vec![value] }, what: "the answer" }
}

/// `abort(500, str(e))`, `await websocket.send_json(…)`, `emit("error", …)`, `yield f"data: {e}"`.
fn sent(file: File<'_>, value: ExprId, answers: Answers) -> Option<Sink> {
    let module = file.module();
    let inner = match module.expr(value) {
        Expr::Await(inner) => inner,
        Expr::Yield(Some(piece)) if answers == Answers::Returned => {
            return Some(Sink { parts: vec![piece], what: "the stream" });
        }
        _ => value,
    };
    let call = Call::of(module, inner)?;
    match (call.name()?, call.receiver()) {
        ("abort", _) => Some(Sink { parts: values(call), what: "the text of an HTTP error" }),
        ("send_json" | "send_text", Some(socket)) if names_socket(file, socket) => {
            Some(Sink { parts: values(call), what: "a socket message" })
        }
        ("emit", None) => Some(Sink { parts: values(call), what: "a socket message" }),
        _ => None,
    }
}

fn names_socket(file: File<'_>, socket: ExprId) -> bool {
    let text = file.text_of(socket).to_ascii_lowercase();
    text == "ws" || text.contains("socket")
}

fn values(call: Call<'_>) -> Vec<ExprId> {
    let given = call.args.iter().filter(|argument| !matches!(argument.kind, ArgKind::Star | ArgKind::DoubleStar));
    given.map(|argument| argument.value).collect()
}

/// Whether a decorator makes its function the handler of all errors.
pub(super) fn handles_everything(file: File<'_>, decorator: ExprId) -> bool {
    let Some(call) = Call::of(file.module(), decorator) else { return false };
    let is_handler = matches!(call.name(), Some("exception_handler" | "errorhandler" | "app_errorhandler"));
    let kind = call.positional(0).map(|kind| file.text_of(kind));
    is_handler
        && matches!(kind, Some("Exception" | "BaseException" | "ValueError" | "KeyError" | "RuntimeError" | "500"))
}
