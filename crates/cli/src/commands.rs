//! The commands: what each takes and what it does.

pub(crate) mod check;
pub(crate) mod explain;
pub(crate) mod routes;
pub(crate) mod rules;
