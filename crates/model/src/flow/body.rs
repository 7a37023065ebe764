//! Walks the statements of a function and keeps what its values are.

use backlint_syntax::ast::{Body, Expr, ExprId, FunctionId, IfClause, List, Pattern, Stmt, StmtId, WithItem};

use super::Summaries;
use super::origin::{Origin, Root, Trace};
use super::state::{Check, State, common};
use super::summary::Summary;
use super::tables::Tables;
use super::targets::{Target, Targets};
use super::value::{Taint, Value};
use crate::resolve::FunctionRef;
use crate::{File, Project};

/// How often the body of a loop is walked.
const LOOP_ROUNDS: usize = 2;
/// How many functions inside functions are entered.
const MAX_NESTED: u32 = 4;

/// Works out the summary of one function.
pub(super) struct Reader<'a> {
    pub(super) project: &'a Project,
    pub(super) tables: &'a Tables,
    pub(super) summaries: Summaries<'a>,
    pub(super) targets: &'a Targets,
    pub(super) file: File<'a>,
    pub(super) function: FunctionRef,
    pub(super) summary: Summary,
    /// The functions around the statement at hand, the innermost last.
    frames: Vec<Frame>,
}

/// One function whose body is being walked.
#[derive(Default)]
struct Frame {
    returns: Value,
    /// What was checked on every way out so far; none before the first.
    checks: Option<Vec<Check>>,
    /// What was checked on every way out with a yes, and with a no.
    verdicts: [Option<Vec<Check>>; 2],
    receiver: Value,
    yields: bool,
    /// States at `break` and `continue`, by loop.
    loops: Vec<Vec<State>>,
}

/// Whether what follows a statement runs after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Runs,
    Ends,
}

/// Works out what calling `function` does, knowing what its callees do.
pub(super) fn summarise(
    project: &Project,
    summaries: Summaries<'_>,
    targets: &Targets,
    function: FunctionRef,
) -> Option<Summary> {
    let file = project.file(function.file)?;
    let mut reader = Reader {
        project,
        tables: project.flow_tables(),
        summaries,
        targets,
        file,
        function,
        summary: Summary::default(),
        frames: Vec::new(),
    };
    let mut state = State::default();
    for (place, param) in file.module().list(file.function(function.id).params).iter().enumerate() {
        let root = Root::Param(u32::try_from(place).unwrap_or(u32::MAX));
        state.set(param.name, Value::of(Taint::new(Origin::of(root), Trace::default())));
    }
    let frame = reader.function_body(function.id, state);
    reader.summary.returns = match frame.verdicts {
        [Some(no), Some(yes)] => no.iter().chain(&yes).fold(frame.returns, |all, check| {
            all.joined(&Value::of(Taint::verdict(check.origin.clone(), check.against)))
        }),
        _ => frame.returns,
    };
    reader.summary.never_returns = frame.checks.is_none() && !frame.yields;
    reader.summary.checks = frame.checks.unwrap_or_default();
    reader.summary.checks.retain(|check| matches!(check.origin.root, Root::Param(_)));
    reader.summary.receiver = frame.receiver;
    Some(reader.summary)
}

