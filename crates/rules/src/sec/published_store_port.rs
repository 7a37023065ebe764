//! SEC010: a store whose port is open to the network, with no password or a published one.

mod store;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{Orchestrator, Port, Project, Purpose, Service};

use store::{Access, Store};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for service in &project.deployment().services {
        if service.by != Orchestrator::Compose || service.purpose == Purpose::Foreign {
            continue;
        }
        let Some(store) = Store::of_image(service.image_name()) else { continue };
        let access = store.access(service);
        if access == Access::Guarded {
            continue;
        }
        match service.ports.iter().find(|port| is_open(port, store, service)) {
            Some(port) => report_published(service, store, access, port, findings),
            None if access == Access::Open && service.ports.is_empty() && store.holds_data() => {
                report_internal(service, store, findings);
            }
            None => {}
        }
    }
}

fn report_published(service: &Service, store: &Store, access: Access, port: &Port, findings: &mut Findings) {
    let what = match access {
        Access::Published => "with a password that stands in this file",
        Access::Open | Access::Guarded => "without a password",
    };
    let message = format!(
        "{}, {}, is reachable on every address of the host (`{}`) {what}. Bind the port to `127.0.0.1`, or leave it out: \
         services of the same network do not need it.",
        store.name, store.role, port.text
    );
    let report = findings.report(port.at, service.name.clone(), message);
    if service.purpose == Purpose::Development {
        report.severity(Severity::Low).audience(Audience::Pedantic);
    }
}

fn report_internal(service: &Service, store: &Store, findings: &mut Findings) {
    let message = format!(
        "{}, {}, asks for no password: every container of its network can read and change what it holds.",
        store.name, store.role
    );
    findings.report(service.at, service.name.clone(), message).severity(Severity::Low).audience(Audience::Pedantic);
}

/// Whether a port at which the store listens is bound to every address. An address from outside may be any.
fn is_open(port: &Port, store: &Store, service: &Service) -> bool {
    let expanded = port.expanded();
    let (address, inside) = expanded.binding();
    matches!(address, None | Some("0.0.0.0" | "::")) && store.listens_at(inside, service)
}
