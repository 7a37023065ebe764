//! Follows queries from their beginning through chains, names and executions to their ends.

use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use super::roots::{Root, RootKind, roots};
use super::{End, EndKind, Query, Step, StepKind};
use crate::resolve::{ExprRef, FunctionRef};
use crate::{File, Project};

/// How many expressions one query may pass through.
const MAX_PLACES: usize = 400;

/// The queries of a file.
pub(super) fn queries(project: &Project, file: File<'_>) -> Vec<Query> {
    let roots = roots(project, file);
    if roots.is_empty() {
        return Vec::new();
    }
    let names = Names::of(file);
    roots.into_iter().map(|root| Tracer::new(file, &names, root).query()).collect()
}

/// Where the names of a file are read.
struct Names {
    reads: FxHashMap<Symbol, Vec<ExprId>>,
}

impl Names {
    fn of(file: File<'_>) -> Self {
        let mut reads: FxHashMap<Symbol, Vec<ExprId>> = FxHashMap::default();
        for read in file.index().uses() {
            reads.entry(read.name).or_default().push(read.expr);
        }
        Self { reads }
    }
}

/// How far a query has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stage {
    /// It has to be executed.
    Statement,
    /// It can be executed, and runs by itself.
    Query,
    /// It was executed; rows wait to be fetched.
    Result,
}

struct Tracer<'t> {
    file: File<'t>,
    names: &'t Names,
    root: Root,
    query: Query,
    seen: FxHashSet<(ExprId, Stage)>,
    work: Vec<(ExprId, Stage)>,
}

impl<'t> Tracer<'t> {
    fn new(file: File<'t>, names: &'t Names, root: Root) -> Self {
        let function = file.index().function_of(root.expr).map(|id| FunctionRef::new(file.id(), id));
        let query = Query {
            function,
            at: ExprRef { file: file.id(), expr: root.expr },
            entity: root.entity,
            selects: root.selects,
            steps: Vec::new(),
            ends: Vec::new(),
        };
        Self { file, names, root, query, seen: FxHashSet::default(), work: Vec::new() }
    }

    fn query(mut self) -> Query {
        match self.root.kind {
            RootKind::Statement => self.visit(self.root.expr, Stage::Statement),
            RootKind::Query => self.visit(self.root.expr, Stage::Query),
            RootKind::Lookup => self.end(EndKind::One, self.root.expr),
        }
        while let Some((expr, stage)) = self.work.pop() {
            if self.seen.len() > MAX_PLACES {
                break;
            }
            self.follow(expr, stage);
        }
        let module = self.file.module();
        self.query.steps.sort_by_key(|step| module.span(step.call).end);
        self.query.ends.sort_by_key(|end| module.span(end.value).start);
        self.query
    }

    fn visit(&mut self, expr: ExprId, stage: Stage) {
        if self.seen.insert((expr, stage)) {
            self.work.push((expr, stage));
        }
    }

    fn end(&mut self, kind: EndKind, value: ExprId) {
        self.query.ends.push(End { kind, value: self.awaited(value) });
    }

    /// `await …` around an expression.
    fn awaited(&self, expr: ExprId) -> ExprId {
        match self.file.index().parent(expr) {
            Some(outer) if self.file.module().expr(outer) == Expr::Await(expr) => outer,
            _ => expr,
        }
    }

    /// What stands around an expression that is the query.
    fn follow(&mut self, expr: ExprId, stage: Stage) {
        let module = self.file.module();
        let Some(outer) = self.file.index().parent(expr) else { return self.follow_statement(expr, stage) };
        match module.expr(outer) {
            Expr::Await(_) | Expr::Conditional { .. } | Expr::Bool { .. } => self.visit(outer, stage),
            Expr::Named { target, value } if value == expr => {
                self.visit(outer, stage);
                self.bound(target, stage);
            }
            Expr::Attribute { value, .. } if value == expr => self.method(outer, stage),
            Expr::Subscript { value, index } if value == expr => match (stage, module.expr(index)) {
                (Stage::Query, Expr::Slice { .. }) => {
                    self.step(StepKind::Limit, outer);
                    self.end(EndKind::All, outer);
                }
                _ => self.end(EndKind::One, outer),
            },
            Expr::Call { function, .. } if function != expr => self.argument(expr, outer, stage),
            Expr::Comprehension(_) | Expr::Starred(_) if stage != Stage::Statement => self.end(EndKind::All, expr),
            _ => self.end(EndKind::Unknown, expr),
        }
    }

