//! Dict displays and comprehensions.

use super::Lowering;
use super::kinds::Kind;
use crate::ast::{Comprehension, ComprehensionId, ComprehensionKind, DictItem, Expr, ExprId, Generator};

impl Lowering<'_> {
    pub(super) fn dictionary(&mut self) -> Expr {
        let mut items = Vec::new();
        self.children(|this, child| match child.kind {
            Kind::Pair => {
                if let &[key, value] = this.expressions().as_slice() {
                    items.push(DictItem { key: Some(key), value });
                }
            }
            Kind::DictionarySplat => {
                items.extend(this.expressions().first().map(|&value| DictItem { key: None, value }));
            }
            _ => {}
        });
        Expr::Dict(self.list(&items))
    }

    pub(super) fn comprehension(&mut self, kind: Kind) -> Expr {
        let mut body: Vec<ExprId> = Vec::new();
        let mut generators: Vec<(Generator, Vec<ExprId>)> = Vec::new();
        self.children(|this, child| match child.kind {
            Kind::Pair => body = this.expressions(),
            Kind::ForInClause => generators.extend(this.for_in_clause()),
            Kind::IfClause => {
                let condition = this.expressions();
                if let Some((_, conditions)) = generators.last_mut() {
                    conditions.extend(condition);
                }
            }
            kind if kind.is_token() => {}
            kind => body.push(this.expression(kind)),
        });
        let generators: Vec<Generator> = generators
            .into_iter()
            .map(|(generator, conditions)| Generator { conditions: self.list(&conditions), ..generator })
            .collect();
        let Some(&element) = body.first() else { return Expr::Unknown };
        let kind = match kind {
            Kind::ListComprehension => ComprehensionKind::List,
            Kind::SetComprehension => ComprehensionKind::Set,
            Kind::DictionaryComprehension => ComprehensionKind::Dict,
            _ => ComprehensionKind::Generator,
        };
        let value = body.get(1).copied();
        let generators = self.list(&generators);
        self.module.comprehensions.push(Comprehension { kind, element, value, generators });
        Expr::Comprehension(ComprehensionId::new(self.module.comprehensions.len() - 1))
    }

    fn for_in_clause(&mut self) -> Option<(Generator, Vec<ExprId>)> {
        let (mut target, mut iter) = (None, None);
        let (mut is_async, mut is_iter) = (false, false);
        self.children(|this, child| match child.kind {
            Kind::TokenAsync => is_async = true,
            Kind::TokenIn => is_iter = true,
            kind if kind.is_token() => {}
            kind if is_iter => iter = Some(this.expression(kind)),
            kind => target = Some(this.expression(kind)),
        });
        let generator = Generator { target: target?, iter: iter?, conditions: crate::ast::List::empty(), is_async };
        Some((generator, Vec::new()))
    }
}
