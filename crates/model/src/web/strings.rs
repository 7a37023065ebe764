//! Strings that decide paths, wherever in the project they are written.

use backlint_semantic::{Call, env_lookup};
use backlint_source::FileId;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, Part};

use crate::Project;
use crate::resolve::Entity;

/// How many names a string may be behind.
const MAX_STEPS: u32 = 12;

impl Project {
    /// The string that `expr` is, with names and attributes followed across files and the defaults of environment
    /// look-ups taken.
    pub fn string(&self, file: FileId, expr: ExprId) -> Option<String> {
        self.string_within(file, expr, MAX_STEPS)
    }

    fn string_within(&self, file: FileId, expr: ExprId, steps: u32) -> Option<String> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(file)?;
        let module = view.module();
        match module.expr(expr) {
            Expr::Str(text) => Some(module.text(text).to_owned()),
            Expr::FString(parts) => module
                .list(parts)
                .iter()
                .map(|part| match *part {
                    Part::Text(text) => Some(module.text(text).to_owned()),
                    Part::Value { value, .. } => self.string_within(file, value, steps),
                })
                .collect(),
            Expr::Binary { left, op: BinaryOp::Add, right } => {
                Some(self.string_within(file, left, steps)? + &self.string_within(file, right, steps)?)
            }
            Expr::Name(_) | Expr::Attribute { .. } => match self.resolve(file, expr) {
                Entity::Literal(at) => self.string_within(at.file, at.expr, steps),
                _ => None,
            },
            Expr::Call { .. } => self.string_of_call(file, expr, steps),
            _ => None,
        }
    }

    /// `os.getenv("X", "/api")` is its default, `scoped("/api/x")` keeps the path inside.
    fn string_of_call(&self, file: FileId, expr: ExprId, steps: u32) -> Option<String> {
        let view = self.file(file)?;
        let module = view.module();
        if let Some(lookup) = env_lookup(module, view.index(), expr) {
            return self.string_within(file, lookup.default?, steps);
        }
        let call = Call::of(module, expr)?;
        // A pydantic or dataclass field.
        if matches!(call.name(), Some("Field" | "field")) {
            return self.string_within(file, call.argument("default", 0)?, steps);
        }
        let inner = self.string_within(file, call.positional(0)?, steps)?;
        inner.starts_with('/').then_some(inner)
    }

    /// The strings of a literal list, tuple or set.
    pub(crate) fn string_list(&self, file: FileId, expr: ExprId) -> Option<Vec<String>> {
        let view = self.file(file)?;
        let module = view.module();
        match module.expr(expr) {
            Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => {
                module.list(items).iter().map(|&item| self.string(file, item)).collect()
            }
            Expr::Name(_) | Expr::Attribute { .. } => match self.resolve(file, expr) {
                Entity::Literal(at) if (at.file, at.expr) != (file, expr) => self.literal_list(at.file, at.expr),
                _ => None,
            },
            _ => None,
        }
    }

    fn literal_list(&self, file: FileId, expr: ExprId) -> Option<Vec<String>> {
        let view = self.file(file)?;
        let module = view.module();
        match module.expr(expr) {
            Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => {
                module.list(items).iter().map(|&item| self.string(file, item)).collect()
            }
            _ => None,
        }
    }
}
