//! State and concurrency.

pub(crate) mod process_local_state;