impl Reader<'_> {
    fn function_body(&mut self, id: FunctionId, mut state: State) -> Frame {
        self.frames.push(Frame::default());
        let body = self.file.module().body(id);
        if self.statements(body, &mut state) == Next::Runs {
            self.leave(&state);
        }
        self.frames.pop().unwrap_or_default()
    }

    fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// The function is left without an exception.
    fn leave(&mut self, state: &State) {
        let module = self.file.module();
        let first = module.list(self.file.function(self.function.id).params).first();
        let receiver = first.map(|param| state.settled(&state.get(param.name))).unwrap_or_default();
        let frame = self.frame();
        frame.receiver = frame.receiver.joined(&receiver);
        frame.checks = Some(match frame.checks.take() {
            Some(known) => common(&known, state.checks()),
            None => state.checks().to_vec(),
        });
    }

    /// The function is left with a yes or a no.
    fn answers(&mut self, is_yes: bool, state: &State) {
        let known = &mut self.frame().verdicts[usize::from(is_yes)];
        *known = Some(known.take().map_or_else(|| state.checks().to_vec(), |known| common(&known, state.checks())));
    }

    /// Whether a function that returns this says yes: anything but `False`, `None` and `(False, "no such host")`.
    fn is_yes(&self, value: ExprId) -> bool {
        let module = self.file.module();
        let first = match module.expr(value) {
            Expr::Tuple(items) => module.list(items).first().copied().unwrap_or(value),
            _ => value,
        };
        !matches!(module.expr(first), Expr::False | Expr::None)
    }

    fn gives_back(&mut self, state: &State, value: &Value) {
        let value = state.settled(value);
        let frame = self.frame();
        frame.returns = frame.returns.joined(&value);
    }

    pub(super) fn yields(&mut self, state: &State, value: &Value) {
        self.frame().yields = true;
        self.gives_back(state, value);
    }

    fn block(&mut self, body: Body, state: &mut State) -> Next {
        let module = self.file.module();
        self.statements(module.list(body), state)
    }

    fn statements(&mut self, body: &[StmtId], state: &mut State) -> Next {
        for &stmt in body {
            if self.statement(stmt, state) == Next::Ends {
                return Next::Ends;
            }
        }
        Next::Runs
    }

    fn statement(&mut self, stmt: StmtId, state: &mut State) -> Next {
        match self.file.module().stmt(stmt) {
            Stmt::Return(value) => {
                let is_yes = value.is_some_and(|value| self.is_yes(value));
                let found = value.map(|value| self.value(value, state)).unwrap_or_default();
                if let Some(value) = value
                    && self.frames.len() == 1
                    && let Some(&kind) = self.summaries.context.pages.get(&self.function)
                {
                    self.report_page((value, &found), kind, state);
                }
                self.gives_back(state, &found);
                self.leave(state);
                self.answers(is_yes, state);
                return Next::Ends;
            }
            Stmt::Raise { exception, .. } => {
                if let Some(exception) = exception {
                    self.value(exception, state);
                }
                return Next::Ends;
            }
            Stmt::Break | Stmt::Continue => {
                let jumped = state.clone();
                if let Some(exits) = self.frame().loops.last_mut() {
                    exits.push(jumped);
                }
                return Next::Ends;
            }
            Stmt::If { clauses, orelse } => return self.branches(clauses, orelse, state),
            Stmt::Try { .. } => return self.attempt(stmt, state),
            Stmt::With { items, body, .. } => {
                self.enter(items, state);
                return self.block(body, state);
            }
            Stmt::Match { .. } => return self.cases(stmt, state),
            Stmt::For { target, iter, body, orelse, .. } => {
                let items = self.value(iter, state);
                let items = self.elements(iter, &items);
                self.repeat(body, state, |reader, state| reader.bind(target, &items, state));
                return self.block(orelse, state);
            }
            Stmt::While { test, body, orelse } => {
                self.repeat(body, state, |reader, state| {
                    let proof = reader.test(test, state);
                    state.check_all(&proof.if_true);
                });
                return self.block(orelse, state);
            }
            Stmt::Expr(value) => {
                self.value(value, state);
                self.fill_by_call(value, state);
                return if self.never_returns(value) { Next::Ends } else { Next::Runs };
            }
            _ => self.simple(stmt, state),
        }
        Next::Runs
    }

    /// `abort(404)`, `sys.exit()`, or a function of the project that always raises.
    fn never_returns(&self, expr: ExprId) -> bool {
        let module = self.file.module();
        let expr = if let Expr::Await(inner) = module.expr(expr) { inner } else { expr };
        let Some(call) = backlint_semantic::Call::of(module, expr) else { return false };
        match self.targets.get(expr) {
            &Target::Function(function, _) => {
                let is_abstract = || {
                    let home = self.project.file(function.file);
                    home.is_some_and(|home| {
                        let whole = home.module().stmt_span(home.function(function.id).stmt);
                        home.slice(whole).contains("NotImplemented")
                    })
                };
                self.summaries.get(function).is_some_and(|summary| summary.never_returns) && !is_abstract()
            }
            Target::External(path) if matches!(&**path, "sys.exit" | "exit" | "quit" | "os._exit") => true,
            Target::External(_) | Target::Unknown => call.name() == Some("abort"),
            Target::Class(..) | Target::Handed(..) => false,
        }
    }

    fn simple(&mut self, stmt: StmtId, state: &mut State) {
        let module = self.file.module();
        match module.stmt(stmt) {
            Stmt::Assign { targets, value } => {
                let found = self.value(value, state);
                for &target in module.list(targets) {
                    self.assign((target, value), &found, state);
                }
            }
            Stmt::AnnAssign { target, value: Some(value), .. } => {
                let found = self.value(value, state);
                self.assign((target, value), &found, state);
            }
            Stmt::AugAssign { target, value, .. } => {
                let joined = self.added(target, value, state);
                self.bind(target, &joined, state);
            }
            Stmt::Assert { test, .. } => {
                let proof = self.test(test, state);
                state.check_all(&proof.if_true);
            }
            Stmt::Function(id) => self.nested(id, state),
            _ => {}
        }
    }

    fn assign(&mut self, (target, value): (ExprId, ExprId), found: &Value, state: &mut State) {
        let is_known = self.is_flag(target, state);
        self.bind(target, found, state);
        self.flag(target, value, is_known, state);
    }

    /// A function inside a function sees the values around it. Its parameters are not known here.
    fn nested(&mut self, id: FunctionId, state: &State) {
        if self.frames.len() > MAX_NESTED as usize {
            return;
        }
        let mut inner = state.clone();
        for param in self.file.module().list(self.file.function(id).params) {
            inner.set(param.name, Value::default());
        }
        self.function_body(id, inner);
    }

    fn branches(&mut self, clauses: List<IfClause>, orelse: Body, state: &mut State) -> Next {
        let module = self.file.module();
        let mut ends: Vec<State> = Vec::new();
        for clause in module.list(clauses) {
            let proof = self.test(clause.test, state);
            let mut inside = state.clone();
            inside.check_all(&proof.if_true);
            if self.block(clause.body, &mut inside) == Next::Runs {
                ends.push(inside);
            }
            state.check_all(&proof.if_false);
        }
        if self.block(orelse, state) == Next::Runs {
            ends.push(std::mem::take(state));
        }
        merge(ends, state)
    }

    fn attempt(&mut self, stmt: StmtId, state: &mut State) -> Next {
        let module = self.file.module();
        let Stmt::Try { body, handlers, orelse, finally } = module.stmt(stmt) else { return Next::Runs };
        let mut interrupted = state.clone();
        let mut ends = Vec::new();
        let mut next = self.block(body, state);
        interrupted.meet(state);
        if next == Next::Runs {
            next = self.block(orelse, state);
        }
        if next == Next::Runs {
            ends.push(std::mem::take(state));
        }
        for handler in module.list(handlers) {
            let mut inside = interrupted.clone();
            if let Some(name) = handler.name {
                inside.set(name, Value::default());
            }
            if self.block(handler.body, &mut inside) == Next::Runs {
                ends.push(inside);
            }
        }
        match merge(ends, state) {
            Next::Runs => self.block(finally, state),
            Next::Ends => {
                self.block(finally, &mut interrupted);
                Next::Ends
            }
        }
    }

    fn enter(&mut self, items: List<WithItem>, state: &mut State) {
        let module = self.file.module();
        for item in module.list(items) {
            let value = self.value(item.context, state);
            if let Some(target) = item.target {
                self.bind(target, &value, state);
            }
        }
    }

    fn cases(&mut self, stmt: StmtId, state: &mut State) -> Next {
        let module = self.file.module();
        let Stmt::Match { subject, cases } = module.stmt(stmt) else { return Next::Runs };
        let subject = self.value(subject, state);
        let mut ends = vec![state.clone()];
        for case in module.list(cases) {
            let mut inside = state.clone();
            if matches!(module.pattern(case.pattern), Pattern::Value(_) | Pattern::Or(_)) {
                inside.check_all(&super::conditions::proven(&subject, super::hazard::Hazards::ALL));
            }
            if let Some(guard) = case.guard {
                let proof = self.test(guard, &mut inside);
                inside.check_all(&proof.if_true);
            }
            if self.block(case.body, &mut inside) == Next::Runs {
                ends.push(inside);
            }
        }
        merge(ends, state)
    }

    fn repeat(&mut self, body: Body, state: &mut State, mut start: impl FnMut(&mut Self, &mut State)) {
        for _ in 0..LOOP_ROUNDS {
            let mut inside = state.clone();
            start(self, &mut inside);
            self.frame().loops.push(Vec::new());
            let next = self.block(body, &mut inside);
            let jumped = self.frame().loops.pop().unwrap_or_default();
            let ends = if next == Next::Runs { vec![inside] } else { Vec::new() };
            let mut after = State::default();
            if merge(ends.into_iter().chain(jumped).collect(), &mut after) == Next::Runs {
                state.meet_after_loop(&after);
            }
        }
    }
}

/// The state behind several ways that meet.
fn merge(ends: Vec<State>, state: &mut State) -> Next {
    let mut ends = ends.into_iter();
    let Some(first) = ends.next() else { return Next::Ends };
    *state = first;
    for end in ends {
        state.meet(&end);
    }
    Next::Runs
}
