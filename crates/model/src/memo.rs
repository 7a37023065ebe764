//! Answers about single functions that many rules ask for, each worked out once.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::effects::Effect;
use crate::reach::Callee;
use crate::resolve::FunctionRef;
use crate::{File, Project};

/// What is known of the functions of the project. Working out an answer asks for no other answer from here, and starts
/// no parallel work, so that no thread can wait for itself.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    functions: FxHashMap<FunctionRef, Answers>,
}

#[derive(Debug, Default)]
struct Answers {
    callees: OnceLock<Box<[Callee]>>,
    own_effects: OnceLock<Box<[Effect]>>,
}

impl Memo {
    /// A memo for the functions of these files.
    pub(crate) fn of<'p>(files: impl Iterator<Item = File<'p>>) -> Self {
        let functions = files.flat_map(|file| {
            file.module().function_ids().map(move |id| (FunctionRef::new(file.id(), id), Answers::default()))
        });
        Self { functions: functions.collect() }
    }
}

impl Project {
    /// The calls of a function that resolve to functions of the project, in source order.
    pub fn callees(&self, function: FunctionRef) -> &[Callee] {
        let answers = self.memo.functions.get(&function);
        answers.map_or(&[], |answers| answers.callees.get_or_init(|| self.find_callees(function).into()))
    }

    /// What a function does itself, in source order.
    pub fn own_effects(&self, function: FunctionRef) -> &[Effect] {
        let answers = self.memo.functions.get(&function);
        answers.map_or(&[], |answers| answers.own_effects.get_or_init(|| self.find_own_effects(function).into()))
    }
}
