//! What the classes of a project define, and of which of them everything is known.

use std::cell::OnceCell;

use backlint_model::{ClassRef, File, Project, Type};
use backlint_source::FileId;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

/// The members of all classes of a project.
pub(super) struct Members<'p> {
    /// Names that some class binds in its body or that some code sets on some object.
    anywhere: FxHashSet<&'p str>,
    /// Names that some code sets on some object.
    set: FxHashSet<&'p str>,
    /// Files in which some object gets a member whose name is computed.
    open: FxHashSet<FileId>,
    heirs: OnceCell<Heirs>,
}

/// The classes that derive from each one, by name or through others.
#[derive(Default)]
struct Heirs {
    of: FxHashMap<ClassRef, Vec<ClassRef>>,
    /// By the last part of a base that could not be found: it may be any class of this name.
    of_unknown: FxHashMap<String, Vec<ClassRef>>,
}

/// Classes from outside whose members are of no interest: they all start with underscores.
const PLAIN_BASES: &[&str] = &["object", "abc.ABC", "ABC", "typing.Generic", "Generic", "typing.Protocol"];

/// Decorators of classes that add no members but such as start with underscores.
const PLAIN_DECORATORS: &[&str] = &["dataclass", "total_ordering", "final", "runtime_checkable"];

/// What a class says when it gets members in ways that cannot be seen.
const OPAQUE: &[&str] = &[
    "__getattr",
    "setattr",
    "__dict__",
    "__slots__",
    "vars(",
    "locals(",
    "exec(",
    "__new__",
    "__class__",
    "__init_subclass__",
];

impl<'p> Members<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        let mut anywhere = FxHashSet::default();
        let mut set = FxHashSet::default();
        let mut open = FxHashSet::default();
        for file in project.files() {
            if sets_computed(file) {
                open.insert(file.id());
            }
            let module = file.module();
            for class in module.class_ids() {
                let bindings = file.index().bindings_in(file.index().class_scope(class));
                anywhere.extend(bindings.iter().map(|binding| module.text(binding.name)));
            }
            set.extend(names_set(file));
        }
        anywhere.extend(set.iter().copied());
        Self { anywhere, set, open, heirs: OnceCell::new() }
    }

    /// Whether no class of the project has the name, and nothing unseen can give it to objects of this class or of those
    /// derived from it.
    pub(super) fn are_known_everywhere(&self, project: &Project, class: ClassRef, name: &str) -> bool {
        !self.are_of_some_class(name)
            && is_known(project, class)
            && !is_partial(project, class)
            && self.heirs(project, class).all(|heir| is_known(project, heir))
            && !self.is_open(class.file)
    }

    /// Whether some class of the project has the name.
    pub(super) fn are_of_some_class(&self, name: &str) -> bool {
        self.anywhere.contains(name)
    }

    /// Whether some code sets the name on some object.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.set.contains(name)
    }

    /// Whether a class that derives from this one has a definition of its own of the name.
    pub(super) fn is_replaced_below(&self, project: &Project, class: ClassRef, name: &str) -> bool {
        self.heirs(project, class).any(|heir| project.own_method(heir, name).is_some() || !is_known(project, heir))
    }

    /// Whether objects in this file may get members whose names are computed.
    pub(super) fn is_open(&self, file: FileId) -> bool {
        self.open.contains(&file)
    }

    fn heirs(&self, project: &Project, class: ClassRef) -> impl Iterator<Item = ClassRef> {
        let heirs = self.heirs.get_or_init(|| Heirs::of(project));
        let name = project.file(class.file).map(|file| file.class_name(class.id)).unwrap_or_default();
        [heirs.of.get(&class), heirs.of_unknown.get(name)].into_iter().flatten().flatten().copied()
    }

    /// Whether objects of this class have the name.
    pub(super) fn has(&self, project: &Project, class: ClassRef, name: &str) -> bool {
        let binds = |class: ClassRef| {
            let Some(file) = project.file(class.file) else { return true };
            let scope = file.index().class_scope(class.id);
            file.module().symbol(name).is_some_and(|name| !file.index().bindings_of(scope, name).is_empty())
        };
        self.set.contains(name)
            || project.lineage(class).iter().any(|of| match of {
                Type::Project(class) => binds(*class),
                Type::External(_) => false,
            })
    }
}

/// Whether everything that objects of this class have is seen.
pub(super) fn is_known(project: &Project, class: ClassRef) -> bool {
    project.lineage(class).iter().all(|of| match of {
        Type::External(path) => PLAIN_BASES.contains(&path.as_str()),
        Type::Project(class) => is_plain(project, *class),
    })
}

