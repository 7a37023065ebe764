//! Look-ups in headers, sessions and forms, and tests of where a request goes.

use backlint_semantic::Call;
use backlint_syntax::ast::{CompareOp, Comparison, Expr, ExprId};

use super::site::Part;
use super::statements::Frame;
use super::values::{About, Value};
use super::{Role, identity};

impl Frame<'_, '_> {
    pub(super) fn subscript(&mut self, value: ExprId, index: ExprId) -> Value {
        let object = self.eval(value);
        if self.is_over || object.is_missing {
            return object.derived();
        }
        if object.part == Some(Part::Endpoint) {
            return object;
        }
        if let Some(found) = self.entry(object, value, index) {
            if found.is_missing {
                self.has_doubt = true;
                self.get_stuck(object);
            }
            return found;
        }
        let key = self.eval(index);
        if key.is_missing { Value::missing() } else { Value::unknown(object.about.with(key.about)) }
    }

    /// `session["user_id"]` raises for strangers. Headers and forms hold whatever a caller likes to send.
    fn get_stuck(&mut self, mapping: Value) {
        if self.role == Role::Body && mapping.part == Some(Part::Session) && !self.ran.fills_session {
            self.state.is_stuck = true;
            self.ran.tells_apart = true;
        }
    }

    /// What stands under a key of headers, fields, a session or an ASGI scope.
    pub(super) fn entry(&self, object: Value, mapping: ExprId, key: ExprId) -> Option<Value> {
        let text = self.key_text(key);
        if self.file.text_of(mapping).rsplit('.').next() == Some("scope") {
            return text.map(|text| identity::scope_entry(&text));
        }
        // What a wrapper is handed for the handler's parameter of this name.
        if self.role == Role::Gate && self.file.text_of(mapping) == "kwargs" {
            return text.filter(|text| identity::is_attribute(text)).map(|_| Value::missing());
        }
        let part = object.part.filter(|part| !part.is_place())?;
        let named = self.key_name(key).map(|name| identity::entry(part, name));
        Some(match (text, named) {
            (Some(text), _) => identity::entry(part, &text),
            (None, Some(named)) if named.is_missing || named.about.has(About::FOREIGN) => named,
            _ if part == Part::Session => Value::missing(),
            _ => Value::unknown(object.about.with(About::REQUEST)),
        })
    }

    pub(super) fn key_text(&self, key: ExprId) -> Option<String> {
        let module = self.file.module();
        match module.expr(key) {
            Expr::Str(text) | Expr::Bytes(text) => Some(module.text(text).to_owned()),
            _ => self.stranger.project.string(self.file.id(), key),
        }
    }

    /// The name of a key that could not be told.
    fn key_name(&self, key: ExprId) -> Option<&str> {
        let module = self.file.module();
        match module.expr(key) {
            Expr::Name(name) | Expr::Attribute { name, .. } => Some(module.text(name)),
            _ => None,
        }
    }

    /// `"user" in session`, `"Authorization" not in request.headers`.
    pub(super) fn key_in_mapping(&self, mapping: Value, key: ExprId, comparison: Comparison) -> Option<Value> {
        if !matches!(comparison.op, CompareOp::In | CompareOp::NotIn) {
            return None;
        }
        let found = self.entry(mapping, comparison.right, key)?;
        Some(if found.is_missing {
            Value::truth(comparison.op == CompareOp::NotIn, About::CALLER)
        } else {
            Value::unknown(found.about)
        })
    }

    /// `request.path in OPEN`, `request.method == "OPTIONS"`.
    pub(super) fn compared_place(&self, a: Value, b: Value, left: ExprId, comparison: Comparison) -> Option<Value> {
        let (part, place, other) = match (a.part, b.part) {
            (Some(part), _) if part.is_place() => (part, left, comparison.right),
            (_, Some(part)) if part.is_place() => (part, comparison.right, left),
            _ => return None,
        };
        let module = self.file.module();
        let negated = matches!(comparison.op, CompareOp::NotEq | CompareOp::NotIn | CompareOp::IsNot);
        if matches!(comparison.op, CompareOp::Is | CompareOp::IsNot) || module.expr(other) == Expr::None {
            return Some(Value::truth(negated, About::NOTHING));
        }
        let texts = self.texts(other);
        // `"/admin" in request.path`.
        if place == comparison.right && matches!(comparison.op, CompareOp::In | CompareOp::NotIn) {
            let inside = self.site.zip(texts).map(|(site, texts)| texts.iter().any(|t| site.path.contains(t.as_str())));
            return Some(place_test(inside.map(|inside| inside != negated)));
        }
        if part == Part::Method
            && texts.as_ref().is_some_and(|texts| texts.iter().all(|t| matches!(t.as_str(), "OPTIONS" | "HEAD")))
        {
            return Some(Value::truth(negated, About::NOTHING));
        }
        let equal = self.site.zip(texts).and_then(|(site, texts)| site.is_one_of(part, &texts));
        Some(place_test(equal.map(|equal| equal != negated)))
    }

    /// `request.path.startswith("/static")`, `request.path.rstrip("/")`.
    pub(super) fn method_of_place(&mut self, part: Part, call: Call<'_>) -> Value {
        let Some(argument) = call.positional(0) else { return Value::part(part, About::SITE) };
        match call.name() {
            Some("startswith") => {
                let texts = self.texts(argument);
                let begins = self.site.zip(texts).and_then(|(site, texts)| site.begins_with(part, &texts));
                place_test(begins)
            }
            Some("endswith") => {
                let texts = self.texts(argument);
                let ends =
                    self.site.zip(texts).map(|(site, texts)| texts.iter().any(|t| site.path.ends_with(t.as_str())));
                place_test(ends)
            }
            Some("strip" | "rstrip" | "lower" | "upper" | "removesuffix") => Value::part(part, About::SITE),
            // `request.endpoint.split(".")[-1]`: a site knows its endpoints by short names too.
            Some("split" | "rsplit" | "partition" | "rpartition") if part == Part::Endpoint => {
                Value::part(part, About::SITE)
            }
            _ => Value::unknown(About::SITE),
        }
    }

    /// The literal texts that an expression is or holds, or that a name runs over.
    pub(super) fn texts(&self, expr: ExprId) -> Option<Vec<String>> {
        let module = self.file.module();
        if let Expr::Name(name) = module.expr(expr)
            && let Some(texts) = self.state.texts.get(&name)
        {
            return Some(texts.clone());
        }
        if let Some(call) = Call::of(module, expr)
            && matches!(call.name(), Some("set" | "frozenset" | "tuple" | "list"))
        {
            return self.texts(call.positional(0)?);
        }
        let project = self.stranger.project;
        if let Some(found) = project.string_list(self.file.id(), expr) {
            return Some(found);
        }
        if let crate::resolve::Entity::Literal(at) = project.resolve(self.file.id(), expr)
            && let Some(list) = project.string_list(at.file, at.expr)
        {
            return Some(list);
        }
        project.string(self.file.id(), expr).map(|text| vec![text])
    }
}

/// A test of the place that came out like this at the site.
fn place_test(truth: Option<bool>) -> Value {
    match truth {
        Some(truth) => Value::truth(truth, About::NOTHING),
        None => Value::unknown(About::SITE),
    }
}
