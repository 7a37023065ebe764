//! PROC002: a process that outlives what started it.

mod cancel;

use backlint_finding::Findings;
use backlint_model::{File, Project};
use backlint_semantic::{BindingKind, Block, Call, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt, Symbol};

use crate::reached::reach_of;

/// What starts a process that runs on beside the program.
const STARTERS: &[&str] = &["Popen", "create_subprocess_exec", "create_subprocess_shell"];
const ENDINGS: &[&str] = &["kill", "killpg", "kill_process", "send_signal", "terminate"];

/// Calls that fail in the course of things.
const FAILING: &[&str] =
    &["commit", "execute", "flush", "publish", "save", "send", "send_json", "send_text", "update_state", "write"];

/// Calls that raise `ValueError` for texts that they cannot read.
const CONVERSIONS: &[&str] = &["float", "int", "loads"];

/// A process that a name of a function holds.
struct Child<'p> {
    file: File<'p>,
    function: FunctionId,
    name: Symbol,
    started: ExprId,
}

/// What leaves the process without an owner.
enum Leak {
    /// An error of the work that follows its output.
    Work(ExprId),
    /// The end of the time that it was given.
    Timeout(ExprId),
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        for call in file.calls_named(STARTERS) {
            let Some(child) = Child::of(file, call) else { continue };
            let is_live = reach_of(project, file, child.function).is_some();
            if is_live && !child.is_ended() && !child.is_shared() {
                child.leak().into_iter().for_each(|leak| child.report(&leak, findings));
            }
        }
    }
    cancel::check(project, findings);
}

impl<'p> Child<'p> {
    /// `process = subprocess.Popen(…)`, unless it is meant to run on by itself.
    fn of(file: File<'p>, call: Call<'p>) -> Option<Self> {
        let module = file.module();
        let path = file.path_of(call.function)?;
        if !path.starts_with("subprocess.") && !path.starts_with("asyncio.") {
            return None;
        }
        if ["start_new_session", "preexec_fn", "creationflags", "process_group"]
            .iter()
            .any(|k| call.keyword(k).is_some())
        {
            return None;
        }
        let function = file.index().function_of(call.expr)?;
        let stmt = file.index().stmt_of(call.expr)?;
        let Stmt::Assign { targets, value } = module.stmt(stmt) else { return None };
        let is_value = value == call.expr || module.expr(value) == Expr::Await(call.expr);
        let &[target] = module.list(targets) else { return None };
        let Expr::Name(name) = module.expr(target) else { return None };
        is_value.then_some(Self { file, function, name, started: call.expr })
    }

