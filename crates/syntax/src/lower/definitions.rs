//! Functions, classes, decorators, parameters and type parameters.

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

    /// `[T: bound = default, *Ts, **P]` being read.
    pub(super) fn type_params(&mut self) -> List<TypeParam> {
        let mut params = Vec::new();
        self.children(|this, child| {
            if child.kind == Kind::Type {
                let mut found = None;
                this.type_param(&mut found, &mut false);
                params.extend(found.map(|param| TypeParam { span: child.span(), ..param }));
            }
        });
        self.list(&params)
    }

    /// Fills `found` from the `T: bound = default` being read. The grammar knows no defaults and sees a colon for the
    /// equals sign, see [`mend`](crate::mend): `T: (bound: default)`.
    fn type_param(&mut self, found: &mut Option<TypeParam>, is_default: &mut bool) {
        self.children(|this, child| match child.kind {
            Kind::Type => this.type_param(found, is_default),
            Kind::ConstrainedType => this.nested(|this| this.type_param(found, is_default), |_| ()),
            Kind::TokenColon => *is_default = this.slice(child.span()) == "=",
            kind if kind.is_token() => {}
            kind => match found {
                None => *found = this.type_param_head(child),
                Some(param) if *is_default => param.default = Some(this.type_part(kind)),
                Some(param) => param.bound = Some(this.type_part(kind)),
            },
        });
    }

    fn type_param_head(&mut self, head: Child<'t>) -> Option<TypeParam> {
        match head.kind {
            Kind::Identifier if !head.span().is_empty() => {
                let name = self.name(head.span());
                let kind = TypeParamKind::TypeVar;
                Some(TypeParam { name, kind, bound: None, default: None, span: head.span() })
            }
            Kind::SplatType | Kind::ListSplat => self.splat_type_param(),
            _ => None,
        }
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
        name.map(|name| TypeParam { name, kind, bound: None, default: None, span })
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
