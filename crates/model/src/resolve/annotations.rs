//! What an annotation says of a value.

use backlint_source::FileId;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId};

use super::{Entity, Type};
use crate::Project;

impl Project {
    /// A value with this annotation.
    pub(super) fn annotated(&self, file: FileId, annotation: ExprId, steps: u32) -> Entity {
        match self.annotated_type(file, annotation, steps) {
            Some(of) => Entity::Instance { of, origin: None },
            None => Entity::Unknown,
        }
    }

    /// The class that an annotation names: through `Optional`, `X | None`, `Annotated`, quotes and aliases.
    pub fn annotated_type(&self, file: FileId, annotation: ExprId, steps: u32) -> Option<Type> {
        let steps = steps.checked_sub(1)?;
        let view = self.file(file)?;
        let module = view.module();
        match module.expr(annotation) {
            Expr::Name(_) | Expr::Attribute { .. } => self.named_type(file, annotation, steps),
            Expr::Str(text) => self.quoted_type(file, module.text(text), steps),
            Expr::Binary { left, op: BinaryOp::BitOr, right } => match (module.expr(left), module.expr(right)) {
                (Expr::None, _) => self.annotated_type(file, right, steps),
                (_, Expr::None) => self.annotated_type(file, left, steps),
                _ => None,
            },
            Expr::Subscript { value, index } => {
                let name = view.text_of(value).rsplit('.').next()?;
                let first = match module.expr(index) {
                    Expr::Tuple(items) => *module.list(items).first()?,
                    _ => index,
                };
                match name {
                    "Optional" | "Annotated" | "Final" | "ClassVar" | "Mapped" | "Required" | "NotRequired" => {
                        self.annotated_type(file, first, steps)
                    }
                    "AsyncGenerator" | "Generator" | "Iterator" | "AsyncIterator" | "Iterable" | "AsyncIterable"
                    | "List" | "list" | "Sequence" | "Dict" | "dict" | "Set" | "set" | "Union" | "Callable"
                    | "Type" | "type" | "Literal" | "Tuple" | "tuple" => None,
                    _ => self.annotated_type(file, value, steps),
                }
            }
            _ => None,
        }
    }

    fn named_type(&self, file: FileId, annotation: ExprId, steps: u32) -> Option<Type> {
        match self.entity(file, annotation, steps) {
            Entity::Class(class) => Some(Type::Project(class)),
            Entity::External(path) if !is_uninformative(&path) => Some(Type::External(path)),
            // An alias of an annotation: `CurrentUser = Annotated[User, Depends(…)]`.
            Entity::Literal(at) if at.file != file || at.expr != annotation => {
                self.annotated_type(at.file, at.expr, steps)
            }
            _ => None,
        }
    }

    /// A forward reference; only plain dotted names are looked up.
    fn quoted_type(&self, file: FileId, text: &str, steps: u32) -> Option<Type> {
        let name = text.trim();
        let mut parts = name.split('.');
        let head = parts.next().filter(|head| !head.is_empty())?;
        if !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.') {
            return None;
        }
        let mut found = self.module_member(file, head, steps)?;
        for part in parts {
            found = self.member(&found, part, steps);
        }
        match found {
            Entity::Class(class) => Some(Type::Project(class)),
            Entity::External(path) => Some(Type::External(path)),
            _ => None,
        }
    }
}

/// Annotations that say nothing of what a value can do.
fn is_uninformative(path: &str) -> bool {
    matches!(path, "typing.Any" | "Any" | "object" | "typing.Callable" | "collections.abc.Callable" | "None")
}
