//! Error handling.

pub(crate) mod bare_except;
