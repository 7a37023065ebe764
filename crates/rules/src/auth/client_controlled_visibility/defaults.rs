//! Whether a test holds when the client leaves its parameters out.

use backlint_model::{Absent, Entity, File, Project, Type};
use backlint_semantic::{BindingKind, Call};
use backlint_source::FileId;
use backlint_syntax::ast::{BoolOp, CompareOp, Expr, ExprId, UnaryOp};

/// How many names, wrappers and operators an answer may be behind.
const MAX_STEPS: u32 = 10;

/// A value that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    None,
    Flag(bool),
    /// A text, in small letters.
    Text(String),
}

/// Whether a test holds when nothing is sent; none if that could not be told.
pub(super) fn holds(project: &Project, file: File<'_>, test: ExprId) -> Option<bool> {
    Reader { project }.holds(file, test, MAX_STEPS)
}

struct Reader<'p> {
    project: &'p Project,
}

impl Reader<'_> {
    fn holds(&self, file: File<'_>, test: ExprId, steps: u32) -> Option<bool> {
        let steps = steps.checked_sub(1)?;
        let module = file.module();
        match module.expr(test) {
            Expr::Unary { op: UnaryOp::Not, operand } => self.holds(file, operand, steps).map(|holds| !holds),
            Expr::Bool { op, values } => {
                let parts = module.list(values).iter().map(|&part| self.holds(file, part, steps / 2));
                let parts: Vec<Option<bool>> = parts.collect();
                let (ends, otherwise) = match op {
                    BoolOp::And => (false, true),
                    BoolOp::Or => (true, false),
                };
                if parts.contains(&Some(ends)) {
                    return Some(ends);
                }
                parts.iter().all(Option::is_some).then_some(otherwise)
            }
            Expr::Compare { left, rest } => {
                let [only] = module.list(rest) else { return None };
                let left = self.value(file, left, steps)?;
                match only.op {
                    CompareOp::Eq | CompareOp::Is => Some(left == self.value(file, only.right, steps)?),
                    CompareOp::NotEq | CompareOp::IsNot => Some(left != self.value(file, only.right, steps)?),
                    CompareOp::In => self.is_among(file, &left, only.right, steps),
                    CompareOp::NotIn => self.is_among(file, &left, only.right, steps).map(|is_among| !is_among),
                    _ => None,
                }
            }
            _ => Some(match self.value(file, test, steps)? {
                Value::None => false,
                Value::Flag(is_on) => is_on,
                Value::Text(text) => !text.is_empty(),
            }),
        }
    }

    fn is_among(&self, file: File<'_>, value: &Value, list: ExprId, steps: u32) -> Option<bool> {
        let (Expr::Tuple(items) | Expr::List(items) | Expr::Set(items)) = file.module().expr(list) else {
            return None;
        };
        let items = file.module().list(items).iter().map(|&item| self.value(file, item, steps / 2));
        let items: Option<Vec<Value>> = items.collect();
        items.map(|items| items.contains(value))
    }

    /// What an expression is when nothing is sent.
    fn value(&self, file: File<'_>, expr: ExprId, steps: u32) -> Option<Value> {
        let steps = steps.checked_sub(1)?;
        match file.module().expr(expr) {
            Expr::Name(name) => match file.index().lookup(file.index().scope_of_name(expr), name) {
                [only] => match only.kind {
                    BindingKind::Param(function, place) => {
                        let params = file.module().list(file.function(function).params);
                        self.default(file.id(), params.get(place as usize)?.default?)
                    }
                    BindingKind::Assign { value: Some(value), .. } => self.value(file, value, steps),
                    _ => None,
                },
                _ => None,
            },
            Expr::Attribute { value, name } => {
                let Entity::Instance { of: Type::Project(class), .. } = self.project.resolve(file.id(), value) else {
                    return None;
                };
                match self.project.schema(class)?.field(file.module().text(name))?.default {
                    Absent::None => Some(Value::None),
                    Absent::Value(at) => self.default(at.file, at.expr),
                    Absent::Refused | Absent::Made => None,
                }
            }
            Expr::Call { .. } => self.called(file, Call::of(file.module(), expr)?, steps),
            _ => literal(file, expr),
        }
    }

    /// The default of a parameter or field: itself, or what `Query(…)` or `Field(…)` is given first.
    fn default(&self, file: FileId, expr: ExprId) -> Option<Value> {
        let file = self.project.file(file)?;
        match Call::of(file.module(), expr) {
            Some(call) => literal(file, call.argument("default", 0)?),
            None => literal(file, expr),
        }
    }

    /// `request.args.get("scope", "public")`, and what only changes the form of a value.
    fn called(&self, file: File<'_>, call: Call<'_>, steps: u32) -> Option<Value> {
        match (call.name()?, call.receiver()) {
            ("get", Some(receiver)) if is_query_string(file.text_of(receiver)) => match call.argument("default", 1) {
                Some(default) => literal(file, default),
                None => Some(Value::None),
            },
            ("lower" | "strip" | "casefold", Some(receiver)) => self.value(file, receiver, steps),
            ("bool" | "str", None) => self.value(file, call.positional(0)?, steps),
            _ => None,
        }
    }
}

fn is_query_string(text: &str) -> bool {
    matches!(text.rsplit('.').next(), Some("args" | "query_params" | "values"))
}

fn literal(file: File<'_>, expr: ExprId) -> Option<Value> {
    match file.module().expr(expr) {
        Expr::None => Some(Value::None),
        Expr::True => Some(Value::Flag(true)),
        Expr::False => Some(Value::Flag(false)),
        Expr::Str(text) => Some(Value::Text(file.module().text(text).to_lowercase())),
        _ => None,
    }
}
