//! What one file means by itself: scopes, bindings, imports, qualified names, constants and comments.
//!
//! Nothing here knows of other files, which is what makes it parallel.

pub mod artifact;
mod binding;
mod build;
mod call;
mod comments;
mod constant;
pub mod deploy;
mod environment;
pub mod git_index;
mod index;
mod names;
pub mod osv;
mod starts;
mod walk;

pub use binding::{Binding, BindingKind, Import, NameUse, Scope, ScopeId, ScopeKind};
pub use build::index;
pub use call::Call;
pub use comments::{Suppression, SuppressionProblem, SuppressionTarget};
pub use constant::{Constant, fold};
pub use environment::{EnvLookup, env_lookup, may_look_up_environment};
pub use index::{Block, FileIndex, Parent};
pub use names::{Dotted, Root};
pub use walk::{descendants, expressions_of, own_statements};
