//! Calls that do harm with what they are given.

use backlint_semantic::Call;
use backlint_syntax::ast::Expr;

use super::body::Reader;
use super::calls::Given;
use super::hazard::Hazard;
use super::state::State;
use super::summary::{Reached, Sink};
use super::tables::{Condition, SinkSpec};
use crate::resolve::ExprRef;

impl Reader<'_> {
    pub(super) fn report_sinks<'s>(
        &mut self,
        call: Call<'_>,
        specs: impl IntoIterator<Item = &'s SinkSpec>,
        given: &Given<'_>,
        state: &State,
    ) {
        for spec in specs {
            let Some(argument) = call.argument(&spec.keyword, spec.place) else { continue };
            if !self.holds(spec.only_with, call) || (spec.hazard == Hazard::Url && self.has_own_transport(call)) {
                continue;
            }
            let Some((_, value)) = given.iter().find(|(arg, _)| arg.value == argument) else { continue };
            let at = ExprRef { file: self.file.id(), expr: argument };
            let sink = Sink { hazard: spec.hazard, at, function: self.function };
            for taint in value.flat().taints() {
                if taint.safe.contains(spec.hazard) || (spec.only_with == Condition::Joined && !taint.is_joined) {
                    continue;
                }
                self.reach(Reached { sink, taint: taint.clone() }, state);
            }
        }
    }

    /// Whether the client that sends the request was given a transport of the project's own, which may refuse addresses.
    fn has_own_transport(&self, call: Call<'_>) -> bool {
        let made = call.receiver().and_then(|client| self.project.resolve(self.file.id(), client).origin());
        made.is_some_and(|made| {
            let file = self.project.file(made.file);
            let made = file.and_then(|file| Call::of(file.module(), made.expr));
            made.is_some_and(|made| {
                ["transport", "connector", "mounts"].iter().any(|name| made.keyword(name).is_some())
            })
        })
    }

    fn holds(&self, condition: Condition, call: Call<'_>) -> bool {
        match condition {
            Condition::None | Condition::Joined => true,
            Condition::Shell => {
                call.keyword("shell").is_some_and(|arg| self.file.module().expr(arg.value) == Expr::True)
            }
            Condition::UnsafeLoader => {
                let loader = call.argument("Loader", 1).map(|loader| self.file.text_of(loader));
                !loader.is_some_and(|loader| loader.contains("Safe") || loader.contains("Base"))
            }
        }
    }
}
