//! The conditions of a query, taken apart.

use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{ArgKind, BinaryOp, CompareOp, Expr, ExprId, UnaryOp};

use super::roots::class;
use super::{Query, StepKind};
use crate::resolve::ClassRef;
use crate::{File, Project};

/// How many operators and lists a condition may be below.
const MAX_STEPS: u32 = 12;

/// One comparison among the conditions of a query.
#[derive(Clone, Copy, Debug)]
pub struct Criterion<'p> {
    /// The class of the column; none if it is that of the query.
    pub class: Option<ClassRef>,
    /// The attribute.
    pub attribute: &'p str,
    /// How it is compared.
    pub comparator: Comparator,
    /// With what; none for a column that is a condition by itself.
    pub value: Option<ExprId>,
    /// The comparison.
    pub at: ExprId,
}

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    /// `==`, `is_`.
    Equal,
    /// `in_`.
    In,
    /// `like`, `ilike`, `contains`, `startswith`.
    Like,
    /// `<`, `>`, `!=`, `between` and the like.
    Other,
}

impl Project {
    /// The comparisons among the conditions of a query, those below `and_`, `or_` and `~` included.
    pub fn criteria<'p>(&'p self, query: &Query) -> Vec<Criterion<'p>> {
        let Some(file) = self.file(query.at.file) else { return Vec::new() };
        let mut reader = Reader { project: self, file, found: Vec::new() };
        for step in query.steps_of(StepKind::Filter) {
            let Some(call) = Call::of(file.module(), step.call) else { continue };
            for argument in call.args {
                match argument.kind {
                    ArgKind::Keyword(name) => reader.found.push(Criterion {
                        class: None,
                        attribute: file.module().text(name),
                        comparator: Comparator::Equal,
                        value: Some(argument.value),
                        at: argument.value,
                    }),
                    ArgKind::Positional | ArgKind::Star => reader.read(argument.value, MAX_STEPS),
                    ArgKind::DoubleStar => {}
                }
            }
        }
        reader.found
    }
}

struct Reader<'p> {
    project: &'p Project,
    file: File<'p>,
    found: Vec<Criterion<'p>>,
}

impl Reader<'_> {
    fn read(&mut self, expr: ExprId, steps: u32) {
        let Some(steps) = steps.checked_sub(1) else { return };
        let module = self.file.module();
        match module.expr(expr) {
            Expr::Compare { left, rest } => {
                let [only] = module.list(rest) else { return };
                let comparator = match only.op {
                    CompareOp::Eq | CompareOp::Is => Comparator::Equal,
                    CompareOp::In => Comparator::In,
                    _ => Comparator::Other,
                };
                if !self.push(expr, left, comparator, Some(only.right)) {
                    self.push(expr, only.right, comparator, Some(left));
                }
            }
            Expr::Binary { left, op: BinaryOp::BitAnd | BinaryOp::BitOr, right } => {
                self.read(left, steps);
                self.read(right, steps);
            }
            Expr::Unary { op: UnaryOp::Invert | UnaryOp::Not, operand } => self.read(operand, steps),
            Expr::List(items) | Expr::Tuple(items) => {
                module.list(items).iter().for_each(|&item| self.read(item, steps));
            }
            Expr::Conditional { body, orelse, .. } => {
                self.read(body, steps);
                self.read(orelse, steps);
            }
            Expr::Call { .. } => self.called(expr, steps),
            Expr::Attribute { .. } => {
                self.push(expr, expr, Comparator::Equal, None);
            }
            Expr::Name(_) => self.listed(expr, steps),
            _ => {}
        }
    }

    fn called(&mut self, expr: ExprId, steps: u32) {
        let Some(call) = Call::of(self.file.module(), expr) else { return };
        let first = call.positional(0);
        let comparator = match call.name().unwrap_or_default() {
            "and_" | "or_" | "not_" | "all_" => {
                call.args.iter().for_each(|arg| self.read(arg.value, steps));
                return;
            }
            "is_" | "is_not_distinct_from" => Comparator::Equal,
            "in_" => Comparator::In,
            "like" | "ilike" | "contains" | "icontains" | "startswith" | "endswith" => Comparator::Like,
            _ => Comparator::Other,
        };
        if let Some(receiver) = call.receiver() {
            self.push(expr, receiver, comparator, first);
        }
    }

    /// A list of conditions in a name: what it starts with and what is appended.
    fn listed(&mut self, expr: ExprId, steps: u32) {
        let (module, index) = (self.file.module(), self.file.index());
        let Expr::Name(name) = module.expr(expr) else { return };
        for binding in index.lookup(index.scope_of_name(expr), name) {
            if let BindingKind::Assign { value: Some(value), .. } = binding.kind {
                self.read(value, steps / 2);
            }
        }
        let function = index.function_of(expr);
        let appended = self.file.calls_named(&["append", "extend"]).filter(|call| {
            call.receiver().is_some_and(|receiver| module.expr(receiver) == Expr::Name(name))
                && index.function_of(call.expr) == function
        });
        let values: Vec<ExprId> = appended.filter_map(|call| call.positional(0)).collect();
        for value in values {
            self.read(value, steps / 2);
        }
    }

    /// Adds a comparison if `column` is an attribute of a mapped class.
    fn push(&mut self, at: ExprId, column: ExprId, comparator: Comparator, value: Option<ExprId>) -> bool {
        let module = self.file.module();
        let column = match module.expr(column) {
            // `func.lower(User.email)`.
            Expr::Call { .. } => Call::of(module, column).and_then(|call| call.positional(0)).unwrap_or(column),
            _ => column,
        };
        let Expr::Attribute { value: owner, name } = module.expr(column) else { return false };
        let Some(class) = class(self.project, self.file, owner) else { return false };
        self.found.push(Criterion { class: Some(class), attribute: module.text(name), comparator, value, at });
        true
    }
}
