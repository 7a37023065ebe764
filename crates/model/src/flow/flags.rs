//! Names that remember how checks went: `error = None`, `if not is_slug(x): error = "…"`, and later `if error is None:`.

use backlint_semantic::Call;
use backlint_syntax::ast::{CompareOp, Expr, ExprId, Symbol};
use rustc_hash::FxHashMap;

use super::body::Reader;
use super::conditions::Proof;
use super::state::{Check, State, common};

/// What is known of names that were given nothing at first: none, an empty text, an empty list or dict.
#[derive(Clone, Debug, Default)]
pub(super) struct Flags(FxHashMap<Symbol, Flag>);

#[derive(Clone, Debug, PartialEq)]
enum Flag {
    /// It holds nothing only where all of this was checked.
    EmptyAfter(Vec<Check>),
    /// It holds something.
    Full,
}

/// What an expression leaves no doubt about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Nothing,
    Something,
}

impl Flags {
    fn has(&self, name: Symbol) -> bool {
        self.0.contains_key(&name)
    }

    /// The name is given something that is not known.
    pub(super) fn forget(&mut self, name: Symbol) {
        self.0.remove(&name);
    }

    /// Something is put into what the name stands for.
    pub(super) fn fill(&mut self, name: Symbol) {
        if let Some(flag) = self.0.get_mut(&name) {
            *flag = Flag::Full;
        }
    }

    /// What was checked if the name holds nothing.
    fn if_empty(&self, name: Symbol) -> &[Check] {
        match self.0.get(&name) {
            Some(Flag::EmptyAfter(checks)) => checks,
            Some(Flag::Full) | None => &[],
        }
    }

    /// The flags behind two ways that meet, on each of which this was checked besides.
    pub(super) fn meet(&mut self, checked: &[Check], other: &Self, other_checked: &[Check]) {
        if self.0.is_empty() {
            return;
        }
        let own = std::mem::take(&mut self.0).into_iter();
        let met = own.filter_map(|(name, flag)| {
            let flag = match (flag, other.0.get(&name)?) {
                (Flag::Full, Flag::Full) => Flag::Full,
                (Flag::EmptyAfter(known), Flag::Full) => Flag::EmptyAfter(both(&known, checked)),
                (Flag::Full, Flag::EmptyAfter(known)) => Flag::EmptyAfter(both(known, other_checked)),
                (Flag::EmptyAfter(a), Flag::EmptyAfter(b)) => {
                    Flag::EmptyAfter(common(&both(&a, checked), &both(b, other_checked)))
                }
            };
            Some((name, flag))
        });
        self.0 = met.collect();
    }

    /// The flags behind a loop. As for all checks of a loop, what holds of each element holds for all.
    pub(super) fn meet_after_loop(&mut self, body: &Self, checked: &[Check]) {
        if self.0.is_empty() {
            return;
        }
        let own = std::mem::take(&mut self.0).into_iter();
        let met = own.filter_map(|(name, flag)| {
            let flag = match (flag, body.0.get(&name)?) {
                (Flag::EmptyAfter(known), Flag::EmptyAfter(inside)) => {
                    Flag::EmptyAfter(both(&known, &both(inside, checked)))
                }
                (flag, _) => flag,
            };
            Some((name, flag))
        });
        self.0 = met.collect();
    }
}

fn both(known: &[Check], more: &[Check]) -> Vec<Check> {
    let mut all = known.to_vec();
    for check in more {
        match all.iter_mut().find(|known| known.origin == check.origin) {
            Some(known) => known.against = known.against.and(check.against),
            None => all.push(check.clone()),
        }
    }
    all
}

impl Reader<'_> {
    /// Gives a name what is assigned to it, as far as it is nothing or something for sure.
    pub(super) fn flag(&self, target: ExprId, value: ExprId, is_known: bool, state: &mut State) {
        let Expr::Name(name) = self.file.module().expr(target) else { return };
        match self.content(value) {
            Some(Content::Nothing) => _ = state.flags.0.insert(name, Flag::EmptyAfter(Vec::new())),
            Some(Content::Something) if is_known => _ = state.flags.0.insert(name, Flag::Full),
            Some(Content::Something) | None => {}
        }
    }

    /// Whether it is known what a name held before.
    pub(super) fn is_flag(&self, target: ExprId, state: &State) -> bool {
        matches!(self.file.module().expr(target), Expr::Name(name) if state.flags.has(name))
    }

    /// `errors.append("…")`.
    pub(super) fn fill_by_call(&self, expr: ExprId, state: &mut State) {
        let module = self.file.module();
        let Some(call) = Call::of(module, expr).filter(|call| matches!(call.name(), Some("add" | "append"))) else {
            return;
        };
        if let Some(Expr::Name(name)) = call.receiver().map(|object| module.expr(object)) {
            state.flags.fill(name);
        }
    }

    /// What is known after a name that remembers checks was tested: `if not errors`, where the name stands alone.
    pub(super) fn recall(&self, test: ExprId, proof: &mut Proof, state: &State) {
        if let Expr::Name(name) = self.file.module().expr(test) {
            proof.if_false.extend_from_slice(state.flags.if_empty(name));
        }
    }

    /// What is known after a name that remembers checks was compared with nothing: `if error is None`.
    pub(super) fn recall_compared(
        &self,
        (left, op, right): (ExprId, CompareOp, ExprId),
        proof: &mut Proof,
        state: &State,
    ) {
        let Expr::Name(name) = self.file.module().expr(left) else { return };
        if self.content(right) != Some(Content::Nothing) {
            return;
        }
        let checks = state.flags.if_empty(name);
        match op {
            CompareOp::Eq | CompareOp::Is => proof.if_true.extend_from_slice(checks),
            CompareOp::NotEq | CompareOp::IsNot => proof.if_false.extend_from_slice(checks),
            _ => {}
        }
    }

    fn content(&self, value: ExprId) -> Option<Content> {
        let module = self.file.module();
        let of = |is_empty: bool| Some(if is_empty { Content::Nothing } else { Content::Something });
        match module.expr(value) {
            Expr::None => Some(Content::Nothing),
            Expr::Str(text) => of(module.text(text).is_empty()),
            Expr::List(items) | Expr::Tuple(items) => of(module.list(items).is_empty()),
            Expr::Dict(items) => of(module.list(items).is_empty()),
            Expr::FString(_) => Some(Content::Something),
            _ => None,
        }
    }
}
