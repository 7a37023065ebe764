//! Whether a name has a value where it is read.

use backlint_model::File;
use backlint_semantic::{Binding, BindingKind, NameUse, ScopeId, ScopeKind};
use backlint_syntax::ast::{Handler, Stmt, StmtId, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::mnt::conditions::is_for_types;

/// Why a name has no value.
#[derive(Clone, Copy)]
pub(super) enum Missing<'p> {
    /// Nothing binds it.
    Never,
    /// The module binds it further down only.
    Later(&'p Binding),
    /// It is there for type checkers only.
    ForTypes(&'p Binding),
    /// A caught error, whose name is gone behind its clause.
    Gone(&'p Binding),
    /// Annotated, deleted or changed in place, but nothing gives it a value.
    NoValue(&'p Binding),
}

/// The names of one file, prepared so that almost all uses are settled by one look.
pub(super) struct Names<'p> {
    file: File<'p>,
    /// Where the module first gives each of its names a value.
    first: FxHashMap<Symbol, u32>,
    /// Names that some function binds.
    local: FxHashSet<Symbol>,
    /// Names that some scope binds without giving them a value that lasts.
    doubtful: FxHashSet<Symbol>,
    /// Names that other scopes than their own may give a value.
    declared: FxHashSet<Symbol>,
}

impl<'p> Names<'p> {
    pub(super) fn of(file: File<'p>) -> Self {
        let mut names = Self {
            file,
            first: FxHashMap::default(),
            local: FxHashSet::default(),
            doubtful: FxHashSet::default(),
            declared: declared(file),
        };
        for group in file.index().bindings().chunk_by(|a, b| (a.scope, a.name) == (b.scope, b.name)) {
            let Some(Binding { scope, name, .. }) = group.first() else { continue };
            let lasting = group.iter().find(|binding| gives_value(binding) && !is_passing(file, binding));
            match lasting {
                Some(first) if *scope == ScopeId::MODULE => _ = names.first.insert(*name, first.span.start),
                Some(_) => _ = names.local.insert(*name),
                None => _ = names.doubtful.insert(*name),
            }
        }
        names
    }

    /// Why the name has no value where it is read.
    pub(super) fn missing(&self, used: &NameUse) -> Option<Missing<'p>> {
        let at = self.file.module().span(used.expr).start;
        let is_direct = self.is_direct(used.scope);
        let is_settled = self.first.get(&used.name).is_some_and(|&first| !is_direct || first < at);
        if is_settled && !self.local.contains(&used.name) && !self.doubtful.contains(&used.name) {
            return None;
        }
        let index = self.file.index();
        let mut later = None;
        for scope in index.visible_from(used.scope) {
            let bindings = index.bindings_of(scope, used.name);
            let Some(last) = bindings.last() else { continue };
            match index.scope(scope).kind {
                ScopeKind::Class(_) => {
                    let values: Vec<&Binding> = bindings.iter().filter(|binding| gives_value(binding)).collect();
                    if values.iter().any(|binding| binding.span.start < at) || self.may_run_first(used, bindings) {
                        return None;
                    }
                    later = later.or(values.first().copied());
                }
                ScopeKind::Module => return self.missing_in_module(used, bindings, is_direct),
                ScopeKind::Function(_) if self.declared.contains(&used.name) => return None,
                ScopeKind::Function(_) => return self.missing_in_function(used, scope, bindings, last),
                ScopeKind::Lambda(_) | ScopeKind::Comprehension | ScopeKind::TypeParams => return None,
            }
        }
        Some(later.map_or(Missing::Never, Missing::Later))
    }

    /// Whether what stands in this scope runs while the module is loaded, in the order of the text.
    fn is_direct(&self, scope: ScopeId) -> bool {
        let index = self.file.index();
        let mut around = std::iter::successors(Some(scope), |&id| index.scope(id).parent);
        around.all(|id| matches!(index.scope(id).kind, ScopeKind::Module | ScopeKind::Class(_)))
    }

    fn missing_in_module(&self, used: &NameUse, bindings: &'p [Binding], is_direct: bool) -> Option<Missing<'p>> {
        let at = self.file.module().span(used.expr).start;
        let Some(first) = bindings.iter().find(|binding| gives_value(binding)) else {
            return bindings.first().map(Missing::NoValue);
        };
        if is_direct && first.span.start > at && !self.may_run_first(used, bindings) {
            return Some(Missing::Later(first));
        }
        self.lost(used, bindings)
    }

    fn missing_in_function(
        &self,
        used: &NameUse,
        owner: ScopeId,
        bindings: &'p [Binding],
        last: &'p Binding,
    ) -> Option<Missing<'p>> {
        let Some(first) = bindings.iter().find(|binding| gives_value(binding)) else {
            return Some(Missing::NoValue(last));
        };
        let at = self.file.module().span(used.expr).start;
        if used.scope == owner && first.span.start > at && !self.may_run_first(used, bindings) {
            return Some(Missing::Later(first));
        }
        self.lost(used, bindings)
    }

    /// Whether a binding further down may run before the use: a loop is around both, or it is a `:=` of the same
    /// statement, as in `row.name if (row := find()) else None`.
    fn may_run_first(&self, used: &NameUse, bindings: &[Binding]) -> bool {
        let module = self.file.module();
        let Some(stmt) = self.file.index().stmt_of(used.expr) else { return true };
        let is_beside = |b: &Binding| b.stmt == Some(stmt) && matches!(b.kind, BindingKind::Named { .. });
        if bindings.iter().any(is_beside) {
            return true;
        }
        self.file.index().stmt_ancestors(stmt).any(|parent| {
            let span = module.stmt_span(parent.stmt);
            matches!(module.stmt(parent.stmt), Stmt::For { .. } | Stmt::While { .. })
                && bindings.iter().any(|binding| span.contains(binding.span))
        })
    }

    /// All bindings are for type checkers, or all are caught errors and the use stands outside their clauses.
    fn lost(&self, used: &NameUse, bindings: &'p [Binding]) -> Option<Missing<'p>> {
        let values: Vec<&Binding> = bindings.iter().filter(|binding| gives_value(binding)).collect();
        let first = *values.first()?;
        if values.iter().all(|binding| binding.stmt.is_some_and(|stmt| is_for_types(self.file, stmt))) {
            return Some(Missing::ForTypes(first));
        }
        let at = self.file.module().span(used.expr);
        let is_gone = |binding: &&Binding| clause(self.file, binding).is_some_and(|clause| !clause.span.contains(at));
        values.iter().all(is_gone).then_some(Missing::Gone(first))
    }
}

/// The names in `global` and `nonlocal` statements.
fn declared(file: File<'_>) -> FxHashSet<Symbol> {
    let module = file.module();
    let mut found = FxHashSet::default();
    for stmt in module.stmt_ids() {
        if let Stmt::Global(names) | Stmt::Nonlocal(names) = module.stmt(stmt) {
            found.extend(module.list(names));
        }
    }
    found
}

/// Whether a binding gives the name a value; `del`, `+=` and bare annotations do not.
fn gives_value(binding: &Binding) -> bool {
    !matches!(
        binding.kind,
        BindingKind::Deleted | BindingKind::Augmented | BindingKind::Assign { value: None, annotation: Some(_) }
    )
}

/// Whether the value is there in part of the file only.
fn is_passing(file: File<'_>, binding: &Binding) -> bool {
    let is_for_types = || binding.stmt.is_some_and(|stmt| is_for_types(file, stmt));
    matches!(binding.kind, BindingKind::Except { .. }) || is_for_types()
}

/// The clause that names the error.
fn clause<'p>(file: File<'p>, binding: &Binding) -> Option<&'p Handler> {
    let stmt: StmtId = binding.stmt.filter(|_| matches!(binding.kind, BindingKind::Except { .. }))?;
    let Stmt::Try { handlers, .. } = file.module().stmt(stmt) else { return None };
    file.module().list(handlers).iter().find(|handler| handler.header == binding.span)
}
