//! Tokens that are signed with one salt and verified with another: none of them is ever accepted.

use backlint_model::{File, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use super::SERIALIZERS;
use crate::expressions::assigned_value;

/// What a serializer of itsdangerous mixes into its key.
#[derive(PartialEq, Eq)]
enum Salt {
    /// It is told none.
    Default,
    /// A text that is known.
    Text(String),
    /// Some other value.
    Computed,
}

/// Whether no token that the application makes for resets passes a call that verifies one.
pub(super) fn never_verifies(project: &Project, file: File<'_>, verifying: Call<'_>) -> bool {
    if !matches!(verifying.name(), Some("loads" | "unsign")) {
        return false;
    }
    let Some(verified) = salt(project, file, verifying, 3) else { return false };
    let makers = project.app_files().filter(|file| SERIALIZERS.iter().any(|c| file.module().symbol(c).is_some()));
    let salts: Vec<Option<Salt>> = makers
        .flat_map(|file| {
            let calls = file.calls_named(&["dumps", "sign"]);
            let signing = calls.filter(move |&call| is_for_resets(file, call) && is_signing(file, call));
            signing.map(move |call| salt(project, file, call, 2))
        })
        .collect();
    !salts.is_empty() && salts.iter().all(|salt| salt.as_ref().is_some_and(|salt| differ(salt, &verified)))
}

/// Whether two salts are sure to be different.
fn differ(a: &Salt, b: &Salt) -> bool {
    match (a, b) {
        (Salt::Computed, other) | (other, Salt::Computed) => *other == Salt::Default,
        _ => a != b,
    }
}

/// A call in a function that says what it is for.
fn is_for_resets(file: File<'_>, call: Call<'_>) -> bool {
    let function = file.index().function_of(call.expr);
    let name = function.map(|id| file.function_name(id).to_ascii_lowercase()).unwrap_or_default();
    ["reset", "forgot", "recover"].iter().any(|word| name.contains(word))
}

fn is_signing(file: File<'_>, call: Call<'_>) -> bool {
    let receiver = call.receiver().map(|receiver| file.text_of(receiver)).unwrap_or_default();
    !matches!(receiver, "json" | "orjson" | "pickle" | "ujson" | "yaml" | "")
}

/// The salt of a call of a serializer: its own, at this place, or that of the serializer; none if that is not in sight.
fn salt(project: &Project, file: File<'_>, call: Call<'_>, place: usize) -> Option<Salt> {
    let module = file.module();
    if call.has_unpacking() {
        return None;
    }
    let own = call.keyword("salt").map(|salt| salt.value).or_else(|| call.positional(place));
    if let Some(own) = own.filter(|&own| module.expr(own) != Expr::None) {
        return Some(known(project, file, own));
    }
    let receiver = call.receiver()?;
    let made = Call::of(module, receiver).or_else(|| Call::of(module, assigned_value(file, receiver)?))?;
    let is_class = file.path_of(made.function).is_some_and(|path| SERIALIZERS.iter().any(|c| path.ends_with(c)));
    if !is_class || made.has_unpacking() {
        return None;
    }
    Some(made.argument("salt", 1).map_or(Salt::Default, |given| known(project, file, given)))
}

fn known(project: &Project, file: File<'_>, expr: ExprId) -> Salt {
    project.string(file.id(), expr).map_or(Salt::Computed, Salt::Text)
}
