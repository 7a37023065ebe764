//! Signed tokens that set a password, and set it again.

use std::collections::BTreeSet;

use backlint_finding::{Findings, Severity};
use backlint_model::{File, FunctionRef, Project, Route};
use backlint_semantic::Call;
use backlint_syntax::ast::ExprId;

use super::salts::never_verifies;
use super::{consumes, password_set, run_by, text_of, verified};

/// The longest life, in seconds, with which little harm is left.
const SHORT: u32 = 600;

/// Words of what changes with the password, in keys and claims.
const BOUND: &[&str] = &["hashed_password", "password_hash", "pw_hash", "pwhash", "user.password", "self.password"];

/// A handler that verifies a signed token and sets a password.
struct Reset<'p> {
    route: &'p Route,
    /// The handler and what it calls.
    run: Vec<FunctionRef>,
    /// What verifies the token.
    verify: (File<'p>, Call<'p>),
    /// What sets the password.
    set: (File<'p>, ExprId),
}

pub(super) fn check(
    project: &Project,
    routes: &[&Route],
    verifying: &BTreeSet<(FunctionRef, ExprId)>,
    findings: &mut Findings,
) {
    let mut seen = BTreeSet::new();
    for route in routes {
        let Some(reset) = Reset::of(project, route, verifying) else { continue };
        let (file, call) = reset.verify;
        let is_safe = reset.is_bound(project) || consumes(project, &reset.run) || never_verifies(project, file, call);
        if !is_safe && seen.insert((file.id(), call.expr)) {
            reset.report(project, findings);
        }
    }
}

impl<'p> Reset<'p> {
    fn of(project: &'p Project, route: &'p Route, verifying: &BTreeSet<(FunctionRef, ExprId)>) -> Option<Self> {
        let run = run_by(project, route);
        let (function, call) = verified(&run, verifying)?;
        let file = project.file(function.file)?;
        // One that looks inside and one that verifies: either may be bound to the password.
        let mut all = verifying.iter().filter(|(other, _)| *other == function);
        if all.any(|&(_, call)| is_bound(file.text_of(call))) {
            return None;
        }
        let verify = (file, Call::of(file.module(), call)?);
        let set = run.iter().find_map(|&function| password_set(project, function))?;
        Some(Self { route, run, verify, set })
    }

    /// Whether the functions that make and verify tokens put something into them that changes with the password.
    fn is_bound(&self, project: &Project) -> bool {
        let (file, call) = self.verify;
        let minting =
            file.calls_named(&["dumps", "encode", "sign"]).filter_map(|call| file.index().function_of(call.expr));
        let mut around: BTreeSet<FunctionRef> = minting.map(|id| FunctionRef { file: file.id(), id }).collect();
        around.extend(file.index().function_of(call.expr).map(|id| FunctionRef { file: file.id(), id }));
        around
            .into_iter()
            .filter(|&function| password_set(project, function).is_none())
            .any(|function| is_bound(text_of(file, function)))
    }

    fn report(&self, project: &Project, findings: &mut Findings) {
        let (file, call) = self.verify;
        let end = if expires(file, call) { "until it expires" } else { "for ever, since it never expires" };
        let message = format!(
            "The token that `{}` takes works again after use {end}: nothing records that it was used, and its key does \
             not change with the password.",
            self.route.label()
        );
        let at = file.at(file.first_line(call.span()));
        let (home, set) = self.set;
        let mut report = findings.report(at, self.route.label(), message);
        report = report.also(self.route.at, "this route takes it");
        report = report.also(home.at(home.first_line(home.module().span(set))), "the password is set here");
        if self.lives_shortly(project) {
            report.severity(Severity::Low);
        }
    }

    /// Whether a token is refused after some minutes.
    fn lives_shortly(&self, project: &Project) -> bool {
        let (file, call) = self.verify;
        let age = call.keyword("max_age").and_then(|age| project.string(file.id(), age.value));
        let written = call.keyword("max_age").map(|age| file.text_of(age.value).to_owned());
        age.or(written).and_then(|age| age.parse::<u32>().ok()).is_some_and(|age| age <= SHORT)
    }
}

/// Whether a token is refused some day: serializers of itsdangerous look at the age only if they are told one, or if the
/// token itself holds it.
fn expires(file: File<'_>, call: Call<'_>) -> bool {
    let is_ageless = matches!(call.name(), Some("loads" | "unsign")) && !call.has_unpacking();
    let holds_age = || file.module().symbol("TimedJSONWebSignatureSerializer").is_some();
    !is_ageless || call.argument("max_age", 1).is_some() || holds_age()
}

fn is_bound(text: &str) -> bool {
    BOUND.iter().any(|word| text.contains(word))
}
