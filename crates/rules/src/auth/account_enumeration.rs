//! AUTH021: answers that tell strangers which accounts there are.

mod branches;
mod mails;

use std::collections::BTreeSet;

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{File, FunctionRef, Project, Role, Verdict, words};
use backlint_semantic::own_statements;
use backlint_syntax::ast::{FunctionId, StmtId};

use branches::{Branch, Subject, branches};

/// Words of functions that sign somebody in.
const LOGINS: &[&str] = &["auth", "authenticate", "log_in", "login", "logon", "session", "sign_in", "signin", "token"];

/// Words of functions that verify a password for another reason.
const OTHERS: &[&str] = &[
    "change", "confirm", "current", "delete", "disable", "edit", "me", "profile", "refresh", "remove", "reset",
    "update",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let handlers = anonymous_handlers(project);
    for file in project.app_files() {
        if !["assword", "pwd", "checkpw"].iter().any(|word| file.source().text().contains(word)) {
            continue;
        }
        for id in file.module().function_ids() {
            let function = FunctionRef { file: file.id(), id };
            if is_login(file, id) {
                login(file, function, &handlers, findings);
            }
        }
    }
    mails::check(project, findings);
}

/// Handlers that strangers reach.
fn anonymous_handlers(project: &Project) -> BTreeSet<FunctionRef> {
    let routes =
        project.routes().iter().filter(|route| matches!(route.guarding.verdict, Verdict::No | Verdict::Public));
    routes.filter_map(|route| route.handler.function()).collect()
}

fn is_login(file: File<'_>, function: FunctionId) -> bool {
    let name = words::snake_case(file.function_name(function));
    let has = |set: &[&str]| set.iter().any(|word| words::has_word(&name, word));
    has(LOGINS) && !has(OTHERS) && file.role() == Role::App
}

/// A login: branches that refuse before the password was verified must answer as the one that refuses a wrong password.
fn login(file: File<'_>, function: FunctionRef, handlers: &BTreeSet<FunctionRef>, findings: &mut Findings) {
    let branches = branches(file, function.id);
    let Some(wrong) = branches.iter().find(|branch| branch.subject == Subject::Password) else { return };
    let before = |branch: &&Branch| {
        file.module().span(branch.test).start < file.module().span(wrong.test).start || branch.is_around(file, wrong)
    };
    let telling = branches
        .iter()
        .filter(|branch| branch.subject != Subject::Password)
        .filter(before)
        .find(|branch| branch.differs(file, wrong));
    let name = file.qualified_name(function.id);
    if let Some(telling) = telling {
        let tells = match telling.subject {
            Subject::State => "whether an account is active, confirmed or locked",
            _ => "whether there is an account",
        };
        let message = format!(
            "With any password, this answer tells {tells}; a wrong password is answered differently. Give one answer to \
             both, and say more only once the password was right."
        );
        let at = file.at_stmt(telling.answer);
        let finding =
            findings.report(at, name, message).also(file.at_stmt(wrong.answer), "the answer to a wrong password");
        if !handlers.contains(&function) && !telling.is_direct(file) {
            finding.audience(Audience::Pedantic).confidence(Confidence::Medium);
        }
        return;
    }
    timing(file, function, &branches, wrong, findings);
}

/// Unknown accounts that are refused without the work of verifying a password.
fn timing(file: File<'_>, function: FunctionRef, branches: &[Branch], wrong: &Branch, findings: &mut Findings) {
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
    let is_even = ["dummy", "fake", "timing", "constant"].iter().any(|word| text.contains(word));
    let skips = wrong.has_presence
        || branches.iter().any(|branch| branch.subject == Subject::Account && branch.is_early(file, wrong));
    if is_even || !skips {
        return;
    }
    let message = "Unknown accounts are refused without verifying a password, which takes much less time: the answer tells \
                   by its speed whether there is an account. Verify a dummy hash when there is none.";
    findings
        .report(file.at(file.first_line(file.module().span(wrong.test))), file.qualified_name(function.id), message)
        .audience(Audience::Pedantic)
        .confidence(Confidence::Medium);
}

/// The statements of a function.
fn statements(file: File<'_>, function: FunctionId) -> Vec<StmtId> {
    own_statements(file.module(), file.module().body(function))
}
