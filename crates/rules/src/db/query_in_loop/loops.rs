//! Loops whose length the data decides: over rows of a query, or over items that a client sends.

use backlint_model::{AttributeKind, EndKind, Entity, File, FunctionRef, Project, StepKind};
use backlint_semantic::{BindingKind, Call, Constant, descendants, fold, own_statements};
use backlint_source::Span;
use backlint_syntax::ast::{Body, Expr, ExprId, FunctionId, Stmt, StmtId, Symbol};

/// How many names and wrappers what a loop runs over may be behind.
const MAX_STEPS: u32 = 8;

/// Up to how many items a query each is no matter.
const FEW: i64 = 5;

/// A loop around a call.
pub(super) struct Loop {
    /// What it runs over.
    pub(super) iter: ExprId,
    target: ExprId,
    /// The part that runs for every turn.
    body: LoopBody,
    /// Whether it runs over rows of a query, and not over what a client sends.
    pub(super) is_of_rows: bool,
}

enum LoopBody {
    Block(Body),
    Comprehension(Span),
}

/// What a loop runs over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Items {
    Rows,
    Sent,
}

/// The innermost loop around an expression whose length the data decides.
pub(super) fn around(project: &Project, file: File<'_>, expr: ExprId) -> Option<Loop> {
    let candidates = comprehensions(file, expr).into_iter().chain(blocks(file, expr));
    for (target, iter, body) in candidates {
        let around = Loop { iter, target, body, is_of_rows: false };
        if around.ends_early(file) || around.locks(file) {
            return None;
        }
        if let Some(items) = items(project, file, iter, MAX_STEPS) {
            return Some(Loop { is_of_rows: items == Items::Rows, ..around });
        }
    }
    None
}

/// Comprehensions around an expression, innermost first. What the first loop runs over is worked out once.
fn comprehensions(file: File<'_>, expr: ExprId) -> Vec<(ExprId, ExprId, LoopBody)> {
    let module = file.module();
    let own = module.span(expr);
    let mut found = Vec::new();
    for outer in file.index().ancestors(expr) {
        let Expr::Comprehension(id) = module.expr(outer) else { continue };
        let generators = module.list(module.comprehension(id).generators);
        let Some(last) = generators.last() else { continue };
        let is_in_first = generators.first().is_some_and(|first| module.span(first.iter).contains(own));
        if !is_in_first {
            found.push((last.target, last.iter, LoopBody::Comprehension(module.span(outer))));
        }
    }
    found
}

/// `for` statements around an expression, innermost first.
fn blocks(file: File<'_>, expr: ExprId) -> Vec<(ExprId, ExprId, LoopBody)> {
    let (module, index) = (file.module(), file.index());
    let function = index.function_of(expr);
    let own = module.span(expr);
    let around = index.stmt_of(expr).into_iter().flat_map(|stmt| std::iter::once(stmt).chain(parents(file, stmt)));
    around
        .filter(|&stmt| index.function_of_stmt(stmt) == function)
        .filter_map(|stmt| match module.stmt(stmt) {
            Stmt::For { target, iter, body, .. } if !module.span(iter).contains(own) => {
                Some((target, iter, LoopBody::Block(body)))
            }
            _ => None,
        })
        .collect()
}

