//! The rules: what each page of the rulebook promises, checked on the model of a project.

mod api;
mod apps;
mod areas;
mod auth;
mod cfg;
mod changes;
mod config_defaults;
mod cors;
mod data;
mod database_defaults;
mod db;
mod deadlines;
mod default_criteria;
mod exc;
mod expressions;
mod file;
mod flows;
mod handlers;
mod idle;
mod job;
mod launched;
mod limiters;
mod logging;
mod mnt;
mod net;
mod obs;
mod overrides;
mod parameters;
mod places;
mod proc;
mod production;
mod protections;
mod rate;
mod reached;
mod returned;
mod schema_columns;
mod sec;
mod secret_names;
mod secrets;
mod served;
mod session_keys;
mod startup_checks;
mod state;
mod switches;
mod tables;
mod task_apps;
mod tokens;
mod updates;

pub mod registry;

backlint_rulebook_macros::rulebook! {
    "../../rules";
    API001 => api::unpaginated_list::check,
    API002 => api::page_size_outlier::check,
    API003 => api::unvalidated_sort_order::check,
    API004 => api::unversioned_routes::check,
    API005 => api::inconsistent_response_model::check,
    API006 => api::unconstrained_field::check,
    API007 => api::undocumented_endpoint::check,
    API008 => api::referenced_file_missing::check,
    API009 => api::unbounded_export::check,
    API010 => api::mock_endpoint::check,
    API011 => api::shadowed_route::check,
    API012 => api::unregistered_router::check,
    API013 => api::update_schema_loses_constraints::check,
    API014 => api::unbounded_page_size::check,
    API015 => api::unvalidated_sort_column::check,
    API016 => api::response_schema_mismatch::check,
    AUTH001 => auth::unguarded_state_change::check,
    AUTH002 => auth::unguarded_sensitive_read::check,
    AUTH003 => auth::guard_outside_route::check,
    AUTH004 => auth::credential_never_verified::check,
    AUTH005 => auth::role_from_identifier::check,
    AUTH006 => auth::backdoor_credential::check,
    AUTH007 => auth::object_without_owner_check::check,
    AUTH008 => auth::refresh_not_revocable::check,
    AUTH009 => auth::plain_secret_compare::check,
    AUTH010 => auth::weak_password_policy::check,
    AUTH011 => auth::indistinct_auth_error::check,
    AUTH012 => auth::session_not_renewed::check,
    AUTH013 => auth::session_key_never_read::check,
    AUTH014 => auth::missing_csrf_protection::check,
    AUTH015 => auth::insecure_session_cookie::check,
    AUTH016 => auth::static_api_key::check,
    AUTH017 => auth::no_login_lockout::check,
    AUTH018 => auth::shared_admin_credential::check,
    AUTH019 => auth::guard_never_used::check,
    AUTH020 => auth::unverified_jwt::check,
    AUTH021 => auth::account_enumeration::check,
    AUTH022 => auth::state_change_on_get::check,
    AUTH023 => auth::reusable_one_time_token::check needs RowChanges,
    AUTH024 => auth::mass_assignment::check needs RowChanges,
    AUTH025 => auth::guard_noop_by_default::check,
    AUTH026 => auth::sibling_check_missing::check,
    AUTH027 => auth::client_controlled_visibility::check,
    AUTH028 => auth::visibility_filter_missing::check,
    AUTH029 => auth::revocation_not_enforced::check needs RowChanges,
    CFG001 => cfg::machine_specific_path::check,
    CFG002 => cfg::temp_dir_fallback::check,
    CFG003 => cfg::production_database_fallback::check,
    CFG004 => cfg::config_read_per_request::check,
    CFG005 => cfg::mutable_settings::check,
    CFG006 => cfg::reload_in_image::check,
    CFG007 => cfg::celery_timezone_mismatch::check,
    CFG008 => cfg::missing_cors::check,
    CFG009 => cfg::permissive_cors::check,
    CFG010 => cfg::debug_enabled::check,
    CFG011 => cfg::setting_not_validated::check,
    CFG012 => cfg::no_dependency_audit::check,
    CFG013 => cfg::vulnerable_pin::check needs Advisories,
    CFG014 => cfg::no_migration_step::check,
    CFG015 => cfg::undeclared_setting::check,
    CFG016 => cfg::image_runs_as_root::check,
    CFG017 => cfg::no_local_stack::check,
    CFG018 => cfg::unbounded_worker::check,
    CFG019 => cfg::dev_server_in_production::check,
    CFG020 => cfg::missing_security_headers::check,
    CFG021 => cfg::compose_missing_env::check,
    CFG022 => cfg::setting_without_effect::check,
    DB001 => db::create_all_at_startup::check,
    DB002 => db::unknown_model_attribute::check,
    DB003 => db::unknown_model_argument::check,
    DB004 => db::missing_required_column::check,
    DB005 => db::foreign_key_type_mismatch::check,
    DB006 => db::commit_in_managed_session::check needs Transactions,
    DB007 => db::multi_commit_unit::check needs Transactions,
    DB008 => db::commit_without_rollback::check needs Transactions,
    DB009 => db::session_not_closed::check needs Transactions,
    DB010 => db::hard_delete_outlier::check needs RowChanges,
    DB011 => db::missing_audit_record::check needs RowChanges,
    DB012 => db::status_transition_bypass::check needs RowChanges,
    DB013 => db::missing_history_record::check needs RowChanges,
    DB014 => db::filter_after_pagination::check,
    DB015 => db::query_in_loop::check,
    DB016 => db::pool_not_configured::check,
    DB017 => db::missing_index::check,
    DB018 => db::naive_utc_datetime::check,
    DB019 => db::sql_injection::check needs Flows,
    DB020 => db::soft_delete_filter_missing::check needs RowChanges,
    DB021 => db::broken_migration_chain::check,
    DB022 => db::write_lost_on_raise::check needs Transactions,
    DB023 => db::schema_drift::check,
    DB024 => db::ddl_outside_migrations::check,
    DB025 => db::enum_storage_mismatch::check needs RowChanges,
    DB026 => db::unescaped_like::check,
    DB027 => db::check_then_act_race::check,
    DB028 => db::unhandled_integrity_error::check needs Transactions,
    DB029 => db::broken_model_class::check,
    DB030 => db::invalid_session_call::check needs Transactions,
    EXC001 => exc::broad_except::check,
    EXC002 => exc::swallowed_exception::check,
    EXC003 => exc::bare_except::check,
    EXC004 => exc::http_exception_swallowed::check,
    EXC005 => exc::no_error_reporting::check,
    FILE001 => file::path_traversal::check needs Flows,
    FILE002 => file::prefix_containment_check::check,
    FILE003 => file::upload_without_size_limit::check,
    FILE004 => file::upload_without_content_check::check needs Flows,
    FILE005 => file::upload_name_unsanitised::check needs Flows,
    FILE006 => file::no_cleanup_on_failure::check,
    FILE007 => file::non_atomic_store_write::check,
    FILE008 => file::unlocked_read_modify_write::check,
    FILE009 => file::artifact_without_retention::check,
    FILE010 => file::store_failure_hidden::check,
    JOB001 => job::fire_and_forget_task::check,
    JOB002 => job::non_durable_background_job::check,
    JOB003 => job::unregistered_task::check,
    JOB004 => job::dispatch_before_commit::check needs Transactions,
    JOB005 => job::task_without_time_limit::check,
    JOB006 => job::blocking_call_in_async::check,
    JOB007 => job::queue_without_consumer::check,
    JOB008 => job::await_on_non_awaitable::check,
    MNT001 => mnt::oversized_module::check with mnt::oversized_module::Options,
    MNT002 => mnt::sys_modules_alias::check,
    MNT003 => mnt::duplicate_helper::check,
    MNT004 => mnt::unused_import::check,
    MNT005 => mnt::import_in_function::check,
    MNT006 => mnt::unresolved_import::check,
    MNT007 => mnt::redundant_assignment::check,
    MNT008 => mnt::no_tests::check,
    MNT009 => mnt::undefined_name::check,
    MNT010 => mnt::no_contract_tests::check,
    MNT011 => mnt::test_locks_in_vulnerability::check,
    MNT012 => mnt::undefined_member::check,
    MNT013 => mnt::undeclared_dependency::check,
    MNT014 => mnt::syntax_error::check,
    NET001 => net::request_without_timeout::check,
    NET002 => net::server_side_request_forgery::check needs Flows,
    NET003 => net::unbounded_download::check needs Flows,
    NET004 => net::open_redirect::check needs Flows,
    OBS001 => obs::shallow_health_check::check,
    OBS002 => obs::incomplete_readiness::check,
    OBS003 => obs::no_correlation_id::check,
    OBS004 => obs::no_request_logging::check,
    OBS005 => obs::no_metrics::check,
    OBS006 => obs::logging_unconfigured::check,
    OBS007 => obs::auth_failure_not_logged::check,
    PROC001 => proc::subprocess_without_timeout::check,
    PROC002 => proc::child_not_reaped::check,
    PROC003 => proc::command_injection::check needs Flows,
    PROC004 => proc::code_execution::check needs Flows,
    RATE001 => rate::in_process_limiter::check,
    RATE002 => rate::unthrottled_auth_route::check,
    RATE003 => rate::commented_out_guard::check,
    RATE004 => rate::unthrottled_expensive_route::check,
    RATE005 => rate::limiter_key_behind_proxy::check,
    RATE006 => rate::limiter_memory_storage::check,
    RATE007 => rate::no_rate_limiting::check,
    RATE008 => rate::unbounded_queue::check,
    SEC001 => sec::hardcoded_secret::check,
    SEC002 => sec::secret_default::check,
    SEC003 => sec::credentials_in_default_url::check,
    SEC004 => sec::compose_secret::check,
    SEC005 => sec::tracked_data_artifact::check needs Artifacts,
    SEC006 => sec::sentry_pii::check,
    SEC007 => sec::sensitive_data_in_log::check,
    SEC008 => sec::error_detail_leak::check,
    SEC009 => sec::server_path_in_response::check,
    SEC010 => sec::published_store_port::check,
    SEC011 => sec::unescaped_html::check needs Flows,
    STATE001 => state::process_local_state::check,
    STATE002 => state::lazy_global_init::check,
    STATE003 => state::client_per_request::check,
    STATE004 => state::unset_global::check,
    STATE005 => state::id_from_container_size::check,
    SUP001 => triage,
    SUP002 => triage,
    SUP003 => triage,
    SUP004 => triage,
    SUP005 => triage,
}
