//! Links that confirm whatever address their user has by then.

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{ClassRef, File, FunctionRef, Project, Route, RowChange, Verdict};
use backlint_semantic::{Call, descendants};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use super::{is_named, run_by, text_of, verified};
use crate::expressions::assigned_value;

/// Columns that say that an address belongs to its user.
const FLAGS: &[&str] = &[
    "confirmed",
    "confirmed_at",
    "email_confirmed",
    "email_confirmed_at",
    "email_verified",
    "email_verified_at",
    "is_confirmed",
    "is_email_confirmed",
    "is_email_verified",
    "is_verified",
    "verified",
    "verified_at",
];

pub(super) fn check(
    project: &Project,
    routes: &[&Route],
    verifying: &BTreeSet<(FunctionRef, ExprId)>,
    findings: &mut Findings,
) {
    let mut seen = BTreeSet::new();
    for route in routes.iter().filter(|route| is_named(project, route, &["activate", "confirm", "verif"])) {
        let run = run_by(project, route);
        let Some((function, call)) = verified(&run, verifying) else { continue };
        let Some(file) = project.file(function.file) else { continue };
        let flag = run.iter().flat_map(|&function| project.row_changes_in(function)).find(|change| is_flag(change));
        let Some(flag) = flag.filter(|_| !looks_at_address(project, &run)) else { continue };
        let Some(minted) = only_id(file, call) else { continue };
        let Some(change) = address_change(project, flag.model) else { continue };
        if seen.insert((file.id(), call)) {
            let message = format!(
                "The token that `{}` takes names a user and no address: a link that was sent to one address confirms \
                 the next one that the user enters. Put the address into the token and compare it.",
                route.label()
            );
            let report = findings.report(file.at(file.first_line(file.module().span(call))), route.label(), message);
            let report = report.also(minted, "the token is made here");
            report.also(change, "the address is changed here").also(project.at(flag.at), "it counts as confirmed here");
        }
    }
}

fn is_flag(change: &RowChange) -> bool {
    change.attribute().is_some_and(|attribute| FLAGS.contains(&attribute))
}

/// Whether what runs has to do with the address that the user has by then.
fn looks_at_address(project: &Project, run: &[FunctionRef]) -> bool {
    run.iter().any(|&function| {
        project.file(function.file).is_some_and(|file| {
            let text = text_of(file, function);
            [".email ", ".email)", ".email:", "email=", "[\"email\"]", "['email']", "(\"email\"", "('email'"]
                .iter()
                .any(|form| text.contains(form))
        })
    })
}

/// The one place beside the verifying call that makes such tokens, if all that it puts into them is who the user is.
fn only_id(file: File<'_>, verifying: ExprId) -> Option<Location> {
    let module = file.module();
    let name = Call::of(module, verifying)?.name()?;
    let makes: &[&str] = if name == "decode" { &["encode"] } else { &["dumps", "sign"] };
    let mut minting = file.calls_named(makes).filter(|call| {
        let receiver = call.receiver().map(|receiver| file.text_of(receiver)).unwrap_or_default();
        receiver != "json"
    });
    let (call, None) = (minting.next()?, minting.next()) else { return None };
    let payload = call.positional(0)?;
    let payload = assigned_value(file, payload).unwrap_or(payload);
    let claims = match module.expr(payload) {
        Expr::Dict(items) => module.list(items).iter().map(|item| item.value).collect(),
        _ => vec![payload],
    };
    let says_id = claims.iter().any(|&claim| names_id(file, claim));
    let is_known = claims.iter().all(|&claim| names_id(file, claim) || !names_something(file, claim));
    (says_id && is_known && !file.text_of(payload).contains("mail")).then(|| file.at_expr(call.expr))
}

/// `user.id`, `str(user_id)`.
fn names_id(file: File<'_>, claim: ExprId) -> bool {
    let module = file.module();
    std::iter::once(claim).chain(descendants(module, claim)).any(|part| match module.expr(part) {
        Expr::Name(name) | Expr::Attribute { name, .. } => {
            let name = module.text(name);
            name == "id" || name.ends_with("_id")
        }
        _ => false,
    })
}

/// Whether a claim may be anything of a user: no literal, and nothing of times.
fn names_something(file: File<'_>, claim: ExprId) -> bool {
    const TIMES: &[&str] = &["expir", "now", "time", "uuid"];
    let text = file.text_of(claim).to_ascii_lowercase();
    let is_literal = matches!(file.module().expr(claim), Expr::Str(_) | Expr::Int(_) | Expr::True | Expr::False);
    !is_literal && !TIMES.iter().any(|word| text.contains(word)) && text != "exp" && text != "iat"
}

/// Where a user who is logged in changes the address.
fn address_change(project: &Project, model: ClassRef) -> Option<Location> {
    let guarded = project.routes().iter().filter(|route| route.guarding.verdict == Verdict::Yes);
    let run: BTreeSet<FunctionRef> = guarded.flat_map(|route| run_by(project, route)).collect();
    let mut changes = project.row_changes().iter().filter(|change| change.model == model);
    let change = changes.find(|change| change.attribute() == Some("email") && run.contains(&change.function))?;
    Some(project.at(change.at))
}
