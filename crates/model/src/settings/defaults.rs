//! What a condition comes to while nothing sets any setting.

use backlint_semantic::{BindingKind, Call, Constant, fold};
use backlint_source::FileId;
use backlint_syntax::ast::{BoolOp, CompareOp, Expr, ExprId, UnaryOp};

use super::Setting;
use crate::words::snake_case;
use crate::{File, Project};

/// How deep a condition may be nested.
const MAX_STEPS: u32 = 12;

/// What a condition comes to, and the settings that decide it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AtDefaults {
    /// Its truth, if the defaults of settings decide it.
    pub truth: Option<bool>,
    /// The settings that do.
    pub settings: Vec<Setting>,
}

impl Project {
    /// What a condition comes to while nothing sets any setting. Settings that tell development from production are
    /// unknown: every deployment sets them.
    pub fn truth_at_defaults(&self, file: FileId, test: ExprId) -> AtDefaults {
        self.file(file).and_then(|view| self.truth_within(view, test, MAX_STEPS)).unwrap_or_default()
    }

    fn truth_within(&self, view: File<'_>, test: ExprId, steps: u32) -> Option<AtDefaults> {
        let steps = steps.checked_sub(1)?;
        let module = view.module();
        match module.expr(test) {
            Expr::Unary { op: UnaryOp::Not, operand } => {
                let inner = self.truth_within(view, operand, steps)?;
                Some(AtDefaults { truth: Some(!inner.truth?), ..inner })
            }
            Expr::Bool { op, values } => self.joined(view, op, module.list(values), steps),
            Expr::Compare { left, rest } => {
                let [only] = module.list(rest) else { return None };
                self.compared(view, left, only.op, only.right, steps)
            }
            _ => {
                let (value, setting) = self.value(view, test, steps)?;
                Some(AtDefaults { truth: value.truth(), settings: vec![setting] })
            }
        }
    }

    /// One operand that decides is enough, else all have to be known.
    fn joined(&self, view: File<'_>, op: BoolOp, values: &[ExprId], steps: u32) -> Option<AtDefaults> {
        let decides = op == BoolOp::Or;
        let parts: Vec<Option<AtDefaults>> =
            values.iter().map(|&value| self.truth_within(view, value, steps)).collect();
        if let Some(decider) = parts.iter().flatten().find(|part| part.truth == Some(decides)) {
            return Some(decider.clone());
        }
        let all: Option<Vec<AtDefaults>> = parts.into_iter().collect();
        let all = all.filter(|all| all.iter().all(|part| part.truth.is_some()))?;
        Some(AtDefaults { truth: Some(!decides), settings: all.into_iter().flat_map(|part| part.settings).collect() })
    }

    fn compared(&self, view: File<'_>, left: ExprId, op: CompareOp, right: ExprId, steps: u32) -> Option<AtDefaults> {
        let (value, setting) = self.value(view, left, steps)?;
        let other = fold(view.module(), view.index(), right);
        if value == Constant::Unknown || other == Constant::Unknown {
            return None;
        }
        let truth = match (op, &other) {
            (CompareOp::Is | CompareOp::Eq, _) => value == other,
            (CompareOp::IsNot | CompareOp::NotEq, _) => value != other,
            (CompareOp::In, Constant::List(items)) => items.contains(&value),
            (CompareOp::NotIn, Constant::List(items)) => !items.contains(&value),
            _ => return None,
        };
        Some(AtDefaults { truth: Some(truth), settings: vec![setting] })
    }

    /// The value of an expression that reads a setting.
    fn value(&self, view: File<'_>, expr: ExprId, steps: u32) -> Option<(Constant, Setting)> {
        let steps = steps.checked_sub(1)?;
        let module = view.module();
        if let Some(call) = Call::of(module, expr) {
            let inner = match call.name() {
                Some("lower" | "strip") => call.receiver(),
                Some("bool") => call.positional(0),
                _ => None,
            };
            if let Some((value, setting)) = inner.and_then(|inner| self.value(view, inner, steps)) {
                return Some((converted(call.name(), value)?, setting));
            }
        }
        if let Some(setting) = self.setting(view.id(), expr).filter(|setting| !is_mode(&setting.name)) {
            return Some((setting.default.clone(), setting));
        }
        // A local name for a condition or a setting.
        let Expr::Name(name) = module.expr(expr) else { return None };
        let [only] = view.index().lookup(view.index().scope_of_name(expr), name) else { return None };
        let BindingKind::Assign { value: Some(value), .. } = only.kind else { return None };
        match module.expr(value) {
            Expr::Compare { .. } | Expr::Bool { .. } | Expr::Unary { .. } => {
                let found = self.truth_within(view, value, steps)?;
                Some((Constant::Bool(found.truth?), found.settings.into_iter().next()?))
            }
            _ => self.value(view, value, steps),
        }
    }
}

fn converted(conversion: Option<&str>, value: Constant) -> Option<Constant> {
    match (conversion, value) {
        (Some("lower"), Constant::Str(text)) => Some(Constant::Str(text.to_lowercase())),
        (Some("strip"), Constant::Str(text)) => Some(Constant::Str(text.trim().to_owned())),
        (Some("bool"), value) => value.truth().map(Constant::Bool),
        _ => None,
    }
}

/// Settings that say where the program runs.
fn is_mode(name: &str) -> bool {
    let snake = snake_case(name);
    ["env", "environment", "debug", "testing", "mode", "stage"].iter().any(|word| crate::words::has_word(&snake, word))
}
