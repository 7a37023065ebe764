//! Statements, as a stranger runs through them.

use std::collections::BTreeMap;

use backlint_semantic::Call;
use backlint_syntax::ast::{Body, Expr, ExprId, Stmt, StmtId, Symbol, WithItem};

use super::values::{About, Value};
use super::{End, Exit, Outcome, Ran, Role, Site, Stranger, ran};
use crate::File;
use crate::resolve::{Entity, FunctionRef, Type};
use crate::web::guards::exits::{self, Rejection};

/// Walks one function.
pub(super) fn run(
    stranger: &mut Stranger<'_>,
    function: FunctionRef,
    role: Role,
    arguments: &[Value],
    site: Option<&Site>,
) -> Outcome {
    let Some(file) = stranger.project.file(function.file) else { return Outcome::default() };
    let module = file.module();
    let params = module.list(file.function(function.id).params);
    let env = params.iter().zip(arguments).map(|(param, &value)| (param.name, value)).collect();
    let mut frame = Frame {
        stranger,
        file,
        function,
        role,
        site,
        state: State {
            env,
            texts: BTreeMap::new(),
            under: About::NOTHING,
            by_caller: false,
            is_stuck: false,
            has_worked: false,
        },
        exits: Vec::new(),
        ran: Ran::default(),
        is_over: false,
        has_doubt: false,
        has_unseen: false,
        caught: None,
    };
    if frame.block(module.body(function.id)) {
        frame.fall_off();
    }
    Outcome { exits: frame.exits, has_unseen: frame.has_unseen, ran: frame.ran }
}

/// What changes from branch to branch.
#[derive(Clone)]
pub(super) struct State {
    pub(super) env: BTreeMap<Symbol, Value>,
    /// Names that run over literal texts.
    pub(super) texts: BTreeMap<Symbol, Vec<String>>,
    pub(super) under: About,
    pub(super) by_caller: bool,
    /// Whether something has raised that no test announces: a look-up of what strangers do not have.
    pub(super) is_stuck: bool,
    /// Whether something has been done since it turned out who is calling.
    pub(super) has_worked: bool,
}

/// A function being walked.
pub(super) struct Frame<'w, 'a> {
    pub(super) stranger: &'w mut Stranger<'a>,
    pub(super) file: File<'a>,
    pub(super) function: FunctionRef,
    pub(super) role: Role,
    pub(super) site: Option<&'w Site>,
    pub(super) state: State,
    pub(super) exits: Vec<Exit>,
    pub(super) ran: Ran,
    /// Whether an expression ended the way: by raising, or by reaching what a gate wraps.
    pub(super) is_over: bool,
    /// Whether something looked at what strangers lack and may have raised.
    pub(super) has_doubt: bool,
    pub(super) has_unseen: bool,
    /// The refusal that the running `except` block caught.
    pub(super) caught: Option<Exit>,
}

impl Frame<'_, '_> {
    /// Walks a block; whether the way goes on behind it.
    pub(super) fn block(&mut self, body: &[StmtId]) -> bool {
        let module = self.file.module();
        for &stmt in body {
            if !self.stranger.spend() {
                self.has_unseen = true;
                self.ran.is_cut = true;
                return false;
            }
            let is_stuck = self.state.is_stuck;
            let goes_on = self.statement(stmt);
            // What a simple statement looks up comes before what it does; the parts of others stand for themselves.
            let has_parts = ran::has_parts(module.stmt(stmt));
            if !is_stuck && (!self.state.is_stuck || has_parts) {
                self.ran.statements.insert(stmt);
            }
            self.state.has_worked |= !has_parts && ran::works(self.file, stmt);
            if !goes_on {
                return false;
            }
        }
        true
    }

    pub(super) fn body(&mut self, body: Body) -> bool {
        let file = self.file;
        self.block(file.module().list(body))
    }

