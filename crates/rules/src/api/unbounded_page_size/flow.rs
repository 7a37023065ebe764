//! Where a number ends up: in the function that reads it, or in those it is handed to.

use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, CompareOp, Expr, ExprId, Symbol};

/// How many functions a number may be handed through.
const MAX_DEPTH: u32 = 3;

/// Calls that fetch as many rows as they are told.
const SINKS: &[&str] = &["limit", "fetchmany", "fetch", "paginate", "first_n", "head", "top_k"];

/// Follows numbers through functions.
#[derive(Clone, Copy)]
pub(super) struct Flow<'p> {
    project: &'p Project,
    depth: u32,
}

impl<'p> Flow<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        Self { project, depth: MAX_DEPTH }
    }

    /// Where the variable of a function decides how many rows are fetched, unless something bounds it before.
    pub(super) fn sink(self, function: FunctionRef, symbol: Symbol) -> Option<Location> {
        let file = self.project.file(function.file)?;
        let module = file.module();
        let statements = own_statements(module, module.body(function.id));
        let all: Vec<ExprId> = statements
            .iter()
            .flat_map(|&stmt| expressions_of(module, stmt))
            .flat_map(|expr| descendants(module, expr))
            .collect();
        if all.iter().any(|&expr| bounds(file, expr, symbol)) {
            return None;
        }
        let own = all
            .iter()
            .find(|&&expr| is_sink(file, expr, symbol))
            .map(|&expr| file.at(file.first_line(module.span(expr))));
        own.or_else(|| all.iter().find_map(|&expr| self.through(file, expr, symbol)))
    }

    /// Where a function that is called with the variable lets it decide.
    fn through(self, file: File<'_>, expr: ExprId, symbol: Symbol) -> Option<Location> {
        let depth = self.depth.checked_sub(1)?;
        let call = Call::of(file.module(), expr)?;
        let passed = call.args.iter().position(|arg| is_it(file, arg.value, symbol))?;
        let callee = self.project.resolve(file.id(), call.function).function()?;
        let target = self.project.file(callee.file)?;
        let module = target.module();
        let params = module.list(target.function(callee.id).params);
        let is_method = target.index().class_of(module, callee.id).is_some();
        let param = match call.args[passed].kind {
            ArgKind::Keyword(name) => {
                let name = file.module().text(name);
                params.iter().find(|param| module.text(param.name) == name)
            }
            ArgKind::Positional => params.get(passed + usize::from(is_method)),
            ArgKind::Star | ArgKind::DoubleStar => None,
        }?;
        Self { depth, ..self }.sink(callee, param.name)
    }
}

fn is_it(file: File<'_>, expr: ExprId, symbol: Symbol) -> bool {
    matches!(file.module().expr(expr), Expr::Name(name) if name == symbol)
}

/// `min(limit, 100)`, `limit > 100`, `clamp(limit)`, a test in a comparison of any kind but with zero or one.
fn bounds(file: File<'_>, expr: ExprId, symbol: Symbol) -> bool {
    let module = file.module();
    let holds = |expr: ExprId| descendants(module, expr).into_iter().any(|part| is_it(file, part, symbol));
    match module.expr(expr) {
        Expr::Call { .. } => Call::of(module, expr).is_some_and(|call| {
            matches!(call.name(), Some("min" | "clamp" | "clip" | "sorted" | "max" | "median"))
                && call.args.iter().any(|arg| holds(arg.value))
                && call.name() != Some("max")
        }),
        Expr::Compare { left, rest } => {
            let upper = |op: CompareOp, is_left: bool| match op {
                CompareOp::Gt | CompareOp::GtE => is_left,
                CompareOp::Lt | CompareOp::LtE => !is_left,
                CompareOp::In | CompareOp::NotIn => true,
                _ => false,
            };
            let small = |expr: ExprId| matches!(file.text_of(expr), "0" | "1");
            module.list(rest).iter().any(|next| {
                upper(next.op, true) && is_it(file, left, symbol) && !small(next.right)
                    || upper(next.op, false) && is_it(file, next.right, symbol) && !small(left)
                    // `1 <= limit <= 100` and `if limit <= 100`.
                    || matches!(next.op, CompareOp::Lt | CompareOp::LtE) && is_it(file, left, symbol) && !small(next.right)
                    || module.list(rest).len() > 1 && holds(expr)
            })
        }
        _ => false,
    }
}

fn is_sink(file: File<'_>, expr: ExprId, symbol: Symbol) -> bool {
    let module = file.module();
    match module.expr(expr) {
        Expr::Call { .. } => Call::of(module, expr).is_some_and(|call| {
            let is_page = |name: &str| matches!(name, "limit" | "per_page" | "size" | "page_size");
            let takes = call.args.iter().any(|arg| {
                let fits = match arg.kind {
                    ArgKind::Positional => true,
                    ArgKind::Keyword(name) => is_page(module.text(name)),
                    ArgKind::Star | ArgKind::DoubleStar => false,
                };
                fits && is_it(file, arg.value, symbol)
            });
            let has_maximum = call.keyword("max_per_page").is_some();
            call.receiver().is_some() && call.name().is_some_and(|name| SINKS.contains(&name)) && takes && !has_maximum
        }),
        _ => false,
    }
}
