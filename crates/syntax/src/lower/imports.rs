//! Import statements.

use backlint_source::Span;

use super::kinds::Kind;
use super::{Child, Lowering};
use crate::ast::{Alias, Stmt, Symbol};

impl<'t> Lowering<'t> {
    pub(super) fn import_statement(&mut self) -> Stmt {
        let mut names = Vec::new();
        self.children(|this, child| names.extend(this.alias(child)));
        Stmt::Import(self.list(&names))
    }

    pub(super) fn import_from_statement(&mut self, kind: Kind) -> Stmt {
        let is_future = kind == Kind::FutureImportStatement;
        let mut module = is_future.then(|| self.module.texts.intern("__future__"));
        let mut level = 0;
        let mut has_module = is_future;
        let mut names = Vec::new();
        self.children(|this, child| match child.kind {
            Kind::RelativeImport => {
                (module, level) = this.relative_import();
                has_module = true;
            }
            Kind::DottedName if !has_module => {
                module = Some(this.dotted(child.span()));
                has_module = true;
            }
            Kind::WildcardImport => {
                let name = this.name(child.span());
                names.push(Alias { name, asname: None, span: child.span() });
            }
            _ => names.extend(this.alias(child)),
        });
        Stmt::ImportFrom { module, level, names: self.list(&names) }
    }

    fn relative_import(&mut self) -> (Option<Symbol>, u32) {
        let mut module = None;
        let mut level = 0;
        self.children(|this, child| match child.kind {
            Kind::ImportPrefix => {
                let dots = this.slice(child.span()).bytes().filter(|&b| b == b'.').count();
                level = u32::try_from(dots).unwrap_or(u32::MAX);
            }
            Kind::DottedName => module = Some(this.dotted(child.span())),
            _ => {}
        });
        (module, level)
    }

    fn alias(&mut self, child: Child<'t>) -> Option<Alias> {
        match child.kind {
            Kind::DottedName => Some(Alias { name: self.dotted(child.span()), asname: None, span: child.span() }),
            Kind::AliasedImport => {
                let mut name = None;
                let mut asname = None;
                self.children(|this, part| match part.kind {
                    Kind::DottedName => name = Some(this.dotted(part.span())),
                    Kind::Identifier => asname = Some(this.name(part.span())),
                    _ => {}
                });
                name.map(|name| Alias { name, asname, span: child.span() })
            }
            _ => None,
        }
    }

    /// A dotted name as one symbol, white space around the dots dropped.
    fn dotted(&mut self, span: Span) -> Symbol {
        let text = self.slice(span);
        if text.contains(|c: char| c.is_whitespace() || c == '\\') {
            let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect();
            return self.module.texts.intern(&compact);
        }
        self.module.texts.intern(text)
    }
}
