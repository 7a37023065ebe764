//! Typed ids and lists of nodes.

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The id of the node at `index` of its arena.
            ///
            /// Ids are stored plus one, so that `Option` of an id takes no extra space.
            pub fn new(index: usize) -> Self {
                let number = u32::try_from(index + 1).ok().and_then(NonZeroU32::new);
                Self(number.expect("internal error: a file within the size limit has fewer than 2^32 nodes"))
            }

            /// Its place in the arena.
            pub fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.index())
            }
        }
    };
}

id!(
    /// An expression.
    ExprId
);
id!(
    /// A statement.
    StmtId
);
id!(
    /// A function definition.
    FunctionId
);
id!(
    /// A class definition.
    ClassId
);
id!(
    /// A lambda.
    LambdaId
);
id!(
    /// A comprehension or generator expression.
    ComprehensionId
);
id!(
    /// A match pattern.
    PatternId
);
id!(
    /// A name or string of one module; [`Module::text`](crate::Module::text) gives its characters.
    ///
    /// Equal names have equal symbols; string values are not deduplicated.
    Symbol
);

/// A run of `T` in the module's pool of `T`.
pub struct List<T> {
    start: u32,
    len: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> List<T> {
    pub(crate) fn new(start: usize, len: usize) -> Self {
        let fits = "internal error: a file within the size limit has fewer than 2^32 nodes";
        Self { start: u32::try_from(start).expect(fits), len: u32::try_from(len).expect(fits), of: PhantomData }
    }

    /// The list without elements.
    pub const fn empty() -> Self {
        Self { start: 0, len: 0, of: PhantomData }
    }

    /// Number of elements.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there is no element.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<T> {}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List({}..+{})", self.start, self.len)
    }
}

impl<T> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.start == other.start && self.len == other.len
    }
}

impl<T> Eq for List<T> {}
