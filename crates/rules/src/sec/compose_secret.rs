//! SEC004: a secret that a deployment file sets to a fixed value.

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{Orchestrator, Port, Project, Purpose, Service, Setter, Variable, words};

use crate::secret_names::{is_secret_value, is_signing_key};
use crate::secrets::{is_placeholder, masked};

/// A fixed value in a deployment file.
struct Fixed<'p> {
    variable: &'p Variable,
    /// The secret itself.
    secret: String,
    /// The host that a URL leads to.
    host: Option<String>,
    form: Form,
}

/// How the value is written.
enum Form {
    Literal,
    /// It stands in for this variable.
    Fallback(String),
    /// It is the password of a URL.
    Url,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for variable in &project.deployment().variables {
        let is_reported = variable.purpose != Purpose::Foreign && variable.by != Setter::EnvironmentFile;
        let Some(fixed) = Fixed::read(variable).filter(|_| is_reported) else { continue };
        let service = service_of(project, variable);
        let anchor = match service {
            Some(service) => format!("{}.{}", service.name, variable.key),
            None => variable.key.clone(),
        };
        let report =
            findings.report(variable.value_at(), anchor, fixed.message()).severity(fixed.severity(project, service));
        let is_generated = project.deployment().file(variable.at.file).is_some_and(|file| file.is_generated);
        if variable.purpose == Purpose::Development || is_generated {
            report.audience(Audience::Pedantic);
        }
    }
}

fn service_of<'p>(project: &'p Project, variable: &Variable) -> Option<&'p Service> {
    let mut services = project.deployment().services.iter();
    services.find(|service| service.environment.iter().any(|own| own.at == variable.at))
}

impl<'p> Fixed<'p> {
    fn read(variable: &'p Variable) -> Option<Self> {
        let expanded = variable.expanded()?;
        let snake = words::snake_case(&variable.key);
        if let Some((password, host)) = credentials(&expanded.text) {
            let mut fallbacks = expanded.defaulted.iter().rev();
            let fallback = fallbacks.find(|(_, default)| default.contains(password));
            let form = fallback.map_or(Form::Url, |(name, _)| Form::Fallback(name.clone()));
            return Some(Self { variable, secret: password.to_owned(), host: Some(host.to_owned()), form });
        }
        let is_fixed = expanded.open.is_empty() && is_credential_name(&snake);
        // A build argument is often a stand-in that only the build needs.
        let is_stand_in =
            matches!(variable.by, Setter::BuildArgument | Setter::Image) && is_placeholder(&expanded.text);
        let is_secret = is_fixed && !is_stand_in && is_secret_value(&snake, &expanded.text);
        let fallback = expanded.defaulted.first();
        let form = fallback.map_or(Form::Literal, |(name, _)| Form::Fallback(name.clone()));
        is_secret.then_some(Self { variable, secret: expanded.text, host: None, form })
    }

    fn severity(&self, project: &Project, service: Option<&Service>) -> Severity {
        if is_signing_key(&words::snake_case(&self.variable.key)) {
            return Severity::High;
        }
        let is_internal = match &self.host {
            Some(host) => service.is_some_and(|service| is_internal_host(project, service, host)),
            None => service.is_some_and(is_internal),
        };
        if is_internal { Severity::Low } else { Severity::Medium }
    }

    fn message(&self) -> String {
        let key = &self.variable.key;
        let shown = masked(&self.secret);
        match &self.form {
            Form::Literal => format!(
                "`{key}` is set to a fixed value (`{shown}`) that everyone with this file knows. Take it from outside, as \
                 `${{{key}:?}}` or as a secret, so that start fails without it."
            ),
            Form::Fallback(name) => format!(
                "`{key}` falls back to a fixed value (`{shown}`) when `{name}` is not set, and nobody notices. Write \
                 `${{{name}:?}}`, so that start fails without it."
            ),
            Form::Url => format!(
                "The URL in `{key}` carries its password (`{shown}`). Put it together from a variable that has to be set."
            ),
        }
    }
}

/// Names of secrets, also those that images of stores read.
fn is_credential_name(snake: &str) -> bool {
    words::is_secret_name(snake) || snake.ends_with("_pass") || snake.ends_with("_secret_key")
}

/// A service that publishes nothing is reached by its neighbours only.
fn is_internal(service: &Service) -> bool {
    service.build.is_none() && !service.is_routed && service.ports.iter().all(is_local)
}

/// Whether a port is bound to the host itself.
fn is_local(port: &Port) -> bool {
    matches!(port.expanded().binding().0, Some("127.0.0.1" | "::1" | "localhost"))
}

/// Whether the host of a URL is a neighbour that is reached from nowhere else.
fn is_internal_host(project: &Project, service: &Service, host: &str) -> bool {
    if service.by == Orchestrator::Kubernetes {
        return !host.contains('.') || host.contains(".svc");
    }
    let mut neighbours = project.deployment().services.iter().filter(|other| other.file() == service.file());
    neighbours.find(|other| other.name == host).is_some_and(is_internal)
}

/// The password of a URL, if it stands there as it is, and the host.
fn credentials(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let (account, host) = authority.rsplit_once('@')?;
    let (_, password) = account.split_once(':')?;
    let is_scheme = scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let is_open =
        password.is_empty() || password.contains(['$', '<', '{', '*', '%']) || text.contains(char::is_whitespace);
    let is_sample = ["your", "changeme", "xxx"].iter().any(|word| password.to_lowercase().contains(word));
    let host = host.split(':').next().unwrap_or_default();
    (is_scheme && !is_open && !is_sample && !host.is_empty()).then_some((password, host))
}
