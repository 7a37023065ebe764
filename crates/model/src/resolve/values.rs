//! Values: what calls make and functions return.

use backlint_semantic::{Call, own_statements};
use backlint_source::FileId;
use backlint_syntax::ast::{ArgKind, BoolOp, Expr, ExprId, Stmt};

use super::{Entity, ExprRef, FunctionRef, MAX_STEPS, Type};
use crate::Project;

impl Project {
    /// What `expr` of `file` is.
    pub fn resolve(&self, file: FileId, expr: ExprId) -> Entity {
        self.entity(file, expr, MAX_STEPS)
    }

    pub(crate) fn entity(&self, file: FileId, expr: ExprId, steps: u32) -> Entity {
        let Some(steps) = steps.checked_sub(1) else { return Entity::Unknown };
        let Some(view) = self.file(file) else { return Entity::Unknown };
        let module = view.module();
        match module.expr(expr) {
            Expr::Name(_) | Expr::Attribute { .. } => self.dotted_entity(file, expr, steps),
            Expr::Call { .. } => self.call_entity(file, expr, steps),
            Expr::Await(inner) => self.entity(file, inner, steps),
            Expr::Named { value, .. } => self.entity(file, value, steps),
            // `given or default`, `a if c else b`: the first that is known.
            Expr::Bool { op: BoolOp::Or, values } => self.first_known(file, module.list(values), steps),
            Expr::Conditional { body, orelse, .. } => self.first_known(file, &[body, orelse], steps),
            Expr::Unknown | Expr::Starred(_) | Expr::Yield(_) | Expr::YieldFrom(_) => Entity::Unknown,
            _ => Entity::Literal(ExprRef { file, expr }),
        }
    }

    fn first_known(&self, file: FileId, exprs: &[ExprId], steps: u32) -> Entity {
        let found = exprs.iter().map(|&expr| self.entity(file, expr, steps));
        found.into_iter().find(|e| e.is_known() && !matches!(e, Entity::Literal(_))).unwrap_or(Entity::Unknown)
    }

    /// What a call returns.
    fn call_entity(&self, file: FileId, expr: ExprId, steps: u32) -> Entity {
        let Some(view) = self.file(file) else { return Entity::Unknown };
        let Some(call) = Call::of(view.module(), expr) else { return Entity::Unknown };
        let made = ExprRef { file, expr };
        let origin = Some(made);
        match self.entity(file, call.function, steps) {
            Entity::Class(class) => Entity::Instance { of: Type::Project(class), origin },
            // What is applied in part still is what it is.
            Entity::External(path) if path == "functools.partial" => match call.positional(0) {
                Some(function) => self.entity(file, function, steps),
                None => Entity::Unknown,
            },
            Entity::External(path) => external_result(path, made),
            Entity::Result { of, .. } => match session_path(&of) {
                Some(class) => Entity::Instance { of: Type::External(class.to_owned()), origin },
                None => Entity::Unknown,
            },
            Entity::Instance { of: Type::External(path), origin: made } => self.made_session(&path, made, origin),
            Entity::Function(function) => match self.returned(function, steps) {
                Entity::Unknown => self.handed_back(file, call, function, steps),
                found => found,
            },
            Entity::Instance { of: Type::Project(class), .. } => match self.method(class, "__call__") {
                Some(call) => self.returned(call, steps),
                None => Entity::Unknown,
            },
            _ => Entity::Unknown,
        }
    }

    /// What calling a session maker gives: a session of the class that the maker was told.
    fn made_session(&self, maker: &str, made: Option<ExprRef>, origin: Option<ExprRef>) -> Entity {
        let Some(default) = session_of_maker(maker) else { return Entity::Unknown };
        let told = made.and_then(|made| {
            let call = Call::of(self.file(made.file)?.module(), made.expr)?;
            let class = call.keyword("class_")?.value;
            self.resolve(made.file, class).external().map(str::to_owned)
        });
        Entity::Instance { of: Type::External(told.unwrap_or_else(|| default.to_owned())), origin }
    }

    /// What a function returns: what its annotation says, else what its `return` statements agree on.
    pub(crate) fn returned(&self, function: FunctionRef, steps: u32) -> Entity {
        let Some(steps) = steps.checked_sub(1) else { return Entity::Unknown };
        let Some(view) = self.file(function.file) else { return Entity::Unknown };
        let module = view.module();
        let inferred = self.returned_value(function, steps);
        // An object with a known origin says more than its annotation.
        if inferred.origin().is_some() || matches!(inferred, Entity::Function(_)) {
            return inferred;
        }
        match view.function(function.id).returns {
            Some(returns) => {
                let declared = match yielded(module, returns) {
                    Some(inner) => self.annotated(function.file, inner, steps),
                    None => self.annotated(function.file, returns, steps),
                };
                if declared.is_known() { declared } else { inferred }
            }
            None => inferred,
        }
    }

    fn returned_value(&self, function: FunctionRef, steps: u32) -> Entity {
        let Some(view) = self.file(function.file) else { return Entity::Unknown };
        let module = view.module();
        let mut found = Entity::Unknown;
        for stmt in own_statements(module, module.body(function.id)) {
            let value = match module.stmt(stmt) {
                Stmt::Return(Some(value)) => value,
                Stmt::Expr(value) => match module.expr(value) {
                    Expr::Yield(Some(value)) => value,
                    _ => continue,
                },
                _ => continue,
            };
            let entity = self.entity(function.file, value, steps);
            if !matches!(entity, Entity::Unknown | Entity::Literal(_) | Entity::Param(..)) {
                found = entity;
            }
        }
        found
    }

