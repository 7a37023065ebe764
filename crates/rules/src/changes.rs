//! Which routes change state, and how to say so.

use backlint_model::{Effect, EffectKind, Project, Route};

/// The effect that makes a route one that changes state, if it is one.
///
/// A GET is judged by what nobody does in passing: rows deleted, processes started, mail sent, jobs enqueued, settings
/// changed. A commit or a file written while answering a GET is mostly a cache, a counter or a last-seen mark.
pub(crate) fn changing_effect(project: &Project, route: &Route) -> Option<Effect> {
    let is_read = route.is_read_only_method();
    let is_calculation = is_calculation(project, route);
    project
        .effects(route.handler.function)
        .into_iter()
        .filter(|effect| if is_read { counts_for_read(effect) } else { counts_for_write(effect, is_calculation) })
        .min_by_key(|effect| (weight(effect.kind), effect.depth, effect.at))
}

fn counts_for_read(effect: &Effect) -> bool {
    match effect.kind {
        EffectKind::RowDelete | EffectKind::SettingsWrite => effect.depth == 0,
        EffectKind::ProcessStart | EffectKind::Mail => effect.depth <= 1,
        _ => false,
    }
}

fn counts_for_write(effect: &Effect, is_calculation: bool) -> bool {
    match effect.kind {
        EffectKind::RowWrite | EffectKind::RowDelete | EffectKind::Mail | EffectKind::SettingsWrite => true,
        EffectKind::FileWrite | EffectKind::Enqueue | EffectKind::ProcessStart | EffectKind::UnresolvedWrite => !is_calculation,
        EffectKind::OutboundWrite => !is_calculation && effect.depth <= 1,
        EffectKind::GlobalWrite => !is_calculation && effect.depth <= 1 && !is_cache(&effect.what),
    }
}

/// The most telling kind first.
fn weight(kind: EffectKind) -> u8 {
    match kind {
        EffectKind::RowDelete => 0,
        EffectKind::RowWrite => 1,
        EffectKind::ProcessStart => 2,
        EffectKind::SettingsWrite => 3,
        EffectKind::FileWrite => 4,
        EffectKind::Mail => 5,
        EffectKind::Enqueue => 6,
        EffectKind::OutboundWrite => 7,
        EffectKind::GlobalWrite => 8,
        EffectKind::UnresolvedWrite => 9,
    }
}

/// POST routes that answer a question: searches, previews, estimates.
fn is_calculation(project: &Project, route: &Route) -> bool {
    const WORDS: &[&str] = &[
        "search", "query", "preview", "validate", "check", "estimate", "detect", "render", "parse", "calculate", "compute", "suggest", "test",
        "predict", "classify", "recognize", "embed", "translate", "quote", "lookup", "filter", "complete", "completions", "encode", "decode", "exchange",
        "discover", "autocomplete", "compare", "analyze", "match", "find", "list", "get", "fetch", "echo",
    ];
    let name = handler_name(project, route);
    let last = route.path.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or_default().to_ascii_lowercase();
    let words = format!("{}_{}", backlint_model::words::snake_case(&name), last.replace('-', "_"));
    words.split('_').any(|word| WORDS.contains(&word))
}

fn is_cache(what: &str) -> bool {
    let lower = what.to_ascii_lowercase();
    ["cache", "_last", "latch", "connection", "client", "pool", "model", "loaded", "metric", "counter", "stats"]
        .iter()
        .any(|word| lower.contains(word))
}

/// The name of the handler function.
pub(crate) fn handler_name(project: &Project, route: &Route) -> String {
    let function = route.handler.function;
    project.file(function.file).map(|file| file.function_name(function.id).to_owned()).unwrap_or_default()
}

/// What an effect does, as the verb of a sentence about a route.
pub(crate) fn describe(kind: EffectKind) -> &'static str {
    match kind {
        EffectKind::RowWrite => "adds or changes rows",
        EffectKind::RowDelete => "deletes rows",
        EffectKind::FileWrite => "writes or removes files",
        EffectKind::Enqueue => "starts background work",
        EffectKind::ProcessStart => "starts a process",
        EffectKind::Mail => "sends mail",
        EffectKind::OutboundWrite => "makes writing calls to another service",
        EffectKind::SettingsWrite => "changes settings of the server",
        EffectKind::GlobalWrite => "changes state of the process",
        EffectKind::UnresolvedWrite => "changes data through a service",
    }
}
