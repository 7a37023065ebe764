//! Functions, classes, decorators, parameters and type parameters.

use std::ops::ControlFlow;

use backlint_source::Span;

use super::kinds::Kind;
use super::{Child, Lowering, span_of};
use crate::ast::{
    Body, Class, ClassId, Decorator, Expr, ExprId, Function, FunctionId, List, Param, ParamKind, Stmt, StmtId, Symbol,
    TypeParam, TypeParamKind,
};

impl<'t> Lowering<'t> {
    /// Decorators and the definition below them.
    pub(super) fn decorated(&mut self) -> StmtId {
        let span = self.here();
        let mut decorators = Vec::new();
        let mut found = None;
        self.children(|this, child| match child.kind {
            Kind::Decorator => decorators.extend(this.decorator()),
            Kind::FunctionDefinition => {
                let decorators = this.list(&decorators);
                found = Some(this.function(decorators));
            }
            Kind::ClassDefinition => {
                let decorators = this.list(&decorators);
                found = Some(this.class(decorators));
            }
            _ => {}
        });
        found.unwrap_or_else(|| self.stmt(Stmt::Unknown, span))
    }

    fn decorator(&mut self) -> Option<Decorator> {
        let mut span = self.here();
        let mut expr = None;
        self.children(|this, child| {
            if !child.kind.is_token() {
                expr = Some(this.expression(child.kind));
                // The node itself goes on to the end of the line.
                span.end = child.span().end;
            }
        });
        Some(Decorator { expr: expr?, span })
    }

    pub(super) fn function(&mut self, decorators: List<Decorator>) -> StmtId {
        let span = self.here();
        let mut name = None;
        let mut is_async = false;
        let mut type_params = List::empty();
        let mut params = List::empty();
        let mut returns = None;
        let mut body = Body::empty();
        let mut header = span;
        self.children(|this, child| match child.kind {
            Kind::TokenAsync => is_async = true,
            Kind::Identifier if name.is_none() && !child.span().is_empty() => {
                name = Some((this.name(child.span()), child.span()));
            }
            Kind::TypeParameter => type_params = this.type_params(),
            Kind::Parameters => params = this.params(),
            Kind::Type => returns = Some(this.type_expression()),
            Kind::TokenColon => header.end = child.span().end,
            Kind::Block => body = this.suite(),
            _ => {}
        });
        let Some((name, name_span)) = name else { return self.stmt(Stmt::Unknown, span) };
        let id = FunctionId::new(self.module.functions.len());
        let span = self.trimmed(span, &[body]);
        let stmt = self.stmt(Stmt::Function(id), span);
        self.module.functions.push(Function {
            name,
            name_span,
            decorators,
            type_params,
            params,
            returns,
            is_async,
            stmt,
            header,
            body,
        });
        stmt
    }

    pub(super) fn class(&mut self, decorators: List<Decorator>) -> StmtId {
        let span = self.here();
        let mut name = None;
        let mut type_params = List::empty();
        let mut bases = List::empty();
        let mut body = Body::empty();
        let mut header = span;
        self.children(|this, child| match child.kind {
            Kind::Identifier if name.is_none() && !child.span().is_empty() => {
                name = Some((this.name(child.span()), child.span()));
            }
            Kind::TypeParameter => type_params = this.type_params(),
            Kind::ArgumentList => bases = this.arguments(),
            Kind::TokenColon => header.end = child.span().end,
            Kind::Block => body = this.suite(),
            _ => {}
        });
        let Some((name, name_span)) = name else { return self.stmt(Stmt::Unknown, span) };
        let id = ClassId::new(self.module.classes.len());
        let span = self.trimmed(span, &[body]);
        let stmt = self.stmt(Stmt::Class(id), span);
        self.module.classes.push(Class { name, name_span, decorators, type_params, bases, stmt, header, body });
        stmt
    }

    /// The parameters of a `def` or a `lambda` being read.
    pub(super) fn params(&mut self) -> List<Param> {
        let mut params: Vec<Param> = Vec::new();
        let mut kind = ParamKind::Positional;
        self.children(|this, child| match child.kind {
            Kind::PositionalSeparator => params.iter_mut().for_each(|param| param.kind = ParamKind::PositionalOnly),
            Kind::KeywordSeparator => kind = ParamKind::KeywordOnly,
            token if token.is_token() => {}
            _ => {
                let Some(param) = this.param(child, kind) else { return };
                if param.kind == ParamKind::VarArgs {
                    kind = ParamKind::KeywordOnly;
                }
                params.push(param);
            }
        });
        self.list(&params)
    }

    fn param(&mut self, child: Child<'t>, kind: ParamKind) -> Option<Param> {
        match child.kind {
            Kind::Identifier => {
                let name = self.name(child.span());
                Some(Param { name, name_span: child.span(), kind, annotation: None, default: None })
            }
            Kind::ListSplatPattern => self.splat_param(ParamKind::VarArgs),
            Kind::DictionarySplatPattern => self.splat_param(ParamKind::VarKeywords),
            Kind::TypedParameter | Kind::DefaultParameter | Kind::TypedDefaultParameter => self.full_param(kind),
            _ => None,
        }
    }

