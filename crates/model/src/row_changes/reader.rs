//! Reads changes to rows off assignments, calls and queries.

use backlint_semantic::{Call, fold};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt};

use super::{RowChange, RowChangeKind};
use crate::queries::EndKind;
use crate::resolve::{ClassRef, Entity, ExprRef, FunctionRef};
use crate::{File, Project};

/// The changes that assignments and calls of a file make, in any order. Only names of columns are looked at, as telling
/// what an expression is an object of is dear.
pub(super) fn changes(project: &Project, file: File<'_>) -> Vec<RowChange> {
    let mut reader = Reader { project, file, found: Vec::new() };
    reader.read_assignments();
    for call in file.calls() {
        reader.read_call(call);
    }
    reader.found
}

struct Reader<'p> {
    project: &'p Project,
    file: File<'p>,
    found: Vec<RowChange>,
}

impl Reader<'_> {
    fn read_assignments(&mut self) {
        let module = self.file.module();
        for stmt in module.stmt_ids() {
            match module.stmt(stmt) {
                Stmt::Assign { targets, value } => {
                    module.list(targets).iter().for_each(|&target| self.read_target(target, value));
                }
                Stmt::AugAssign { target, value, .. } => self.read_target(target, value),
                _ => {}
            }
        }
    }

    /// `order.state = value`.
    fn read_target(&mut self, target: ExprId, value: ExprId) {
        let module = self.file.module();
        let Expr::Attribute { value: owner, name } = module.expr(target) else { return };
        let attribute = module.text(name);
        if self.project.has_column(attribute)
            && let Some(model) = self.row(owner)
        {
            self.push(model, RowChangeKind::Set { attribute: attribute.to_owned(), value }, target);
        }
    }

    fn read_call(&mut self, call: Call<'_>) {
        match (call.name().unwrap_or_default(), call.receiver()) {
            ("delete", Some(_)) if call.args.len() == 1 => {
                if let Some(model) = call.positional(0).and_then(|row| self.row(row)) {
                    self.push(model, RowChangeKind::Remove, call.expr);
                }
            }
            ("delete", None) => {
                if let Some(model) = call.positional(0).and_then(|class| self.class(class)) {
                    self.push(model, RowChangeKind::Remove, call.expr);
                }
            }
            ("values", Some(receiver)) => {
                if let Some(model) = self.updated(receiver) {
                    self.read_values(model, call);
                }
            }
            ("setattr", None) => self.read_setattr(call),
            (name, _) if name.starts_with(|c: char| c.is_uppercase()) => {
                if let Some(model) = self.class(call.function) {
                    self.push(model, RowChangeKind::Create, call.expr);
                }
            }
            _ => {}
        }
    }

    /// `setattr(order, "state", value)`.
    fn read_setattr(&mut self, call: Call<'_>) {
        let (Some(row), Some(name), Some(value)) = (call.positional(0), call.positional(1), call.positional(2)) else {
            return;
        };
        let name = fold(self.file.module(), self.file.index(), name);
        if let Some(attribute) = name.as_str().filter(|name| self.project.has_column(name))
            && let Some(model) = self.row(row)
        {
            self.push(model, RowChangeKind::Set { attribute: attribute.to_owned(), value }, call.expr);
        }
    }

    /// The arguments of `values(…)`, by keyword or as a dict.
    fn read_values(&mut self, model: ClassRef, call: Call<'_>) {
        let module = self.file.module();
        for argument in call.args {
            match (argument.kind, module.expr(argument.value)) {
                (ArgKind::Keyword(name), _) => {
                    let attribute = module.text(name).to_owned();
                    self.push(model, RowChangeKind::Set { attribute, value: argument.value }, argument.value);
                }
                (ArgKind::Positional | ArgKind::DoubleStar, Expr::Dict(_)) => {
                    for (attribute, value) in entries(self.file, argument.value) {
                        self.push(model, RowChangeKind::Set { attribute, value }, value);
                    }
                }
                _ => {}
            }
        }
    }

    /// The class of `update(Order).where(…)`.
    fn updated(&self, mut expr: ExprId) -> Option<ClassRef> {
        let module = self.file.module();
        loop {
            let call = Call::of(module, expr)?;
            if call.name() == Some("update") {
                return self.class(call.positional(0)?);
            }
            expr = call.receiver()?;
        }
    }

    fn row(&self, expr: ExprId) -> Option<ClassRef> {
        self.project.row_model(self.file.id(), expr).map(|model| model.class)
    }

    /// The mapped class that an expression names.
    fn class(&self, expr: ExprId) -> Option<ClassRef> {
        let module = self.file.module();
        let (Expr::Name(name) | Expr::Attribute { name, .. }) = module.expr(expr) else { return None };
        // Resolving is dear; classes have capitals.
        if !module.text(name).starts_with(|c: char| c.is_uppercase()) {
            return None;
        }
        match self.project.resolve(self.file.id(), expr) {
            Entity::Class(class) => self.project.model(class).map(|model| model.class),
            _ => None,
        }
    }

    fn push(&mut self, model: ClassRef, kind: RowChangeKind, at: ExprId) {
        if let Some(id) = self.file.index().function_of(at) {
            let function = FunctionRef::new(self.file.id(), id);
            self.found.push(RowChange { function, model, kind, at: ExprRef { file: self.file.id(), expr: at } });
        }
    }
}

/// `query.delete()` and `query.update({…})`.
pub(super) fn by_queries(project: &Project) -> Vec<RowChange> {
    let mut found = Vec::new();
    for query in project.queries() {
        let (Some(function), Some(file)) = (query.function, project.file(query.at.file)) else { continue };
        for end in query.ends_of(EndKind::Write) {
            let module = file.module();
            let value = match module.expr(end.value) {
                Expr::Await(inner) => inner,
                _ => end.value,
            };
            let Some(call) = Call::of(module, value) else { continue };
            let mut push = |kind, at| {
                let at = ExprRef { file: file.id(), expr: at };
                found.push(RowChange { function, model: query.entity, kind, at });
            };
            match (call.name(), call.positional(0)) {
                (Some("delete"), _) => push(RowChangeKind::Remove, call.expr),
                (Some("update"), Some(values)) => {
                    for (attribute, value) in entries(file, values) {
                        push(RowChangeKind::Set { attribute, value }, value);
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// The entries of a dict of columns: by name, `"state": value`, or by attribute, `Order.state: value`.
fn entries(file: File<'_>, dict: ExprId) -> Vec<(String, ExprId)> {
    let module = file.module();
    let Expr::Dict(items) = module.expr(dict) else { return Vec::new() };
    let entry = |(key, value): (Option<ExprId>, ExprId)| match module.expr(key?) {
        Expr::Str(text) => Some((module.text(text).to_owned(), value)),
        Expr::Attribute { name, .. } => Some((module.text(name).to_owned(), value)),
        _ => None,
    };
    module.list(items).iter().filter_map(|item| entry((item.key, item.value))).collect()
}
