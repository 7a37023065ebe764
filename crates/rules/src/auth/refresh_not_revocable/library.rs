//! Refresh tokens of Flask-JWT-Extended: they carry an id, which only a block-list that is registered looks up.

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::Project;

/// Names of code that looks ids or other claims up.
const LOOK_UPS: &[&str] =
    &["jti", "token_in_blacklist_loader", "token_in_blocklist_loader", "token_verification_loader", "token_version"];

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let mut first = None;
    for file in project.app_files() {
        let text = file.source().text();
        if LOOK_UPS.iter().any(|name| text.contains(name)) {
            return;
        }
        let made = file.calls_named(&["create_refresh_token"]).find(|call| {
            project.resolve(file.id(), call.function).external() == Some("flask_jwt_extended.create_refresh_token")
        });
        first = first.or(made.map(|call| (file, call.expr)));
    }
    let Some((file, call)) = first else { return };
    let message = "No block-list is registered, so nothing takes a refresh token back: logging out and changing the password \
                   leave it working until it expires. Register `token_in_blocklist_loader` and keep the `jti` of tokens \
                   that were ended.";
    findings
        .report(file.at(file.first_line(file.module().span(call))), file.context_name(call), message)
        .audience(Audience::Pedantic)
        .confidence(Confidence::Medium);
}
