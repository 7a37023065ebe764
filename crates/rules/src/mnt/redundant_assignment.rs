//! MNT007: an assignment of the value that is there already.

use backlint_finding::Findings;
use backlint_model::{ClassRef, Entity, File, Project, Type};
use backlint_semantic::{Binding, BindingKind, Block, Call};
use backlint_syntax::ast::{ArgKind, CompareOp, Expr, ExprId, Stmt, StmtId, Symbol};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for file in project.reported_files() {
        for stmt in file.module().stmt_ids() {
            if let Some(copy) = Copy::of(file, stmt).filter(|copy| copy.is_redundant(project)) {
                report(&copy, findings);
            } else if let Some(value) =
                assigned_to_itself(file, stmt).filter(|&value| !has_setter(project, file, value))
            {
                let text = file.text_of(value);
                let message = format!("`{text}` is assigned to itself: the line does nothing.");
                findings.report(file.at_stmt(stmt), format!("{}: {text}", file.context_name(value)), message);
            }
        }
    }
}

fn report(copy: &Copy<'_>, findings: &mut Findings) {
    let Copy { file, stmt, key, dump, .. } = copy;
    let message = format!(
        "`{}[\"{key}\"]` already holds this value since `{}`: the assignment does nothing.",
        copy.dict_name(),
        file.text_of(dump.function)
    );
    let anchor = format!("{}: {key}", file.context_name(dump.expr));
    findings.report(file.at_stmt(*stmt), anchor, message).also(file.at(file.first_line(dump.span())), "filled here");
}

/// `row.a = row.a`. What `self` reads may be the class's, which the assignment then makes its own.
fn assigned_to_itself(file: File<'_>, stmt: StmtId) -> Option<ExprId> {
    let module = file.module();
    let Stmt::Assign { targets, value } = module.stmt(stmt) else { return None };
    let &[target] = module.list(targets) else { return None };
    let (Expr::Attribute { value: object, .. }, Expr::Attribute { .. }) = (module.expr(target), module.expr(value))
    else {
        return None;
    };
    let Expr::Name(owner) = module.expr(object) else { return None };
    let is_same = file.text_of(target) == file.text_of(value);
    (is_same && !matches!(module.text(owner), "self" | "cls")).then_some(value)
}

/// Whether setting an attribute runs code of the object's class: a property, or `__setattr__`.
fn has_setter(project: &Project, file: File<'_>, attribute: ExprId) -> bool {
    let Expr::Attribute { value: object, name } = file.module().expr(attribute) else { return false };
    let Entity::Instance { of: Type::Project(class), .. } = project.resolve(file.id(), object) else { return false };
    [file.module().text(name), "__setattr__"].iter().any(|method| project.method(class, method).is_some())
}

/// `values["name"] = data.name` behind `values = data.model_dump()`.
struct Copy<'p> {
    file: File<'p>,
    stmt: StmtId,
    dict: Symbol,
    key: &'p str,
    object: ExprId,
    dump: Call<'p>,
}

impl<'p> Copy<'p> {
    fn of(file: File<'p>, stmt: StmtId) -> Option<Self> {
        let module = file.module();
        let Stmt::Assign { targets, value } = module.stmt(stmt) else { return None };
        let &[target] = module.list(targets) else { return None };
        let Expr::Subscript { value: holder, index } = module.expr(target) else { return None };
        let (Expr::Name(dict), Expr::Str(key)) = (module.expr(holder), module.expr(index)) else { return None };
        let Expr::Attribute { value: object, name } = module.expr(value) else { return None };
        let key = module.text(key);
        if key != module.text(name) {
            return None;
        }
        let Expr::Name(owner) = module.expr(object) else { return None };
        let dump = dump_in(file, file.index().lookup(file.index().scope_of_name(holder), dict))?;
        let is_of_owner = dump.receiver().is_some_and(|receiver| module.expr(receiver) == Expr::Name(owner));
        is_of_owner.then_some(Self { file, stmt, dict, key, object, dump })
    }

