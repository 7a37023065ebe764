//! Expressions, as a stranger's request makes them come out.

use backlint_syntax::ast::{BoolOp, CompareOp, Comparison, Expr, ExprId, Part as TextPart, UnaryOp};

use super::digests;
use super::identity;
use super::site::Part;
use super::statements::Frame;
use super::values::{About, Value};
use crate::resolve::Entity;

impl Frame<'_, '_> {
    pub(super) fn eval(&mut self, expr: ExprId) -> Value {
        if self.is_over || !self.stranger.spend() {
            return Value::unknown(About::NOTHING);
        }
        let file = self.file;
        let module = file.module();
        match module.expr(expr) {
            Expr::True | Expr::Ellipsis | Expr::Lambda(_) => Value::truth(true, About::NOTHING),
            Expr::False | Expr::None => Value::truth(false, About::NOTHING),
            Expr::Str(text) | Expr::Bytes(text) => Value::truth(!module.text(text).is_empty(), About::NOTHING),
            Expr::Int(text) => Value::truth(module.text(text) != "0", About::NOTHING),
            Expr::Name(_) => self.name(expr),
            Expr::Attribute { value, .. } => self.attribute(expr, value),
            Expr::Subscript { value, index } => self.subscript(value, index),
            Expr::Call { .. } => self.call(expr),
            Expr::Await(inner) | Expr::Starred(inner) | Expr::YieldFrom(inner) => self.eval(inner),
            Expr::Yield(inner) => inner.map_or(Value::unknown(About::NOTHING), |inner| self.eval(inner)),
            Expr::Named { target, value } => {
                let found = self.eval(value);
                self.bind(target, found);
                found
            }
            Expr::Unary { op: UnaryOp::Not, operand } => self.eval(operand).negated(),
            Expr::Unary { operand, .. } => self.eval(operand).derived(),
            Expr::Binary { left, right, .. } => {
                let (left, right) = (self.eval(left), self.eval(right));
                if left.is_missing || right.is_missing { Value::missing() } else { joined(&[left, right]) }
            }
            Expr::Bool { op, values } => self.bool_operation(op, module.list(values)),
            Expr::Compare { left, rest } => self.comparison(left, module.list(rest)),
            Expr::Conditional { test, body, orelse } => self.conditional(test, body, orelse),
            Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) => self.display(module.list(items)),
            Expr::Dict(items) => {
                let values: Vec<ExprId> = module.list(items).iter().map(|item| item.value).collect();
                self.display(&values)
            }
            Expr::FString(parts) => {
                let values: Vec<ExprId> = module
                    .list(parts)
                    .iter()
                    .filter_map(|part| match *part {
                        TextPart::Value { value, .. } => Some(value),
                        TextPart::Text(_) => None,
                    })
                    .collect();
                let found: Vec<Value> = values.into_iter().map(|value| self.eval(value)).collect();
                joined(&found)
            }
            Expr::Comprehension(id) => {
                let comprehension = module.comprehension(id);
                let mut found = Value::unknown(About::NOTHING);
                for generator in module.list(comprehension.generators) {
                    let over = self.eval(generator.iter);
                    self.bind(generator.target, if over.is_missing { over } else { Value::unknown(over.about) });
                    self.bind_texts(generator.target, generator.iter);
                    found = found.or(over);
                }
                let element = self.eval(comprehension.element);
                if self.is_over { element } else { Value { truth: element.truth, ..found.or(element) } }
            }
            _ => Value::unknown(About::NOTHING),
        }
    }

    fn name(&mut self, expr: ExprId) -> Value {
        let module = self.file.module();
        let Expr::Name(name) = module.expr(expr) else { return Value::unknown(About::NOTHING) };
        if let Some(&known) = self.state.env.get(&name) {
            return known;
        }
        let text = module.text(name);
        match self.stranger.project.resolve(self.file.id(), expr) {
            Entity::External(path) => proxy(&path).unwrap_or_else(|| Value::unknown(identity::setting(text))),
            Entity::Literal(at) if at.file == self.file.id() && at.expr != expr => match module.expr(at.expr) {
                Expr::Str(_) | Expr::True | Expr::False | Expr::None => Value::unknown(identity::constant(text)),
                _ => Value::unknown(identity::setting(text)),
            },
            Entity::Function(_) | Entity::Class(_) | Entity::Module(_) => Value::truth(true, identity::setting(text)),
            Entity::Instance { .. } => Value::unknown(identity::setting(text)),
            Entity::Unknown | Entity::Param(..) if matches!(text, "current_user" | "current_identity") => {
                Value::missing()
            }
            _ => Value::unknown(identity::constant(text)),
        }
    }

    fn attribute(&mut self, expr: ExprId, value: ExprId) -> Value {
        let file = self.file;
        let Expr::Attribute { name, .. } = file.module().expr(expr) else { return Value::unknown(About::NOTHING) };
        let name = file.module().text(name);
        // `flask_login.current_user`.
        if matches!(name, "current_user" | "current_identity" | "session" | "request")
            && let Entity::External(path) = self.stranger.project.resolve(file.id(), expr)
            && let Some(found) = proxy(&path)
        {
            return found;
        }
        let text = file.text_of(expr);
        let base = file.text_of(value);
        let object = self.eval(value);
        Self::attribute_of(object, base, name, text)
    }

    pub(super) fn attribute_of(object: Value, base: &str, name: &str, text: &str) -> Value {
        if object.is_missing {
            return match identity::of_strangers(name) {
                Some(truth) => Value::truth(truth, About::CALLER),
                None => Value::missing(),
            };
        }
        let base = base.rsplit('.').next().unwrap_or(base);
        if let Some(part) = identity::part(base, name) {
            let about = if part.is_place() { About::SITE } else { About::NOTHING };
            return Value::part(part, about);
        }
        if identity::is_caller_attribute(base, name) {
            return Value::missing();
        }
        if identity::is_origin(base, name) {
            return Value::unknown(About::FOREIGN);
        }
        let is_setting = identity::setting(text);
        Value::unknown(object.about.with(is_setting))
    }

    fn bool_operation(&mut self, op: BoolOp, values: &[ExprId]) -> Value {
        let decisive = op == BoolOp::Or;
        let mut found: Option<Value> = None;
        for &value in values {
            let next = self.eval(value);
            if self.is_over {
                return next;
            }
            if next.truth == Some(decisive) {
                // What decides alone tells what the test is about.
                return Value { about: found.map_or(next.about, |found| decided(found, next)), ..next };
            }
            found = Some(match found {
                None => next,
                Some(found) => combined(op, found, next),
            });
        }
        found.unwrap_or(Value::unknown(About::NOTHING))
    }

    fn comparison(&mut self, left: ExprId, rest: &[Comparison]) -> Value {
        let [only] = rest else {
            let mut values = vec![self.eval(left)];
            values.extend(rest.iter().map(|comparison| self.eval(comparison.right)).collect::<Vec<_>>());
            return joined(&values);
        };
        let (a, b) = (self.eval(left), self.eval(only.right));
        if self.is_over {
            return a;
        }
        if let Some(found) = self.compared_place(a, b, left, *only) {
            return found;
        }
        if let Some(found) = self.key_in_mapping(b, left, *only) {
            return found;
        }
        if let Some(found) = digests::compared(a, b, only.op) {
            return found;
        }
        let module = self.file.module();
        let with_none = module.expr(only.right) == Expr::None || module.expr(left) == Expr::None;
        let is_there = |value: Value| value.truth == Some(true);
        match (a.is_missing, b.is_missing) {
            (false, false) => {
                let about = a.about.with(b.about);
                match (only.op, with_none) {
                    (CompareOp::Is | CompareOp::Eq, true) if is_there(a) => Value::truth(false, about),
                    (CompareOp::IsNot | CompareOp::NotEq, true) if is_there(a) => Value::truth(true, about),
                    _ => Value::unknown(about),
                }
            }
            (true, true) => {
                Value::truth(matches!(only.op, CompareOp::NotEq | CompareOp::NotIn | CompareOp::IsNot), About::CALLER)
            }
            (a_is_missing, _) => {
                let missing = if a_is_missing { a } else { b };
                if a.about.with(b.about).has(About::FOREIGN) {
                    return Value::unknown(About::FOREIGN);
                }
                let truth = match only.op {
                    CompareOp::Is | CompareOp::Eq => with_none && !is_there(missing),
                    CompareOp::IsNot | CompareOp::NotEq => !with_none || is_there(missing),
                    CompareOp::In => false,
                    CompareOp::NotIn => true,
                    CompareOp::Lt | CompareOp::LtE => a_is_missing,
                    CompareOp::Gt | CompareOp::GtE => !a_is_missing,
                };
                Value::truth(truth, About::CALLER)
            }
        }
    }

    fn conditional(&mut self, test: ExprId, body: ExprId, orelse: ExprId) -> Value {
        let test = self.eval(test);
        let decided = |found: Value| Value { about: found.about.with(test.about), ..found };
        match test.truth {
            Some(true) => decided(self.eval(body)),
            Some(false) => decided(self.eval(orelse)),
            None => {
                let found = self.eval(body);
                found.or(self.eval(orelse))
            }
        }
    }

    fn display(&mut self, items: &[ExprId]) -> Value {
        let values: Vec<Value> = items.iter().map(|&item| self.eval(item)).collect();
        let found = joined(&values);
        Value::truth(!items.is_empty(), found.about)
    }
}

