//! Limits on use.

mod address_consumers;
pub(crate) mod commented_out_guard;
pub(crate) mod in_process_limiter;
pub(crate) mod limiter_key_behind_proxy;
pub(crate) mod limiter_memory_storage;
pub(crate) mod no_rate_limiting;
pub(crate) mod unbounded_queue;
pub(crate) mod unthrottled_auth_route;
pub(crate) mod unthrottled_expensive_route;
