//! Which routes change state.

use crate::Project;
use crate::effects::{Effect, EffectKind, removes_files};
use crate::web::Route;

impl Project {
    /// The effect that makes the route one that changes state, if it is one.
    ///
    /// A GET is judged by what nobody does in passing: rows deleted, processes started, mail sent, settings changed. A
    /// commit or a file written while answering a GET is mostly a cache, a counter or a last-seen mark.
    pub fn changing_effect(&self, route: &Route) -> Option<Effect> {
        let is_read = route.is_read_only_method();
        let is_calculation = is_calculation(self, route);
        let is_socket = route.methods.contains("WEBSOCKET");
        self.handler_effects(route)
            .into_iter()
            .filter(|effect| !(is_socket && keeps_up_connection(effect)))
            .filter(|effect| if is_read { counts_for_read(effect) } else { counts_for_write(effect, is_calculation) })
            .min_by_key(|effect| (weight(effect.kind), effect.depth, effect.at))
    }
}

/// The tasks and lists by which a socket's own connection is served.
fn keeps_up_connection(effect: &Effect) -> bool {
    let is_task = ["create_task", "ensure_future"].iter().any(|name| effect.what.ends_with(name));
    effect.kind == EffectKind::GlobalWrite || effect.kind == EffectKind::Enqueue && is_task
}

fn counts_for_read(effect: &Effect) -> bool {
    match effect.kind {
        EffectKind::RowDelete | EffectKind::SettingsWrite => effect.depth == 0,
        EffectKind::ProcessStart | EffectKind::Mail => effect.depth <= 1,
        // Writing while answering a GET is mostly a cache; removing is not.
        EffectKind::FileWrite => effect.depth == 0 && removes_files(&effect.what),
        _ => false,
    }
}

fn counts_for_write(effect: &Effect, is_calculation: bool) -> bool {
    match effect.kind {
        EffectKind::RowWrite | EffectKind::RowDelete | EffectKind::Mail | EffectKind::SettingsWrite => true,
        EffectKind::FileWrite | EffectKind::Enqueue | EffectKind::ProcessStart | EffectKind::UnresolvedWrite => {
            !is_calculation
        }
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
        "search",
        "query",
        "preview",
        "validate",
        "check",
        "estimate",
        "detect",
        "render",
        "parse",
        "calculate",
        "compute",
        "suggest",
        "test",
        "predict",
        "classify",
        "recognize",
        "embed",
        "translate",
        "quote",
        "lookup",
        "filter",
        "complete",
        "completions",
        "encode",
        "decode",
        "exchange",
        "discover",
        "autocomplete",
        "compare",
        "analyze",
        "match",
        "find",
        "list",
        "get",
        "fetch",
        "echo",
    ];
    let name = project.handler_name(route.handler);
    let last = route.path.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or_default().to_ascii_lowercase();
    let words = format!("{}_{}", crate::words::snake_case(name), last.replace('-', "_"));
    words.split('_').any(|word| WORDS.contains(&word))
}

fn is_cache(what: &str) -> bool {
    let lower = what.to_ascii_lowercase();
    ["cache", "_last", "latch", "connection", "client", "pool", "model", "loaded", "metric", "counter", "stats"]
        .iter()
        .any(|word| lower.contains(word))
}
