//! Models, sessions and queries.

pub(crate) mod broken_migration_chain;
pub(crate) mod broken_model_class;
pub(crate) mod commit_in_managed_session;
pub(crate) mod commit_without_rollback;
pub(crate) mod create_all_at_startup;
pub(crate) mod ddl_outside_migrations;
pub(crate) mod filter_after_pagination;
pub(crate) mod foreign_key_type_mismatch;
mod indexes;
pub(crate) mod invalid_session_call;
pub(crate) mod missing_index;
pub(crate) mod missing_required_column;
mod models;
pub(crate) mod multi_commit_unit;
pub(crate) mod naive_utc_datetime;
pub(crate) mod pool_not_configured;
pub(crate) mod query_in_loop;
pub(crate) mod schema_drift;
pub(crate) mod session_not_closed;
mod sessions;
pub(crate) mod sql_injection;
pub(crate) mod unescaped_like;
pub(crate) mod unhandled_integrity_error;
pub(crate) mod unknown_model_argument;
pub(crate) mod unknown_model_attribute;
mod versions;
pub(crate) mod write_lost_on_raise;
