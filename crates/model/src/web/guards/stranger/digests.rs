//! Signatures that code computes itself: a digest over what was sent and a secret of the server, compared with the one
//! that came along.

use backlint_semantic::Call;
use backlint_syntax::ast::{CompareOp, Expr, ExprId};

use super::statements::Frame;
use super::values::{About, Value};

impl Frame<'_, '_> {
    /// Methods of digests, `digest.update(text)` and `digest.hexdigest()`, and those that write a secret or a digest
    /// in another way.
    pub(super) fn method_of_digest(&mut self, call: Call<'_>, receiver: ExprId, object: Value) -> Option<Value> {
        if !object.about.has(About::DIGEST.with(About::SETTINGS)) {
            return None;
        }
        let is_digest = object.about.has(About::DIGEST);
        match call.name()? {
            "lower" | "upper" | "strip" | "lstrip" | "rstrip" => Some(Value::unknown(object.about)),
            // Not that of a library: `jwt.encode(claims, key)`.
            "encode" | "decode" if call.args.len() < 2 => Some(Value::unknown(object.about)),
            "update" if is_digest => {
                let added = call.args.iter().fold(object.about, |about, arg| about.with(self.eval(arg.value).about));
                let updated = Value::unknown(added);
                if let Expr::Name(name) = self.file.module().expr(receiver) {
                    self.state.env.insert(name, updated);
                }
                Some(updated)
            }
            "digest" | "hexdigest" if is_digest => Some(object),
            _ => None,
        }
    }
}

/// What a function of the standard library makes that computes digests. A keyed one has a secret, wherever from.
pub(super) fn made_by(path: &str) -> About {
    match path.split('.').next() {
        Some("hashlib") => About::DIGEST,
        Some("hmac") => About::DIGEST.with(About::SETTINGS),
        _ => About::NOTHING,
    }
}

/// `digest == sent`: no stranger knows the secret that the digest needs.
pub(super) fn compared(a: Value, b: Value, op: CompareOp) -> Option<Value> {
    let is_keyed = |value: Value| value.about.has(About::DIGEST) && value.about.has(About::SETTINGS);
    let is_sent = |value: Value| !value.about.has(About::DIGEST.with(About::SETTINGS));
    if !(is_keyed(a) && is_sent(b) || is_keyed(b) && is_sent(a)) {
        return None;
    }
    let truth = match op {
        CompareOp::Eq => false,
        CompareOp::NotEq => true,
        _ => return None,
    };
    Some(Value::truth(truth, About::CALLER.with(About::SIGNATURE)))
}
