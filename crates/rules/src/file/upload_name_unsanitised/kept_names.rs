//! Names of uploads that were cleaned, and are used as they came out: empty, or the same as that of another file.

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{EffectKind, File, FunctionRef, Project, Reach};
use backlint_semantic::{BindingKind, Call, descendants};
use backlint_source::Location;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, FunctionId, Stmt, Symbol};

use crate::file::run_files::opening_for_writing;

/// Words of code that requires an ending, which leaves no name empty.
const ENDINGS: &[&str] = &["allowed", "endswith(", "rsplit(", "split(\".\")", "splitext", "suffix", "valid"];

/// Words of folders that keep files of one name apart.
const DISTINCT: &[&str] = &[
    "%f",
    "count",
    "digest",
    "hash",
    "hex",
    "microsecond",
    "mkdtemp",
    "secrets",
    "tempfile",
    "time_ns",
    "token",
    "uuid",
];

/// Words of functions that look whether a file is there already, or give files names of their own.
const LOOKING: &[&str] = &["exists(", "uuid"];

/// How many names a folder may be behind.
const MAX_STEPS: u32 = 4;

/// A cleaned name that becomes the last part of a path.
struct Kept<'p> {
    project: &'p Project,
    file: File<'p>,
    function: FunctionId,
    name: Symbol,
    cleaned: Call<'p>,
    folder: ExprId,
    path: ExprId,
}

pub(super) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files() {
        for call in file.calls_named(&["secure_filename"]) {
            let Some(kept) = Kept::of(project, file, call) else { continue };
            kept.report_empty(findings);
            kept.report_collision(findings);
        }
    }
}

impl<'p> Kept<'p> {
    /// `name = secure_filename(upload.filename)`, then `folder / name`.
    fn of(project: &'p Project, file: File<'p>, cleaned: Call<'p>) -> Option<Self> {
        let (module, index) = (file.module(), file.index());
        let function = index.function_of(cleaned.expr)?;
        let is_live = project.reach(FunctionRef { file: file.id(), id: function }) == Some(Reach::Request);
        if !is_live || !is_upload_name(project, file, cleaned.positional(0)?) {
            return None;
        }
        let Stmt::Assign { targets, value } = module.stmt(index.stmt_of(cleaned.expr)?) else { return None };
        let &[target] = module.list(targets) else { return None };
        let Expr::Name(name) = module.expr(target) else { return None };
        // A name that is given another value is put together further.
        let is_final = index.lookup(index.function_scope(function), name).len() == 1;
        if value != cleaned.expr || !is_final {
            return None;
        }
        let mut uses =
            index.uses().iter().filter(|used| used.name == name && index.function_of(used.expr) == Some(function));
        let (path, folder) = uses.find_map(|used| joined(file, used.expr))?;
        Some(Self { project, file, function, name, cleaned, folder, path })
    }

