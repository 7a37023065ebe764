//! `backlint routes`: the inventory of routes, and which of them to list.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use backlint_engine::{Inventory, Overrides, inventory};
use backlint_finding::{GuardState, Problem, ProblemKind, RouteEffect, RouteRow};
use backlint_report::{Color, TextOptions, render_routes_json, render_routes_markdown, render_routes_text};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use globset::{GlobBuilder, GlobMatcher};

use crate::arguments::ConsoleArguments;
use crate::setup::SetupArguments;
use crate::{NOT_DONE, console};

#[derive(Debug, Args)]
pub(crate) struct RoutesArguments {
    /// Files and folders to look for routes in
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    filter: Filter,

    /// Form of the inventory
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    output_format: InventoryFormat,

    /// Write the inventory to this file
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    #[command(flatten)]
    setup: SetupArguments,
}

/// Which routes to list.
#[derive(Debug, Args)]
#[command(next_help_heading = "Selection")]
struct Filter {
    /// List only routes that are guarded like this
    #[arg(long, value_parser = guard(), value_name = "STATE", value_delimiter = ',')]
    guard: Vec<GuardState>,

    /// List only routes whose full path begins like this, or matches this glob
    #[arg(long, value_parser = path_filter, value_name = "PATH")]
    path: Option<PathFilter>,

    /// List only routes for this method
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,

    /// List only routes that do this when they are called
    #[arg(long, value_parser = effect(), value_name = "EFFECT", value_delimiter = ',')]
    effect: Vec<RouteEffect>,
}

/// Which paths to list.
#[derive(Clone, Debug)]
enum PathFilter {
    Beginning(String),
    Glob(GlobMatcher),
}

/// Forms of the inventory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum InventoryFormat {
    #[default]
    Text,
    Json,
    Markdown,
}

/// The states by the words of the inventory.
const STATES: [(&str, GuardState); 6] = [
    ("guarded", GuardState::Guarded),
    ("conditional", GuardState::Conditional),
    ("partial", GuardState::Partial),
    ("public", GuardState::Public),
    ("unguarded", GuardState::Unguarded),
    ("unknown", GuardState::Unknown),
];

/// The effects by the words of the inventory.
const EFFECTS: [(&str, RouteEffect); 3] =
    [("state-change", RouteEffect::StateChange), ("read", RouteEffect::Read), ("unknown", RouteEffect::Unknown)];

pub(crate) fn run(arguments: &RoutesArguments, console: ConsoleArguments) -> Result<ExitCode> {
    let settings = arguments.setup.settings(&arguments.paths, Overrides::default())?;
    let Inventory { mut routes, problems, refused } = inventory(&arguments.paths, &settings)?;
    routes.retain(|route| arguments.filter.lets_through(route));
    let color = if arguments.output.is_some() { Color::Never } else { console::color(console.color) };
    let options = TextOptions { color, ..TextOptions::default() };
    let mut list = Vec::new();
    match arguments.output_format {
        InventoryFormat::Text => render_routes_text(&routes, &options, &mut list)?,
        InventoryFormat::Json => render_routes_json(&routes, &mut list)?,
        InventoryFormat::Markdown => render_routes_markdown(&routes, &mut list)?,
    }
    match &arguments.output {
        Some(file) => console::write_file(file, &list)?,
        None => console::print(&list)?,
    }
    for Problem { path, message, .. } in &problems {
        console::note(&format!("problem: {}: {message}", path.escape_debug()));
    }
    let failed_inside = problems.iter().any(|problem| problem.kind == ProblemKind::Internal);
    let is_done = refused.is_empty() && !failed_inside;
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::from(NOT_DONE) })
}

impl Filter {
    fn lets_through(&self, route: &RouteRow) -> bool {
        let Self { guard, path, method, effect } = self;
        (guard.is_empty() || guard.contains(&route.guard))
            && (effect.is_empty() || effect.contains(&route.effect))
            && path.as_ref().is_none_or(|path| path.lets_through(&route.path))
            && method.as_ref().is_none_or(|method| route.methods.iter().any(|known| known.eq_ignore_ascii_case(method)))
    }
}

impl PathFilter {
    fn lets_through(&self, path: &str) -> bool {
        match self {
            Self::Beginning(beginning) => path.starts_with(beginning.as_str()),
            Self::Glob(glob) => glob.is_match(path),
        }
    }
}

/// A path with `*` or `?` is a glob; `*` stays within one segment. Braces and brackets are parameters of routes.
fn path_filter(text: &str) -> Result<PathFilter> {
    if !text.contains(['*', '?']) {
        return Ok(PathFilter::Beginning(text.to_owned()));
    }
    let literal = text.replace('{', "[{]").replace('}', "[}]");
    let glob = GlobBuilder::new(&literal).literal_separator(true).build().context("no such glob")?;
    Ok(PathFilter::Glob(glob.compile_matcher()))
}

fn effect() -> impl TypedValueParser<Value = RouteEffect> {
    let find = |word: String| EFFECTS.iter().find(|(known, _)| *known == word).map(|(_, effect)| *effect);
    PossibleValuesParser::new(EFFECTS.map(|(word, _)| word)).try_map(move |word| find(word).context("no such effect"))
}

fn guard() -> impl TypedValueParser<Value = GuardState> {
    let find = |word: String| STATES.iter().find(|(known, _)| *known == word).map(|(_, state)| *state);
    PossibleValuesParser::new(STATES.map(|(word, _)| word)).try_map(move |word| find(word).context("no such state"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_go_by_the_words_of_the_inventory() {
        for (word, state) in STATES {
            assert_eq!(serde_json::to_value(state).expect("a word"), word);
        }
        for (word, effect) in EFFECTS {
            assert_eq!(serde_json::to_value(effect).expect("a word"), word);
        }
    }

    #[test]
    fn globs_stay_within_segments() {
        let matches = |filter: &str, path: &str| path_filter(filter).expect("a filter").lets_through(path);
        assert!(matches("/api", "/api/rows"));
        assert!(!matches("/api/*", "/api/rows/{row_id}"));
        assert!(matches("/api/**", "/api/rows/{row_id}"));
        assert!(matches("/*/rows/{row_id}", "/api/rows/{row_id}"));
        assert!(!matches("/*/rows/{row_id}", "/api/rows/r"));
    }
}
