//! Where handlers read a page size from the request.

use backlint_model::{Bounds, File, FunctionRef, Project, Route};
use backlint_semantic::{Call, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Param, Stmt, Symbol};

const NAMES: &[&str] = &[
    "limit",
    "page_size",
    "pagesize",
    "per_page",
    "perpage",
    "size",
    "count",
    "top",
    "n",
    "max_results",
    "num_results",
];

/// A page size that the client gives.
pub(super) struct Source<'p> {
    pub(super) name: &'p str,
    /// The variable of the handler that holds it.
    pub(super) symbol: Symbol,
    pub(super) at: Location,
}

/// The page sizes without an upper bound that a handler reads.
pub(super) fn sources<'p>(project: &Project, route: &Route, file: File<'p>, handler: FunctionRef) -> Vec<Source<'p>> {
    if route.is_typed() { parameters(project, route, file, handler) } else { assigned(file, handler) }
}

fn parameters<'p>(project: &Project, route: &Route, file: File<'p>, handler: FunctionRef) -> Vec<Source<'p>> {
    let module = file.module();
    let params = module.list(file.function(handler.id).params).iter().enumerate();
    params
        .filter(|(place, param)| is_unbounded_number(file, param) && !project.is_dependency(handler, *place))
        .map(|(_, param)| (param, module.text(param.name)))
        .filter(|(_, name)| NAMES.contains(name) && !route.path.contains(&format!("{{{name}")))
        .map(|(param, name)| Source { name, symbol: param.name, at: file.at(param.name_span) })
        .collect()
}

/// `limit: int`, `limit: int = Query(50, ge=1)`; not `Query(50, le=100)`.
fn is_unbounded_number(file: File<'_>, param: &Param) -> bool {
    let Some(annotation) = param.annotation else { return false };
    let text = file.text_of(annotation);
    let is_number = matches!(text, "int" | "int | None" | "Optional[int]" | "None | int")
        || text.starts_with("Annotated[int") && text.ends_with(']');
    if !is_number {
        return false;
    }
    let module = file.module();
    let mut bounds = Bounds::default();
    let in_annotation = match module.expr(annotation) {
        Expr::Subscript { index, .. } => match module.expr(index) {
            Expr::Tuple(items) => module.list(items).to_vec(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let mut parts: Vec<ExprId> = in_annotation.into_iter().skip(1).collect();
    // What is written elsewhere may hold a bound.
    if parts.iter().any(|&part| Call::of(module, part).is_none()) {
        return false;
    }
    parts.extend(param.default);
    for call in parts.iter().filter_map(|&part| Call::of(module, part)) {
        if !matches!(call.name(), Some("Query" | "Field" | "Path" | "Param")) || call.has_unpacking() {
            return false;
        }
        bounds.add(module, call);
    }
    !bounds.highest
}

/// `limit = request.args.get("limit", 50, type=int)`, `size = int(request.args.get("size"))`.
fn assigned(file: File<'_>, handler: FunctionRef) -> Vec<Source<'_>> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in own_statements(module, module.body(handler.id)) {
        let Stmt::Assign { targets, value } = module.stmt(stmt) else { continue };
        let &[target] = module.list(targets) else { continue };
        let Expr::Name(symbol) = module.expr(target) else { continue };
        if let Some(name) = argument_name(file, value).filter(|name| NAMES.contains(name)) {
            found.push(Source { name, symbol, at: file.at_stmt(stmt) });
        }
    }
    found
}

/// The name of the query argument that an expression reads as a number.
fn argument_name(file: File<'_>, value: ExprId) -> Option<&str> {
    let module = file.module();
    let outer = Call::of(module, value)?;
    let is_number = |call: Call<'_>| call.keyword("type").is_some_and(|arg| file.text_of(arg.value) == "int");
    let (call, is_converted) = match outer.name()? {
        "int" => (Call::of(module, outer.positional(0)?)?, true),
        _ => (outer, is_number(outer)),
    };
    let receiver = call.receiver().map(|receiver| file.text_of(receiver))?;
    let reads =
        call.name() == Some("get") && matches!(receiver, "request.args" | "request.values" | "flask.request.args");
    let key = call.positional(0).filter(|_| reads && is_converted)?;
    match module.expr(key) {
        Expr::Str(text) => Some(module.text(text)),
        _ => None,
    }
}
