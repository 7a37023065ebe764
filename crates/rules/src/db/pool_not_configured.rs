//! DB016: engines whose pool is left at its defaults, or that open more connections than the database takes.

mod engines;
mod limits;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::Project;

use engines::{Engine, Pool, engines};
use limits::{ConnectionLimit, connection_limit, workers_beside};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let engines = engines(project);
    for engine in engines.iter().filter(|engine| engine.pool == Pool::Default && !engine.is_pooled_elsewhere) {
        report_default(engine, findings);
    }
    // Which process uses which of several engines is not known.
    let [engine] = engines.as_slice() else { return };
    if let Some(limit) = connection_limit(project) {
        compare(project, engine, &limit, findings);
    }
}

fn report_default(engine: &Engine<'_>, findings: &mut Findings) {
    let message = "The pool of this engine is left at its defaults: 5 connections and 10 more per process, 30 seconds of \
                   waiting for one, none ever replaced. Say what the load and the database allow: `pool_size`, \
                   `max_overflow`, `pool_timeout`, `pool_recycle`.";
    findings.report(engine.at, engine.name.clone(), message);
}

fn compare(project: &Project, engine: &Engine<'_>, limit: &ConnectionLimit, findings: &mut Findings) {
    let Some(per_process) = engine.connections(project).filter(|_| !engine.is_pooled_elsewhere) else { return };
    let Some(workers) = workers_beside(project, limit) else { return };
    let total = per_process.saturating_mul(i64::from(workers.count));
    if total <= limit.connections {
        return;
    }
    let message = format!(
        "{} workers × {per_process} connections are {total}, and the database takes {}: under load it refuses connections. \
         Lower `pool_size` and `max_overflow`, or put a pooler between.",
        workers.count, limit.connections
    );
    findings
        .report(engine.at, engine.name.clone(), message)
        .severity(Severity::Medium)
        .audience(Audience::Regular)
        .also(workers.at, "the workers are started here")
        .also(limit.at, "the database is limited here");
}
