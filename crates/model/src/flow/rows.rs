//! Reads what clients have put into columns back from rows.

use backlint_syntax::ast::{Expr, ExprId};

use super::body::Reader;
use super::origin::{Origin, Root, StepKind, Trace};
use super::value::{Taint, Value};
use crate::Project;
use crate::resolve::{ClassRef, FunctionRef, Type};

/// The rows of those who are logged in, as libraries hand them out.
const LOGGED_IN: &[&str] =
    &["flask_login.current_user", "flask_login.utils.current_user", "flask_security.current_user"];

impl Reader<'_> {
    /// What clients have put into `row.name`, where `value` is what else is known of the row.
    pub(super) fn loaded(&self, row: ExprId, name: &str, value: &Value) -> Value {
        let stored = self.summaries.context.stored;
        if !stored.has(name) || is_parameter(value) || value.fields().any(|(field, _)| &**field == name) {
            return Value::default();
        }
        let class = self.row_class(row).filter(|&class| stored.ways(self.project, class, &[name.into()]).is_some());
        class.map(|class| self.row(class, row).member(name)).unwrap_or_default()
    }

    /// What is passed to `function`: a row, if the function does something with a column that has values of clients.
    pub(super) fn passed_row(&self, function: FunctionRef, arg: ExprId, value: Value) -> Value {
        if !self.summaries.context.takers.contains(&function) || is_parameter(&value) {
            return value;
        }
        let is_row = |class: &ClassRef| self.summaries.context.stored.is_in(self.project, *class);
        let element = || self.project.element_model(self.file.id(), arg).map(|model| model.class);
        match self.row_class(arg).filter(is_row).or_else(|| element().filter(is_row)) {
            Some(class) => value.joined(&self.row(class, arg)),
            None => value,
        }
    }

    fn row(&self, class: ClassRef, at: ExprId) -> Value {
        let trace = Trace::default().then(self.file.at_expr(at), StepKind::Read);
        Value::of(Taint::new(Origin::of(Root::Row(class)), trace))
    }

    /// The mapped class that an expression is a row of: what a method of such a class calls `self`, too.
    pub(super) fn row_class(&self, expr: ExprId) -> Option<ClassRef> {
        let module = self.file.module();
        if let Some(model) = self.project.row_model(self.file.id(), expr) {
            return Some(model.class);
        }
        match module.expr(expr) {
            Expr::Name(_) if self.file.path_of(expr).is_some_and(|path| LOGGED_IN.contains(&path.as_str())) => {
                self.project.login_class()
            }
            Expr::Name(name) => {
                let first = module.list(self.file.function(self.function.id).params).first()?;
                let class = self.project.class_of(self.function).filter(|_| first.name == name)?;
                self.project.model(class).map(|model| model.class)
            }
            Expr::Attribute { value, name } => {
                let owner = self.project.row_model(self.file.id(), value)?;
                self.project.related_model(owner.attribute(module.text(name))?).map(|model| model.class)
            }
            _ => None,
        }
    }
}

impl Project {
    /// The one mapped class whose rows log in.
    fn login_class(&self) -> Option<ClassRef> {
        const MIXINS: &[&str] = &["flask_login.UserMixin", "flask_security.UserMixin"];
        let classes = self.models().iter().map(|model| model.class);
        let mut classes = classes.filter(|&class| self.derives_from(&Type::Project(class), MIXINS));
        classes.next().filter(|_| classes.next().is_none())
    }
}

/// Whether it is a parameter itself: what its annotation says is read where ways are told.
fn is_parameter(value: &Value) -> bool {
    let mut taints = value.taints().iter();
    taints
        .any(|taint| taint.is_content() && matches!(taint.origin.root, Root::Param(_)) && taint.origin.path.is_empty())
}
