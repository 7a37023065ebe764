//! `rulebook!`: the registry of rules, built from pages and rows, or a compile error for everything that is wrong.

mod expand;
mod folder;
mod rows;

use std::env;
use std::path::PathBuf;

use proc_macro::TokenStream;
use syn::parse_macro_input;

use crate::rows::Rulebook;

/// Joins the pages of a folder and their checks.
///
/// ```text
/// rulebook! {
///     "../../rules";
///     AUTH001 => auth::unguarded_state_change::check,
///     MNT001 => mnt::oversized_module::check with mnt::oversized_module::Options,
///     NET002 => net::server_side_request_forgery::check needs Flows,
///     SUP001 => triage,
/// }
/// ```
///
/// The folder is relative to the crate. It holds the pages, `CODE.md`, and a folder `audits` of audit catalogues. The
/// expansion is `RULES`, sorted by code, of the invoking crate's `registry::Rule`, and `CATALOGUES`, the texts of the
/// catalogues, sorted by file name. A page's scope decides which variant of `registry::Check` its check becomes, so
/// that a check with another signature is a type error at its row. `with` names the type of the rule's options, `needs`
/// the variants of `registry::Fact` that must be found out before the check runs.
/// `triage` stands for the check of a rule whose page has that scope: whoever runs the others reports it.
///
/// Edited pages are seen by the compiler; for added and removed ones the invoking crate needs a build script that
/// prints `cargo::rerun-if-changed` for the folder.
#[proc_macro]
pub fn rulebook(input: TokenStream) -> TokenStream {
    let rulebook = parse_macro_input!(input as Rulebook);
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    expand::expand(&rulebook, &root).into()
}