    fn follow_statement(&mut self, expr: ExprId, stage: Stage) {
        let module = self.file.module();
        let Some(stmt) = self.file.index().stmt_of(expr) else { return };
        match module.stmt(stmt) {
            Stmt::Assign { targets, value } if value == expr => {
                for &target in module.list(targets) {
                    self.bound(target, stage);
                }
            }
            Stmt::AnnAssign { target, value: Some(value), .. } if value == expr => self.bound(target, stage),
            Stmt::Return(_) => self.end(EndKind::Returned, expr),
            Stmt::For { iter, .. } if iter == expr && stage != Stage::Statement => self.end(EndKind::All, expr),
            Stmt::Expr(_) => {}
            _ => self.end(EndKind::Unknown, expr),
        }
    }

    /// `query.method` and what it is called with.
    fn method(&mut self, attribute: ExprId, stage: Stage) {
        let module = self.file.module();
        let outer = self.file.index().parent(attribute).and_then(|outer| Call::of(module, outer));
        let Some(call) = outer.filter(|call| call.function == attribute) else {
            return self.end(EndKind::Unknown, attribute);
        };
        let name = call.name().unwrap_or_default();
        let expr = call.expr;
        if stage == Stage::Result {
            return match fetched(name) {
                Some(kind) => self.end(kind, expr),
                None if KEEPS_RESULT.contains(&name) => self.visit(expr, stage),
                None => self.end(EndKind::Unknown, expr),
            };
        }
        if let Some(kind) = step(name) {
            self.step(kind, expr);
            return self.visit(expr, stage);
        }
        match name {
            "paginate" => self.end(EndKind::Page, expr),
            "delete" | "update" if stage == Stage::Query => self.end(EndKind::Write, expr),
            "count" if stage == Stage::Query => self.end(EndKind::Count, expr),
            "get" | "get_or_404" if stage == Stage::Query => self.end(EndKind::One, expr),
            _ if NESTS.contains(&name) => self.end(EndKind::Nested, expr),
            _ => match fetched(name).filter(|_| stage == Stage::Query) {
                Some(kind) => self.end(kind, expr),
                None => self.end(EndKind::Unknown, expr),
            },
        }
    }

    fn step(&mut self, kind: StepKind, call: ExprId) {
        let branch = self.branch(call);
        self.query.steps.push(Step { kind, call, branch });
    }

    /// The innermost `if` around an expression that is not around the beginning of the query.
    fn branch(&self, expr: ExprId) -> Option<StmtId> {
        let (module, index) = (self.file.module(), self.file.index());
        let begin = module.span(self.root.expr);
        let around = index.stmt_of(expr).into_iter().flat_map(|stmt| index.stmt_ancestors(stmt));
        let mut conditions = around
            .map(|parent| parent.stmt)
            .filter(|&stmt| matches!(module.stmt(stmt), Stmt::If { .. } | Stmt::Match { .. }));
        conditions.find(|&stmt| !module.stmt_span(stmt).contains(begin))
    }

    /// The query as an argument.
    fn argument(&mut self, expr: ExprId, outer: ExprId, stage: Stage) {
        let Some(call) = Call::of(self.file.module(), outer) else { return };
        let name = call.name().unwrap_or_default();
        match (name, stage) {
            ("execute" | "scalars" | "exec" | "stream" | "stream_scalars", Stage::Statement | Stage::Query) => {
                self.visit(outer, Stage::Result);
            }
            ("scalar" | "fetch_one" | "fetch_val", Stage::Statement | Stage::Query) => self.end(EndKind::One, outer),
            ("fetch_all", Stage::Statement | Stage::Query) => self.end(EndKind::All, outer),
            ("list" | "tuple" | "set" | "sorted" | "enumerate" | "iter" | "dict", Stage::Query | Stage::Result) => {
                self.end(EndKind::All, outer);
            }
            (name, _) if TAKES_PART.contains(&name) => self.end(EndKind::Nested, outer),
            (name, _) if name.contains("paginate") => self.end(EndKind::Page, outer),
            _ => self.end(EndKind::Passed { call: outer }, expr),
        }
    }

