//! Imports that are there for something else than their name: for what they set off, or to see whether they work.

use backlint_model::File;
use backlint_semantic::{Binding, Import, ScopeId};
use backlint_source::Span;

use crate::data;
use crate::mnt::conditions::is_import_probe;
use crate::mnt::import_words::IMPORTS;

/// What comments say of imports.
pub(super) struct Intent {
    /// A comment turns the question off for the whole file.
    is_off: bool,
    /// Lines whose comments give a reason for an import.
    reasons: Vec<Span>,
}

impl Intent {
    pub(super) fn read(file: File<'_>) -> Self {
        let mut intent = Self { is_off: false, reasons: Vec::new() };
        for comment in file.module().comments() {
            let text = file.slice(comment.span).to_ascii_lowercase();
            if comment.is_own_line && is_for_file(&text) {
                intent.is_off = true;
            } else if is_reason(&text) {
                intent.reasons.push(comment.span);
            }
        }
        intent
    }

    pub(super) fn covers_file(&self) -> bool {
        self.is_off
    }

    /// Whether a comment in or right behind the span gives a reason.
    pub(super) fn excuses(&self, span: Span) -> bool {
        // A comment stands at most a few blanks behind the code of its line.
        const BLANKS: u32 = 8;
        self.reasons.iter().any(|reason| span.start <= reason.start && reason.start <= span.end + BLANKS)
    }

    /// Whether the import is wanted for what it sets off.
    pub(super) fn keeps(&self, file: File<'_>, binding: &Binding, import: Import) -> bool {
        let statement = binding.stmt.map(|stmt| file.module().stmt_span(stmt));
        statement.is_some_and(|span| self.excuses(span)) || registers(file, binding, import)
    }
}

/// `# flake8: noqa`, `# ruff: noqa: F401`, `# pylint: disable=unused-import` on a line of its own.
fn is_for_file(text: &str) -> bool {
    let is_noqa = ["flake8:", "ruff:"].iter().any(|tool| text.contains(tool)) && text.contains("noqa");
    is_noqa && (text.contains("f401") || !text.contains("noqa:")) || text.contains("disable=unused-import")
}

fn is_reason(text: &str) -> bool {
    match text.split_once("noqa") {
        Some((_, codes)) => !codes.trim_start().starts_with(':') || codes.contains("f401"),
        None => IMPORTS.reasons.iter().any(|word| text.contains(word.as_str())),
    }
}

/// Modules that are imported because they register something: tables, tasks, routes, listeners.
fn registers(file: File<'_>, binding: &Binding, import: Import) -> bool {
    let module = file.module();
    let is_registry = |path: &str| path.rsplit('.').next().is_some_and(|last| data::has(&IMPORTS.registries, last));
    let from = import.module.map_or("", |from| module.text(from));
    match import.name.map(|name| module.text(name)) {
        // `import app.models`, `from app import tasks`.
        None => from.contains('.') && !import.is_aliased || is_registry(from),
        Some(name) if is_registry(name) => true,
        // `from app.models import User` where all models are brought together.
        Some(_) => {
            let is_model = from.split('.').any(|part| data::has(&IMPORTS.model_modules, part));
            is_model && !is_part(from) && (binding.scope != ScopeId::MODULE || collects_models(file.local_path()))
                || from.is_empty() && binding.scope != ScopeId::MODULE
        }
    }
}

/// Modules below the models that hold parts of models, not tables.
fn is_part(from: &str) -> bool {
    let last = from.rsplit('.').next().unwrap_or(from);
    data::has(&IMPORTS.model_parts, last)
}

fn collects_models(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_among_models = folder.split('/').any(|part| data::has(&IMPORTS.model_modules, part));
    is_among_models || IMPORTS.model_collectors.iter().any(|word| name.starts_with(word.as_str()))
}

/// Whether the import only finds out whether it works.
pub(super) fn is_probe(file: File<'_>, binding: &Binding) -> bool {
    binding.stmt.is_some_and(|stmt| is_import_probe(file, stmt))
}
