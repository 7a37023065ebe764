//! SEC006: personal data sent to the error tracker.

use backlint_finding::Findings;
use backlint_model::File;
use backlint_semantic::Call;
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

use crate::expressions::{assigned_value, literal, path_ends_with};
use crate::switches::{Switch, switch};

/// Options that give the application a say in what leaves it.
const SCRUBBERS: &[&str] = &["before_send", "event_scrubber"];

/// An option of the tracker's set-up.
struct Setting<'p> {
    name: &'p str,
    value: ExprId,
    /// Where to report it.
    place: backlint_source::Span,
}

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if !file.role().is_reported() {
        return;
    }
    for call in file.calls_named(&["init"]) {
        let is_tracker = file.path_of(call.function).is_some_and(|path| path_ends_with(&path, "sentry_sdk.init"));
        if !is_tracker || file.is_dev_only(call.expr) {
            continue;
        }
        let Some(settings) = settings(file, call) else { continue };
        if settings.iter().any(|s| SCRUBBERS.contains(&s.name) && file.module().expr(s.value) != Expr::None) {
            continue;
        }
        let Some(flag) = settings.iter().find(|s| s.name == "send_default_pii") else { continue };
        let condition = match switch(file, flag.value) {
            Switch::On => String::new(),
            Switch::OnUnless(key) => format!("Unless `{key}` turns it off, "),
            Switch::Off | Switch::OffUnless(_) | Switch::Unknown => continue,
        };
        let subject = if condition.is_empty() { "The" } else { "the" };
        let message = format!(
            "{condition}{subject} error tracker receives users' IP addresses, e-mail addresses, cookies and request bodies, and no `before_send` or scrubber of the project looks at them first: keys in custom headers and fields of forms go out as they are. Turn `send_default_pii` off, or add `before_send`."
        );
        findings.report(file.at(flag.place), format!("{}: sentry_sdk.init", file.context_name(call.expr)), message);
    }
}

/// All options of the call; none when some of them cannot be told.
fn settings<'p>(file: File<'p>, call: Call<'p>) -> Option<Vec<Setting<'p>>> {
    let mut found = Vec::new();
    for arg in call.args {
        match arg.kind {
            ArgKind::Keyword(name) => {
                found.push(Setting { name: file.module().text(name), value: arg.value, place: arg.span });
            }
            ArgKind::DoubleStar => found.extend(spread(file, arg.value)?),
            ArgKind::Star => return None,
            ArgKind::Positional => {}
        }
    }
    Some(found)
}

/// The entries of `**{…}`, of `**dict(…)` and of a variable that holds one of them.
fn spread(file: File<'_>, expr: ExprId) -> Option<Vec<Setting<'_>>> {
    let module = file.module();
    let source = assigned_value(file, expr).unwrap_or(expr);
    match module.expr(source) {
        Expr::Dict(items) => module
            .list(items)
            .iter()
            .map(|item| {
                let key = item.key?;
                let place = module.span(key).cover(module.span(item.value));
                Some(Setting { name: literal(file, key)?, value: item.value, place })
            })
            .collect(),
        Expr::Call { .. } => {
            let call = Call::of(module, source).filter(|call| call.name() == Some("dict"))?;
            let setting = |arg: &backlint_syntax::ast::Arg| match arg.kind {
                ArgKind::Keyword(name) => Some(Setting { name: module.text(name), value: arg.value, place: arg.span }),
                _ => None,
            };
            call.args.iter().map(setting).collect()
        }
        _ => None,
    }
}