    fn text(&self) -> &'p str {
        self.file.slice(self.file.module().stmt_span(self.file.function(self.function).stmt))
    }

    /// The name may be empty, and the path that of the folder.
    fn report_empty(&self, findings: &mut Findings) {
        let text = self.text().to_ascii_lowercase();
        if ENDINGS.iter().any(|word| text.contains(word)) || self.is_asked() {
            return;
        }
        let call = self.file.text_of(self.cleaned.expr);
        let message = format!(
            "`{call}` leaves nothing of a name such as `..` or one without Latin letters; the path is then that of the \
             folder. Refuse empty names, or choose a name of your own."
        );
        let report = findings.report(self.file.at_expr(self.cleaned.expr), self.anchor("empty"), message);
        report.also(self.file.at_expr(self.path), "it becomes the last part of a path here").severity(Severity::Low);
    }

    /// Two uploads may get the same path.
    fn report_collision(&self, findings: &mut Findings) {
        let text = self.text().to_ascii_lowercase();
        let Some(folder) = self.folder_text() else { return };
        let is_distinct = DISTINCT.iter().any(|word| folder.contains(word));
        if is_distinct || LOOKING.iter().any(|word| text.contains(word)) {
            return;
        }
        let Some(written) = self.written() else { return };
        let is_stamped = folder.contains("strftime") || folder.contains("time.time(");
        let when = if is_stamped { "in the same second " } else { "" };
        let message = format!(
            "Two uploads of one name get the same path {when}and the later one takes the place of the earlier; put an \
             identifier of your own into the path."
        );
        let at = self.file.at_expr(self.path);
        let mut report = findings.report(at, self.anchor("collision"), message).audience(Audience::Pedantic);
        if let Some(stamp) = self.stamp() {
            report = report.also(stamp, "the time tells seconds apart, not uploads");
        }
        report.also(written, "an existing file is emptied here");
    }

    fn anchor(&self, kind: &str) -> String {
        let name = self.file.module().text(self.name);
        format!("{}: {name} {kind}", self.file.qualified_name(self.function))
    }

    /// Whether some code asks what the name looks like.
    fn is_asked(&self) -> bool {
        let (module, index) = (self.file.module(), self.file.index());
        let uses = index.uses().iter().filter(|used| used.name == self.name);
        let mut own = uses.filter(|used| index.function_of(used.expr) == Some(self.function));
        own.any(|used| match index.parent(used.expr).map(|parent| module.expr(parent)) {
            None => {
                let stmt = index.stmt_of(used.expr).map(|stmt| module.stmt(stmt));
                matches!(stmt, Some(Stmt::If { .. } | Stmt::While { .. } | Stmt::Assert { .. }))
            }
            Some(parent) => matches!(
                parent,
                Expr::Attribute { .. }
                    | Expr::Bool { .. }
                    | Expr::Compare { .. }
                    | Expr::Conditional { .. }
                    | Expr::Unary { .. }
            ),
        })
    }

    /// What the folder is made of, in lower case; none where a parameter decides.
    fn folder_text(&self) -> Option<String> {
        let mut text = String::new();
        for part in self.folder_parts()? {
            text.push_str(self.file.text_of(part));
            text.push('\n');
        }
        Some(text.to_ascii_lowercase())
    }

    /// The expressions that the folder is made of, behind its names; none where a parameter, a loop or an identifier decides.
    fn folder_parts(&self) -> Option<Vec<ExprId>> {
        let (module, index) = (self.file.module(), self.file.index());
        let mut parts = vec![self.folder];
        let mut done = 0;
        for _ in 0..MAX_STEPS {
            let level = parts.get(done..)?.to_vec();
            done = parts.len();
            for part in level {
                for inner in descendants(module, part) {
                    let name = match module.expr(inner) {
                        Expr::Name(name) => name,
                        // A folder of a user, an order, a scan.
                        Expr::Attribute { name, .. } if is_identifier(module.text(name)) => return None,
                        _ => continue,
                    };
                    for binding in index.lookup(index.scope_of_name(inner), name) {
                        match binding.kind {
                            BindingKind::Assign { value: Some(value), .. } if !parts.contains(&value) => {
                                parts.push(value);
                            }
                            BindingKind::Param(..) | BindingKind::Loop { .. } => return None,
                            _ => {}
                        }
                    }
                }
            }
        }
        Some(parts)
    }

    /// Where the time of the folder is told.
    fn stamp(&self) -> Option<Location> {
        let is_stamp = |part: &ExprId| {
            let text = self.file.text_of(*part);
            text.contains("strftime") || text.contains("time.time(")
        };
        self.folder_parts()?.into_iter().rev().find(is_stamp).map(|part| self.file.at_expr(part))
    }

    /// Where the file is written in the place of what was there.
    fn written(&self) -> Option<Location> {
        let function = FunctionRef { file: self.file.id(), id: self.function };
        self.project.calls_in(function).into_iter().find_map(|call| self.writes(call))
    }

    /// `upload.save(path)`, `path.write_bytes(…)`, `open(path, "wb")`, or a function of the project that does it.
    fn writes(&self, call: Call<'_>) -> Option<Location> {
        let file = self.file;
        let at = file.at_expr(call.expr);
        let is_given = || call.args.iter().any(|arg| self.is_path(arg.value));
        match call.name()? {
            "write_bytes" | "write_text" => self.is_path(call.receiver()?).then_some(at),
            "save" => self.is_path(call.positional(0)?).then_some(at),
            "open" => {
                let mode = self.project.string(file.id(), call.argument("mode", 1)?)?;
                (self.is_path(call.positional(0)?) && mode.starts_with('w')).then_some(at)
            }
            _ if is_given() => {
                let writer = self.project.resolve(file.id(), call.function).function()?;
                let home = self.project.file(writer.file)?;
                let opened = opening_for_writing(self.project, writer).map(|call| home.at_expr(call.expr));
                let effects = self.project.own_effects(writer).iter();
                let mut written = effects.filter(|effect| effect.kind == EffectKind::FileWrite);
                opened.or_else(|| written.next().map(|effect| effect.at))
            }
            _ => None,
        }
    }

    /// Whether an expression is the path, or a name for it, perhaps as a text.
    fn is_path(&self, expr: ExprId) -> bool {
        let (module, index) = (self.file.module(), self.file.index());
        if expr == self.path {
            return true;
        }
        match module.expr(expr) {
            Expr::Name(name) => index.lookup(index.scope_of_name(expr), name).iter().any(
                |binding| matches!(binding.kind, BindingKind::Assign { value: Some(value), .. } if value == self.path),
            ),
            Expr::Call { .. } => {
                let call = Call::of(module, expr).filter(|call| matches!(call.name(), Some("str" | "Path" | "fspath")));
                call.and_then(|call| call.positional(0)).is_some_and(|inner| self.is_path(inner))
            }
            _ => false,
        }
    }
}

fn is_identifier(name: &str) -> bool {
    matches!(name, "id" | "name" | "slug" | "username") || name.ends_with("_id")
}

/// The name of an upload: `upload.filename`, or a variable for it.
fn is_upload_name(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    match module.expr(expr) {
        Expr::Attribute { value, name } => module.text(name) == "filename" && project.is_upload(file, value),
        Expr::Bool { values, .. } => module.list(values).iter().any(|&value| is_upload_name(project, file, value)),
        Expr::Name(_) => crate::expressions::assigned_value(file, expr).is_some_and(|value| {
            matches!(module.expr(value), Expr::Attribute { .. }) && is_upload_name(project, file, value)
        }),
        _ => false,
    }
}

/// The path and the folder, if a name is the last part of a path.
fn joined(file: File<'_>, used: ExprId) -> Option<(ExprId, ExprId)> {
    let module = file.module();
    let parent = file.index().parent(used)?;
    match module.expr(parent) {
        Expr::Binary { left, op: BinaryOp::Div, right } if right == used => Some((parent, left)),
        Expr::Call { .. } => {
            let call = Call::of(module, parent)?;
            let is_join = file.path_of(call.function).is_some_and(|path| path == "os.path.join");
            // What stands between the two keeps files apart, or not; nobody knows.
            let [folder, last] = call.args else { return None };
            (is_join && last.value == used).then_some((parent, folder.value))
        }
        _ => None,
    }
}
