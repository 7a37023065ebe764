//! Models, sessions and queries.

pub(crate) mod broken_migration_chain;
pub(crate) mod create_all_at_startup;
pub(crate) mod ddl_outside_migrations;
pub(crate) mod filter_after_pagination;
pub(crate) mod foreign_key_type_mismatch;
pub(crate) mod missing_index;
pub(crate) mod missing_required_column;
mod models;
pub(crate) mod naive_utc_datetime;
pub(crate) mod query_in_loop;
pub(crate) mod unescaped_like;
pub(crate) mod unknown_model_argument;
pub(crate) mod unknown_model_attribute;