    /// The places of the function that use the process, those of functions inside it too.
    fn uses(&self) -> impl Iterator<Item = ExprId> + '_ {
        let module = self.file.module();
        let whole = module.stmt_span(self.file.function(self.function).stmt);
        let uses = self.file.index().uses().iter().filter(move |used| used.name == self.name);
        uses.map(|used| used.expr).filter(move |&expr| whole.contains(module.span(expr)))
    }

    /// The method that a use calls: `wait` of `process.wait()`.
    fn method(&self, used: ExprId) -> Option<Call<'p>> {
        let module = self.file.module();
        let attribute = self.file.index().parent(used)?;
        let call = Call::of(module, self.file.index().parent(attribute)?)?;
        (call.function == attribute).then_some(call)
    }

    /// Whether the function ends the process somewhere.
    fn is_ended(&self) -> bool {
        let (module, file) = (self.file.module(), self.file);
        let whole = module.stmt_span(file.function(self.function).stmt);
        let mut endings = file.calls_named(ENDINGS);
        let name = module.text(self.name);
        endings.any(|call| whole.contains(call.span()) && file.text_of(call.expr).contains(name))
            || self.uses().any(|used| {
                let stmt = file.index().stmt_of(used).map(|stmt| module.stmt(stmt));
                matches!(stmt, Some(Stmt::With { items, .. }) if module.list(items).iter().any(|i| i.context == used))
            })
    }

    /// Whether somebody else gets hold of the process: it is returned, kept or passed on.
    fn is_shared(&self) -> bool {
        let module = self.file.module();
        let index = self.file.index();
        let is_rebound = index
            .lookup(index.function_scope(self.function), self.name)
            .iter()
            .any(|binding| !matches!(binding.kind, BindingKind::Assign { .. }));
        is_rebound
            || self.uses().any(|used| match index.parent(used).map(|parent| module.expr(parent)) {
                Some(Expr::Attribute { name, .. }) => module.text(name) == "pid",
                Some(Expr::Compare { .. } | Expr::Unary { .. } | Expr::Bool { .. }) => false,
                Some(_) => true,
                None => {
                    let stmt = index.stmt_of(used).map(|stmt| module.stmt(stmt));
                    !matches!(stmt, Some(Stmt::If { .. } | Stmt::While { .. } | Stmt::Assert { .. }))
                }
            })
    }

    /// What leaves it running, if something does.
    fn leak(&self) -> Option<Leak> {
        let timed = self.uses().find_map(|used| {
            let call = self.method(used)?;
            let waits = matches!(call.name(), Some("communicate" | "wait"));
            (waits && self.has_timeout(call)).then_some(call.expr)
        });
        timed.map(Leak::Timeout).or_else(|| self.work_on_output().map(Leak::Work))
    }

    /// `process.wait(timeout=5)`, `asyncio.wait_for(process.communicate(), 5)`.
    fn has_timeout(&self, call: Call<'_>) -> bool {
        let place = usize::from(call.name() == Some("communicate"));
        let outer = self.file.index().parent(call.expr).and_then(|outer| Call::of(self.file.module(), outer));
        call.argument("timeout", place).is_some_and(|value| self.file.module().expr(value) != Expr::None)
            || outer.is_some_and(|outer| outer.name() == Some("wait_for"))
    }

    /// A call in a loop over the output that may raise, with no handler inside the loop.
    fn work_on_output(&self) -> Option<ExprId> {
        let module = self.file.module();
        let statements = own_statements(module, module.body(self.function));
        statements.iter().find_map(|&stmt| {
            let Stmt::For { iter, body, .. } = module.stmt(stmt) else { return None };
            let is_output = self.uses().any(|used| module.span(iter).contains(module.span(used)));
            let inside = module.stmt_span(stmt);
            let body = module.list(body);
            let mut calls = self.file.calls().filter(|call| inside.contains(call.span()));
            calls
                .find(|&call| {
                    let stmt = self.file.index().stmt_of(call.expr);
                    let is_in_body = stmt.is_some_and(|stmt| {
                        body.contains(&stmt)
                            || self.file.index().stmt_ancestors(stmt).any(|parent| body.contains(&parent.stmt))
                    });
                    is_output && is_in_body && may_raise(self.file, call) && !self.is_caught(call, inside)
                })
                .map(|call| call.expr)
        })
    }

    /// Whether an error of the call is caught inside the loop.
    fn is_caught(&self, call: Call<'_>, inside: backlint_source::Span) -> bool {
        let module = self.file.module();
        let Some(stmt) = self.file.index().stmt_of(call.expr) else { return false };
        let is_conversion = call.name().is_some_and(|name| CONVERSIONS.contains(&name));
        self.file.index().stmt_ancestors(stmt).any(|parent| {
            let span = module.stmt_span(parent.stmt);
            parent.block == Block::Body
                && inside.contains(span)
                && matches!(module.stmt(parent.stmt), Stmt::Try { handlers, .. } if module.list(handlers).iter().any(|h| {
                    let caught = h.kind.map(|kind| self.file.text_of(kind));
                    caught.is_none_or(|kind| kind.contains("Exception") || is_conversion && kind.contains("ValueError"))
                }))
        })
    }

    fn report(&self, leak: &Leak, findings: &mut Findings) {
        let file = self.file;
        let (at, message, note) = match leak {
            Leak::Work(call) => {
                let work = Call::of(file.module(), *call).map_or("this", |call| file.text_of(call.function));
                let message = format!(
                    "If `{work}` raises, the process keeps running without an owner; kill it and wait for it in a `finally`."
                );
                (*call, message, "an error here leaves the loop")
            }
            Leak::Timeout(call) => {
                let text = file.text_of(*call);
                let message = format!(
                    "When the time of `{text}` is over, only the waiting ends: the process runs on; kill it and wait again."
                );
                (*call, message, "this gives up after some time")
            }
        };
        let started = file.at(file.first_line(file.module().span(self.started)));
        let anchor = format!("{}: {}", file.qualified_name(self.function), file.module().text(self.name));
        let report = findings.report(started, anchor, message);
        let report = report.also(file.at(file.first_line(file.module().span(at))), note);
        if let Some(handler) = self.survivor(at) {
            report.also(handler, "this goes on after an error and leaves the process running");
        }
    }

    /// The handler that catches what the step raises.
    fn survivor(&self, step: ExprId) -> Option<Location> {
        let (module, index) = (self.file.module(), self.file.index());
        let is_own = |stmt| index.function_of_stmt(stmt) == Some(self.function);
        let around = index.stmt_ancestors(index.stmt_of(step)?);
        let tries = around.filter(|parent| parent.block == Block::Body && is_own(parent.stmt));
        let mut handlers = tries.filter_map(|parent| match module.stmt(parent.stmt) {
            Stmt::Try { handlers, .. } => Some(module.list(handlers)),
            _ => None,
        });
        let broad = handlers.find_map(|handlers| {
            handlers.iter().find(|handler| {
                handler.kind.is_none_or(|kind| matches!(self.file.text_of(kind), "Exception" | "BaseException"))
            })
        });
        broad.map(|handler| self.file.at(handler.header))
    }
}

/// Whether a call is known to fail at times: commits, parsing, messages to others.
fn may_raise(file: File<'_>, call: Call<'_>) -> bool {
    let is_log = file.text_of(call.function).starts_with("logg");
    call.name().is_some_and(|name| FAILING.contains(&name) || CONVERSIONS.contains(&name)) && !is_log
}
