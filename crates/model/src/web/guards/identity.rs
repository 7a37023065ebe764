//! Whether a piece of code reads who is calling, and whether configuration can switch a check off.

use std::sync::LazyLock;

use backlint_syntax::ast::Stmt;
use serde::Deserialize;

use super::exits::all_statements;
use crate::resolve::FunctionRef;
use crate::{File, Project};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    words: Vec<String>,
}

static DATA: LazyLock<Data> = LazyLock::new(|| crate::words::load(include_str!("../../../data/identity.toml")));

/// Whether the code of a function reads an identity.
pub(crate) fn reads_identity(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let span = file.module().stmt_span(file.function(function.id).stmt);
    let text = file.slice(span).to_ascii_lowercase();
    DATA.words.iter().any(|word| text.contains(word.as_str()))
}

/// Whether the function lets every caller pass when some setting says so.
pub(crate) fn has_bypass(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let module = file.module();
    all_statements(file, function).into_iter().any(|stmt| match module.stmt(stmt) {
        Stmt::If { clauses, .. } => module.list(clauses).iter().any(|clause| {
            let passes = module.list(clause.body).iter().any(|&s| matches!(module.stmt(s), Stmt::Return(_)));
            passes && is_setting_test(file, clause.test)
        }),
        _ => false,
    })
}

/// A test of settings only: no identity in it.
fn is_setting_test(file: File<'_>, test: backlint_syntax::ast::ExprId) -> bool {
    let text = file.text_of(test).to_ascii_lowercase();
    let names_setting = ["settings.", "config", "getenv", "environ", "enable", "disable", "debug"].iter();
    let reads_request = ["request.", "session", "user", "header", "cookie"];
    names_setting.into_iter().any(|word| text.contains(word)) && !reads_request.iter().any(|word| text.contains(word))
}