    /// A name that stands for the query from here on.
    fn bound(&mut self, target: ExprId, stage: Stage) {
        let (module, index) = (self.file.module(), self.file.index());
        let Expr::Name(name) = module.expr(target) else { return self.end(EndKind::Unknown, target) };
        let Some(stmt) = index.stmt_of(target) else { return };
        let function = index.function_of(target);
        let after = module.stmt_span(stmt).end;
        let scope = index.scope_of(target);
        // From where on the name stands for something else: bindings that do not build on it.
        let others = index.bindings_of(scope, name).iter().filter(|binding| binding.span.start >= after);
        let replaced: Vec<StmtId> =
            others.filter(|binding| !self.builds_on(binding.kind, name)).filter_map(|binding| binding.stmt).collect();
        let reads = self.names.reads.get(&name).map_or(&[][..], Vec::as_slice);
        for &read in reads {
            let start = module.span(read).start;
            if start < after || index.function_of(read) != function {
                continue;
            }
            let is_replaced =
                replaced.iter().any(|&other| module.stmt_span(other).end <= start && self.is_in_block_of(read, other));
            if !is_replaced {
                self.visit(read, stage);
            }
        }
    }

    /// `query = query.filter(…)`.
    fn builds_on(&self, kind: BindingKind, name: Symbol) -> bool {
        let module = self.file.module();
        let BindingKind::Assign { value: Some(value), .. } = kind else { return false };
        let mut current = value;
        while let Some(receiver) = Call::of(module, current).and_then(|call| call.receiver()) {
            current = receiver;
        }
        current != value && module.expr(current) == Expr::Name(name)
    }

    /// Whether an expression stands in the block of a statement, or in a block below it.
    fn is_in_block_of(&self, expr: ExprId, stmt: StmtId) -> bool {
        let index = self.file.index();
        let block = index.stmt_parent(stmt);
        block.is_none() || {
            let own = index.stmt_of(expr);
            let mut around = own.into_iter().flat_map(|stmt| index.stmt_ancestors(stmt));
            around.any(|parent| Some(parent) == block)
        }
    }
}

/// Methods of results after which they are still results.
const KEEPS_RESULT: &[&str] = &["columns", "mappings", "partitions", "scalars", "tuples", "unique", "yield_per"];

/// Methods that make a query a part of another.
const NESTS: &[&str] = &[
    "alias",
    "as_scalar",
    "correlate",
    "cte",
    "exists",
    "exists_",
    "label",
    "scalar_subquery",
    "subquery",
    "union",
    "union_all",
];

/// Calls that make a query which they are given a part of another.
const TAKES_PART: &[&str] = &[
    "aliased",
    "any_",
    "exists",
    "filter",
    "in_",
    "join",
    "not_in",
    "notin_",
    "outerjoin",
    "select",
    "select_from",
    "union",
    "union_all",
    "where",
    "with_only_columns",
];

/// What a method that fetches gives.
fn fetched(name: &str) -> Option<EndKind> {
    match name {
        "all" | "fetchall" => Some(EndKind::All),
        "first" | "one" | "one_or_none" | "scalar" | "scalar_one" | "scalar_one_or_none" | "first_or_404"
        | "one_or_404" | "fetchone" | "rowcount" => Some(EndKind::One),
        _ => None,
    }
}

fn step(name: &str) -> Option<StepKind> {
    Some(match name {
        "filter" | "filter_by" | "having" | "where" => StepKind::Filter,
        "order_by" => StepKind::Order,
        "limit" | "fetch" | "slice" => StepKind::Limit,
        "offset" => StepKind::Offset,
        "join" | "join_from" | "outerjoin" => StepKind::Join,
        "group_by" => StepKind::Group,
        "add_columns" | "distinct" | "execution_options" | "options" | "params" | "populate_existing"
        | "prefix_with" | "select_from" | "unique" | "with_for_update" | "with_only_columns" | "yield_per"
        | "enable_assertions" | "execution_option" => StepKind::Other,
        _ => return None,
    })
}
