//! Where a project makes signed tokens of its own and reads them again.

use std::collections::BTreeSet;

use backlint_model::{File, FunctionRef, Project};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt, StmtId, Symbol};

use crate::expressions::{literal, path_ends_with};
use crate::returned::is_returned;

/// How many functions may hand the claims of a token on.
const MAX_HANDS: usize = 3;

/// What signs claims, by the ends of dotted paths.
const ENCODES: &[&str] = &["jwt.encode", "PyJWT.encode", "JsonWebToken.encode"];

/// What verifies a token and gives its claims.
const DECODES: &[&str] = &["jwt.decode", "PyJWT.decode", "JsonWebToken.decode"];

/// A call in a function of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TokenCall {
    /// The innermost function around it.
    pub(crate) function: FunctionRef,
    /// The call.
    pub(crate) call: ExprId,
}

/// The signed tokens of a project.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// Calls that sign claims.
    pub(crate) encodes: Vec<TokenCall>,
    /// Calls after which a function holds the claims of a token: those that verify it, and those of functions that
    /// hand its claims back.
    pub(crate) reads: Vec<TokenCall>,
    minting: BTreeSet<FunctionRef>,
}

impl Tokens {
    /// Reads the applications of a project.
    pub(crate) fn of(project: &Project) -> Self {
        let mut found = Self::default();
        let mut level = Vec::new();
        for file in project.app_files() {
            found.encodes.extend(calls_of(file, &["encode"], ENCODES));
            level.extend(calls_of(file, &["decode"], DECODES));
        }
        found.minting = found.encodes.iter().map(|encode| encode.function).collect();
        for _ in 0..=MAX_HANDS {
            let handing = level.iter().filter(|read| hands_back(project, read)).map(|read| read.function);
            let handing: BTreeSet<FunctionRef> = handing.collect();
            found.reads.append(&mut level);
            let callers = handing.iter().flat_map(|&function| project.callers(function));
            level.extend(callers.map(|caller| TokenCall { function: caller.function, call: caller.call }));
            level.retain(|read| !found.reads.contains(read));
        }
        found.reads.sort_unstable();
        found.reads.dedup();
        found
    }

    /// Whether a function signs claims itself.
    pub(crate) fn mints(&self, function: FunctionRef) -> bool {
        self.minting.contains(&function)
    }
}

/// The calls of a method of the libraries for signed tokens.
fn calls_of(file: File<'_>, method: &'static [&'static str], paths: &[&str]) -> Vec<TokenCall> {
    let is_jwt = |call: &Call<'_>| {
        let path = file.path_of(call.function);
        path.is_some_and(|path| paths.iter().any(|end| path_ends_with(&path, end)))
    };
    let calls = file.calls_named(method).filter(is_jwt);
    calls
        .filter_map(|call| {
            let id = file.index().function_of(call.expr)?;
            Some(TokenCall { function: FunctionRef { file: file.id(), id }, call: call.expr })
        })
        .collect()
}

fn hands_back(project: &Project, read: &TokenCall) -> bool {
    project.file(read.function.file).is_some_and(|file| is_returned(file, read.function.id, read.call))
}

/// What a function knows of a token after it read it.
pub(crate) struct Claims<'p> {
    file: File<'p>,
    source: ExprId,
    names: Vec<Symbol>,
}

impl<'p> Claims<'p> {
    /// The claims that a call gives, under all names that its function puts them in.
    pub(crate) fn of(file: File<'p>, read: &TokenCall) -> Self {
        let module = file.module();
        let mut claims = Self { file, source: read.call, names: Vec::new() };
        for stmt in own_statements(module, module.body(read.function.id)) {
            let (targets, value) = match module.stmt(stmt) {
                Stmt::Assign { targets, value } => (module.list(targets).to_vec(), value),
                Stmt::AnnAssign { target, value: Some(value), .. } => (vec![target], value),
                _ => continue,
            };
            if claims.is_whole(value) {
                claims.names.extend(targets.iter().filter_map(|&target| match module.expr(target) {
                    Expr::Name(name) => Some(name),
                    _ => None,
                }));
            }
        }
        claims
    }

    /// Whether an expression is the claims as a whole, perhaps in the form of an object.
    fn is_whole(&self, expr: ExprId) -> bool {
        let module = self.file.module();
        match module.expr(expr) {
            _ if expr == self.source => true,
            Expr::Name(name) => self.names.contains(&name),
            Expr::Await(inner) => self.is_whole(inner),
            Expr::Call { .. } => Call::of(module, expr).is_some_and(|call| {
                call.args.iter().any(|arg| arg.kind == ArgKind::DoubleStar && self.is_whole(arg.value))
            }),
            _ => false,
        }
    }

    /// The claim that an expression reads: `claims["jti"]`, `claims.get("jti")`, `claims.jti`.
    pub(crate) fn read(&self, expr: ExprId) -> Option<&'p str> {
        let module = self.file.module();
        match module.expr(expr) {
            Expr::Subscript { value, index } if self.is_whole(value) => literal(self.file, index),
            Expr::Attribute { value, name } if self.is_whole(value) => Some(module.text(name)),
            Expr::Call { .. } => {
                let call = Call::of(module, expr)?;
                let is_get = matches!(call.name(), Some("get" | "pop")) && self.is_whole(call.receiver()?);
                is_get.then(|| literal(self.file, call.positional(0)?)).flatten()
            }
            _ => None,
        }
    }
}

