//! Configuration and deployment.

pub(crate) mod debug_enabled;
pub(crate) mod dev_server_in_production;
pub(crate) mod image_runs_as_root;
pub(crate) mod machine_specific_path;
pub(crate) mod reload_in_image;
