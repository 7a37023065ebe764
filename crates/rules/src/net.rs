//! Outgoing requests.

pub(crate) mod request_without_timeout;
pub(crate) mod server_side_request_forgery;