    /// The argument that a function gives back as it is: `api = timed(Blueprint("api", __name__))`.
    fn handed_back(&self, file: FileId, call: Call<'_>, function: FunctionRef, steps: u32) -> Entity {
        let argument = || {
            let view = self.file(function.file)?;
            let module = view.module();
            let params = module.list(view.function(function.id).params);
            let scope = view.index().function_scope(function.id);
            let mut returned = own_statements(module, module.body(function.id)).into_iter().filter_map(|stmt| {
                match module.stmt(stmt) {
                    Stmt::Return(value) => value,
                    _ => None,
                }
            });
            let Expr::Name(name) = module.expr(returned.next()?) else { return None };
            let is_only = returned.all(|value| module.expr(value) == Expr::Name(name))
                && view.index().bindings_of(scope, name).len() == 1;
            let place = params.iter().position(|param| param.name == name).filter(|_| is_only)?;
            self.argument_for(file, call, function, place)
        };
        match argument() {
            Some(given) => self.entity(given.file, given.expr, steps),
            None => Entity::Unknown,
        }
    }

    /// What `with context as name` binds.
    pub(super) fn entered(&self, file: FileId, context: ExprId, steps: u32) -> Entity {
        match self.entity(file, context, steps) {
            Entity::Instance { of: Type::Project(class), origin } => {
                let enter = self.method(class, "__enter__").or_else(|| self.method(class, "__aenter__"));
                match enter.map(|enter| self.returned(enter, steps)) {
                    Some(found) if found.is_known() => found,
                    _ => Entity::Instance { of: Type::Project(class), origin },
                }
            }
            // Most context managers from outside hand themselves in.
            found => found,
        }
    }

    /// The argument that a call passes for the parameter at `place` of `function`.
    pub fn argument_for(&self, file: FileId, call: Call<'_>, function: FunctionRef, place: usize) -> Option<ExprRef> {
        let view = self.file(function.file)?;
        let module = view.module();
        let param = module.list(view.function(function.id).params).get(place)?;
        let name = module.text(param.name);
        if let Some(arg) = call.keyword(name) {
            return Some(ExprRef { file, expr: arg.value });
        }
        let is_method = view.index().class_of(module, function.id).is_some();
        let position = place.checked_sub(usize::from(is_method))?;
        let has_star = call.args.iter().any(|arg| arg.kind == ArgKind::Star);
        let expr = call.positional(position).filter(|_| !has_star)?;
        Some(ExprRef { file, expr })
    }
}

/// `Iterator[X]` and its kin: what a generator hands in.
fn yielded(module: &backlint_syntax::Module, returns: ExprId) -> Option<ExprId> {
    let Expr::Subscript { value, index } = module.expr(returns) else { return None };
    let name = match module.expr(value) {
        Expr::Name(name) | Expr::Attribute { name, .. } => module.text(name),
        _ => return None,
    };
    let is_generator =
        matches!(name, "Iterator" | "AsyncIterator" | "Generator" | "AsyncGenerator" | "Iterable" | "AsyncIterable");
    if !is_generator {
        return None;
    }
    match module.expr(index) {
        Expr::Tuple(items) => module.list(items).first().copied(),
        _ => Some(index),
    }
}

/// Functions and methods of libraries that make an object of another class.
const FACTORIES: &[(&str, &str)] = &[
    ("flask_restx.Api.namespace", "flask_restx.Namespace"),
    ("sqlalchemy.ext.asyncio.async_sessionmaker", ASYNC_MAKER),
    ("sqlalchemy.ext.asyncio.session.async_sessionmaker", ASYNC_MAKER),
    ("sqlalchemy.orm.session.sessionmaker", MAKER),
    ("sqlalchemy.orm.sessionmaker", MAKER),
    ("sqlalchemy.orm.sessionmaker.begin", "sqlalchemy.orm.Session"),
    ("sqlalchemy.ext.asyncio.async_sessionmaker.begin", "sqlalchemy.ext.asyncio.AsyncSession"),
    ("sqlmodel.orm.session.sessionmaker", MAKER),
];

const MAKER: &str = "sqlalchemy.orm.sessionmaker";
const ASYNC_MAKER: &str = "sqlalchemy.ext.asyncio.async_sessionmaker";

/// The class of the sessions that a maker of this class makes by default.
fn session_of_maker(maker: &str) -> Option<&'static str> {
    match maker {
        MAKER => Some("sqlalchemy.orm.Session"),
        ASYNC_MAKER => Some("sqlalchemy.ext.asyncio.AsyncSession"),
        _ => None,
    }
}

/// What calling something that hands out one session per thread or task gives: that session, still behind its front.
fn session_path(path: &str) -> Option<&'static str> {
    match path {
        "sqlalchemy.orm.scoped_session" => Some("sqlalchemy.orm.scoped_session"),
        "sqlalchemy.ext.asyncio.async_scoped_session" => Some("sqlalchemy.ext.asyncio.async_scoped_session"),
        _ => None,
    }
}

/// Classes are capitalised by convention; everything else from outside is a function.
fn external_result(path: String, origin: ExprRef) -> Entity {
    if let Some((_, class)) = FACTORIES.iter().find(|(factory, _)| *factory == path) {
        return Entity::Instance { of: Type::External((*class).to_owned()), origin: Some(origin) };
    }
    let last = path.rsplit('.').next().unwrap_or_default();
    let is_class = last.starts_with(|c: char| c.is_ascii_uppercase());
    if is_class {
        Entity::Instance { of: Type::External(path), origin: Some(origin) }
    } else {
        Entity::Result { of: path, origin }
    }
}
