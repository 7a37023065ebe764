//! Which names of a file are read, wherever Python or a type checker would read them.

use backlint_model::File;
use backlint_semantic::{Binding, FileIndex, ScopeId, ScopeKind};
use backlint_syntax::ast::{Expr, Symbol};
use rustc_hash::FxHashSet;

/// The names that are read, with the scopes that own them.
pub(super) struct Reads {
    owned: FxHashSet<(ScopeId, Symbol)>,
    /// Names in strings and type comments, which libraries and type checkers look up later.
    spoken: FxHashSet<Symbol>,
}

impl Reads {
    pub(super) fn of(file: File<'_>) -> Self {
        let index = file.index();
        let names: FxHashSet<Symbol> = index.imports().iter().map(|binding| binding.name).collect();
        let plain = index.uses().iter().map(|u| (u.name, u.scope));
        let read: FxHashSet<(Symbol, ScopeId)> =
            plain.chain(index.quoted_names().iter().copied()).filter(|(name, _)| names.contains(name)).collect();
        let owned = read.into_iter().flat_map(|(name, scope)| owners(index, scope, name)).collect();
        Self { owned, spoken: spoken(file) }
    }

    /// Whether something reads the name that `binding` binds.
    pub(super) fn has(&self, binding: &Binding) -> bool {
        self.owned.contains(&(binding.scope, binding.name)) || self.spoken.contains(&binding.name)
    }
}

/// The scopes that may own a name that is read in `scope`. In a class body a name that is not bound yet, such as the
/// second one of `date: date`, is looked up further out.
fn owners(index: &FileIndex, scope: ScopeId, name: Symbol) -> Vec<(ScopeId, Symbol)> {
    let mut found = Vec::new();
    let mut current = Some(scope);
    while let Some(owner) = current.and_then(|scope| index.lookup(scope, name).first()).map(|binding| binding.scope) {
        found.push((owner, name));
        let at = index.scope(owner);
        current = at.parent.filter(|_| matches!(at.kind, ScopeKind::Class(_)));
    }
    found
}

fn spoken(file: File<'_>) -> FxHashSet<Symbol> {
    let module = file.module();
    let mut found = FxHashSet::default();
    let mut add = |text: &str| {
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        found.extend(words.filter_map(|word| module.symbol(word)));
    };
    for expr in module.expr_ids() {
        let Expr::Str(text) = module.expr(expr) else { continue };
        let text = module.text(text);
        if is_reference(text) {
            add(text);
        }
    }
    for comment in module.comments() {
        let text = file.slice(comment.span);
        if let Some((_, hint)) = text.split_once("type:") {
            add(hint);
        }
    }
    found
}

/// `User`, `app.models.User`, `list[User]`: a string that may name something, not a sentence.
fn is_reference(text: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']' | ',' | '|' | ' ');
    let has_capital = text.contains(|c: char| c.is_ascii_uppercase());
    has_capital && text.len() <= 200 && text.chars().all(is_part) && text.split(' ').count() <= 4
}
