//! Who may do what.

pub(crate) mod account_enumeration;
pub(crate) mod backdoor_credential;
pub(crate) mod credential_never_verified;
pub(crate) mod guard_never_used;
pub(crate) mod guard_noop_by_default;
pub(crate) mod guard_outside_route;
pub(crate) mod indistinct_auth_error;
pub(crate) mod insecure_session_cookie;
pub(crate) mod mass_assignment;
pub(crate) mod missing_csrf_protection;
pub(crate) mod no_login_lockout;
pub(crate) mod object_without_owner_check;
pub(crate) mod plain_secret_compare;
pub(crate) mod refresh_not_revocable;
pub(crate) mod role_from_identifier;
mod secret_checks;
pub(crate) mod session_key_never_read;
pub(crate) mod session_not_renewed;
pub(crate) mod shared_admin_credential;
pub(crate) mod sibling_check_missing;
pub(crate) mod state_change_on_get;
pub(crate) mod static_api_key;
pub(crate) mod unguarded_sensitive_read;
pub(crate) mod unguarded_state_change;
pub(crate) mod unverified_jwt;
pub(crate) mod visibility_filter_missing;
pub(crate) mod weak_password_policy;
