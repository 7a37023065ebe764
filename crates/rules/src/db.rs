//! Models, sessions and queries.

pub(crate) mod create_all_at_startup;
pub(crate) mod naive_utc_datetime;
