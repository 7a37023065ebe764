//! Files, uploads, stores.

pub(crate) mod artifact_without_retention;
pub(crate) mod no_cleanup_on_failure;
pub(crate) mod non_atomic_store_write;
pub(crate) mod path_traversal;
pub(crate) mod prefix_containment_check;
mod run_files;
pub(crate) mod store_failure_hidden;
mod stores;
pub(crate) mod unlocked_read_modify_write;
pub(crate) mod upload_name_unsanitised;
pub(crate) mod upload_without_content_check;
pub(crate) mod upload_without_size_limit;
