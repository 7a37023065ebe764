//! RATE005: a limit counts by an address that the client writes itself, or by that of the proxy.

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{AddressRead, AddressSource, HeaderPart, Limiter, LimiterLibrary, Project, ThrottleKey};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::Stmt;

use super::address_consumers::{Callers, Consumer};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let limiters = project.limiters();
    let reads = project.address_reads();
    if reads.is_empty() && limiters.is_empty() {
        return;
    }
    let is_restored = project.restores_client_address();
    let is_header_known = project.trusts_known_proxies();
    let callers = Callers::new(project, &reads);
    let mut seen: Vec<Location> = Vec::new();
    for read in &reads {
        let place = function_place(project, read);
        if seen.contains(&place) || is_behind_trust(project, read) || is_for_readers(project, read) {
            continue;
        }
        let reported = match &read.source {
            AddressSource::Header { .. } if is_header_known => None,
            AddressSource::Header { name, part } => header(project, &callers, read, name, *part, findings),
            AddressSource::Peer if is_restored => None,
            AddressSource::Peer => peer(project, &callers, read, &reads, findings),
        };
        if reported.is_some() {
            seen.push(place);
        }
    }
    for limiter in limiters.iter().filter(|_| !is_restored) {
        peer_keyed(project, limiter, findings);
    }
}

/// Addresses in log lines and error texts decide nothing.
fn is_for_readers(project: &Project, read: &AddressRead) -> bool {
    let Some(file) = project.file(read.read.file) else { return true };
    let module = file.module();
    let is_logged = file.index().ancestors(read.read.expr).any(|outer| {
        let Some(call) = Call::of(module, outer) else { return false };
        let receiver = call.receiver().map(|receiver| file.text_of(receiver).to_ascii_lowercase()).unwrap_or_default();
        receiver.ends_with("logger")
            || receiver.ends_with("logging")
            || receiver.ends_with("log")
            || call.name() == Some("print")
    });
    let stmt = file.index().stmt_of(read.read.expr);
    is_logged || stmt.is_some_and(|stmt| matches!(module.stmt(stmt), Stmt::Raise { .. }))
}

/// A function that speaks of trust compares the sender with the proxies it knows.
fn is_behind_trust(project: &Project, read: &AddressRead) -> bool {
    let Some(file) = project.file(read.read.file) else { return true };
    let text = match read.function {
        Some(function) => file.slice(file.module().stmt_span(file.function(function.id).stmt)),
        None => file.text_of(read.read.expr),
    };
    text.to_ascii_lowercase().contains("trust")
}

fn function_place(project: &Project, read: &AddressRead) -> Location {
    let place = read.function.and_then(|f| project.file(f.file).map(|file| file.at_function(f.id)));
    place.unwrap_or(read.at)
}

/// The client writes the header itself, or the part of it that is taken.
fn header(
    project: &Project,
    callers: &Callers<'_>,
    read: &AddressRead,
    name: &str,
    part: HeaderPart,
    findings: &mut Findings,
) -> Option<()> {
    if part == HeaderPart::Counted || project.proxy_overwrites(name) {
        return None;
    }
    let consumer = callers.consumer(read).filter(|_| !callers.is_dormant(read))?;
    let taken = match part {
        HeaderPart::LeftMost => format!("the first entry of `{name}`"),
        HeaderPart::Whole | HeaderPart::Counted => format!("the header `{name}`"),
    };
    let (role, effect) = match consumer {
        Consumer::Throttle(_) => ("The limit counts by", "a new value per request avoids the limit"),
        Consumer::AllowList(_) => ("Addresses are let in by", "any value gets past the list"),
        Consumer::Record(_) => ("Records name their author by", "anybody can put a false address into them"),
    };
    let message = format!(
        "{role} {taken}, which the client writes itself: {effect}. Take the address from a proxy that is known, as `ProxyFix` or the server's trusted hosts do."
    );
    let finding = findings.report(read.at, anchor(project, read), message);
    let finding = finding.also(consumer.place(), consumer.describe());
    if provider(name).is_some_and(|provider| project.deployment_mentions(provider)) {
        finding.audience(Audience::Pedantic);
    }
    Some(())
}

/// The network in front of an application that sets a header of its own.
fn provider(header: &str) -> Option<&'static str> {
    match header {
        "cf-connecting-ip" | "true-client-ip" => Some("cloudflare"),
        "fly-client-ip" => Some("fly"),
        "fastly-client-ip" => Some("fastly"),
        _ => None,
    }
}

/// Behind a proxy the connection comes from the proxy, so that all callers share one count.
fn peer(
    project: &Project,
    callers: &Callers<'_>,
    read: &AddressRead,
    reads: &[AddressRead],
    findings: &mut Findings,
) -> Option<()> {
    let is_fallback = reads
        .iter()
        .any(|other| other.function == read.function && read.function.is_some() && other.source != AddressSource::Peer);
    if is_fallback {
        return None;
    }
    let proxy = project.proxy_before(read.read.file)?;
    let consumer = callers.consumer(read).filter(|consumer| matches!(consumer, Consumer::Throttle(_)))?;
    let message = shared_count(project, read.at);
    findings
        .report(read.at, anchor(project, read), message)
        .confidence(Confidence::Medium)
        .also(consumer.place(), consumer.describe())
        .also(proxy.at, proxy.what);
    Some(())
}

fn peer_keyed(project: &Project, limiter: &Limiter, findings: &mut Findings) -> Option<()> {
    let (ThrottleKey::Peer, Some(at)) = (limiter.key, limiter.key_at) else { return None };
    if limiter.first_use.is_none() && limiter.default_limits.is_none() {
        return None;
    }
    let proxy = project.proxy_before(at.file)?;
    // Servers of ASGI apps trust the host they run on.
    if limiter.library == LimiterLibrary::Slowapi && proxy.is_local {
        return None;
    }
    let mut finding =
        findings.report(at, limiter.name.clone(), shared_count(project, at)).confidence(Confidence::Medium);
    if let Some(first) = limiter.first_use {
        finding = finding.also(first, "a limit that is counted by it");
    }
    finding.also(proxy.at, proxy.what);
    Some(())
}

fn shared_count(project: &Project, at: Location) -> String {
    let key = project.file(at.file).map_or("", |file| file.slice(at.span));
    format!(
        "The limit counts by `{key}`, which is the address of the proxy in front of the application: all callers share one count. Restore the address of the caller, for instance with `ProxyFix` or the server's trusted hosts."
    )
}

fn anchor(project: &Project, read: &AddressRead) -> String {
    project.file(read.read.file).map_or_else(String::new, |file| file.context_name(read.read.expr))
}
