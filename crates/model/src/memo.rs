//! Answers about single functions that many rules ask for, each worked out once.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::effects::Effect;
use crate::reach::{Callee, Deeds};
use crate::resolve::FunctionRef;
use crate::web::Dependency;
use crate::{File, Project};

/// What is known of the functions of the project. Working out an answer asks for no other answer from here, and starts
/// no parallel work, so that no thread can wait for itself.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    functions: FxHashMap<FunctionRef, Answers>,
}

#[derive(Debug, Default)]
struct Answers {
    deeds: OnceLock<Deeds>,
    /// With the places of their parameters.
    dependencies: OnceLock<Box<[(usize, Dependency)]>>,
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
        self.deeds(function).map_or(&[], |deeds| &deeds.callees)
    }

    /// What a function does itself, in source order.
    pub fn own_effects(&self, function: FunctionRef) -> &[Effect] {
        self.deeds(function).map_or(&[], |deeds| &deeds.effects)
    }

    /// Both at once, as resolving the calls costs most.
    fn deeds(&self, function: FunctionRef) -> Option<&Deeds> {
        let answers = self.memo.functions.get(&function)?;
        Some(answers.deeds.get_or_init(|| self.find_deeds(function)))
    }

    /// The dependencies in the signature of a function.
    pub(crate) fn signature_dependencies(&self, function: FunctionRef) -> impl Iterator<Item = Dependency> + '_ {
        self.placed_dependencies(function).iter().map(|&(_, dependency)| dependency)
    }

    /// The dependencies of the parameter at a place.
    pub(crate) fn param_dependencies(
        &self,
        function: FunctionRef,
        param: usize,
    ) -> impl Iterator<Item = Dependency> + '_ {
        let all = self.placed_dependencies(function).iter();
        all.filter(move |(place, _)| *place == param).map(|&(_, dependency)| dependency)
    }

    /// Whether the parameter at a place is handed in by a dependency.
    pub fn is_dependency(&self, function: FunctionRef, param: usize) -> bool {
        self.param_dependencies(function, param).next().is_some()
    }

    /// The dependencies in the signature of a function, with the places of their parameters.
    pub(crate) fn placed_dependencies(&self, function: FunctionRef) -> &[(usize, Dependency)] {
        let answers = self.memo.functions.get(&function);
        answers.map_or(&[], |answers| answers.dependencies.get_or_init(|| self.find_dependencies(function).into()))
    }
}
