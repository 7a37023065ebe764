//! Whether what an expression gives ends up in what its function returns.

use backlint_model::File;
use backlint_semantic::{Call, expressions_of, own_statements};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Part, Stmt, Symbol};
use rustc_hash::FxHashSet;

/// Calls that make one value of many: what they are given does not come back.
const REDUCING: &[&str] = &["all", "any", "bool", "len", "max", "min", "next", "print", "sum"];

/// Methods that put what they are given into their object.
const COLLECTING: &[&str] = &["add", "append", "extend", "insert", "setdefault", "update"];

/// Whether the value of an expression, or something built from all of it, is returned by the function around it.
pub(crate) fn is_returned(file: File<'_>, function: FunctionId, expr: ExprId) -> bool {
    let mut flow = Flow { file, source: expr, names: FxHashSet::default() };
    let module = file.module();
    own_statements(module, module.body(function)).into_iter().any(|stmt| flow.step(stmt))
}

struct Flow<'p> {
    file: File<'p>,
    source: ExprId,
    /// The names that hold it, or something built from it.
    names: FxHashSet<Symbol>,
}

impl Flow<'_> {
    /// Follows one statement; true if it returns the value.
    fn step(&mut self, stmt: backlint_syntax::ast::StmtId) -> bool {
        let module = self.file.module();
        match module.stmt(stmt) {
            Stmt::Return(Some(value)) => return self.holds(value),
            Stmt::Assign { targets, value } if self.holds(value) => {
                module.list(targets).iter().for_each(|&target| self.bind(target));
            }
            Stmt::AnnAssign { target, value: Some(value), .. } | Stmt::AugAssign { target, value, .. }
                if self.holds(value) =>
            {
                self.bind(target);
            }
            Stmt::For { target, iter, .. } if self.holds(iter) => self.bind(target),
            Stmt::Expr(_) => {
                let calls = expressions_of(module, stmt).into_iter().filter_map(|expr| Call::of(module, expr));
                for call in calls.filter(|call| call.name().is_some_and(|name| COLLECTING.contains(&name))) {
                    if let Some(receiver) =
                        call.receiver().filter(|_| call.args.iter().any(|arg| self.holds(arg.value)))
                    {
                        self.bind(receiver);
                    }
                }
            }
            _ => {}
        }
        false
    }

    fn bind(&mut self, target: ExprId) {
        let module = self.file.module();
        match module.expr(target) {
            Expr::Name(name) => {
                self.names.insert(name);
            }
            Expr::Tuple(items) | Expr::List(items) => module.list(items).iter().for_each(|&item| self.bind(item)),
            Expr::Subscript { value, .. } | Expr::Attribute { value, .. } | Expr::Starred(value) => self.bind(value),
            _ => {}
        }
    }

    /// Whether an expression holds the value: itself, in a display, as an argument, or turn by turn.
    fn holds(&self, expr: ExprId) -> bool {
        let module = self.file.module();
        let mut work = vec![expr];
        while let Some(expr) = work.pop() {
            if expr == self.source {
                return true;
            }
            match module.expr(expr) {
                Expr::Name(name) if self.names.contains(&name) => return true,
                Expr::Await(inner) | Expr::Starred(inner) => work.push(inner),
                Expr::Attribute { value, .. } => work.push(value),
                Expr::Subscript { value, index } if matches!(module.expr(index), Expr::Slice { .. } | Expr::Str(_)) => {
                    work.push(value);
                }
                Expr::Call { function, .. } => {
                    let Some(call) = Call::of(module, expr) else { continue };
                    if call.name().is_some_and(|name| REDUCING.contains(&name)) {
                        continue;
                    }
                    work.push(function);
                    work.extend(call.args.iter().map(|arg| arg.value));
                }
                Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) => work.extend(module.list(items)),
                Expr::Bool { values, .. } => work.extend(module.list(values)),
                Expr::Dict(items) => work.extend(module.list(items).iter().map(|item| item.value)),
                Expr::Conditional { body, orelse, .. } => work.extend([body, orelse]),
                Expr::Binary { left, right, .. } => work.extend([left, right]),
                Expr::Comprehension(id) => {
                    let comprehension = module.comprehension(id);
                    work.extend(module.list(comprehension.generators).iter().map(|generator| generator.iter));
                }
                Expr::FString(parts) => work.extend(module.list(parts).iter().filter_map(|part| match *part {
                    Part::Value { value, .. } => Some(value),
                    Part::Text(_) => None,
                })),
                _ => {}
            }
        }
        false
    }
}