    fn dict_name(&self) -> &'p str {
        self.file.module().text(self.dict)
    }

    fn is_redundant(&self, project: &Project) -> bool {
        let leaves_out = self.dump.args.iter().any(|argument| match argument.kind {
            ArgKind::Keyword(name) => self.file.module().text(name).starts_with("exclude"),
            _ => false,
        });
        self.is_reached(leaves_out) && self.holds_plain_value(project)
    }

    /// Whether the key is there whenever the assignment runs.
    fn is_reached(&self, may_lack_keys: bool) -> bool {
        let module = self.file.module();
        let dumped_in = self.file.index().stmt_of(self.dump.expr).and_then(|stmt| self.file.index().stmt_parent(stmt));
        match self.file.index().stmt_parent(self.stmt) {
            around if around == dumped_in => !may_lack_keys,
            Some(parent) => match (module.stmt(parent.stmt), parent.block) {
                (Stmt::If { clauses, .. }, Block::Clause(0)) => {
                    let is_beside = self.file.index().stmt_parent(parent.stmt) == dumped_in;
                    is_beside && module.list(clauses).first().is_some_and(|clause| self.tests_key(clause.test))
                }
                _ => false,
            },
            None => false,
        }
    }

    /// `"name" in values`.
    fn tests_key(&self, test: ExprId) -> bool {
        let module = self.file.module();
        let Expr::Compare { left, rest } = module.expr(test) else { return false };
        let [only] = module.list(rest) else { return false };
        let is_key = matches!(module.expr(left), Expr::Str(text) if module.text(text) == self.key);
        is_key && only.op == CompareOp::In && module.expr(only.right) == Expr::Name(self.dict)
    }

    /// Whether the field is declared with a type that dumping leaves as it is.
    fn holds_plain_value(&self, project: &Project) -> bool {
        let Some(Type::Project(class)) = instance_of(project, self.file, self.object) else { return false };
        let classes = project.lineage(class).into_iter().filter_map(|of| match of {
            Type::Project(class) => Some(class),
            Type::External(_) => None,
        });
        let classes: Vec<ClassRef> = classes.collect();
        let is_serialised = classes.iter().any(|class| body_text(project, *class).contains("serializer"));
        let declared = classes.iter().find_map(|&class| annotation_text(project, class, self.key));
        !is_serialised && declared.is_some_and(is_plain)
    }
}

/// The one dump of an object that a variable is filled by.
fn dump_in<'p>(file: File<'p>, bindings: &[Binding]) -> Option<Call<'p>> {
    let [only] = bindings else { return None };
    let BindingKind::Assign { value: Some(value), .. } = only.kind else { return None };
    let call = Call::of(file.module(), value).filter(|call| matches!(call.name(), Some("model_dump" | "dict")))?;
    let keeps_values = call.args.iter().all(|argument| match argument.kind {
        ArgKind::Keyword(name) => {
            matches!(file.module().text(name), "exclude_unset" | "exclude_none" | "exclude_defaults")
        }
        _ => false,
    });
    keeps_values.then_some(call)
}

fn instance_of(project: &Project, file: File<'_>, object: ExprId) -> Option<Type> {
    match project.resolve(file.id(), object) {
        backlint_model::Entity::Instance { of, .. } => Some(of),
        _ => None,
    }
}

fn body_text(project: &Project, class: ClassRef) -> &str {
    project.file(class.file).map_or("", |file| file.slice(file.module().stmt_span(file.class(class.id).stmt)))
}

fn annotation_text<'p>(project: &'p Project, class: ClassRef, name: &str) -> Option<&'p str> {
    let file = project.file(class.file)?;
    let symbol = file.module().symbol(name)?;
    let scope = file.index().class_scope(class.id);
    file.index().bindings_of(scope, symbol).iter().find_map(|binding| match binding.kind {
        BindingKind::Assign { annotation: Some(annotation), .. } => Some(file.text_of(annotation)),
        _ => None,
    })
}

/// Whether all names of an annotation are those of plain values.
fn is_plain(annotation: &str) -> bool {
    const PLAIN: &[&str] = &[
        "Decimal", "None", "Optional", "UUID", "Union", "bool", "date", "datetime", "decimal", "float", "int", "str",
        "typing", "uuid",
    ];
    let names = annotation.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty());
    names.into_iter().all(|name| PLAIN.contains(&name))
}
