//! MNT002: an entry of `sys.modules` that code outside the import system writes.

use backlint_finding::{Findings, Severity};
use backlint_model::{File, words};
use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use crate::expressions::{assigned_value, literal};

/// One entry that is written.
struct Entry<'p> {
    file: File<'p>,
    /// The target of the assignment, or the call.
    at: ExprId,
    key: ExprId,
    value: ExprId,
}

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if !file.role().is_reported() || file.module().symbol("modules").is_none() {
        return;
    }
    for group in groups(file) {
        let Some((first, others)) = group.split_first() else { continue };
        let mut report = findings.report(file.at_expr(first.at), first.anchor(), first.message());
        if group.iter().any(Entry::is_foreign_stand_in) {
            report = report.severity(Severity::High);
        }
        for other in others {
            report = report.also(file.at_expr(other.at), "and this part of it");
        }
    }
}

/// The entries that count, with the modules of one stand-in for a package together.
fn groups(file: File<'_>) -> Vec<Vec<Entry<'_>>> {
    let mut groups: Vec<Vec<Entry<'_>>> = Vec::new();
    for entry in entries(file) {
        if entry.is_own() || entry.is_loader() || entry.is_restored() || entry.is_vendoring() {
            continue;
        }
        let anchor = entry.anchor();
        match groups.iter_mut().find(|group| group[0].is_stand_in() && group[0].anchor() == anchor) {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    groups
}

fn entries(file: File<'_>) -> Vec<Entry<'_>> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in module.stmt_ids() {
        let Stmt::Assign { targets, value } = module.stmt(stmt) else { continue };
        for &target in module.list(targets) {
            let Expr::Subscript { value: table, index: key } = module.expr(target) else { continue };
            if is_module_table(file, table) {
                found.push(Entry { file, at: target, key, value });
            }
        }
    }
    for call in file.calls_named(&["setdefault"]) {
        let (Some(key), Some(value)) = (call.positional(0), call.positional(1)) else { continue };
        if call.receiver().is_some_and(|table| is_module_table(file, table)) {
            found.push(Entry { file, at: call.expr, key, value });
        }
    }
    found.sort_by_key(|entry| entry.at);
    found
}

/// `sys.modules`, also under another name.
fn is_module_table(file: File<'_>, expr: ExprId) -> bool {
    let is_table = |expr| file.path_of(expr).as_deref() == Some("sys.modules");
    is_table(expr) || assigned_value(file, expr).is_some_and(is_table)
}

impl<'p> Entry<'p> {
    /// Where and which package.
    fn anchor(&self) -> String {
        let key = literal(self.file, self.key).map(|name| name.split('.').next().unwrap_or(name));
        format!("{}: {}", self.file.context_name(self.at), key.unwrap_or_else(|| self.file.text_of(self.key)))
    }

    /// A module may replace itself: `sys.modules[__name__] = …`.
    fn is_own(&self) -> bool {
        self.file.text_of(self.key) == "__name__"
    }

    /// The documented way to import a file by its path, and plugin loaders, which make modules under names of their own.
    fn is_loader(&self) -> bool {
        let is_dynamic = literal(self.file, self.key).is_none();
        self.values().into_iter().filter_map(|value| self.made_by(value)).any(|maker| match maker {
            "module_from_spec" | "new_module" | "load_module" | "load_source" => true,
            "ModuleType" => is_dynamic,
            _ => false,
        })
    }

    /// Whether the entry gets back what was taken out of it.
    fn is_restored(&self) -> bool {
        let key = self.file.text_of(self.key);
        self.values().into_iter().filter(|&value| value != self.value).any(|value| {
            let text = self.file.text_of(value);
            text.contains("modules") && text.contains(key)
        })
    }

    fn is_vendoring(&self) -> bool {
        let is_vendored =
            |text: &str| text.contains("vendor") || text.contains(".moves") || text.contains(".packages.");
        is_vendored(self.file.text_of(self.key)) || is_vendored(self.file.text_of(self.value))
    }

    /// Whether the entry belongs to a security package, or something made up takes the place of another project's package.
    fn is_foreign_stand_in(&self) -> bool {
        let Some(key) = literal(self.file, self.key) else { return false };
        let first = key.split('.').next().unwrap_or(key);
        let is_own = self.file.path().split('/').any(|segment| segment.trim_end_matches(".py") == first);
        is_security_package(first) || !is_own && !words::is_standard_module(first) && self.is_stand_in()
    }

    fn is_stand_in(&self) -> bool {
        let is_made_up =
            |name| matches!(name, "ModuleType" | "SimpleNamespace" | "Mock" | "MagicMock" | "AsyncMock" | "new_module");
        self.values().into_iter().filter_map(|value| self.made_by(value)).any(is_made_up)
    }

    fn message(&self) -> String {
        let key = self.file.text_of(self.key);
        match (literal(self.file, self.key), self.is_stand_in()) {
            (Some(name), true) => format!(
                "From here on, every `import {name}` gets a stand-in made here instead of the real package, without notice; let the import fail, or choose the implementation where it is used."
            ),
            (Some(name), false) => format!(
                "`{name}` becomes a second name of another module; whatever is loaded under both names exists twice. Import it by one name and fix the path instead."
            ),
            (None, _) => format!(
                "`sys.modules[{key}]` is written by hand, so what an import gives depends on what ran before; import modules by one name and fix the path instead."
            ),
        }
    }

    /// The value, and what its name is bound to.
    fn values(&self) -> Vec<ExprId> {
        let module = self.file.module();
        let index = self.file.index();
        let mut values = vec![self.value];
        if let Expr::Name(name) = module.expr(self.value) {
            let bindings = index.lookup(index.scope_of_name(self.value), name).iter();
            values.extend(bindings.filter_map(|binding| match binding.kind {
                BindingKind::Assign { value, .. } => value,
                BindingKind::Named { value } => Some(value),
                _ => None,
            }));
        }
        values
    }

    fn made_by(&self, value: ExprId) -> Option<&'p str> {
        Call::of(self.file.module(), value)?.name()
    }
}

fn is_security_package(name: &str) -> bool {
    const PACKAGES: &[&str] = &[
        "OpenSSL",
        "argon2",
        "authlib",
        "bcrypt",
        "cryptography",
        "hashlib",
        "hmac",
        "itsdangerous",
        "jose",
        "jwt",
        "nacl",
        "passlib",
        "pyotp",
        "secrets",
        "ssl",
    ];
    PACKAGES.contains(&name)
}
