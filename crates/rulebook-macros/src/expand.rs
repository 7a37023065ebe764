//! From rows and pages to the registry's tokens.

use std::path::Path;

use backlint_rulebook::{Header, Heading, PageProblem, RulePage, RuleScope};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};

use crate::folder::{Failure, Folder};
use crate::rows::{Row, Rulebook};

/// The registry, or an empty one and a compile error for each problem. The empty one keeps the compiler from
/// complaining about everything that uses the registry too.
pub(crate) fn expand(rulebook: &Rulebook, root: &Path) -> TokenStream {
    let codes: Vec<String> = rulebook.rows.iter().map(|row| row.code.to_string()).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let (rules, catalogues, errors) = match Folder::read(root, &rulebook.folder.value(), &codes) {
        Ok(folder) => (rules(rulebook, &folder.pages), folder.catalogues, TokenStream::new()),
        Err(failure) => (Vec::new(), Vec::new(), compile_errors(rulebook, failure)),
    };
    let catalogues = catalogues.iter().map(|path| included(path));
    quote! {
        #errors
        /// Every rule, sorted by code.
        pub static RULES: &[crate::registry::Rule] = &[#(#rules),*];
        /// The text of every audit catalogue, sorted by file name.
        pub static CATALOGUES: &[&str] = &[#(#catalogues),*];
    }
}

fn rules(rulebook: &Rulebook, pages: &[RulePage]) -> Vec<TokenStream> {
    let row_of = |page: &RulePage| rulebook.rows.iter().find(|row| row.code == page.code());
    pages.iter().filter_map(|page| Some(rule(row_of(page)?, page))).collect()
}

fn rule(row: &Row, page: &RulePage) -> TokenStream {
    let meta = meta(page);
    let text = included(page.file_name());
    let check = check(row, page.header().scope);
    let needs = row.needs.iter();
    quote! {
        crate::registry::Rule {
            meta: #meta,
            page: #text,
            check: #check,
            needs: &[#(crate::registry::Fact::#needs),*],
        }
    }
}

fn meta(page: &RulePage) -> TokenStream {
    let Header { code, name, summary, severity, confidence, audience, scope, cwe, audits, since } = page.header();
    // The derived `Debug` of a plain enum is the name of its variant.
    let variant = |value: &dyn std::fmt::Debug| format_ident!("{value:?}");
    let (severity, confidence, audience) = (variant(severity), variant(confidence), variant(audience));
    let scope = variant(scope);
    let description = &page.section(Heading::WhatItDoes).body;
    let help = page.help();
    quote! {
        ::backlint_finding::RuleMeta {
            code: #code,
            name: #name,
            summary: #summary,
            severity: ::backlint_finding::Severity::#severity,
            confidence: ::backlint_finding::Confidence::#confidence,
            audience: ::backlint_finding::Audience::#audience,
            scope: ::backlint_finding::RuleScope::#scope,
            cwe: &[#(#cwe),*],
            audits: &[#(#audits),*],
            since: #since,
            description: #description,
            help: #help,
        }
    }
}

fn check(row: &Row, scope: RuleScope) -> TokenStream {
    let Row { check, options, .. } = row;
    match (scope, options) {
        (RuleScope::File, None) => quote!(crate::registry::Check::File(#check)),
        (RuleScope::Project, None) => quote!(crate::registry::Check::Project(#check)),
        (RuleScope::File, Some(options)) => quote! {
            crate::registry::Check::FileWith(|options| crate::registry::bind_file::<#options>(options, #check))
        },
        (RuleScope::Project, Some(options)) => quote! {
            crate::registry::Check::ProjectWith(|options| crate::registry::bind_project::<#options>(options, #check))
        },
        (RuleScope::Triage, None) if check.is_ident("triage") => quote!(crate::registry::Check::Triage),
        (RuleScope::Triage, _) => {
            let message =
                format!("rules of the scope `triage` have no check of their own; write `{} => triage`", row.code);
            syn::Error::new_spanned(check, message).into_compile_error()
        }
    }
}

/// The text of a file of the crate. Naming it makes the compiler watch it.
fn included(path: &str) -> TokenStream {
    let path = format!("/{path}");
    quote!(::core::include_str!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #path)))
}

fn compile_errors(rulebook: &Rulebook, failure: Failure) -> TokenStream {
    match failure {
        Failure::Unreadable(message) => syn::Error::new(rulebook.folder.span(), message).into_compile_error(),
        Failure::Problems(problems) => problems.iter().map(|problem| compile_error(rulebook, problem)).collect(),
    }
}

/// The problem, shown at the row of its page, or at the whole macro for pages without a row and for catalogues.
fn compile_error(rulebook: &Rulebook, problem: &PageProblem) -> TokenStream {
    let stem = Path::new(&problem.file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let row = rulebook.rows.iter().find(|row| row.code == stem);
    let span = row.map_or_else(Span::call_site, |row| row.code.span());
    syn::Error::new(span, problem).into_compile_error()
}

#[cfg(test)]
mod tests {
    //! What goes wrong, as compile errors. What goes right is compiled by `tests/expansion.rs`.

    use proc_macro2::TokenTree;
    use syn::LitStr;

    use super::*;

    /// The messages of the compile errors that `input` expands to.
    fn errors(input: &str) -> Vec<String> {
        let rulebook: Rulebook = syn::parse_str(input).expect("rows in the macro's syntax");
        let expansion = expand(&rulebook, Path::new(env!("CARGO_MANIFEST_DIR")));
        let groups = expansion.into_iter().filter_map(|token| match token {
            TokenTree::Group(group) => Some(group.stream()),
            _ => None,
        });
        // At the top, only `compile_error! { "…" }` has a group with nothing but a string.
        groups.filter_map(|group| syn::parse2::<LitStr>(group).ok()).map(|message| message.value()).collect()
    }

    #[test]
    fn every_problem_is_an_error_of_its_own() {
        let errors = errors("\"tests/broken\"; AUTH001 => a::check, NET001 => b::check");
        assert_eq!(
            errors,
            [
                "tests/broken/audits/000.toml:1: missing field `summary`",
                "NET001.md:1: the rulebook has a row `NET001`, but this page does not exist",
                "tests/broken/AUTH001.md:5: `severity` is wrong: `huge` is none of note, low, medium, high, critical",
                "tests/broken/AUTH001.md:28: a bad example marks at least one line with `# finding: AUTH001`",
                "tests/broken/DB001.md:1: the rulebook has no row for this page; add `DB001 => path::to::check,`",
            ]
        );
    }

    #[test]
    fn a_rule_of_triage_has_no_check() {
        let row: Row = syn::parse_str("SUP001 => sup::check").expect("a row");
        let check = check(&row, RuleScope::Triage).to_string();
        assert!(check.contains("compile_error") && check.contains("write `SUP001 => triage`"), "{check}");
    }

    #[test]
    fn a_missing_folder_is_named() {
        let errors = errors("\"tests/nowhere\";");
        assert_eq!(errors.len(), 1);
        assert!(errors[0].starts_with("cannot read the folder tests/nowhere: "), "{errors:?}");
    }

    #[test]
    fn a_failed_rulebook_still_defines_the_registry() {
        let rulebook: Rulebook = syn::parse_str("\"tests/nowhere\";").unwrap();
        let expansion = expand(&rulebook, Path::new(env!("CARGO_MANIFEST_DIR"))).to_string();
        assert!(expansion.contains("static RULES") && expansion.contains("static CATALOGUES"), "{expansion}");
    }
}
