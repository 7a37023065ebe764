//! Processes and code.

pub(crate) mod subprocess_without_timeout;
