//! Configuration and deployment.

pub(crate) mod debug_enabled;
pub(crate) mod machine_specific_path;
