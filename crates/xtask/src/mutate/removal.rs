//! How a guard is taken away from where it is put in front of routes.

use backlint_model::{DenialKind, Entity, File, FunctionRef, Guard, Project, Route, Type};
use backlint_semantic::{Block, Call};
use backlint_source::{FileId, Span};
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Param, Stmt, StmtId};

use super::edits::Edit;

/// The edits that take a guard away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Removal {
    pub(super) file: FileId,
    pub(super) edits: Vec<Edit>,
    pub(super) what: What,
}

/// What is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Decorator,
    Parameter,
    Element,
    Attribute,
    Call,
    Wrapper,
    Base,
    Method,
    Check,
    Definition,
}

impl What {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Decorator => "decorator",
            Self::Parameter => "parameter",
            Self::Element => "element of a list",
            Self::Attribute => "attribute of a class",
            Self::Call => "attaching call",
            Self::Wrapper => "wrapper of a view",
            Self::Base => "base class",
            Self::Method => "method of a class",
            Self::Check => "check in the body",
            Self::Definition => "definition of a guard",
        }
    }
}

/// How `guard` is taken away from `route`; none when no single edit does it.
pub(super) fn removal(project: &Project, route: &Route, guard: &Guard) -> Option<Removal> {
    let file = project.file(guard.used.file)?;
    let site = Site { project, file, span: guard.used.span };
    let (what, edits) = match site.named_function() {
        Some(function) if route.handler.function() == Some(function) => (What::Check, site.checks(function)),
        Some(function) => site.method(route, function)?,
        None => site
            .decorator()
            .or_else(|| site.parameter())
            .or_else(|| site.attribute())
            .or_else(|| site.element_or_call())?,
    };
    (!edits.is_empty()).then(|| Removal { file: file.id(), edits, what })
}

/// How `guard` is made to let everybody through, wherever it is used; none when another guard in front of it does its
/// work as well, the project does not define it, or the handler guards itself.
pub(super) fn redefinition(project: &Project, route: &Route, guard: &Guard) -> Option<Removal> {
    let file = project.file(guard.at.file)?;
    let site = Site { project, file, span: guard.at.span };
    let is_apart = |function| route.handler.function() != Some(function) && !site.rests_on_another(function);
    let function = site.named_function().filter(|&function| is_apart(function))?;
    let edits = vec![site.let_through(function)?];
    Some(Removal { file: file.id(), edits, what: What::Definition })
}

/// The place where a guard is put to use.
#[derive(Clone, Copy)]
struct Site<'p> {
    project: &'p Project,
    file: File<'p>,
    span: Span,
}

type Found = Option<(What, Vec<Edit>)>;

