//! What calls do: to the values they are given, and with them.

use backlint_semantic::Call;
use backlint_syntax::ast::{Arg, ArgKind, Expr, ExprId};

use super::body::Reader;
use super::hazard::{Hazard, Hazards};
use super::origin::Root;
use super::state::State;
use super::summary::{Application, Reached};
use super::targets::{Binding, Target};
use super::value::Value;
use crate::resolve::{ClassRef, FunctionRef};

/// The arguments of a call with their values, in source order.
pub(super) type Given<'m> = Vec<(&'m Arg, Value)>;

impl Reader<'_> {
    pub(super) fn call(&mut self, expr: ExprId, state: &mut State) -> Value {
        let module = self.file.module();
        let Some(call) = Call::of(module, expr) else { return Value::default() };
        let receiver = call.receiver().map(|receiver| self.value(receiver, state)).unwrap_or_default();
        let mut given: Given<'_> = Vec::with_capacity(call.args.len());
        for arg in call.args {
            let value = self.value(arg.value, state);
            given.push((arg, state.settled(&value)));
        }
        let targets = self.targets;
        let target = targets.get(expr);
        if let Some(function) = target.function() {
            for (arg, value) in &mut given {
                *value = self.passed_row(function, arg.value, std::mem::take(value));
            }
        }
        match target {
            &Target::Function(function, binding) => {
                let first = match binding {
                    Binding::None => None,
                    Binding::Receiver => Some(state.settled(&receiver)),
                    Binding::Unseen => Some(Value::default()),
                };
                let passed = self.passed(function, first, &given);
                let found = self.apply(function, expr, &passed, state);
                if let (Binding::Receiver, Some(object)) = (binding, call.receiver()) {
                    self.keep_fields(object, &found.1, state);
                }
                found.0
            }
            &Target::Handed(function, binding, handing) => {
                self.hand_over(function, (binding, handing), expr, &given, state);
                Value::default()
            }
            &Target::Class(class, constructor) => self.construct(class, constructor, expr, &given, state),
            Target::External(path) if self.tables.source(path).is_some() => self.read(path, expr),
            Target::External(path) => {
                self.report_sinks(call, self.tables.sinks_of_path(path), (&receiver, &given), state);
                self.report_command_list(call, path, state);
                match self.answer(call, path, &given, state) {
                    Some(answer) => answer,
                    None => self.outside(call, Some(path), &receiver, &given, state),
                }
            }
            Target::Unknown => self.outside(call, None, &receiver, &given, state),
        }
    }

    /// Applies the summary of a function: what it returns, and what its first parameter is afterwards.
    pub(super) fn apply(
        &mut self,
        function: FunctionRef,
        call: ExprId,
        given: &[Value],
        state: &mut State,
    ) -> (Value, Value) {
        let summaries = self.summaries;
        let Some(summary) = summaries.get(function) else { return (Value::default(), Value::default()) };
        let at = self.file.at(self.file.first_line(self.file.module().span(call)));
        let application = Application { callee: function, at, given };
        for reached in summary.sinks.iter().flat_map(|inner| application.reached(inner)) {
            self.reach(reached, state);
        }
        for mut written in summary.writes.iter().flat_map(|inner| application.written(inner)) {
            written.taint.safe = state.safety(&written.taint);
            if written.taint.is_content() && !written.taint.safe.complement().is_empty() {
                self.summary.write(written);
            }
        }
        for check in &summary.checks {
            state.check_all(&application.checked(check));
        }
        (application.returned(&summary.returns), application.returned(&summary.receiver))
    }

    pub(super) fn reach(&mut self, mut reached: Reached, state: &State) {
        if !state.safety(&reached.taint).contains(reached.sink.hazard) {
            reached.is_labelled |= reached.sink.hazard == Hazard::Content && self.knows_label(state);
            self.summary.reach(reached);
        }
    }

    /// Whether the name or type that a client gives some file has been looked at.
    fn knows_label(&self, state: &State) -> bool {
        const LABELS: &[&str] = &["content_type", "extension", "filename", "file_name", "file_type", "mime", "suffix"];
        let module = self.file.module();
        let params = module.list(self.file.function(self.function.id).params);
        state.checks().iter().filter(|check| check.against.contains(Hazard::Content)).any(|check| {
            let param = match check.origin.root {
                Root::Param(place) => params.get(place as usize).map(|param| module.text(param.name)),
                Root::Source(_) | Root::Row(_) => None,
            };
            let name = check.origin.path.last().map(|name| &**name).or(param).unwrap_or_default();
            LABELS.iter().any(|label| name.contains(label))
        })
    }

    /// After `service.load(url)` the service may keep the URL.
    fn keep_fields(&mut self, object: ExprId, after: &Value, state: &mut State) {
        if let Expr::Name(name) = self.file.module().expr(object) {
            let changed = after.fields().fold(state.get(name), |all, (field, value)| {
                all.with_field(std::sync::Arc::clone(field), value.clone())
            });
            state.set(name, changed);
        }
    }

    /// A new object: what its constructor keeps, or the keyword arguments of a class without one.
    fn construct(
        &mut self,
        class: ClassRef,
        constructor: Option<FunctionRef>,
        call: ExprId,
        given: &Given<'_>,
        state: &mut State,
    ) -> Value {
        self.write_arguments(class, given, state);
        if let Some(constructor) = constructor {
            let passed = self.passed(constructor, Some(Value::default()), given);
            let (_, object) = self.apply(constructor, call, &passed, state);
            return object;
        }
        if self.project.is_enumeration(class) {
            for (_, value) in given {
                state.check_all(&super::conditions::proven(value, Hazards::ALL));
            }
            return Value::default();
        }
        if self.project.model(class).is_some() {
            self.report_stored_paths(given, state);
        }
        let mut object = Value::default();
        for (arg, value) in given {
            object = match arg.kind {
                ArgKind::Keyword(name) => object.with_field(self.file.module().text(name).into(), value.clone()),
                ArgKind::DoubleStar => object.joined(&self.project.typed_fields(class, value)),
                ArgKind::Positional | ArgKind::Star => object,
            };
        }
        object
    }
}
