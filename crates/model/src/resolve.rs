//! What an expression is, across files: imports, re-exports, classes, instances and what functions return.
//!
//! Every question carries the number of steps it may still take, so cycles end in [`Entity::Unknown`].

mod annotations;
mod classes;
mod members;
mod values;

use backlint_source::FileId;
use backlint_syntax::ast::{ClassId, ExprId, FunctionId};

pub use classes::ClassRef;
pub(crate) use classes::{SelfAttribute, self_attributes};

/// How many imports, assignments and calls an answer may be behind.
pub(crate) const MAX_STEPS: u32 = 24;

/// A function of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionRef {
    /// Its file.
    pub file: FileId,
    /// Its id there.
    pub id: FunctionId,
}

/// An expression of the project: a place where something is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprRef {
    /// Its file.
    pub file: FileId,
    /// Its id there.
    pub expr: ExprId,
}

/// A class: the project's own, or one known by its dotted path only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// A class of the project.
    Project(ClassRef),
    /// A class from outside.
    External(String),
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entity {
    /// A function or method of the project; methods are not bound to an instance.
    Function(FunctionRef),
    /// A class of the project.
    Class(ClassRef),
    /// A module of the project.
    Module(FileId),
    /// An object: its class, and the call that makes it, if that is known.
    Instance {
        /// Its class.
        of: Type,
        /// The constructor call.
        origin: Option<ExprRef>,
    },
    /// A parameter of a project function, by its place; `None` of its annotation helped.
    Param(FunctionRef, u32),
    /// Something from outside the project, or a builtin, by its dotted path.
    External(String),
    /// What calling something from outside returns: `os.getenv("HOME")`.
    Result {
        /// The path of the callee: `os.getenv`.
        of: String,
        /// The call.
        origin: ExprRef,
    },
    /// A literal or display at this place.
    Literal(ExprRef),
    /// Could not be told.
    Unknown,
}

impl Entity {
    /// The dotted path of something from outside the project.
    pub fn external(&self) -> Option<&str> {
        match self {
            Self::External(path) => Some(path),
            _ => None,
        }
    }

    /// The function it is.
    pub fn function(&self) -> Option<FunctionRef> {
        match self {
            Self::Function(function) => Some(*function),
            _ => None,
        }
    }

    /// The call that makes the object it is.
    pub fn origin(&self) -> Option<ExprRef> {
        match self {
            Self::Instance { origin, .. } => *origin,
            _ => None,
        }
    }

    /// Whether it could be told.
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown | Self::Param(..))
    }
}

impl FunctionRef {
    pub(crate) fn new(file: FileId, id: FunctionId) -> Self {
        Self { file, id }
    }
}

impl ClassRef {
    pub(crate) fn new(file: FileId, id: ClassId) -> Self {
        Self { file, id }
    }
}