    fn statement(&mut self, stmt: StmtId) -> bool {
        let file = self.file;
        let module = file.module();
        match module.stmt(stmt) {
            Stmt::If { clauses, orelse } => self.branches(module.list(clauses), orelse),
            Stmt::Return(value) => self.returns(value),
            Stmt::Raise { exception, .. } => self.raises(exception),
            Stmt::Expr(value) => self.expression_statement(value),
            Stmt::Assign { targets, value } => {
                let found = self.kept(value);
                for &target in module.list(targets) {
                    self.bind(target, found);
                }
                !self.is_over
            }
            Stmt::AnnAssign { target, value: Some(value), .. } => {
                let found = self.kept(value);
                self.bind(target, found);
                !self.is_over
            }
            Stmt::AugAssign { target, value, .. } => {
                let found = self.eval(target).or(self.eval(value)).derived();
                self.bind(target, found);
                !self.is_over
            }
            Stmt::For { target, iter, body, orelse, .. } => self.for_loop(target, iter, body, orelse),
            Stmt::While { test, body, orelse } => self.while_loop(test, body, orelse),
            Stmt::With { items, body, .. } => self.with_block(module.list(items), body),
            Stmt::Try { body, handlers, orelse, finally } => self.attempt(body, handlers, orelse, finally),
            Stmt::Match { subject, cases } => {
                let subject = self.eval(subject);
                !self.is_over && self.cases(subject, module.list(cases))
            }
            Stmt::Assert { test, .. } => {
                let test = self.eval(test);
                if !self.is_over && test.truth == Some(false) {
                    self.refuse(Rejection::Invalid, Some("AssertionError".to_owned()), test.about);
                    return false;
                }
                !self.is_over
            }
            _ => true,
        }
    }

    /// A value that gets a name; a list that begins empty may be filled.
    fn kept(&mut self, value: ExprId) -> Value {
        let found = self.eval(value);
        let module = self.file.module();
        match module.expr(value) {
            Expr::List(items) | Expr::Set(items) if module.list(items).is_empty() => Value::unknown(found.about),
            Expr::Dict(items) if module.list(items).is_empty() => Value::unknown(found.about),
            _ => found,
        }
    }

    fn expression_statement(&mut self, value: ExprId) -> bool {
        let file = self.file;
        let module = file.module();
        if let Expr::Yield(yielded) = module.expr(value) {
            let given = yielded.map_or(Value::unknown(About::NOTHING), |value| self.eval(value));
            return !self.is_over && self.passes(given);
        }
        if let Some(rejection) = exits::ended(self.stranger.project, file, value) {
            self.refuse(rejection, Some("HTTPException".to_owned()), About::NOTHING);
            return false;
        }
        self.eval(value);
        !self.is_over
    }

    /// Adds a way out, unless the same is known.
    pub(super) fn leave(&mut self, exit: Exit) {
        if !self.exits.contains(&exit) {
            self.exits.push(exit);
        }
    }

    pub(super) fn leave_all(&mut self, exits: impl IntoIterator<Item = Exit>) {
        for exit in exits {
            self.leave(exit);
        }
    }

    /// A way that ends with an answer.
    fn passes(&mut self, value: Value) -> bool {
        let about = if self.state.by_caller { value.about.with(About::CALLER) } else { value.about };
        let end = match &self.caught {
            // Whoever catches the refusal of a handler answers in its place.
            Some(exit) if self.role == Role::Body => exit.end,
            _ => End::Passed(Value { about, ..value }),
        };
        self.leave(Exit { end, raised: None, by_caller: self.state.by_caller, under: self.state.under });
        false
    }

    pub(super) fn refuse(&mut self, rejection: Rejection, raised: Option<String>, about: About) {
        let by_caller = self.state.by_caller || about.has(About::CALLER);
        let under =
            if about.has(About::SIGNATURE) { self.state.under.with(About::SIGNATURE) } else { self.state.under };
        // A refusal that is caught and answered as a failure stays one.
        let rejection = match (rejection, self.caught.as_ref().map(|caught| &caught.end)) {
            (Rejection::Failed, Some(&End::Refused(caught))) => caught,
            _ => rejection,
        };
        self.leave(Exit { end: End::Refused(rejection), raised, by_caller, under });
    }

    fn fall_off(&mut self) {
        match self.role {
            Role::Gate => self.refuse(Rejection::Invalid, None, About::NOTHING),
            Role::Call | Role::Hook | Role::Body => {
                self.passes(Value::truth(false, About::NOTHING));
            }
        }
    }

