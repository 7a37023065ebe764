//! Functions, classes, decorators, parameters and type parameters.

use backlint_source::Span;

use super::kinds::Kind;
use super::{Child, Lowering};
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
        let start = self.here().start;
        let expr = self.expressions().into_iter().next()?;
        let mut end = self.span(expr).end;
        // `@(f)`: the parenthesis is not part of the expression.
        end += u32::from(self.text[end as usize..].starts_with(')'));
        Some(Decorator { expr, span: Span::new(start, end) })
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
            Kind::Identifier if name.is_none() => name = Some((this.name(child.span()), child.span())),
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
            Kind::Identifier if name.is_none() => name = Some((this.name(child.span()), child.span())),
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

    /// The parameters of a `def` or a `lambda` under the cursor.
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

    /// `[T: bound, *Ts, **P]` under the cursor.
    pub(super) fn type_params(&mut self) -> List<TypeParam> {
        let mut params = Vec::new();
        self.children(|this, child| {
            if child.kind == Kind::Type {
                params.extend(this.type_param(child.span()));
            }
        });
        self.list(&params)
    }

    fn type_param(&mut self, span: Span) -> Option<TypeParam> {
        let mut found = None;
        self.children(|this, child| match child.kind {
            Kind::Identifier => found = Some(this.simple_type_param(child.span(), span, None)),
            Kind::SplatType => found = this.splat_type_param(span),
            Kind::ConstrainedType => {
                let mut parts: Vec<(Span, ExprId)> = Vec::new();
                this.children(|this, child| {
                    if child.kind == Kind::Type {
                        parts.push((child.span(), this.type_expression()));
                    }
                });
                if let &[(name, _), (_, bound), ..] = parts.as_slice() {
                    found = Some(this.simple_type_param(name, span, Some(bound)));
                }
            }
            _ => {}
        });
        found
    }

    fn simple_type_param(&mut self, name: Span, span: Span, bound: Option<ExprId>) -> TypeParam {
        TypeParam { name: self.name(name), kind: TypeParamKind::TypeVar, bound, span }
    }

    fn splat_type_param(&mut self, span: Span) -> Option<TypeParam> {
        let mut kind = TypeParamKind::TypeVarTuple;
        let mut name: Option<Symbol> = None;
        self.children(|this, child| match child.kind {
            Kind::TokenStarStar => kind = TypeParamKind::ParamSpec,
            Kind::Identifier => name = Some(this.name(child.span())),
            _ => {}
        });
        name.map(|name| TypeParam { name, kind, bound: None, span })
    }

    /// `type Name[T] = value` under the cursor.
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