fn parents(file: File<'_>, stmt: StmtId) -> impl Iterator<Item = StmtId> + '_ {
    file.index().stmt_ancestors(stmt).map(|parent| parent.stmt)
}

impl Loop {
    /// What a turn is for: the name of the loop's variable.
    pub(super) fn turn(&self, file: File<'_>) -> String {
        format!("`{}`", file.text_of(self.target))
    }

    /// Whether what a call is given changes from turn to turn.
    pub(super) fn depends(&self, file: File<'_>, call: ExprId) -> bool {
        let module = file.module();
        let mut names = bound_names(file, self.target);
        if let LoopBody::Block(body) = self.body {
            for stmt in own_statements(module, module.list(body)) {
                if let Stmt::Assign { targets, .. } = module.stmt(stmt) {
                    names.extend(module.list(targets).iter().flat_map(|&target| bound_names(file, target)));
                }
            }
        }
        let mentioned = descendants(module, call).into_iter().filter_map(|expr| match module.expr(expr) {
            Expr::Name(name) => Some(name),
            _ => None,
        });
        mentioned.into_iter().any(|name| names.contains(&name))
    }

    /// Whether each turn gives a name its value.
    pub(super) fn binds(&self, file: File<'_>, name: Symbol) -> bool {
        bound_names(file, self.target).contains(&name)
    }

    /// The statements of a turn.
    pub(super) fn statements(&self, file: File<'_>) -> Vec<StmtId> {
        match self.body {
            LoopBody::Block(body) => own_statements(file.module(), file.module().list(body)),
            LoopBody::Comprehension(_) => Vec::new(),
        }
    }

    /// A search: it ends with what it finds.
    fn ends_early(&self, file: File<'_>) -> bool {
        let module = file.module();
        self.statements(file).into_iter().any(|stmt| matches!(module.stmt(stmt), Stmt::Break | Stmt::Return(_)))
    }

    /// Rows that are locked one by one have to be asked for one by one.
    fn locks(&self, file: File<'_>) -> bool {
        let module = file.module();
        let text = match self.body {
            LoopBody::Comprehension(span) => file.slice(span),
            LoopBody::Block(body) => {
                let spans = module.list(body).iter().map(|&stmt| module.stmt_span(stmt));
                spans.reduce(Span::cover).map_or("", |span| file.slice(span))
            }
        };
        ["with_for_update", "acquire", "begin_nested", "sleep("].iter().any(|word| text.contains(word))
    }
}

fn bound_names(file: File<'_>, target: ExprId) -> Vec<Symbol> {
    let module = file.module();
    let names = descendants(module, target).into_iter().filter_map(|expr| match module.expr(expr) {
        Expr::Name(name) => Some(name),
        _ => None,
    });
    names.collect()
}

/// What an expression that is iterated holds, if data decides how much that is.
fn items(project: &Project, file: File<'_>, expr: ExprId, steps: u32) -> Option<Items> {
    let steps = steps.checked_sub(1)?;
    let (module, index) = (file.module(), file.index());
    if is_result(project, file, expr) {
        return Some(Items::Rows);
    }
    match module.expr(expr) {
        Expr::Await(inner) => items(project, file, inner, steps),
        Expr::Call { .. } => called(project, file, Call::of(module, expr)?, steps),
        Expr::Attribute { value, name } => attribute(project, file, value, module.text(name)),
        Expr::Comprehension(id) => {
            let generators = module.list(module.comprehension(id).generators);
            items(project, file, generators.first()?.iter, steps)
        }
        Expr::Name(name) => match index.lookup(index.scope_of_name(expr), name) {
            [only] => match only.kind {
                BindingKind::Assign { value: Some(value), .. } => items(project, file, value, steps),
                BindingKind::Param(function, place) => parameter(file, function, place),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression is the list of rows that some query of this function gives.
fn is_result(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    let Some(id) = file.index().function_of(expr) else { return false };
    let span = file.module().span(expr);
    project.queries_in(FunctionRef { file: file.id(), id }).any(|query| {
        let is_it = |value: ExprId| value == expr || file.module().span(value) == span;
        query.ends_of(EndKind::All).any(|end| is_it(end.value)) && !has_small_limit(file, query)
    })
}

fn has_small_limit(file: File<'_>, query: &backlint_model::Query) -> bool {
    let module = file.module();
    query.steps_of(StepKind::Limit).any(|step| {
        let value = Call::of(module, step.call).and_then(|call| call.positional(0));
        value.is_some_and(|value| matches!(fold(module, file.index(), value), Constant::Int(n) if n <= FEW))
    })
}

fn called(project: &Project, file: File<'_>, call: Call<'_>, steps: u32) -> Option<Items> {
    match (call.name()?, call.receiver()) {
        ("list" | "sorted" | "set" | "tuple" | "enumerate" | "reversed" | "zip" | "tqdm", None) => {
            items(project, file, call.positional(0)?, steps)
        }
        ("items" | "values" | "keys", Some(receiver)) => items(project, file, receiver, steps),
        _ => {
            let function = project.resolve(file.id(), call.function).function()?;
            let returns_rows = project.queries_in(function).any(|query| {
                let target = project.file(function.file);
                let gives = |value: ExprId| target.is_some_and(|file| is_returned(file, value));
                query.ends_of(EndKind::All).any(|end| gives(end.value))
                    && target.is_some_and(|file| !has_small_limit(file, query))
            });
            returns_rows.then_some(Items::Rows)
        }
    }
}

/// Whether a value is returned as it is, at most by way of one name.
fn is_returned(file: File<'_>, value: ExprId) -> bool {
    let (module, index) = (file.module(), file.index());
    let Some(stmt) = index.stmt_of(value) else { return false };
    match module.stmt(stmt) {
        Stmt::Return(Some(_)) => true,
        Stmt::Assign { targets, .. } => {
            let target = module.list(targets).first().map(|&target| module.expr(target));
            let Some(function) = index.function_of(value) else { return false };
            let returned =
                own_statements(module, module.body(function)).into_iter().filter_map(|stmt| match module.stmt(stmt) {
                    Stmt::Return(value) => value,
                    _ => None,
                });
            returned.into_iter().any(|value| parts_returned(file, value).into_iter().any(|part| Some(part) == target))
        }
        _ => false,
    }
}

/// What a returned expression holds as it is: itself, the parts of a tuple, the inside of `list(…)`.
fn parts_returned(file: File<'_>, value: ExprId) -> Vec<Expr> {
    let module = file.module();
    match module.expr(value) {
        Expr::Tuple(items) => module.list(items).iter().map(|&item| module.expr(item)).collect(),
        Expr::Call { .. } => {
            let inner = Call::of(module, value).filter(|call| call.name() == Some("list"));
            inner.and_then(|call| call.positional(0)).map(|inner| module.expr(inner)).into_iter().collect()
        }
        own => vec![own],
    }
}

/// `order.lines` of a row, `payload.lines` of what a client sends.
fn attribute(project: &Project, file: File<'_>, owner: ExprId, name: &str) -> Option<Items> {
    if let Some(model) = project.row_model(file.id(), owner) {
        let attribute = model.attribute(name)?;
        return matches!(attribute.kind, AttributeKind::Relationship(_)).then_some(Items::Rows);
    }
    match project.resolve(file.id(), owner) {
        Entity::Instance { of, origin: None } => {
            project.derives_from(&of, &["pydantic.BaseModel", "pydantic.main.BaseModel"]).then_some(Items::Sent)
        }
        _ => None,
    }
}

/// A parameter that holds a list.
fn parameter(file: File<'_>, function: FunctionId, place: u32) -> Option<Items> {
    let param = file.module().list(file.function(function).params).get(place as usize)?;
    let text = file.text_of(param.annotation?);
    let is_list = ["list[", "List[", "Sequence[", "Iterable[", "set[", "Set["].iter().any(|form| text.contains(form));
    is_list.then_some(Items::Sent)
}