    fn returns(&mut self, value: Option<ExprId>) -> bool {
        let file = self.file;
        let Some(value) = value else {
            let about_caller = self.state.by_caller || self.state.under.has(About::CALLER);
            // `if claims is None: return` leaves a handler before it does anything.
            if self.role == Role::Body && about_caller {
                self.refuse(Rejection::Forbidden, None, About::CALLER);
            } else {
                self.fall_off();
            }
            return false;
        };
        // `return abort(404)` hands nothing back.
        if let Some(rejection) = exits::aborted(self.stranger.project, file, value) {
            self.refuse(rejection, Some("HTTPException".to_owned()), About::NOTHING);
            return false;
        }
        let response = exits::response(self.stranger.project, file, value);
        let found = self.eval(value);
        if self.is_over {
            return false;
        }
        let is_none = file.module().expr(value) == Expr::None;
        match self.role {
            Role::Call if is_none && self.state.by_caller => return self.passes(Value::missing()),
            Role::Call => {
                let truth = if response.is_some() { Some(true) } else { found.truth };
                return self.passes(Value { truth, ..found });
            }
            Role::Hook if is_none => return self.passes(found),
            Role::Gate | Role::Hook => self.refuse(response.unwrap_or(Rejection::Invalid), None, found.about),
            Role::Body => match response {
                Some(rejection) => self.refuse(rejection, None, About::NOTHING),
                // `ok, response = check(); if not ok: return response`.
                None if self.answers_stranger(found) && self.is_name(value) => {
                    self.refuse(Rejection::Forbidden, None, About::CALLER);
                }
                None if self.sends_away(value) => {
                    self.refuse(Rejection::Forbidden, None, About::CALLER);
                }
                None => return self.passes(found),
            },
        }
        false
    }

    /// Whether a value that says something of the caller is handed back behind a test of the caller.
    fn answers_stranger(&self, value: Value) -> bool {
        value.about.has(About::CALLER) && (self.state.by_caller || self.state.under.has(About::CALLER))
    }

    /// Whether a handler sends strangers elsewhere and has done nothing for them but say why: `flash("Log in first")`.
    fn sends_away(&self, value: ExprId) -> bool {
        let redirects = |call: Call<'_>| call.name().is_some_and(|name| name.contains("redirect"));
        self.state.by_caller && !self.state.has_worked && Call::of(self.file.module(), value).is_some_and(redirects)
    }

    fn is_name(&self, expr: ExprId) -> bool {
        matches!(self.file.module().expr(expr), Expr::Name(_))
    }

    fn raises(&mut self, exception: Option<ExprId>) -> bool {
        let Some(exception) = exception else {
            if let Some(caught) = self.caught.clone() {
                self.leave(caught);
            }
            return false;
        };
        let rejection = exits::raised(self.stranger.project, self.file, exception).unwrap_or(Rejection::Unclear);
        let name = exits::exception_name(self.file, exception);
        self.refuse(rejection, Some(name), About::NOTHING);
        false
    }

    fn with_block(&mut self, items: &[WithItem], body: Body) -> bool {
        for item in items {
            let value = self.eval(item.context);
            if !self.is_over
                && let Some(enter) = self.entering(item.context)
            {
                self.run_unbound(enter);
            }
            if self.is_over {
                return false;
            }
            if let Some(target) = item.target {
                self.bind(target, value.derived());
            }
        }
        self.body(body)
    }

    /// What entering a context of the project runs: `with permission.require(403):`, `with self:`.
    fn entering(&self, context: ExprId) -> Option<FunctionRef> {
        let project = self.stranger.project;
        let entity = project.resolve(self.file.id(), context);
        let Entity::Instance { of: Type::Project(class), .. } = entity else { return None };
        project.method(class, "__enter__").or_else(|| project.method(class, "__aenter__"))
    }

    /// Binds a target to a value; parts of an unpacked value know no more than what it is about.
    pub(super) fn bind(&mut self, target: ExprId, mut value: Value) {
        let module = self.file.module();
        if self.state.by_caller {
            value.about = value.about.with(About::CALLER);
        }
        match module.expr(target) {
            Expr::Name(name) => {
                self.state.env.insert(name, value);
            }
            Expr::Tuple(items) | Expr::List(items) => {
                for &item in module.list(items) {
                    self.bind(item, value.derived());
                }
            }
            Expr::Starred(inner) => self.bind(inner, value.derived()),
            Expr::Subscript { value, .. } => self.ran.fills_session |= self.file.text_of(value).ends_with("session"),
            _ => {}
        }
    }

    /// Remembers the literal texts that a loop variable runs over.
    pub(super) fn bind_texts(&mut self, target: ExprId, iter: ExprId) {
        let Expr::Name(name) = self.file.module().expr(target) else { return };
        if let Some(texts) = self.texts(iter) {
            self.state.texts.insert(name, texts);
        }
    }
}
