//! The places that ask a mapped class, or an object of one, for something it does not have.

use backlint_model::{Entity, File, Model, Project};
use backlint_semantic::{BindingKind, Call, ScopeId};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use super::belied::is_belied;
use super::keywords::own_keywords;
use crate::expressions::tests_around;

/// A place that asks for an attribute that is not there.
pub(super) struct Site<'p> {
    pub(super) model: &'p Model,
    pub(super) name: &'p str,
    pub(super) place: ExprId,
    pub(super) kind: Kind,
}

/// How the attribute is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `Model.name`.
    Class,
    /// `row.name`.
    Object,
    /// `filter_by(name=…)`.
    Filter,
    /// `hasattr(row, "name")`.
    Test,
}

/// What is known of the whole project.
pub(super) struct Known<'p> {
    /// The names of all mapped classes.
    classes: FxHashSet<&'p str>,
    /// Attributes that code sets on objects other than `self`: they exist from then on.
    stored: FxHashSet<&'p str>,
    /// As `stored`, on what is named like a class.
    stored_on_classes: FxHashSet<&'p str>,
    /// Keywords that a `filter_by` of the project takes for itself.
    keywords: FxHashSet<&'p str>,
}

impl<'p> Known<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        let classes = project.models().iter().map(|model| model.name.as_str()).collect();
        let mut stored = FxHashSet::default();
        let mut stored_on_classes = FxHashSet::default();
        for file in project.files() {
            let module = file.module();
            for target in targets(file) {
                let Expr::Attribute { value, name } = module.expr(target) else { continue };
                if is_self(file, value) {
                    continue;
                }
                stored.insert(module.text(name));
                if file.text_of(value).rsplit('.').next().is_some_and(|name| name.starts_with(char::is_uppercase)) {
                    stored_on_classes.insert(module.text(name));
                }
            }
            stored.extend(file.calls_named(&["setattr"]).filter_map(|call| match module.expr(call.positional(1)?) {
                Expr::Str(name) => Some(module.text(name)),
                _ => None,
            }));
        }
        Self { classes, stored, stored_on_classes, keywords: own_keywords(project) }
    }
}

fn is_self(file: File<'_>, expr: ExprId) -> bool {
    matches!(file.module().expr(expr), Expr::Name(name) if file.module().text(name) == "self")
}

/// What is assigned to or deleted in a file.
fn targets(file: File<'_>) -> Vec<ExprId> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in module.stmt_ids() {
        match module.stmt(stmt) {
            Stmt::Assign { targets, .. } | Stmt::Delete(targets) => found.extend_from_slice(module.list(targets)),
            Stmt::AugAssign { target, .. } | Stmt::AnnAssign { target, .. } => found.push(target),
            _ => {}
        }
    }
    found
}

/// All such places of a file.
pub(super) fn of<'p>(project: &'p Project, file: File<'p>, known: &Known<'p>) -> Vec<Site<'p>> {
    let mut reader = Reader::new(project, file, known);
    if reader.classes.is_empty() {
        return Vec::new();
    }
    let module = file.module();
    let mut found = Vec::new();
    for expr in module.expr_ids() {
        match module.expr(expr) {
            Expr::Attribute { value, name } => found.extend(reader.attribute(expr, value, module.text(name))),
            Expr::Call { .. } => {
                let Some(call) = Call::of(module, expr) else { continue };
                found.extend(reader.test(call));
                found.extend(reader.filter(call));
            }
            _ => {}
        }
    }
    found
}

struct Reader<'r, 'p> {
    project: &'p Project,
    file: File<'p>,
    known: &'r Known<'p>,
    /// The names that mapped classes, or aliases of annotations, have in this file.
    classes: FxHashSet<Symbol>,
    targets: FxHashSet<ExprId>,
    /// What each name is an object of, by the scope it is read in.
    rows: FxHashMap<(ScopeId, Symbol), Option<&'p Model>>,
    /// Names and attributes that some `hasattr` or `getattr` asks for, so that their absence is foreseen.
    tested: FxHashSet<(Symbol, &'p str)>,
}

impl<'r, 'p> Reader<'r, 'p> {
    fn new(project: &'p Project, file: File<'p>, known: &'r Known<'p>) -> Self {
        Self {
            project,
            file,
            known,
            classes: class_names(project, file, known),
            targets: targets(file).into_iter().collect(),
            rows: FxHashMap::default(),
            tested: tested(file),
        }
    }

    fn attribute(&mut self, place: ExprId, value: ExprId, name: &'p str) -> Option<Site<'p>> {
        let module = self.file.module();
        let (Expr::Name(symbol) | Expr::Attribute { name: symbol, .. }) = module.expr(value) else { return None };
        if self.targets.contains(&place) || self.known.stored_on_classes.contains(name) {
            return None;
        }
        if self.classes.contains(&symbol) && module.text(symbol).starts_with(char::is_uppercase) {
            let model = self.class(value)?;
            let is_site = self.missing(model, name) && !self.is_asked_first(place, name);
            return is_site.then_some(Site { model, name, place, kind: Kind::Class });
        }
        let Expr::Name(symbol) = module.expr(value) else { return None };
        let is_stored = self.known.stored.contains(name);
        if is_stored || self.tested.contains(&(symbol, name)) || self.is_guarded(place) {
            return None;
        }
        let model = self.object(value, symbol)?;
        let is_site = self.missing(model, name) && !is_belied(self.project, self.file, value, model);
        is_site.then_some(Site { model, name, place, kind: Kind::Object })
    }

    /// `hasattr(User, "name") and User.name`: the test is the finding.
    fn is_asked_first(&self, place: ExprId, name: &str) -> bool {
        let index = self.file.index();
        let tests = index.stmt_of(place).map(|stmt| tests_around(self.file, stmt)).into_iter().flatten();
        let quoted = [format!("\"{name}\""), format!("'{name}'")];
        index.ancestors(place).chain(tests).any(|around| {
            let text = self.file.text_of(around);
            text.contains("hasattr(") && quoted.iter().any(|quoted| text.contains(quoted))
        })
    }

    fn missing(&self, model: &Model, name: &str) -> bool {
        !self.project.may_have_attribute(model, name)
    }

    /// The mapped class that a name means, if it means nothing else.
    fn class(&self, value: ExprId) -> Option<&'p Model> {
        let module = self.file.module();
        if let Expr::Name(name) = module.expr(value) {
            let bindings = self.file.index().lookup(self.file.index().scope_of_name(value), name);
            let is_definition = |kind: &BindingKind| matches!(kind, BindingKind::Import(_) | BindingKind::Class(_));
            if !bindings.iter().all(|binding| is_definition(&binding.kind)) {
                return None;
            }
        }
        match self.project.resolve(self.file.id(), value) {
            Entity::Class(class) => self.project.model(class),
            _ => None,
        }
    }

