//! Files, uploads, stores.

pub(crate) mod path_traversal;
pub(crate) mod upload_name_unsanitised;
pub(crate) mod upload_without_content_check;
pub(crate) mod upload_without_size_limit;
