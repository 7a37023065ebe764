//! Walks the paths through a function: which states of something can hold when a statement runs.
//!
//! Branches part and join, loops run not at all, once or twice, an exception may leave a `try` block behind every
//! statement. States are kept apart, so what happens in exclusive branches is never taken for one run.

use backlint_semantic::Call;
use backlint_syntax::Module;
use backlint_syntax::ast::{Body, Expr, ExprId, Handler, List, Stmt, StmtId};

/// How many states are kept apart; of more the rest is dropped, so that nothing is claimed of it.
const MAX_STATES: usize = 24;

/// What is looked for along the paths.
pub trait Walker {
    /// What is known at one point of one path.
    type State: Clone + PartialEq;

    /// The expressions that stand directly in a statement are evaluated.
    fn step(&mut self, stmt: StmtId, state: &mut Self::State);

    /// An `except` clause is entered after something failed.
    fn caught(&mut self, _state: &mut Self::State) {}

    /// A path ends: by `return`, by `raise`, or (without statement) at the end of the body.
    fn left(&mut self, _by: Option<StmtId>, _state: &Self::State) {}

    /// The block of a `with` statement is left normally.
    fn exited(&mut self, _with: StmtId, _state: &mut Self::State) {}
}

/// Walks all paths through a function's body.
pub fn walk<W: Walker>(module: &Module, body: &[StmtId], start: W::State, walker: &mut W) {
    let mut run = Run { module, walker, breaks: Vec::new(), continues: Vec::new(), tries: Vec::new() };
    let ends = run.block(body, vec![start]);
    for state in ends {
        run.walker.left(None, &state);
    }
}

struct Run<'r, W: Walker> {
    module: &'r Module,
    walker: &'r mut W,
    breaks: Vec<W::State>,
    continues: Vec<W::State>,
    /// The `try` blocks around the current statement, innermost last.
    tries: Vec<Guarded<W::State>>,
}

/// A `try` block that is being walked.
struct Guarded<S> {
    /// The states in which it may be left by an exception.
    raised: Vec<S>,
    handlers: List<Handler>,
}

impl<W: Walker> Run<'_, W> {
    fn body(&mut self, body: Body, states: Vec<W::State>) -> Vec<W::State> {
        self.block(self.module.list(body), states)
    }

    fn block(&mut self, stmts: &[StmtId], mut states: Vec<W::State>) -> Vec<W::State> {
        for &stmt in stmts {
            if states.is_empty() {
                break;
            }
            states = self.stmt(stmt, states);
        }
        states
    }

    fn stmt(&mut self, stmt: StmtId, mut states: Vec<W::State>) -> Vec<W::State> {
        self.may_raise(&states);
        for state in &mut states {
            self.walker.step(stmt, state);
        }
        match self.module.stmt(stmt) {
            Stmt::Return(_) => self.leave(stmt, &states),
            Stmt::Raise { .. } => {
                self.may_raise(&states);
                if self.is_caught(stmt) { Vec::new() } else { self.leave(stmt, &states) }
            }
            Stmt::Break => {
                self.breaks.append(&mut states);
                Vec::new()
            }
            Stmt::Continue => {
                self.continues.append(&mut states);
                Vec::new()
            }
            Stmt::If { clauses, orelse } => {
                let mut ends = Vec::new();
                for clause in self.module.list(clauses) {
                    let after = self.body(clause.body, states.clone());
                    merge(&mut ends, after);
                }
                let after = self.body(orelse, states);
                merge(&mut ends, after);
                ends
            }
            Stmt::For { body, orelse, .. } | Stmt::While { body, orelse, .. } => self.repeated(body, orelse, states),
            Stmt::With { body, .. } => {
                let mut after = self.body(body, states);
                for state in &mut after {
                    self.walker.exited(stmt, state);
                }
                after
            }
            Stmt::Match { cases, .. } => {
                let mut ends = states.clone();
                for case in self.module.list(cases) {
                    let after = self.body(case.body, states.clone());
                    merge(&mut ends, after);
                }
                ends
            }
            Stmt::Try { body, handlers, orelse, finally } => {
                self.tries.push(Guarded { raised: Vec::new(), handlers });
                let after = self.body(body, states);
                let mut raised = self.tries.pop().map(|guarded| guarded.raised).unwrap_or_default();
                let mut ends = self.body(orelse, after);
                for state in &mut raised {
                    self.walker.caught(state);
                }
                for handler in self.module.list(handlers) {
                    let after = self.body(handler.body, raised.clone());
                    merge(&mut ends, after);
                }
                self.body(finally, ends)
            }
            _ => states,
        }
    }

    fn repeated(&mut self, body: Body, orelse: Body, states: Vec<W::State>) -> Vec<W::State> {
        let outer = (std::mem::take(&mut self.breaks), std::mem::take(&mut self.continues));
        let mut ends = states.clone();
        let mut turn = states;
        for _ in 0..2 {
            turn = self.body(body, turn);
            let continued = std::mem::take(&mut self.continues);
            merge(&mut turn, continued);
            merge(&mut ends, turn.clone());
        }
        let mut after = self.body(orelse, ends);
        merge(&mut after, std::mem::replace(&mut self.breaks, outer.0));
        self.continues = outer.1;
        after
    }

    /// The path ends here; nothing falls through.
    fn leave(&mut self, stmt: StmtId, states: &[W::State]) -> Vec<W::State> {
        for state in states {
            self.walker.left(Some(stmt), state);
        }
        Vec::new()
    }

    fn may_raise(&mut self, states: &[W::State]) {
        if let Some(guarded) = self.tries.last_mut() {
            merge(&mut guarded.raised, states.to_vec());
        }
    }

    /// Whether a `raise` ends in an `except` clause of this function. Which classes an exception derives from is not
    /// followed: only the web frameworks' own passes clauses that name something else.
    fn is_caught(&self, raise: StmtId) -> bool {
        let name = match self.module.stmt(raise) {
            Stmt::Raise { exception: Some(exception), .. } => self.last_name(exception),
            _ => None,
        };
        let handlers = || self.tries.iter().flat_map(|guarded| self.module.list(guarded.handlers));
        match name {
            Some("HTTPException") => handlers().any(|handler| self.may_catch_http(handler)),
            _ => handlers().next().is_some(),
        }
    }

    fn may_catch_http(&self, handler: &Handler) -> bool {
        let Some(kind) = handler.kind else { return true };
        let kinds = match self.module.expr(kind) {
            Expr::Tuple(kinds) => self.module.list(kinds).to_vec(),
            _ => vec![kind],
        };
        kinds.into_iter().any(|kind| {
            matches!(
                self.last_name(kind),
                None | Some("HTTPException" | "StarletteHTTPException" | "Exception" | "BaseException")
            )
        })
    }

    /// `C` of `a.C` and `a.C(…)`.
    fn last_name(&self, expr: ExprId) -> Option<&str> {
        let callee = Call::of(self.module, expr).map_or(expr, |call| call.function);
        match self.module.expr(callee) {
            Expr::Name(name) | Expr::Attribute { name, .. } => Some(self.module.text(name)),
            _ => None,
        }
    }
}

fn merge<S: PartialEq>(into: &mut Vec<S>, more: Vec<S>) {
    for state in more {
        if into.len() < MAX_STATES && !into.contains(&state) {
            into.push(state);
        }
    }
}
