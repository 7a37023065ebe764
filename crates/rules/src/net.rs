//! Outgoing requests.

pub(crate) mod request_without_timeout;
