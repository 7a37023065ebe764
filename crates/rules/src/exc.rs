//! Error handling.

pub(crate) mod bare_except;
pub(crate) mod broad_except;
pub(crate) mod http_exception_swallowed;
pub(crate) mod no_error_reporting;
pub(crate) mod swallowed_exception;

mod answer;
pub(crate) mod clause;
mod reaction;
mod stakes;
mod words;
