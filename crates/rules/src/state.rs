//! State and concurrency.

pub(crate) mod client_per_request;
pub(crate) mod id_from_container_size;
pub(crate) mod lazy_global_init;
pub(crate) mod process_local_state;
pub(crate) mod unset_global;
