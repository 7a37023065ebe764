//! The values of expressions.

use backlint_syntax::ast::{Comprehension, DictItem, Expr, ExprId, Generator, List, UnaryOp};

use super::body::Reader;
use super::hazard::Hazards;
use super::origin::{Origin, Root, StepKind, Trace};
use super::state::State;
use super::value::{Taint, Value};

impl Reader<'_> {
    /// What is known of the value of `expr`.
    pub(super) fn value(&mut self, expr: ExprId, state: &mut State) -> Value {
        let module = self.file.module();
        match module.expr(expr) {
            Expr::Name(name) if !state.is_bound(name) && self.tables.may_be_source(module.text(name)) => {
                self.session(expr).unwrap_or_default()
            }
            Expr::Name(name) => state.get(name),
            Expr::Attribute { value, name } => self.attribute(expr, value, module.text(name), state),
            Expr::Subscript { value, index } => self.subscript(value, index, state),
            Expr::Call { .. } => self.call(expr, state),
            Expr::FString(parts) | Expr::TString(parts) => self.f_string(parts, state),
            Expr::Binary { left, op, right } => self.binary(left, op, right, state),
            Expr::Bool { op, values } => self.either(op, values, state),
            Expr::Conditional { test, body, orelse } => self.conditional([test, body, orelse], state),
            Expr::Compare { .. } | Expr::Unary { op: UnaryOp::Not, .. } => {
                let proof = self.test(expr, state);
                judgement(proof.if_true.into_iter().chain(proof.if_false))
            }
            Expr::Unary { operand, .. } => self.value(operand, state).judged(Hazards::NONE),
            Expr::Await(inner) | Expr::Starred(inner) => self.value(inner, state),
            Expr::Named { target, value } => {
                let value = self.value(value, state);
                self.bind(target, &value, state);
                value
            }
            Expr::Tuple(items) => {
                let items: Vec<Value> = module.list(items).iter().map(|&item| self.value(item, state)).collect();
                Value::tuple(items)
            }
            Expr::List(items) | Expr::Set(items) => {
                let items: Vec<Value> = module.list(items).iter().map(|&item| self.listed(item, state)).collect();
                items.iter().fold(Value::default(), |all, item| all.joined(item))
            }
            Expr::Dict(items) => self.dict(items, state),
            Expr::Comprehension(id) => self.comprehension(*module.comprehension(id), state),
            Expr::Yield(Some(value)) | Expr::YieldFrom(value) => {
                let value = self.value(value, state);
                self.yields(state, &value);
                Value::default()
            }
            Expr::Lambda(id) => {
                let lambda = *module.lambda(id);
                let mut inner = state.clone();
                for param in module.list(lambda.params) {
                    inner.set(param.name, Value::default());
                }
                self.value(lambda.body, &mut inner);
                Value::default()
            }
            _ => Value::default(),
        }
    }

    fn attribute(&mut self, expr: ExprId, object: ExprId, name: &str, state: &mut State) -> Value {
        if let Some(source) = self.source(expr, name, state) {
            return source;
        }
        if let Some(path) = self.session_of_request(object, name) {
            return self.read(path, expr);
        }
        let value = self.value(object, state);
        if !self.is_called(expr) {
            self.report_whole_read(expr, name, &value, state);
        }
        value.member(name).joined(&self.loaded(object, name, &value))
    }

    /// Whether the expression is what a call calls.
    fn is_called(&self, expr: ExprId) -> bool {
        let parent = self.file.index().parent(expr);
        parent.is_some_and(
            |parent| matches!(self.file.module().expr(parent), Expr::Call { function, .. } if function == expr),
        )
    }

    /// `request.args` and its kin.
    fn source(&self, expr: ExprId, name: &str, state: &State) -> Option<Value> {
        if !self.tables.may_be_source(name) {
            return None;
        }
        let index = self.file.index();
        let dotted = index.dotted(self.file.module(), expr)?;
        if dotted.rest.len() > 2 || state.is_bound(dotted.head) {
            return None;
        }
        let path = self.file.path_of(expr).filter(|path| !path.starts_with('.'));
        let path = match path {
            Some(path) => path,
            None => self.project.resolve(self.file.id(), expr).external()?.to_owned(),
        };
        let is_known = self.tables.source(&path).is_some() || self.tables.is_session(&path);
        is_known.then(|| self.read(&path, expr))
    }

    /// What the source at this path hands in.
    pub(super) fn read(&self, path: &str, expr: ExprId) -> Value {
        let trace = Trace::default().then(self.file.at_expr(expr), StepKind::Read);
        Value::of(Taint::new(Origin::of(Root::Source(path.into())), trace))
    }

    fn subscript(&mut self, object: ExprId, index: ExprId, state: &mut State) -> Value {
        let module = self.file.module();
        let value = self.value(object, state);
        match self.separator(object) {
            Some(".") if matches!(self.file.text_of(index), "-1" | "1") => return value.map(&Taint::become_detail),
            Some("/") => return value.map(&|taint| taint.safe = taint.safe.and(Hazards::FILES)),
            _ => {}
        }
        match module.expr(index) {
            Expr::Str(key) => value.member(module.text(key)),
            Expr::Slice { .. } => value,
            Expr::Int(place) => value.unpacked(module.text(place)),
            _ => {
                let index = self.value(index, state);
                // What is looked up by a client's key is not the client's; that there is such a key proves the key.
                if value.is_nothing() {
                    index.judged(Hazards::ALL)
                } else {
                    // `rows[rows["id"] == key]`: what is left are the rows with that key.
                    value.element().beside(&index.verdicts())
                }
            }
        }
    }

    /// At what `object` is split, if it is: `name.rsplit(".", 1)[-1]` is an extension, `url.split("/")[-1]` one segment.
    fn separator(&self, object: ExprId) -> Option<&str> {
        let module = self.file.module();
        let call = backlint_semantic::Call::of(module, object)?;
        let is_split = matches!(call.name(), Some("split" | "rsplit" | "rpartition"));
        match module.expr(call.positional(0).filter(|_| is_split)?) {
            Expr::Str(text) => Some(module.text(text)),
            _ => None,
        }
    }

    fn either(&mut self, op: backlint_syntax::ast::BoolOp, values: List<ExprId>, state: &mut State) -> Value {
        let mut inner = state.clone();
        let mut all = Value::default();
        for &value in self.file.module().list(values) {
            let proof = self.test(value, &mut inner);
            let found = self.value(value, &mut inner);
            all = all.beside(&inner.settled(&found));
            inner.check_all(if op == backlint_syntax::ast::BoolOp::And { &proof.if_true } else { &proof.if_false });
        }
        all
    }

    fn conditional(&mut self, [test, body, orelse]: [ExprId; 3], state: &mut State) -> Value {
        let proof = self.test(test, state);
        let mut other = state.clone();
        let mut inside = state.clone();
        inside.check_all(&proof.if_true);
        other.check_all(&proof.if_false);
        let found = self.value(body, &mut inside);
        let alternative = self.value(orelse, &mut other);
        inside.settled(&found).joined(&other.settled(&alternative))
    }

    /// A list of what one item of a display stands for.
    fn listed(&mut self, item: ExprId, state: &mut State) -> Value {
        match self.file.module().expr(item) {
            Expr::Starred(inner) => self.value(inner, state).iterated().listed(),
            _ => self.value(item, state).listed(),
        }
    }

    fn dict(&mut self, items: List<DictItem>, state: &mut State) -> Value {
        let module = self.file.module();
        let mut fields = Vec::new();
        let mut rest = Value::default();
        for item in module.list(items) {
            let value = self.value(item.value, state);
            let value = state.settled(&value);
            match item.key.map(|key| (key, module.expr(key))) {
                Some((_, Expr::Str(key))) => fields.push((module.text(key).into(), value)),
                Some((key, _)) => {
                    let key = self.value(key, state);
                    rest = rest.joined(&Value::entry(state.settled(&key), value));
                }
                None => rest = rest.joined(&value),
            }
        }
        Value::with_fields(fields).joined(&rest)
    }

    fn comprehension(&mut self, comprehension: Comprehension, state: &mut State) -> Value {
        let module = self.file.module();
        let mut inner = state.clone();
        for generator in module.list(comprehension.generators) {
            self.generator(generator, &mut inner);
        }
        let element = self.value(comprehension.element, &mut inner);
        let all = match comprehension.value {
            Some(value) => Value::entry(element, self.value(value, &mut inner)),
            None => element.listed(),
        };
        inner.settled(&all)
    }

    fn generator(&mut self, generator: &Generator, state: &mut State) {
        let items = self.value(generator.iter, state);
        let items = self.elements(generator.iter, &items);
        self.bind(generator.target, &items, state);
        for &condition in self.file.module().list(generator.conditions) {
            let proof = self.test(condition, state);
            state.check_all(&proof.if_true);
        }
    }

    /// What a loop over the value of `iter` hands in.
    pub(super) fn elements(&mut self, iter: ExprId, value: &Value) -> Value {
        let call = backlint_semantic::Call::of(self.file.module(), iter);
        match call.and_then(|call| call.name()) {
            Some("enumerate") => Value::tuple([Value::default(), value.iterated()]),
            _ => value.iterated(),
        }
    }
}

/// A truth value that was made by looking at these origins.
fn judgement(checks: impl Iterator<Item = super::state::Check>) -> Value {
    let taints = checks.map(|check| Taint::verdict(check.origin, check.against));
    taints.fold(Value::default(), |all, taint| all.joined(&Value::of(taint)))
}
