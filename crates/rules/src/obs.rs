//! What operators can see of a running application.

pub(crate) mod auth_failure_not_logged;
pub(crate) mod incomplete_readiness;
pub(crate) mod logging_unconfigured;
pub(crate) mod no_correlation_id;
pub(crate) mod no_metrics;
pub(crate) mod no_request_logging;
pub(crate) mod shallow_health_check;

mod probes;
pub(crate) mod traces;