/// What the objects of libraries that stand for the running request hold for strangers.
fn proxy(path: &str) -> Option<Value> {
    match path {
        "flask.session" => Some(Value::part(Part::Session, About::CALLER)),
        "flask.request" => Some(Value::unknown(About::REQUEST)),
        _ if path.ends_with(".current_user") || path.ends_with(".current_identity") => Some(Value::missing()),
        _ => None,
    }
}

/// Something made of several values.
pub(super) fn joined(values: &[Value]) -> Value {
    Value::unknown(values.iter().fold(About::NOTHING, |about, value| about.with(value.about)))
}

/// What decides an operation after something that could not be told: `flag and not user`.
fn decided(found: Value, next: Value) -> About {
    if found.truth.is_some() { next.about } else { next.about.with(found.about) }
}

fn combined(op: BoolOp, a: Value, b: Value) -> Value {
    let about = match (a.truth, b.truth) {
        // A part that is known and does not decide says nothing.
        (Some(_), None) if !a.about.has(About::CALLER) => b.about,
        _ => a.about.with(b.about),
    };
    let truth = match (a.truth, b.truth) {
        (Some(a), Some(b)) => Some(if op == BoolOp::Or { a || b } else { a && b }),
        _ => None,
    };
    let is_missing = op == BoolOp::Or && a.is_missing && (b.is_missing || b.truth == Some(false));
    let part = if op == BoolOp::Or { a.part.or(b.part) } else { None };
    Value { truth, is_missing, about, part }
}
