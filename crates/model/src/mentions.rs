//! Where the code of a project mentions names.

use std::collections::{BTreeMap, BTreeSet};

use backlint_semantic::BindingKind;
use backlint_source::Location;
use backlint_syntax::ast::Expr;
use rustc_hash::FxHashMap;

use crate::resolve::FunctionRef;
use crate::{File, Project, Role};

impl Project {
    /// Where code outside tests mentions each of the names: as a name that is read, an attribute, a keyword of a dotted
    /// string, an export or an import under another name. Definitions and plain imports are no mentions.
    pub fn mentions<'n>(&self, names: &BTreeSet<&'n str>) -> BTreeMap<&'n str, Vec<Location>> {
        let mut found = BTreeMap::new();
        for file in self.files().filter(|file| file.role() != Role::Test) {
            let wanted: FxHashMap<&str, &'n str> =
                names.iter().filter(|name| is_spoken_of(file, name)).map(|&name| (name, name)).collect();
            if !wanted.is_empty() {
                add_mentions(file, &wanted, &mut found);
            }
        }
        found
    }

    /// Whether a text that is not Python, such as an API description, mentions a name.
    pub fn texts_mention(&self, name: &str) -> bool {
        let is_word = |text: &str, at: usize| {
            let is_part = |c: char| c == '_' || c.is_alphanumeric();
            let before = text[..at].chars().next_back();
            let after = text[at + name.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        };
        let texts = self.sources.iter().filter(|(id, _)| self.file(*id).is_none()).map(|(_, file)| file.text());
        let mut found = texts.filter(|text| text.match_indices(name).any(|(at, _)| is_word(text, at)));
        found.next().is_some()
    }

    /// Whether code outside tests mentions a function, or the class it is a method of, anywhere but in itself.
    pub fn is_mentioned(&self, function: FunctionRef) -> bool {
        let Some(file) = self.file(function.file) else { return false };
        let module = file.module();
        let (name, own) = match file.index().class_of(module, function.id) {
            Some(class) => (file.class_name(class), module.stmt_span(file.class(class).stmt)),
            None => (file.function_name(function.id), module.stmt_span(file.function(function.id).stmt)),
        };
        let places = self.mentions(&BTreeSet::from([name])).remove(name).unwrap_or_default();
        places.iter().any(|at| at.file != function.file || at.span.end <= own.start || own.end <= at.span.start)
    }
}

/// Whether the file can mention the name at all; strings may hold it as the last part of a path.
fn is_spoken_of(file: File<'_>, name: &str) -> bool {
    file.module().symbol(name).is_some() || file.source().text().contains(name)
}

fn add_mentions<'n>(file: File<'_>, wanted: &FxHashMap<&str, &'n str>, found: &mut BTreeMap<&'n str, Vec<Location>>) {
    let module = file.module();
    let mut add = |name: &str, at: Location| {
        if let Some(&name) = wanted.get(name) {
            found.entry(name).or_default().push(at);
        }
    };
    for expr in module.expr_ids() {
        match module.expr(expr) {
            Expr::Name(name) | Expr::Attribute { name, .. } => add(module.text(name), file.at_expr(expr)),
            Expr::Str(text) => {
                let text = module.text(text);
                add(text.rsplit(['.', ':']).next().unwrap_or(text), file.at_expr(expr));
            }
            _ => {}
        }
    }
    for binding in file.index().imports() {
        let BindingKind::Import(import) = binding.kind else { continue };
        if let Some(name) = import.name.filter(|&name| name != binding.name) {
            add(module.text(name), file.at(binding.span));
        }
    }
}
