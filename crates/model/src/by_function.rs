//! Facts in source order that are asked for by the function they stand in.

use rustc_hash::FxHashMap;

use crate::resolve::FunctionRef;

/// Facts, and those of each function.
#[derive(Debug)]
pub(crate) struct ByFunction<T> {
    all: Vec<T>,
    places: FxHashMap<FunctionRef, Vec<usize>>,
}

impl<T> Default for ByFunction<T> {
    fn default() -> Self {
        Self { all: Vec::new(), places: FxHashMap::default() }
    }
}

impl<T> ByFunction<T> {
    /// Keeps `all` in its order; `function_of` tells where each stands, none for code outside of functions.
    pub(crate) fn new(all: Vec<T>, function_of: impl Fn(&T) -> Option<FunctionRef>) -> Self {
        let mut places: FxHashMap<FunctionRef, Vec<usize>> = FxHashMap::default();
        for (at, fact) in all.iter().enumerate() {
            if let Some(function) = function_of(fact) {
                places.entry(function).or_default().push(at);
            }
        }
        Self { all, places }
    }

    /// All facts.
    pub(crate) fn all(&self) -> &[T] {
        &self.all
    }

    /// The facts of one function.
    pub(crate) fn of(&self, function: FunctionRef) -> impl Iterator<Item = &T> {
        let places = self.places.get(&function).map_or(&[][..], Vec::as_slice);
        places.iter().map(|&at| &self.all[at])
    }
}
