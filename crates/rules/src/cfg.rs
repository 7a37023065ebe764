//! Configuration and deployment.

pub(crate) mod celery_timezone_mismatch;
pub(crate) mod compose_missing_env;
pub(crate) mod config_read_per_request;
pub(crate) mod debug_enabled;
pub(crate) mod dev_server_in_production;
pub(crate) mod image_runs_as_root;
pub(crate) mod machine_specific_path;
pub(crate) mod missing_cors;
pub(crate) mod missing_security_headers;
pub(crate) mod mutable_settings;
pub(crate) mod no_dependency_audit;
pub(crate) mod no_local_stack;
pub(crate) mod no_migration_step;
pub(crate) mod permissive_cors;
pub(crate) mod production_database_fallback;
pub(crate) mod reload_in_image;
pub(crate) mod setting_not_validated;
pub(crate) mod setting_without_effect;
pub(crate) mod temp_dir_fallback;
pub(crate) mod unbounded_worker;
pub(crate) mod undeclared_setting;
pub(crate) mod vulnerable_pin;
