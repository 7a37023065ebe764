//! Which parameter gets which argument.

use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, ParamKind};

use super::body::Reader;
use super::calls::Given;
use super::state::State;
use super::targets::{Binding, Handing};
use super::value::Value;
use crate::resolve::FunctionRef;

impl Reader<'_> {
    /// The values of the parameters of `function`.
    pub(super) fn passed(&self, function: FunctionRef, first: Option<Value>, given: &Given<'_>) -> Vec<Value> {
        let Some(home) = self.project.file(function.file) else { return Vec::new() };
        let module = home.module();
        let params = module.list(home.function(function.id).params);
        let mut values = vec![Value::default(); params.len()];
        let mut next = 0;
        if let (Some(first), Some(slot)) = (first, values.first_mut()) {
            *slot = first;
            next = 1;
        }
        let places: Vec<usize> = params
            .iter()
            .enumerate()
            .filter(|(_, param)| matches!(param.kind, ParamKind::Positional | ParamKind::PositionalOnly))
            .map(|(place, _)| place)
            .collect();
        let rest = params.iter().position(|param| param.kind == ParamKind::VarArgs);
        let keywords = params.iter().position(|param| param.kind == ParamKind::VarKeywords);
        for (arg, value) in given {
            match arg.kind {
                ArgKind::Positional => {
                    let place = places.get(next);
                    next += 1;
                    if let Some(slot) = place.and_then(|&place| values.get_mut(place)) {
                        *slot = slot.joined(value);
                    } else if let Some(slot) = rest.and_then(|place| values.get_mut(place)) {
                        *slot = slot.joined(&value.clone().listed());
                    }
                }
                ArgKind::Star => {
                    let element = value.element();
                    for &place in places.iter().skip(next) {
                        values[place] = values[place].joined(&element);
                    }
                    if let Some(place) = rest {
                        values[place] = values[place].joined(&element.listed());
                    }
                }
                ArgKind::Keyword(name) => {
                    let name = self.file.module().text(name);
                    let place = params.iter().position(|param| module.text(param.name) == name);
                    if let Some(place) = place {
                        values[place] = value.clone();
                    } else if let Some(place) = keywords {
                        values[place] = values[place].with_field(name.into(), value.clone());
                    }
                }
                ArgKind::DoubleStar => {
                    for (place, param) in params.iter().enumerate().skip(next) {
                        let field = value.member(module.text(param.name));
                        let passed = if param.kind == ParamKind::VarKeywords { value.clone() } else { field };
                        values[place] = values[place].joined(&passed);
                    }
                }
            }
        }
        values
    }

    pub(super) fn hand_over(
        &mut self,
        function: FunctionRef,
        (binding, handing): (Binding, Handing),
        call: ExprId,
        given: &Given<'_>,
        state: &mut State,
    ) {
        let module = self.file.module();
        let first = (binding != Binding::None).then(Value::default);
        let passed = match handing {
            Handing::From(place) => {
                let positional = given.iter().filter(|(arg, _)| arg.kind == ArgKind::Positional).take(place);
                let skipped: Vec<ExprId> = positional.map(|(arg, _)| arg.value).collect();
                let rest = given.iter().filter(|(arg, _)| !skipped.contains(&arg.value)).cloned().collect();
                self.passed(function, first, &rest)
            }
            Handing::Packed => {
                let Some(call) = Call::of(module, call) else { return };
                let mut packed = self.passed(function, first.clone(), &Vec::new());
                if let Some(args) = call.keyword("args").map(|arg| arg.value).or_else(|| call.positional(0)) {
                    let items = match module.expr(args) {
                        Expr::Tuple(items) | Expr::List(items) => module.list(items),
                        _ => &[],
                    };
                    let offset = usize::from(first.is_some());
                    for (place, &item) in items.iter().enumerate() {
                        let value = self.value(item, state);
                        if let Some(slot) = packed.get_mut(place + offset) {
                            *slot = state.settled(&value);
                        }
                    }
                }
                if let Some(kwargs) = call.keyword("kwargs") {
                    let value = self.value(kwargs.value, state);
                    self.fill_by_name(function, &state.settled(&value), &mut packed);
                }
                packed
            }
        };
        self.apply(function, call, &passed, state);
    }

    fn fill_by_name(&self, function: FunctionRef, value: &Value, passed: &mut [Value]) {
        let Some(home) = self.project.file(function.file) else { return };
        let params = home.module().list(home.function(function.id).params);
        for (slot, param) in passed.iter_mut().zip(params) {
            *slot = slot.joined(&value.member(home.module().text(param.name)));
        }
    }
}