impl Site<'_> {
    /// The function whose name stands here.
    fn named_function(self) -> Option<FunctionRef> {
        let is_here = |&id: &FunctionId| self.file.function(id).name_span == self.span;
        self.file.module().function_ids().find(is_here).map(|id| FunctionRef { file: self.file.id(), id })
    }

    /// The body of a guard without any check: a decorator returns what it decorates, a helper nothing.
    fn let_through(self, function: FunctionRef) -> Option<Edit> {
        let module = self.file.module();
        let body = module.body(function.id);
        let inner: Vec<FunctionId> = module
            .function_ids()
            .filter(|&id| self.file.index().outer_function(module, id) == Some(function.id))
            .collect();
        let params = module.list(module.function(function.id).params);
        let is_gate = |param: &Param| matches!(module.text(param.name), "call_next" | "receive" | "next");
        let instead = match (&inner[..], params) {
            _ if params.iter().any(is_gate) => return None,
            ([], _) => "return None".to_owned(),
            ([_], [decorated]) => format!("return {}", module.text(decorated.name)),
            _ => return None,
        };
        let (first, last) = (module.stmt_span(*body.first()?), module.stmt_span(*body.last()?));
        Some(Edit::new(first.cover(last), instead))
    }

    /// Whether a dependency of a guard, or of a function that it returns, turns callers away as well.
    fn rests_on_another(self, function: FunctionRef) -> bool {
        let module = self.file.module();
        let outer = module.stmt_span(self.file.function(function.id).stmt);
        let is_inside = |id: FunctionId| {
            let span = module.stmt_span(self.file.function(id).stmt);
            outer.start <= span.start && span.end <= outer.end
        };
        let mut parts = module.function_ids().filter(|&id| is_inside(id));
        parts.any(|id| self.project.dependency_denies(FunctionRef { file: self.file.id(), id }))
    }

    fn decorator(self) -> Found {
        let module = self.file.module();
        let of_functions = module.function_ids().map(|id| module.function(id).decorators);
        let of_classes = module.class_ids().map(|id| module.class(id).decorators);
        let mut all = of_functions.chain(of_classes).flat_map(|list| module.list(list));
        let decorator = all.find(|decorator| module.span(decorator.expr) == self.span)?;
        Some((What::Decorator, vec![Edit::new(decorator.span, "")]))
    }

    /// The parameter stays, as one that anybody may fill in.
    fn parameter(self) -> Found {
        let module = self.file.module();
        let mut all = module.function_ids().flat_map(|id| module.list(module.function(id).params));
        let param = all.find(|param| param.name_span.start == self.span.start)?;
        Some((What::Parameter, vec![Edit::new(Span::new(param.name_span.end, self.span.end), "")]))
    }

    /// `user = Depends(current_user)`, `user: CurrentUser` in the body of a class.
    fn attribute(self) -> Found {
        let module = self.file.module();
        let stmt = module.stmt_ids().find(|&stmt| module.stmt_span(stmt) == self.span)?;
        let target = match module.stmt(stmt) {
            Stmt::Assign { targets, .. } => *module.list(targets).first()?,
            Stmt::AnnAssign { target, .. } => target,
            _ => return None,
        };
        let rest = Span::new(module.span(target).end, self.span.end);
        Some((What::Attribute, vec![Edit::new(rest, " = None")]))
    }

    fn element_or_call(self) -> Found {
        let module = self.file.module();
        let here = module.expr_ids().find(|&expr| module.span(expr) == self.span)?;
        let index = self.file.index();
        for expr in std::iter::once(here).chain(index.ancestors(here)) {
            let Some(parent) = index.parent(expr) else { return self.attaching_call(expr) };
            if matches!(module.expr(parent), Expr::List(_) | Expr::Tuple(_)) {
                let edit = Edit::of_element(module.span(expr), self.file.source().text());
                return Some((What::Element, vec![edit]));
            }
            if let Some(call) = Call::of(module, parent).filter(|call| call.function == here) {
                let view = self.file.text_of(call.positional(0)?);
                return Some((What::Wrapper, vec![Edit::new(module.span(parent), view)]));
            }
        }
        None
    }

    /// `app.before_request(check)`, `app.add_middleware(Gate)`.
    fn attaching_call(self, expr: ExprId) -> Found {
        let stmt = self.file.index().stmt_of(expr)?;
        matches!(self.file.module().stmt(stmt), Stmt::Expr(_)).then(|| (What::Call, vec![self.emptied(stmt)]))
    }

    fn emptied(self, stmt: StmtId) -> Edit {
        Edit::new(self.file.module().stmt_span(stmt), "pass")
    }

    /// `if "user" in session: … else: <refusal>`: the test says yes.
    fn accepting(self, refusal: StmtId) -> Option<Edit> {
        let module = self.file.module();
        let parent = self.file.index().stmt_parent(refusal).filter(|parent| parent.block == Block::Else)?;
        let Stmt::If { clauses, .. } = module.stmt(parent.stmt) else { return None };
        let [only] = module.list(clauses) else { return None };
        Some(Edit::new(module.span(only.test), "True"))
    }

    /// A method that the framework asks: the base class that brings it is taken out, or else the method is renamed.
    fn method(self, route: &Route, function: FunctionRef) -> Found {
        let renamed = || Some((What::Method, vec![Edit::new(self.span, "unused")]));
        let class = route.handler.class?;
        let definer = self.file.index().class_of(self.file.module(), function.id)?;
        let file = self.project.file(class.file)?;
        let bases = file.module().list(file.class(class.id).bases);
        if class.file != self.file.id() || class.id == definer || bases.len() < 2 {
            return renamed();
        }
        let brings = |expr| match self.project.resolve(file.id(), expr) {
            Entity::Class(base) => {
                let is_definer =
                    |t: &Type| matches!(t, Type::Project(c) if c.file == self.file.id() && c.id == definer);
                self.project.lineage(base).iter().any(is_definer)
            }
            _ => false,
        };
        let Some(base) = bases.iter().find(|base| brings(base.value)) else { return renamed() };
        let edit = Edit::of_element(file.module().span(base.value), file.source().text());
        Some((What::Base, vec![edit]))
    }

    /// All places of a body where callers are turned away: a body is one guard.
    fn checks(self, function: FunctionRef) -> Vec<Edit> {
        let module = self.file.module();
        let denials = self.project.denials(function);
        let of_callers = denials.iter().filter(|denial| denial.kind == DenialKind::Caller);
        let edits = of_callers.filter_map(|denial| match module.stmt(denial.stmt) {
            _ if denial.is_own => Some(self.accepting(denial.stmt).unwrap_or_else(|| self.emptied(denial.stmt))),
            Stmt::Expr(_) => Some(self.emptied(denial.stmt)),
            Stmt::Assign { value, .. } => Some(Edit::new(module.span(value), "None")),
            Stmt::If { clauses, .. } => {
                let first = module.list(clauses).first()?;
                Some(Edit::new(module.span(first.test), "False"))
            }
            _ => None,
        });
        edits.collect()
    }
}