/// The test of a function that compares this claim with something else than a literal, or asks a function about it.
pub(crate) fn test_of_claim(file: File<'_>, read: &TokenCall, claim: &str) -> Option<ExprId> {
    let claims = Claims::of(file, read);
    let mut followed =
        Followed { file, is_source: &|expr| claims.read(expr) == Some(claim), known: Vec::new(), asked: Vec::new() };
    let module = file.module();
    own_statements(module, module.body(read.function.id)).into_iter().find_map(|stmt| followed.step(stmt))
}

/// The names that hold a claim, and those that hold what was asked about it.
struct Followed<'a> {
    file: File<'a>,
    is_source: &'a dyn Fn(ExprId) -> bool,
    known: Vec<Symbol>,
    asked: Vec<Symbol>,
}

impl Followed<'_> {
    /// Follows one statement; its test, if it looks at the claim.
    fn step(&mut self, stmt: StmtId) -> Option<ExprId> {
        let module = self.file.module();
        match module.stmt(stmt) {
            Stmt::Assign { targets, value } => self.bind(module.list(targets), value),
            Stmt::AnnAssign { target, value: Some(value), .. } => self.bind(&[target], value),
            Stmt::If { clauses, .. } => {
                return module.list(clauses).iter().map(|clause| clause.test).find(|&test| self.looks_at(test));
            }
            _ => {}
        }
        None
    }

    fn bind(&mut self, targets: &[ExprId], value: ExprId) {
        let module = self.file.module();
        let names = targets.iter().filter_map(|&target| match module.expr(target) {
            Expr::Name(name) => Some(name),
            _ => None,
        });
        let names: Vec<Symbol> = names.collect();
        if self.holds(value) {
            self.known.extend(&names);
        }
        if self.asks(value) {
            self.asked.extend(names);
        }
    }

    /// Whether the claim is part of an expression.
    fn holds(&self, expr: ExprId) -> bool {
        let module = self.file.module();
        descendants(module, expr).into_iter().any(|part| {
            (self.is_source)(part) || matches!(module.expr(part), Expr::Name(name) if self.known.contains(&name))
        })
    }

    /// Whether a function is asked about the claim.
    fn asks(&self, expr: ExprId) -> bool {
        let module = self.file.module();
        let mut calls = descendants(module, expr).into_iter().filter_map(|part| Call::of(module, part));
        calls.any(|call| {
            let is_plain = matches!(
                call.name(),
                Some("int" | "isinstance" | "str" | "float" | "fromtimestamp" | "utcfromtimestamp" | "UUID")
            );
            !is_plain && !(self.is_source)(call.expr) && call.args.iter().any(|arg| self.holds(arg.value))
        })
    }

    fn looks_at(&self, test: ExprId) -> bool {
        let module = self.file.module();
        let is_asked = |part: ExprId| matches!(module.expr(part), Expr::Name(name) if self.asked.contains(&name));
        self.asks(test) || descendants(module, test).into_iter().any(|part| is_asked(part) || self.compares(part))
    }

    /// Whether a comparison has the claim on one side and something that is not fixed on the other.
    fn compares(&self, part: ExprId) -> bool {
        let module = self.file.module();
        let Expr::Compare { left, rest } = module.expr(part) else { return false };
        let sides: Vec<ExprId> = std::iter::once(left).chain(module.list(rest).iter().map(|part| part.right)).collect();
        let is_fixed = |side: ExprId| {
            matches!(
                module.expr(side),
                Expr::None
                    | Expr::Str(_)
                    | Expr::Int(_)
                    | Expr::True
                    | Expr::False
                    | Expr::Tuple(_)
                    | Expr::List(_)
                    | Expr::Set(_)
            )
        };
        sides.iter().any(|&side| self.holds(side)) && sides.iter().any(|&side| !self.holds(side) && !is_fixed(side))
    }
}

/// The names of the claims that a call signs, as far as they are written down in its function.
pub(crate) fn signed_claims<'p>(file: File<'p>, encode: &TokenCall) -> BTreeSet<&'p str> {
    let module = file.module();
    let payload = Call::of(module, encode.call)
        .and_then(|call| call.argument("payload", 0).or_else(|| call.keyword("claims").map(|arg| arg.value)));
    let Some(payload) = payload else { return BTreeSet::new() };
    let mut displays = vec![payload];
    let mut found = BTreeSet::new();
    if let Expr::Name(name) = module.expr(payload) {
        for stmt in own_statements(module, module.body(encode.function.id)) {
            add_parts(file, name, stmt, &mut displays, &mut found);
        }
    }
    for display in displays {
        let Expr::Dict(items) = module.expr(display) else { continue };
        found.extend(module.list(items).iter().filter_map(|item| literal(file, item.key?)));
    }
    found
}

/// What a statement puts into a dict: displays, and keys that are set one by one.
fn add_parts<'p>(file: File<'p>, dict: Symbol, stmt: StmtId, displays: &mut Vec<ExprId>, keys: &mut BTreeSet<&'p str>) {
    let module = file.module();
    let is_dict = |expr: ExprId| module.expr(expr) == Expr::Name(dict);
    if let Stmt::Assign { targets, value } = module.stmt(stmt) {
        for &target in module.list(targets) {
            match module.expr(target) {
                Expr::Subscript { value, index } if is_dict(value) => keys.extend(literal(file, index)),
                _ if is_dict(target) => displays.push(value),
                _ => {}
            }
        }
        return;
    }
    let calls = expressions_of(module, stmt).into_iter().filter_map(|expr| Call::of(module, expr));
    for call in calls.filter(|call| call.name() == Some("update") && call.receiver().is_some_and(is_dict)) {
        displays.extend(call.args.iter().map(|arg| arg.value));
    }
}
