//! Which expressions are texts of paths, and which are the output of processes.

use backlint_model::{File, Project};
use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{BinaryOp, Expr, ExprId};

/// How many names, folders and calls are looked behind.
const MAX_STEPS: u32 = 6;

const CLASSES: &[&str] = &["pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath"];

/// `str(path)`, `path.as_posix()`, `os.path.abspath(name)`.
pub(super) fn is_path_text(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    let paths = Paths { project, file };
    match call.name() {
        Some("str") => {
            let Some(inner) = call.positional(0) else { return false };
            matches!(file.module().expr(call.function), Expr::Name(_)) && paths.is_path(inner, MAX_STEPS)
        }
        Some("as_posix") => call.receiver().is_some_and(|receiver| paths.is_path(receiver, MAX_STEPS)),
        Some("fspath") => call.positional(0).is_some_and(|inner| paths.is_path(inner, MAX_STEPS)),
        Some("abspath" | "realpath") => paths.is_of_os(call),
        _ => false,
    }
}

/// `result.stdout` of `result = subprocess.run(…)`.
pub(super) fn is_output(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Expr::Attribute { value, name } = module.expr(expr) else { return false };
    matches!(module.text(name), "stdout" | "stderr")
        && crate::expressions::assigned_value(file, value)
            .and_then(|value| Call::of(module, value))
            .is_some_and(|call| file.path_of(call.function).is_some_and(|path| path == "subprocess.run"))
}

struct Paths<'p> {
    project: &'p Project,
    file: File<'p>,
}

impl Paths<'_> {
    /// Whether an expression is a path object, and none that was made relative or cut to its name.
    fn is_path(&self, expr: ExprId, steps: u32) -> bool {
        let Some(steps) = steps.checked_sub(1) else { return false };
        let module = self.file.module();
        match module.expr(expr) {
            Expr::Binary { left, op: BinaryOp::Div, .. } => self.is_path(left, steps),
            Expr::Attribute { value, name } => module.text(name) == "parent" && self.is_path(value, steps),
            Expr::Call { .. } => Call::of(module, expr).is_some_and(|call| self.makes_path(call, steps)),
            Expr::Name(name) => {
                let index = self.file.index();
                let bindings = index.lookup(index.scope_of_name(expr), name);
                !bindings.is_empty()
                    && bindings.iter().all(|binding| match binding.kind {
                        BindingKind::Assign { value: Some(value), .. } => self.is_path(value, steps),
                        BindingKind::Loop { iter } => {
                            let listed = Call::of(module, iter);
                            listed.is_some_and(|call| {
                                matches!(call.name(), Some("glob" | "iterdir" | "rglob"))
                                    && call.receiver().is_some_and(|folder| self.is_path(folder, steps))
                            })
                        }
                        _ => false,
                    })
            }
            _ => false,
        }
    }

    fn makes_path(&self, call: Call<'_>, steps: u32) -> bool {
        let path = self.file.path_of(call.function);
        if path.is_some_and(|path| CLASSES.contains(&path.as_str())) {
            // A text of the program's own that is relative stays relative.
            return call.positional(0).is_some_and(|first| !self.is_relative(first));
        }
        match call.name() {
            Some("absolute" | "expanduser" | "joinpath" | "resolve" | "with_name" | "with_suffix") => {
                call.receiver().is_some_and(|receiver| self.is_path(receiver, steps))
            }
            _ => self.project.resolve(self.file.id(), call.function).function().is_some_and(|function| {
                let home = self.project.file(function.file);
                home.is_some_and(|home| {
                    let returns = home.function(function.id).returns;
                    returns.is_some_and(|returns| matches!(home.text_of(returns), "Path" | "pathlib.Path"))
                })
            }),
        }
    }

    fn is_relative(&self, expr: ExprId) -> bool {
        let text = self.project.string(self.file.id(), expr);
        text.is_some_and(|text| !text.starts_with('/') && !text.starts_with('~') && text.get(1..2) != Some(":"))
    }

    fn is_of_os(&self, call: Call<'_>) -> bool {
        self.file.path_of(call.function).is_some_and(|path| path.starts_with("os.path."))
    }
}
