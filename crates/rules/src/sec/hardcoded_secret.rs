//! SEC001: a secret that stands in the source.

mod holders;
mod passed;

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::File;
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

use crate::expressions::{is_docstring, is_in_example};
use crate::secrets::{is_private_key, masked, provider_key};

/// A literal that is a secret.
struct Secret {
    literal: ExprId,
    value: String,
    anchor: String,
    kind: Kind,
    /// Where it is used, if that is elsewhere.
    used_at: Option<Location>,
}

/// What a secret is for, which decides what its reader can do with it.
enum Kind {
    /// Given out by a provider, recognised by its format.
    Provider(&'static str),
    /// Signs, verifies or encrypts; `` `NAME` `` or `` of `call` ``.
    Key(String),
    /// Opens a service; `` `NAME` `` or `` The password of `call` ``.
    Credential(String),
    /// The password of a user that the code makes.
    UserPassword(String),
}

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if !file.role().is_reported() {
        return;
    }
    let mut secrets = provider_keys(file);
    secrets.extend(passed::secrets(file));
    secrets.extend(holders::secrets(file));
    let mut seen = BTreeSet::new();
    secrets.retain(|secret| seen.insert(secret.literal));
    secrets.sort_by_key(|secret| secret.literal);
    for secret in secrets {
        let message = secret.message();
        let report = findings.report(file.at_expr(secret.literal), secret.anchor, message);
        if let Some(used_at) = secret.used_at {
            report.also(used_at, "used here");
        }
    }
}

impl Secret {
    fn message(&self) -> String {
        let shown = masked(&self.value);
        match &self.kind {
            Kind::Provider(provider) => format!(
                "A key in the format of `{provider}` stands in the source (`{shown}`): revoke it, and read the new one from the environment."
            ),
            Kind::Key(name) => format!(
                "The key {name} is a literal in the source (`{shown}`): anyone with the code can forge what it signs or read what it encrypts. Read it from the environment and fail at start without it."
            ),
            Kind::Credential(name) => format!(
                "{name} is a literal in the source (`{shown}`): anyone with the code can use it. Replace it, and read the new one from the environment."
            ),
            Kind::UserPassword(call) => format!(
                "`{call}` gives a user a password that stands in the source (`{shown}`): anyone with the code can log in. Read it from the environment or generate it."
            ),
        }
    }
}

fn provider_keys(file: File<'_>) -> Vec<Secret> {
    let module = file.module();
    let mut secrets = Vec::new();
    for expr in module.expr_ids() {
        let (Expr::Str(text) | Expr::Bytes(text)) = module.expr(expr) else { continue };
        let text = module.text(text);
        let (provider, value) = match provider_key(text) {
            Some((format, key)) => (format.provider.as_str(), key),
            None if is_private_key(text) => ("private key", "-----BEGIN"),
            None => continue,
        };
        if is_docstring(file, expr) || is_in_example(file, expr) {
            continue;
        }
        let anchor = format!("{}: {provider}", file.context_name(expr));
        let value = value.to_owned();
        secrets.push(Secret { literal: expr, value, anchor, kind: Kind::Provider(provider), used_at: None });
    }
    secrets
}
