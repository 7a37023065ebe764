//! Processes and code.

pub(crate) mod child_not_reaped;
pub(crate) mod code_execution;
pub(crate) mod command_injection;
pub(crate) mod subprocess_without_timeout;
