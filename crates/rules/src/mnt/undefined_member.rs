//! MNT012: an attribute that the module or class it is read from does not have, and a call that its function refuses.

mod calls;
mod classes;
mod receivers;

use std::collections::BTreeSet;

use backlint_finding::Findings;
use backlint_model::{ClassRef, File, ImportCheck, Project};
use backlint_semantic::{Binding, BindingKind};
use backlint_source::{FileId, Location};
use backlint_syntax::ast::{Expr, ExprId, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::mnt::conditions::{hiding_clause, is_asked_for, is_attempt, is_for_types, is_unreachable};
use crate::mnt::patches::Patches;
use calls::{Refused, Why};
use classes::{Members, is_known};
use receivers::{Receiver, Receivers, is_made_of_class};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let members = Members::of(project);
    let imports = ImportCheck::new(project);
    let look = Look { project, members: &members };
    let mut absent: Vec<Missing<'_>> = Vec::new();
    let mut refused: Vec<Refused<'_>> = Vec::new();
    for file in project.reported_files().filter(|file| file.module().problems().is_empty()) {
        let mut receivers = Receivers::of(project, &imports, file);
        absent.extend(look.missing(file, &mut receivers));
        refused.extend(calls::refused(project, &members, &mut receivers, file));
    }
    if absent.is_empty() && refused.is_empty() {
        return;
    }
    let patches = Patches::of(project);
    report_absent(project, absent, &patches, findings);
    for call in refused.iter().filter(|call| !patches.has(call.name)) {
        report_refused(project, call, findings);
    }
}

fn report_absent(project: &Project, found: Vec<Missing<'_>>, patches: &Patches<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for missing in found {
        let anchor = format!("{}: {}", missing.file.context_name(missing.expr), missing.file.text_of(missing.expr));
        if patches.has(missing.name) || !seen.insert((missing.file.id(), anchor.clone())) {
            continue;
        }
        let (owner, at) = missing.owner(project);
        let hiding = missing.file.index().stmt_of(missing.expr).and_then(|stmt| hiding_clause(missing.file, stmt));
        let consequence = match hiding {
            Some(_) => "the clause below hides the AttributeError every time",
            None => "this raises an AttributeError",
        };
        let message = format!("{owner} has no `{}`: {consequence}.", missing.name);
        let mut report = findings.report(missing.file.at_expr(missing.expr), anchor, message);
        if let Some(at) = at {
            report = report.also(at, "defined here, without it");
        }
        if let Some(clause) = hiding {
            report.also(missing.file.at(clause), "this clause hides the error");
        }
    }
}

fn report_refused(project: &Project, refused: &Refused<'_>, findings: &mut Findings) {
    let Refused { file, call, function, name, why } = refused;
    let Some(owner) = project.file(function.file) else { return };
    let hiding = file.index().stmt_of(*call).and_then(|stmt| hiding_clause(*file, stmt));
    let consequence = match hiding {
        Some(_) => "the clause below hides the TypeError every time",
        None => "this raises a TypeError",
    };
    let what = match why {
        Why::UnknownKeyword(keyword) => format!("takes no `{keyword}`"),
        Why::TooMany { takes: 0, given } => format!("takes nothing by position, and gets {given}"),
        Why::TooMany { takes, given } => format!("takes {takes} by position, and gets {given}"),
        Why::Missing(names) => format!("needs `{}`", names.join("`, `")),
    };
    let message = format!("`{name}` {what}: {consequence}.");
    let anchor = format!("{}: {name}()", file.context_name(*call));
    let at = file.at(file.first_line(file.at_expr(*call).span));
    let defined = owner.at(owner.function(function.id).name_span);
    let report = findings.report(at, anchor, message).also(defined, "defined here");
    if let Some(clause) = hiding {
        report.also(file.at(clause), "this clause hides the error");
    }
}

/// An attribute that is read from something that lacks it.
struct Missing<'p> {
    file: File<'p>,
    expr: ExprId,
    name: &'p str,
    of: Owner,
}

/// What an attribute is read from.
#[derive(Clone, Copy)]
enum Owner {
    Module(FileId),
    Class(ClassRef),
}

/// What is known of the whole project.
#[derive(Clone, Copy)]
struct Look<'l, 'p> {
    project: &'p Project,
    members: &'l Members<'p>,
}

impl<'p> Look<'_, 'p> {
    fn missing(self, file: File<'p>, receivers: &mut Receivers<'_, 'p>) -> Vec<Missing<'p>> {
        let Self { project, members } = self;
        let module = file.module();
        let candidates = self.candidates(file);
        let itself = module.symbol("self");
        let mut usual: FxHashMap<Symbol, bool> = FxHashMap::default();
        let mut found = Vec::new();
        for expr in module.expr_ids() {
            let Expr::Attribute { value, name } = module.expr(expr) else { continue };
            let Expr::Name(of) = module.expr(value) else { continue };
            let text = module.text(name);
            let mut is_usual = || *usual.entry(name).or_insert_with(|| members.are_of_some_class(text));
            if !candidates.contains(&of) || Some(of) == itself && is_usual() {
                continue;
            }
            let Some(receiver) = receivers.receiver(value).filter(|_| !text.starts_with("__")) else { continue };
            let is_lacking = match receiver {
                Receiver::Module(owner) => project.defines(owner, text) == Some(false),
                Receiver::Itself(class) => members.are_known_everywhere(project, class, text),
                Receiver::Instance(class) => {
                    is_known(project, class)
                        && !members.has(project, class, text)
                        && ![class.file, file.id()].into_iter().any(|file| members.is_open(file))
                }
            };
            if is_lacking && !is_excused(file, expr, text) {
                let of = match receiver {
                    Receiver::Module(owner) => Owner::Module(owner),
                    Receiver::Itself(class) | Receiver::Instance(class) => Owner::Class(class),
                };
                found.push(Missing { file, expr, name: text, of });
            }
        }
        found
    }

    /// The names in a file that may stand for a receiver: a cheap choice, for there are many attributes.
    fn candidates(self, file: File<'_>) -> FxHashSet<Symbol> {
        let module = file.module();
        let is_candidate = |binding: &&Binding| match binding.kind {
            BindingKind::Param(_, 0) => module.text(binding.name) == "self",
            BindingKind::Import(import) => {
                let from = import.module.map_or("", |name| module.text(name));
                import.level > 0 || self.project.has_module(from.split('.').next().unwrap_or(from))
            }
            BindingKind::Assign { value: Some(made), .. } => is_made_of_class(file, made),
            _ => false,
        };
        file.index().bindings().iter().filter(is_candidate).map(|binding| binding.name).collect()
    }
}

/// Whether the code reckons with the attribute being absent, gives it a value, or never runs.
fn is_excused(file: File<'_>, expr: ExprId, name: &str) -> bool {
    let is_idle =
        |stmt| is_attempt(file, stmt, &["AttributeError"], 0) || is_for_types(file, stmt) || is_unreachable(file, stmt);
    file.index().stmt_of(expr).is_some_and(is_idle) || is_asked_for(file, expr, name)
}

impl Missing<'_> {
    fn owner(&self, project: &Project) -> (String, Option<Location>) {
        match self.of {
            Owner::Module(id) => {
                let path = project.file(id).map(File::path).unwrap_or_default();
                (format!("`{path}`"), None)
            }
            Owner::Class(class) => {
                let Some(file) = project.file(class.file) else { return ("The class".to_owned(), None) };
                let at = file.at(file.class(class.id).name_span);
                (format!("`{}`", file.class_name(class.id)), Some(at))
            }
        }
    }
}
