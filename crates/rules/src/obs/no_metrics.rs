//! OBS005: applications without figures on what they serve.

use backlint_finding::Findings;
use backlint_model::Project;

use super::traces::{in_code, in_deployment, routes_of};
use crate::areas::served_apps;

/// Packages, agents and protocols of figures.
const EXPORTERS: &[&str] = &[
    "applicationinsights",
    "appsignal",
    "aws_embedded_metrics",
    "aws_lambda_powertools",
    "azure-monitor",
    "azure.monitor",
    "cloudwatch",
    "datadog",
    "ddtrace",
    "dynatrace",
    "elastic-apm",
    "elasticapm",
    "enable_tracing",
    "flask_monitoringdashboard",
    "google.cloud.monitoring",
    "graphite",
    "grafana",
    "influxdb",
    "instana",
    "istio",
    "linkerd",
    "logfire",
    "newrelic",
    "opencensus",
    "opentelemetry",
    "prometheus",
    "record_metric",
    "scout_apm",
    "signalfx",
    "skywalking",
    "statsd",
    "telegraf",
    "track_metric",
    "traces_sample_rate",
    "traces_sampler",
];

/// Parts of paths that figures are served at.
const SEGMENTS: &[&str] = &["metrics", "stats", "statistics", "telemetry"];

/// With fewer routes there is little to tell apart.
const FEWEST: usize = 2;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let served = served_apps(project)
        .into_iter()
        .map(|(app, at)| (app, at, routes_of(project, app).count()))
        .filter(|(.., routes)| *routes >= FEWEST)
        .collect::<Vec<_>>();
    if served.is_empty() || has_route(project) || in_deployment(project, EXPORTERS) || in_code(project, EXPORTERS) {
        return;
    }
    for (app, at, routes) in served {
        let message = format!(
            "No request, error or latency figures are exported for the {routes} routes of this application: nothing in \
             the repository names a metrics library, a route for metrics or an agent that measures."
        );
        findings.report(at, app.import_path.clone(), message);
    }
}

fn has_route(project: &Project) -> bool {
    let mut paths = project.routes().iter().map(|route| route.path.to_ascii_lowercase());
    paths.any(|path| path.split('/').any(|segment| SEGMENTS.contains(&segment)))
}