    fn object(&mut self, value: ExprId, symbol: Symbol) -> Option<&'p Model> {
        let (project, file) = (self.project, self.file);
        let scope = file.index().scope_of_name(value);
        *self.rows.entry((scope, symbol)).or_insert_with(|| project.row_model(file.id(), value))
    }

    /// Whether an `AttributeError` of this place is caught, or the object may be of another class here.
    fn is_guarded(&self, place: ExprId) -> bool {
        let module = self.file.module();
        let Some(stmt) = self.file.index().stmt_of(place) else { return true };
        self.file.index().stmt_ancestors(stmt).any(|parent| match module.stmt(parent.stmt) {
            Stmt::Try { handlers, .. } => module
                .list(handlers)
                .iter()
                .any(|handler| handler.kind.is_some_and(|kind| self.file.text_of(kind).contains("AttributeError"))),
            Stmt::If { clauses, .. } => {
                module.list(clauses).iter().any(|clause| self.file.text_of(clause.test).contains("isinstance("))
            }
            _ => false,
        })
    }

    /// `hasattr(row, "name")`.
    fn test(&mut self, call: Call<'p>) -> Option<Site<'p>> {
        let module = self.file.module();
        if call.name() != Some("hasattr") || call.receiver().is_some() {
            return None;
        }
        let (object, name) = (call.positional(0)?, call.positional(1)?);
        let (Expr::Name(symbol), Expr::Str(name)) = (module.expr(object), module.expr(name)) else { return None };
        let name = module.text(name);
        let is_class = self.classes.contains(&symbol);
        let model = if is_class { self.class(object)? } else { self.object(object, symbol)? };
        let is_foreseen = self.known.stored.contains(name) || is_belied(self.project, self.file, object, model);
        let is_site = self.missing(model, name) && !is_foreseen;
        is_site.then_some(Site { model, name, place: call.expr, kind: Kind::Test })
    }

    /// `filter_by(name=…)` of a query of one class.
    fn filter(&self, call: Call<'p>) -> Option<Site<'p>> {
        if call.name() != Some("filter_by") {
            return None;
        }
        let receiver = call.receiver()?;
        // The keywords belong to what was joined last.
        if self.function_text(call.expr).contains("join(") {
            return None;
        }
        let model = self.project.queried_model(self.file.id(), receiver)?;
        let names = call.args.iter().filter_map(|argument| match argument.kind {
            ArgKind::Keyword(name) => Some((self.file.module().text(name), argument.value)),
            _ => None,
        });
        let mut unknown = names.filter(|(name, _)| self.missing(model, name) && !self.known.keywords.contains(name));
        unknown.next().map(|(name, place)| Site { model, name, place, kind: Kind::Filter })
    }

    fn function_text(&self, expr: ExprId) -> &'p str {
        let file = self.file;
        let function = file.index().function_of(expr);
        function.map_or(file.source().text(), |id| file.slice(file.module().stmt_span(file.function(id).stmt)))
    }
}

/// The names in a file that may lead to a mapped class: imports and definitions of one, modules, and annotations that
/// hold one.
fn class_names(project: &Project, file: File<'_>, known: &Known<'_>) -> FxHashSet<Symbol> {
    let module = file.module();
    let mut names = FxHashSet::default();
    for binding in file.index().bindings() {
        let is_class = match binding.kind {
            BindingKind::Class(_) => known.classes.contains(module.text(binding.name)),
            BindingKind::Import(import) => {
                let imported = import.name.unwrap_or(binding.name);
                known.classes.contains(module.text(imported)) || leads_to_models(project, file, binding.name)
            }
            _ => false,
        };
        if is_class {
            names.insert(binding.name);
        }
    }
    names
}

/// `from app.deps import CurrentUser`, an alias of `Annotated[User, …]`, and `from app import models`.
fn leads_to_models(project: &Project, file: File<'_>, name: Symbol) -> bool {
    let mut uses = file.index().uses().iter().filter(|name_use| name_use.name == name);
    let Some(first) = uses.next() else { return false };
    match project.resolve(file.id(), first.expr) {
        Entity::Module(_) => true,
        Entity::Literal(_) => file.module().text(name).starts_with(char::is_uppercase),
        _ => false,
    }
}

fn tested(file: File<'_>) -> FxHashSet<(Symbol, &str)> {
    let module = file.module();
    let calls = file.calls_named(&["hasattr", "getattr", "setattr", "delattr"]);
    calls
        .filter_map(|call| match (module.expr(call.positional(0)?), module.expr(call.positional(1)?)) {
            (Expr::Name(object), Expr::Str(name)) => Some((object, module.text(name))),
            _ => None,
        })
        .collect()
}
