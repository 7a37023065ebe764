//! AUTH008: refresh tokens that go on working after the session they belong to was ended.

mod library;
mod redeem;

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{Project, words};
use backlint_source::Location;

use crate::tokens::{TokenCall, Tokens, signed_claims, test_of_claim};
use redeem::{Redeemer, redeemers, signs};

/// Claims by which a server recognises a token that it took back.
const MARKS: &[&str] = &[
    "family",
    "iat",
    "jti",
    "pwd_version",
    "security_stamp",
    "session",
    "session_id",
    "session_version",
    "sid",
    "stamp",
    "token_id",
    "token_version",
    "ver",
    "version",
];

/// Words of functions that follow links of mails, or take sessions back.
const OTHERS: &[&str] = &[
    "activate",
    "activation",
    "confirm",
    "email",
    "invitation",
    "invite",
    "logout",
    "magic",
    "reset",
    "revoke",
    "share",
    "unsubscribe",
    "verification",
];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    library::check(project, findings);
    let tokens = Tokens::of(project);
    let redeemers = redeemers(project, &tokens);
    let unchecked: Vec<&Redeemer> = redeemers.iter().filter(|redeemer| !redeemer.may_check).collect();
    if unchecked.is_empty() {
        return;
    }
    let guards = checking_guards(project, &tokens, &redeemers);
    for redeemer in &unchecked {
        if let Some(guard) = guards.iter().find(|guard| signs(project, redeemer, guard.claim)) {
            report_redeemer(project, redeemer, guard, findings);
        }
    }
    if unchecked.len() == redeemers.len() {
        report_mints(project, &tokens, &unchecked, findings);
    }
}

fn is_mark(claim: &str) -> bool {
    MARKS.contains(&claim)
}

/// A function that refuses tokens for what the server remembers of them.
struct CheckingGuard {
    name: String,
    claim: &'static str,
    test: Location,
}

/// The functions other than those that redeem refresh tokens which compare a claim with what the server knows.
fn checking_guards(project: &Project, tokens: &Tokens, redeemers: &[Redeemer]) -> Vec<CheckingGuard> {
    let guards = tokens.reads.iter().filter_map(|read| {
        let file = project.file(read.function.file)?;
        let name = file.qualified_name(read.function.id);
        let snake = words::snake_case(&name);
        let is_other = OTHERS.iter().chain(&["refresh"]).any(|word| words::has_word(&snake, word));
        if is_other || redeemers.iter().any(|redeemer| redeemer.read.function == read.function) {
            return None;
        }
        let (claim, test) = MARKS.iter().find_map(|&claim| Some((claim, test_of_claim(file, read, claim)?)))?;
        Some(CheckingGuard { name, claim, test: file.at(file.first_line(file.module().span(test))) })
    });
    guards.collect()
}

fn report_redeemer(project: &Project, redeemer: &Redeemer, guard: &CheckingGuard, findings: &mut Findings) {
    let Some(file) = project.file(redeemer.read.function.file) else { return };
    let name = file.qualified_name(redeemer.read.function.id);
    let message = format!(
        "`{}` compares `{}` of a token with what the server remembers and refuses it, `{name}` does not: whoever holds a \
         refresh token goes on getting new access tokens that pass. Make the same check here.",
        guard.name, guard.claim,
    );
    findings
        .report(file.at(file.first_line(file.module().span(redeemer.read.call))), name, message)
        .also(guard.test, "access tokens are checked here")
        .also(redeemer.mint, "new tokens are made here");
}

/// Nothing takes a refresh token back: the places where they are made.
fn report_mints(project: &Project, tokens: &Tokens, unchecked: &[&Redeemer], findings: &mut Findings) {
    let Some(redeemer) = unchecked.first() else { return };
    let Some(redeemed) = project.file(redeemer.read.function.file) else { return };
    let redeems = |encode: &TokenCall| unchecked.iter().any(|redeemer| redeemer.read.function == encode.function);
    for encode in tokens.encodes.iter().filter(|encode| makes_refresh_token(project, encode) && !redeems(encode)) {
        let Some(file) = project.file(encode.function.file) else { continue };
        let has_id = signed_claims(file, encode).iter().any(|claim| *claim != "iat" && is_mark(claim));
        let why = if has_id {
            "The refresh token carries an id, but nothing looks it up when the token is used"
        } else {
            "The refresh token carries nothing by which the server could take it back"
        };
        let message = format!(
            "{why}: logging out and changing the password leave it working until it expires. Keep the id of each refresh \
             token, and refuse those that were ended."
        );
        findings
            .report(
                file.at(file.first_line(file.module().span(encode.call))),
                file.qualified_name(encode.function.id),
                message,
            )
            .audience(Audience::Pedantic)
            .confidence(Confidence::Medium)
            .also(
                redeemed.at(redeemed.first_line(redeemed.module().span(redeemer.read.call))),
                "used here, without a look at what the server remembers",
            );
    }
}

/// By the name of the function, or by the type that it writes into the token.
fn makes_refresh_token(project: &Project, encode: &TokenCall) -> bool {
    let Some(file) = project.file(encode.function.file) else { return false };
    let name = words::snake_case(file.function_name(encode.function.id));
    let text = file.slice(file.module().stmt_span(file.function(encode.function.id).stmt));
    let writes_access = text.contains("\"access\"") || text.contains("'access'");
    let writes_refresh = text.contains("\"refresh\"") || text.contains("'refresh'");
    words::has_word(&name, "refresh") || (writes_refresh && !writes_access)
}
