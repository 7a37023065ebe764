//! What calls of other people's code do to the values they are given.

use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

use super::body::Reader;
use super::calls::Given;
use super::hazard::Hazards;
use super::origin::Origin;
use super::state::State;
use super::tables::Effect;
use super::value::{Part, Value};

impl Reader<'_> {
    /// A call of something that is not of the project.
    pub(super) fn outside(
        &mut self,
        call: Call<'_>,
        path: Option<&str>,
        receiver: &Value,
        given: &Given<'_>,
        state: &mut State,
    ) -> Value {
        let Some(name) = call.name() else { return Value::default() };
        self.write_by_call(call, given, state);
        let effect = path.and_then(|path| self.tables.effect_of_path(path));
        if let Some(object) = call.receiver().filter(|_| effect.is_none()) {
            let on = self.last_name(object);
            let tables = self.tables;
            self.report_sinks(call, tables.sinks_of_method(name, &on), (receiver, given), state);
            if call.args.is_empty() && matches!(name, "read" | "json") {
                self.report_whole_read(call.expr, name, receiver, state);
            }
            if let Some(found) = self.method(call, name, receiver, given, state) {
                return found;
            }
        }
        match path {
            Some("dict") => self.dict_of(given),
            Some("zip") => Value::tuple(given.iter().map(|(_, value)| value.iterated())).listed(),
            _ => effect_on(effect, receiver, given, state),
        }
    }

    /// What `dict(…)` and `.update(…)` make of their arguments.
    fn dict_of(&self, given: &Given<'_>) -> Value {
        given.iter().fold(Value::default(), |all, (arg, value)| match arg.kind {
            ArgKind::Keyword(name) => all.with_field(self.file.module().text(name).into(), value.clone()),
            ArgKind::Positional => all.joined(&value.dict()),
            ArgKind::Star | ArgKind::DoubleStar => all.joined(value),
        })
    }

    fn last_name(&self, object: ExprId) -> String {
        let module = self.file.module();
        match module.expr(object) {
            Expr::Name(name) | Expr::Attribute { name, .. } => module.text(name).to_owned(),
            Expr::Call { function, .. } => match module.expr(function) {
                Expr::Name(name) | Expr::Attribute { name, .. } => module.text(name).to_owned(),
                _ => String::new(),
            },
            _ => String::new(),
        }
    }

    /// Methods of strings, dicts, lists, requests and the like.
    fn method(
        &mut self,
        call: Call<'_>,
        name: &str,
        receiver: &Value,
        given: &Given<'_>,
        state: &mut State,
    ) -> Option<Value> {
        let module = self.file.module();
        let key = call.positional(0).and_then(|key| match module.expr(key) {
            Expr::Str(key) => Some(module.text(key)),
            _ => None,
        });
        match name {
            "format" => {
                let named = given.iter().map(|(arg, value)| match arg.kind {
                    ArgKind::Keyword(name) => (Some(module.text(name)), value.clone()),
                    _ => (None, value.clone()),
                });
                let named: Vec<(Option<&str>, Value)> = named.collect();
                return Some(self.formatted(call.receiver()?, &named, state));
            }
            "join" if receiver.is_nothing() => {
                let items = given.first().map(|(_, value)| value.iterated()).unwrap_or_default();
                return Some(items.flat().map(&|taint| taint.is_joined = true));
            }
            "filter" | "filter_by" | "where" if !receiver.says_something() => {
                let all = given.iter().fold(receiver.clone(), |all, (_, value)| all.joined(value));
                return Some(all.looked_up());
            }
            "append" | "add" | "extend" | "update" | "insert" => {
                let all = match name {
                    "update" => self.dict_of(given),
                    "extend" => given.iter().fold(Value::default(), |all, (_, value)| all.joined(value)),
                    _ => given.iter().fold(Value::default(), |all, (_, value)| all.joined(value)).listed(),
                };
                if !all.is_nothing() && receiver.taints().is_empty() {
                    self.store(call.receiver()?, None, &all, state);
                }
                return Some(all.judged(Hazards::NONE));
            }
            _ if receiver.is_nothing() => return None,
            "get" | "pop" | "setdefault" => {
                let Some(key) = key else { return Some(receiver.element()) };
                let default = given.get(1).map(|(_, value)| value.clone()).unwrap_or_default();
                return Some(receiver.member(key).joined(&default));
            }
            "items" => return Some(receiver.items()),
            "keys" => return Some(receiver.keys()),
            "values" if given.is_empty() => return Some(receiver.values()),
            _ => {}
        }
        if self.tables.request_part(name).is_some() && receiver.taints().iter().any(|taint| is_parameter(&taint.origin))
        {
            return Some(receiver.member(name));
        }
        match self.tables.effect_of_method(name)? {
            Effect::Passes if self.tables.is_joining(name) => {
                Some(effect_on(Some(Effect::Passes), receiver, given, state))
            }
            Effect::Passes if name == "replace" && self.takes_separators_away(call) => {
                let path = Hazards::FILES;
                Some(receiver.map(&|taint| taint.safe = taint.safe.and(path)))
            }
            Effect::Passes => Some(receiver.clone()),
            effect => Some(effect_on(Some(effect), receiver, given, state)),
        }
    }

    /// `.replace("/", "_")`, `.replace("..", "")`.
    fn takes_separators_away(&self, call: Call<'_>) -> bool {
        let module = self.file.module();
        call.positional(0).is_some_and(|first| match module.expr(first) {
            Expr::Str(text) => matches!(module.text(text), "/" | ".." | "../" | "\\"),
            _ => true,
        })
    }
}

/// Whether it is a parameter itself and no part of one.
fn is_parameter(origin: &Origin) -> bool {
    origin.path.is_empty()
}

/// What a call makes of the object it is called on and of its arguments.
fn effect_on(effect: Option<Effect>, receiver: &Value, given: &Given<'_>, state: &mut State) -> Value {
    let all = given.iter().fold(state.settled(receiver).flat(), |all, (_, value)| all.joined(&value.flat()));
    match effect {
        Some(Effect::Passes) => match given.as_slice() {
            // A copy or another form of one object keeps what is known of its fields.
            [(_, only)] if receiver.is_nothing() => only.clone(),
            [(_, first), (arg, option)]
                if receiver.is_nothing() && matches!(arg.kind, ArgKind::Keyword(_)) && option.is_nothing() =>
            {
                first.clone()
            }
            _ => all,
        },
        Some(Effect::Cleans(safe)) => all.map(&|taint| taint.safe = taint.safe.and(safe)),
        Some(Effect::ParsesUrl) => all.map(&|taint| taint.part = Part::ParsedUrl),
        Some(Effect::MakesPath) => all.map(&|taint| taint.part = Part::FilePath),
        Some(Effect::Converts) => {
            state.check_all(&super::conditions::proven(&all, Hazards::ALL));
            Value::default()
        }
        // What was found by looking at a value still tells of it: `len(allowed_methods(path))`.
        Some(Effect::Details) => all.verdicts(),
        Some(Effect::Tests(safe)) => {
            // It raises or answers: either way the program goes on knowing.
            state.check_all(&super::conditions::proven(&all, safe));
            all.judged(safe)
        }
        Some(Effect::Tells(safe)) => all.judged(safe),
        // Nobody knows what comes out, so nothing is claimed of it.
        None => all.judged(Hazards::ALL),
    }
}
