//! Puts values into columns of rows and into sessions.

use backlint_semantic::{Call, fold};
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

use super::body::Reader;
use super::calls::Given;
use super::hazard::Hazards;
use super::origin::{ELEMENT, KEY, Name, Shelf, VALUE};
use super::state::State;
use super::stored::text_column;
use super::summary::Written;
use super::value::{Part, Taint, Value};
use crate::orm::Model;
use crate::resolve::{ClassRef, Entity};

impl<'a> Reader<'a> {
    /// `Order(note=text)`, `Order(**data)`.
    pub(super) fn write_arguments(&mut self, class: ClassRef, given: &Given<'_>, state: &State) {
        let Some(model) = self.project.model(class).filter(|_| has_news(given)) else { return };
        for (arg, value) in given {
            match arg.kind {
                ArgKind::Keyword(name) => {
                    let name = self.file.module().text(name);
                    self.write(model, name, self.file.at_expr(arg.value), value, state);
                }
                ArgKind::DoubleStar => self.write_rest(model, given, (arg.value, value), state),
                ArgKind::Positional | ArgKind::Star => {}
            }
        }
    }

    /// `Order(note="new", **data)`: Python refuses a name that is given twice, so none of these is in the rest.
    fn write_rest(&mut self, model: &'a Model, given: &Given<'_>, (at, fields): (ExprId, &Value), state: &State) {
        let module = self.file.module();
        let is_named = |name: &str| {
            given.iter().any(|(arg, _)| matches!(arg.kind, ArgKind::Keyword(keyword) if module.text(keyword) == name))
        };
        let at = self.file.at_expr(at);
        for (attribute, _) in model.columns().filter(|(attribute, _)| !is_named(&attribute.name)) {
            self.write(model, &attribute.name, at, &fields.member(&attribute.name), state);
        }
    }

    /// `order.note = text`.
    pub(super) fn write_attribute(&mut self, row: ExprId, name: &str, value: &Value, state: &State) {
        if !value.says_something() || !self.project.has_column(name) {
            return;
        }
        if let Some(model) = self.row_model(row) {
            self.write(model, name, self.file.at_expr(row), value, state);
        }
    }

    /// Calls that put what they are given into columns.
    pub(super) fn write_by_call(&mut self, call: Call<'_>, given: &Given<'_>, state: &mut State) {
        if self.project.models().is_empty() || !has_news(given) {
            return;
        }
        match (call.name().unwrap_or_default(), call.receiver()) {
            ("setattr", None) => self.write_by_name(call, given, state),
            ("values", Some(receiver)) => {
                if let Some(model) = self.changed(receiver) {
                    self.write_dicts(model, given, state);
                }
            }
            ("update", Some(receiver)) if matches!(self.file.module().expr(receiver), Expr::Call { .. }) => {
                if let Some(model) = self.project.queried_model(self.file.id(), receiver) {
                    self.write_dicts(model, given, state);
                }
            }
            ("model_validate" | "parse_obj" | "from_orm", Some(receiver)) => {
                if let Some(model) = self.mapped(receiver) {
                    for (arg, value) in given {
                        self.write_all(model, arg.value, value, state);
                    }
                }
            }
            ("execute" | "scalars", Some(_)) => self.write_rows(given, state, Self::changed),
            ("bulk_insert_mappings" | "bulk_update_mappings", Some(_)) => {
                self.write_rows(given, state, Self::mapped);
            }
            ("add", Some(_)) => {
                let rows = given.iter().filter(|(_, value)| !value.taints().is_empty() && value.fields().count() == 0);
                for (arg, value) in rows {
                    if let Some(model) = self.row_model(arg.value) {
                        self.write_all(model, arg.value, value, state);
                    }
                }
            }
            _ => {}
        }
    }

    /// `execute(insert(Order), [{"note": text}])`, `bulk_insert_mappings(Order, rows)`.
    fn write_rows(&mut self, given: &Given<'_>, state: &State, model: impl Fn(&Self, ExprId) -> Option<&'a Model>) {
        let [(first, _), (rows, value)] = given.as_slice() else { return };
        if let Some(model) = model(self, first.value) {
            self.write_all(model, rows.value, &value.joined(&value.element()), state);
        }
    }

