//! Gives values to names, attributes and keys.

use backlint_syntax::ast::{Expr, ExprId};

use super::body::Reader;
use super::state::State;
use super::value::Value;

impl Reader<'_> {
    /// Gives a value to a name, an attribute, a key or several of them.
    pub(super) fn bind(&mut self, target: ExprId, value: &Value, state: &mut State) {
        let module = self.file.module();
        match module.expr(target) {
            Expr::Name(name) => state.set(name, value.clone()),
            Expr::Starred(inner) => self.bind(inner, value, state),
            Expr::Tuple(items) | Expr::List(items) => {
                let mut is_placed = true;
                for (place, &item) in module.list(items).iter().enumerate() {
                    let part = if is_placed { value.unpacked(&place.to_string()) } else { value.element() };
                    is_placed &= !matches!(module.expr(item), Expr::Starred(_));
                    self.bind(item, &part, state);
                }
            }
            Expr::Attribute { value: object, name } => {
                let value = state.settled(value);
                self.write_attribute(object, module.text(name), &value, state);
                self.store(object, Some(module.text(name)), &value, state);
            }
            Expr::Subscript { value: object, index } => {
                let unnamed = self.value(index, state);
                let key = match module.expr(index) {
                    Expr::Str(key) => Some(module.text(key)),
                    _ => None,
                };
                let value = state.settled(value);
                if self.keep_in_session(object, key, &value, state) {
                    return;
                }
                match (key, module.expr(index)) {
                    (Some(_), _) | (None, Expr::Int(_)) => self.store(object, key, &value, state),
                    _ => self.store(object, None, &Value::entry(state.settled(&unnamed), value), state),
                }
            }
            _ => {}
        }
    }

    /// Puts a value into an object that a name, perhaps with one attribute, stands for.
    pub(super) fn store(&mut self, object: ExprId, key: Option<&str>, value: &Value, state: &mut State) {
        let module = self.file.module();
        match module.expr(object) {
            Expr::Name(name) => {
                let known = state.get(name);
                let changed = match key {
                    Some(key) => known.with_field(key.into(), value.clone()),
                    None => known.joined(value),
                };
                state.change(name, changed);
            }
            Expr::Attribute { value: outer, name } => {
                let Expr::Name(outer) = module.expr(outer) else { return };
                let whole = state.get(outer);
                let known = whole.member(module.text(name));
                let changed = match key {
                    Some(key) => known.with_field(key.into(), value.clone()),
                    None => known.joined(value),
                };
                state.set(outer, whole.with_field(module.text(name).into(), changed));
            }
            _ => {}
        }
    }
}
