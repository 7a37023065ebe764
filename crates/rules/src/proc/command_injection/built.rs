//! Lines for a shell that are put together from what a function is given.

use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::{BindingKind, Call, Constant, fold};
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, Part};

use crate::expressions::assigned_value;

/// Calls whose first argument a shell reads.
const SHELL_CALLS: &[&str] =
    &["os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell"];
/// Calls that do so with `shell=True`.
const WITH_SHELL: &[&str] =
    &["subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen"];
const NAMES: &[&str] = &[
    "Popen",
    "call",
    "check_call",
    "check_output",
    "create_subprocess_shell",
    "getoutput",
    "getstatusoutput",
    "popen",
    "run",
    "system",
];
/// Calls that leave nothing of what a shell would obey.
const HARMLESS: &[&str] = &["float", "int", "len", "quote", "round"];
/// How many names and calls a value may be behind.
const STEPS: u32 = 6;

/// A line with a value of unknown origin in it.
pub(super) struct Line {
    /// What the call is given.
    pub(super) given: ExprId,
    /// The first such value.
    pub(super) piece: ExprId,
}

pub(super) fn lines(project: &Project, file: File<'_>) -> Vec<Line> {
    let reader = Reader { project, file };
    file.calls_named(NAMES).filter_map(|call| reader.line(call)).collect()
}

struct Reader<'p> {
    project: &'p Project,
    file: File<'p>,
}

impl Reader<'_> {
    fn line(&self, call: Call<'_>) -> Option<Line> {
        let (module, file) = (self.file.module(), self.file);
        let path = file.path_of(call.function)?;
        let is_shell = || {
            let shell = call.keyword("shell").map(|shell| fold(module, file.index(), shell.value));
            WITH_SHELL.contains(&path.as_str()) && shell == Some(Constant::Bool(true))
        };
        if !SHELL_CALLS.contains(&path.as_str()) && !is_shell() {
            return None;
        }
        let given = call.argument("args", 0)?;
        let built = match module.expr(given) {
            Expr::Name(_) => assigned_value(file, given)?,
            _ => given,
        };
        let piece = self.pieces(built).into_iter().find(|&piece| self.is_open(piece, STEPS))?;
        Some(Line { given, piece })
    }

    /// The values that stand in a text that is put together.
    fn pieces(&self, built: ExprId) -> Vec<ExprId> {
        let module = self.file.module();
        match module.expr(built) {
            Expr::FString(parts) => {
                let values = module.list(parts).iter().filter_map(|part| match *part {
                    Part::Value { value, .. } => Some(value),
                    Part::Text(_) => None,
                });
                values.collect()
            }
            Expr::Binary { left, op: BinaryOp::Mod, right } if self.is_text(left) => self.items(right),
            Expr::Binary { left, op: BinaryOp::Add, right } => [self.pieces(left), self.operand(right)].concat(),
            Expr::Call { .. } => {
                let made = Call::of(module, built).filter(|call| matches!(call.name(), Some("format" | "join")));
                let made = made.filter(|call| call.receiver().is_some_and(|text| self.is_text(text)));
                made.map(|call| call.args.iter().flat_map(|arg| self.items(arg.value)).collect()).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    fn operand(&self, expr: ExprId) -> Vec<ExprId> {
        if self.is_text(expr) { Vec::new() } else { vec![expr] }
    }

    fn is_text(&self, expr: ExprId) -> bool {
        matches!(self.file.module().expr(expr), Expr::Str(_))
    }

    /// The members of a display, or the value itself.
    fn items(&self, expr: ExprId) -> Vec<ExprId> {
        match self.file.module().expr(expr) {
            Expr::Tuple(items) | Expr::List(items) => self.file.module().list(items).to_vec(),
            _ => vec![expr],
        }
    }

    /// Whether a value comes with a parameter that may hold any text.
    fn is_open(&self, expr: ExprId, steps: u32) -> bool {
        let Some(steps) = steps.checked_sub(1) else { return false };
        let module = self.file.module();
        let any = |parts: Vec<ExprId>| parts.into_iter().any(|part| self.is_open(part, steps));
        match module.expr(expr) {
            Expr::Name(_) => match assigned_value(self.file, expr) {
                Some(value) => self.is_open(value, steps),
                None => self.is_open_param(expr, steps),
            },
            Expr::Attribute { value, .. } => matches!(module.expr(value), Expr::Name(_)) && self.is_open(value, steps),
            Expr::Subscript { value, .. } => self.is_open(value, steps),
            Expr::Conditional { body, orelse, .. } => any(vec![body, orelse]),
            Expr::Call { .. } => {
                let call =
                    Call::of(module, expr).filter(|call| !call.name().is_some_and(|name| HARMLESS.contains(&name)));
                call.is_some_and(|call| {
                    any(call.receiver().into_iter().chain(call.args.iter().map(|arg| arg.value)).collect())
                })
            }
            _ => any(self.pieces(expr)),
        }
    }

    /// Whether a name is a parameter for any text, and not all callers give a text that stands in the source. What clients
    /// hand to a route or a task is followed on its way, with all tests on it.
    fn is_open_param(&self, expr: ExprId, steps: u32) -> bool {
        let (module, index) = (self.file.module(), self.file.index());
        let Expr::Name(name) = module.expr(expr) else { return false };
        let [only] = index.lookup(index.scope_of_name(expr), name) else { return false };
        let BindingKind::Param(function, place) = only.kind else { return false };
        let here = FunctionRef { file: self.file.id(), id: function };
        if self.project.callers(here).is_empty() && self.project.reach(here).is_some() {
            return false;
        }
        let Some(param) = module.list(self.file.function(function).params).get(place as usize) else { return false };
        let is_own = matches!(module.text(name), "self" | "cls");
        let annotation = param.annotation.map(|annotation| self.file.text_of(annotation));
        if is_own || annotation.is_some_and(|kind| matches!(kind, "int" | "float" | "bool" | "UUID" | "uuid.UUID")) {
            return false;
        }
        !self.is_given_closed(here, place as usize, steps)
    }

    fn is_given_closed(&self, function: FunctionRef, place: usize, steps: u32) -> bool {
        let callers = self.project.callers(function);
        let is_closed =
            |home: File<'_>, given: ExprId| !Reader { project: self.project, file: home }.is_open(given, steps);
        !callers.is_empty()
            && callers.iter().all(|caller| {
                let home = self.project.file(caller.function.file);
                home.is_some_and(|home| {
                    let call = Call::of(home.module(), caller.call).filter(|call| !call.has_unpacking());
                    call.is_some_and(|call| {
                        let given = self.project.argument_for(home.id(), call, function, place);
                        given.is_none_or(|given| is_closed(home, given.expr))
                    })
                })
            })
    }
}
