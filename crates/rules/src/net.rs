//! Outgoing requests.

pub(crate) mod open_redirect;
pub(crate) mod request_without_timeout;
pub(crate) mod server_side_request_forgery;
pub(crate) mod unbounded_download;
