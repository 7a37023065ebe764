//! Secrets and disclosure.

pub(crate) mod compose_secret;
pub(crate) mod credentials_in_default_url;
pub(crate) mod error_detail_leak;
pub(crate) mod hardcoded_secret;
pub(crate) mod published_store_port;
pub(crate) mod secret_default;
pub(crate) mod sensitive_data_in_log;
pub(crate) mod sentry_pii;
pub(crate) mod server_path_in_response;
pub(crate) mod tracked_data_artifact;
pub(crate) mod unescaped_html;