    /// `setattr(order, "note", text)`, and of all fields: `for name, value in data.items(): setattr(order, name, value)`.
    fn write_by_name(&mut self, call: Call<'_>, given: &Given<'_>, state: &State) {
        let [(row, _), (name, key), (_, value)] = given.as_slice() else { return };
        let Some(model) = self.row_model(row.value).filter(|_| value.says_something()) else { return };
        let at = self.file.at_expr(call.expr);
        if let Some(name) = fold(self.file.module(), self.file.index(), name.value).as_str() {
            self.write(model, name, at, value, state);
            return;
        }
        // A name that was looked up in a list is one of a few columns, and who knows which.
        if key.taints().iter().any(|taint| state.safety(taint).complement().is_empty()) {
            return;
        }
        for taint in
            value.taints().iter().filter(|taint| taint.origin.path.last().is_some_and(|last| &**last == ELEMENT))
        {
            for (attribute, _) in model.columns() {
                let mut field = taint.clone();
                if let Some(last) = field.origin.path.last_mut() {
                    *last = attribute.name.as_str().into();
                }
                self.write(model, &attribute.name, at, &Value::of(field), state);
            }
        }
    }

    /// `values(note=text)`, `values(**data)`, `values({"note": text})`, `update({Order.note: text})`.
    fn write_dicts(&mut self, model: &'a Model, given: &Given<'_>, state: &mut State) {
        let module = self.file.module();
        for (arg, value) in given {
            match (arg.kind, module.expr(arg.value)) {
                (ArgKind::Keyword(name), _) => {
                    self.write(model, module.text(name), self.file.at_expr(arg.value), value, state);
                }
                (_, Expr::Dict(items)) => {
                    for item in module.list(items) {
                        let name = match item.key.map(|key| module.expr(key)) {
                            Some(Expr::Str(name) | Expr::Attribute { name, .. }) => module.text(name),
                            _ => continue,
                        };
                        let value = self.value(item.value, state);
                        self.write(model, name, self.file.at_expr(item.value), &value, state);
                    }
                }
                _ => self.write_all(model, arg.value, value, state),
            }
        }
    }

    /// Each column gets the field of its name.
    fn write_all(&mut self, model: &'a Model, at: ExprId, fields: &Value, state: &State) {
        let at = self.file.at_expr(at);
        for (attribute, _) in model.columns() {
            self.write(model, &attribute.name, at, &fields.member(&attribute.name), state);
        }
    }

    fn write(&mut self, model: &Model, name: &str, at: Location, value: &Value, state: &State) {
        if !value.says_something() {
            return;
        }
        let Some(column) = text_column(model, name) else { return };
        let name: Name = name.into();
        if !self.project.is_validated(model.class, &name) {
            self.keep(&Shelf::Column(column), at, value, state);
        }
    }

    /// Keeps a value for other requests.
    pub(super) fn keep(&mut self, shelf: &Shelf, at: Location, value: &Value, state: &State) {
        let whole = Value::new(value.taints().to_vec(), std::collections::BTreeMap::new());
        let is_named = |key: &Name| ![ELEMENT, KEY, VALUE].contains(&&**key);
        let fields = value.fields().map(|(key, field)| (Some(key).filter(|key| is_named(key)), field.flat()));
        for (key, value) in std::iter::once((None, whole)).chain(fields) {
            for taint in value.taints() {
                let safe = state.safety(taint);
                if is_kept(taint, safe) {
                    let taint = Taint { safe, ..taint.clone() };
                    self.summary.write(Written { shelf: shelf.clone(), key: key.cloned(), at, taint });
                }
            }
        }
    }

    fn row_model(&self, row: ExprId) -> Option<&'a Model> {
        self.project.model(self.row_class(row)?)
    }

    /// The class of `update(Order).where(…)` and `insert(Order)`.
    fn changed(&self, mut expr: ExprId) -> Option<&'a Model> {
        let module = self.file.module();
        loop {
            let call = Call::of(module, expr)?;
            if call.name().is_some_and(|name| name == "update" || name.ends_with("insert")) {
                return self.mapped(call.positional(0)?);
            }
            expr = call.receiver()?;
        }
    }

    /// The mapped class that an expression names.
    fn mapped(&self, expr: ExprId) -> Option<&'a Model> {
        match self.project.resolve(self.file.id(), expr) {
            Entity::Class(class) => self.project.model(class),
            _ => None,
        }
    }
}

fn has_news(given: &Given<'_>) -> bool {
    given.iter().any(|(_, value)| value.says_something())
}

/// Whether a value in a column can still do harm.
fn is_kept(taint: &Taint, safe: Hazards) -> bool {
    taint.is_content()
        && !safe.complement().is_empty()
        && matches!(taint.part, Part::Whole | Part::ParsedUrl | Part::FilePath)
}