/// Whether a class is made for others to complete: its name says so, or it hands calls on to a base that it does not have.
fn is_partial(project: &Project, class: ClassRef) -> bool {
    let Some(file) = project.file(class.file) else { return true };
    let name = file.class_name(class.id);
    ["Mixin", "MixIn", "Base", "Abstract"].iter().any(|word| name.contains(word)) || hands_on(project, file, class)
}

/// Whether a class without a base in the project calls what only a class beside it can have: `super().execute(query)`.
fn hands_on(project: &Project, file: File<'_>, class: ClassRef) -> bool {
    let is_alone = project.lineage(class).iter().all(|of| match of {
        Type::Project(base) => *base == class,
        Type::External(_) => true,
    });
    let own = file.module().stmt_span(file.class(class.id).stmt);
    let mut inside = file.calls().filter(|call| own.start <= call.span().start && call.span().end <= own.end);
    is_alone
        && inside.any(|call| {
            let is_super = call.receiver().is_some_and(|receiver| file.text_of(receiver).starts_with("super("));
            is_super && call.name().is_some_and(|name| !name.starts_with("__"))
        })
}

impl Heirs {
    fn of(project: &Project) -> Self {
        let mut heirs = Self::default();
        for file in project.files() {
            for id in file.module().class_ids() {
                let heir = ClassRef { file: file.id(), id };
                for of in project.lineage(heir) {
                    match of {
                        Type::Project(base) if base == heir => {}
                        Type::Project(base) => heirs.of.entry(base).or_default().push(heir),
                        Type::External(path) => {
                            let name = path.rsplit('.').next().unwrap_or(&path);
                            heirs.of_unknown.entry(name.to_owned()).or_default().push(heir);
                        }
                    }
                }
            }
        }
        heirs
    }
}

/// Whether all that a class binds can be seen in its body.
fn is_plain(project: &Project, class: ClassRef) -> bool {
    let Some(file) = project.file(class.file) else { return false };
    let module = file.module();
    let definition = file.class(class.id);
    let has_metaclass = module.list(definition.bases).iter().any(|base| match base.kind {
        ArgKind::Keyword(name) => module.text(name) != "total",
        ArgKind::Positional => false,
        ArgKind::Star | ArgKind::DoubleStar => true,
    });
    let is_decorated = module.list(definition.decorators).iter().any(|decorator| {
        let text = file.text_of(decorator.expr);
        let name = text.split('(').next().unwrap_or(text).rsplit('.').next().unwrap_or_default();
        !PLAIN_DECORATORS.contains(&name)
    });
    let text = file.slice(module.stmt_span(definition.stmt));
    module.problems().is_empty() && !has_metaclass && !is_decorated && !OPAQUE.iter().any(|word| text.contains(word))
}

/// Whether the code of a file sets attributes whose names it computes.
fn sets_computed(file: File<'_>) -> bool {
    let is_literal = |name: ExprId| matches!(file.module().expr(name), Expr::Str(_));
    let mut set = file.calls_named(&["setattr", "__setattr__"]);
    set.any(|call| !call.positional(1).is_some_and(is_literal))
        || ["__dict__", "vars"].iter().any(|word| file.module().symbol(word).is_some())
}

/// The attributes that the code of a file sets, on whatever object, by whatever statement.
fn names_set(file: File<'_>) -> Vec<&str> {
    let module = file.module();
    let mut found: Vec<Symbol> = Vec::new();
    for stmt in module.stmt_ids() {
        match module.stmt(stmt) {
            Stmt::Assign { targets, .. } => {
                module.list(targets).iter().for_each(|&target| add_targets(file, target, &mut found));
            }
            Stmt::AnnAssign { target, .. } | Stmt::AugAssign { target, .. } | Stmt::For { target, .. } => {
                add_targets(file, target, &mut found);
            }
            Stmt::With { items, .. } => {
                let targets = module.list(items).iter().filter_map(|item| item.target);
                targets.for_each(|target| add_targets(file, target, &mut found));
            }
            _ => {}
        }
    }
    let mut names: Vec<&str> = found.into_iter().map(|name| module.text(name)).collect();
    for call in file.calls_named(&["setattr"]) {
        if let Some(Expr::Str(name)) = call.positional(1).map(|name| module.expr(name)) {
            names.push(module.text(name));
        }
    }
    names
}

fn add_targets(file: File<'_>, target: ExprId, found: &mut Vec<Symbol>) {
    let mut open = vec![target];
    while let Some(target) = open.pop() {
        match file.module().expr(target) {
            Expr::Attribute { name, .. } => found.push(name),
            Expr::Tuple(items) | Expr::List(items) => open.extend(file.module().list(items)),
            Expr::Starred(inner) => open.push(inner),
            _ => {}
        }
    }
}