    /// `*args` or `**kwargs`.
    fn splat_param(&mut self, kind: ParamKind) -> Option<Param> {
        let mut found = None;
        self.children(|this, child| {
            if child.kind == Kind::Identifier {
                let name = this.name(child.span());
                found = Some(Param { name, name_span: child.span(), kind, annotation: None, default: None });
            }
        });
        found
    }

    /// A parameter with annotation, default or both.
    fn full_param(&mut self, kind: ParamKind) -> Option<Param> {
        let mut found: Option<Param> = None;
        let mut annotation = None;
        let mut default = None;
        let mut is_default = false;
        self.children(|this, child| match child.kind {
            Kind::TokenEqual => is_default = true,
            Kind::Type => annotation = Some(this.type_expression()),
            token if token.is_token() => {}
            value if is_default => default = Some(this.expression(value)),
            _ => found = this.param(child, kind),
        });
        found.map(|param| Param { annotation, default, ..param })
    }

    /// `[T: bound, *Ts, **P]` being read.
    pub(super) fn type_params(&mut self) -> List<TypeParam> {
        let mut params = Vec::new();
        let mut is_default = false;
        self.nodes(|this, node| {
            match Kind::of(node) {
                Kind::Comment => this.comment(node),
                // The grammar knows no defaults: `T = ` is an error before the type `int`.
                Kind::Error => {
                    params.extend(this.type_param_before_default());
                    is_default = true;
                }
                Kind::TokenComma => is_default = false,
                Kind::Type if !is_default => params.extend(this.type_param(span_of(node))),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        self.list(&params)
    }

    fn type_param_before_default(&mut self) -> Option<TypeParam> {
        let mut found = None;
        let mut is_default = false;
        self.children(|this, child| match child.kind {
            Kind::TokenEqual => is_default = true,
            _ if is_default || found.is_some() => {}
            Kind::Identifier => found = this.simple_type_param(child.span(), None),
            Kind::ListSplat => found = this.splat_type_param(),
            Kind::Type => found = this.type_param(child.span()),
            _ => {}
        });
        found
    }

    fn type_param(&mut self, span: Span) -> Option<TypeParam> {
        let mut found = None;
        self.children(|this, child| match child.kind {
            Kind::Identifier => found = this.simple_type_param(child.span(), None),
            Kind::SplatType | Kind::ListSplat => found = this.splat_type_param(),
            Kind::ConstrainedType => found = this.bounded_type_param(),
            _ => {}
        });
        found.map(|param| TypeParam { span, ..param })
    }

    fn simple_type_param(&mut self, name: Span, bound: Option<ExprId>) -> Option<TypeParam> {
        let is_missing = name.is_empty();
        (!is_missing).then(|| TypeParam { name: self.name(name), kind: TypeParamKind::TypeVar, bound, span: name })
    }

    fn bounded_type_param(&mut self) -> Option<TypeParam> {
        let is_broken = self.is_broken();
        let mut name = None;
        let mut bound = None;
        self.children(|this, child| match child.kind {
            Kind::Type if name.is_none() => name = Some(child.span()),
            Kind::Type => bound = Some(this.type_expression()),
            _ => {}
        });
        // What tree-sitter gave up on is the bound in front of a default.
        self.simple_type_param(name?, bound.filter(|_| !is_broken))
    }

    /// `*Ts` or `**P` being read.
    fn splat_type_param(&mut self) -> Option<TypeParam> {
        let span = self.here();
        let mut kind = TypeParamKind::ParamSpec;
        let mut name: Option<Symbol> = None;
        self.children(|this, child| match child.kind {
            Kind::TokenStar => kind = TypeParamKind::TypeVarTuple,
            Kind::Identifier => name = Some(this.name(child.span())),
            _ => {}
        });
        name.map(|name| TypeParam { name, kind, bound: None, span })
    }

    /// `type Name[T] = value` being read.
    pub(super) fn type_alias(&mut self) -> Stmt {
        let mut sides = Vec::new();
        let mut params = List::empty();
        self.children(|this, child| {
            if child.kind != Kind::Type {
                return;
            }
            if sides.is_empty() {
                let (name, found) = this.alias_head();
                params = found;
                sides.extend(name);
            } else {
                sides.push(this.type_expression());
            }
        });
        match sides.as_slice() {
            &[name, value] => Stmt::TypeAlias { name, params, value },
            _ => Stmt::Unknown,
        }
    }

    /// The `Name[T]` of a type alias.
    fn alias_head(&mut self) -> (Option<ExprId>, List<TypeParam>) {
        let mut name = None;
        let mut params = List::empty();
        self.children(|this, child| match child.kind {
            Kind::Identifier => {
                let symbol = this.name(child.span());
                name = Some(this.expr(Expr::Name(symbol), child.span()));
            }
            Kind::GenericType => this.children(|this, child| match child.kind {
                Kind::Identifier => {
                    let symbol = this.name(child.span());
                    name = Some(this.expr(Expr::Name(symbol), child.span()));
                }
                Kind::TypeParameter => params = this.type_params(),
                _ => {}
            }),
            _ => {}
        });
        (name, params)
    }
}
