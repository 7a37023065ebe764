//! Paths that are the same on every machine: literals, joins, and folders above `__file__`.

use backlint_model::File;
use backlint_semantic::Call;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId};

use crate::expressions::{assigned_value, literal};

/// How many names and joins a path may be made of.
const MAX_STEPS: u32 = 16;

/// What a path is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The file that computes it; the path is one as reports show it.
    File,
    /// The folder that the program was started in.
    WorkingDirectory,
}

/// A path without unknown parts.
pub(super) struct Folded {
    pub(super) anchor: Anchor,
    pub(super) path: String,
}

/// The path that an expression is, if it is known and leads to something: neither to `__file__`'s own folders nor out
/// of the repository.
pub(super) fn folded(file: File<'_>, expr: ExprId) -> Option<Folded> {
    let path = fold(file, expr, MAX_STEPS)?;
    let is_useful = !path.parts.is_empty() && path.parts.iter().all(|part| is_plain(part));
    is_useful.then(|| Folded { anchor: path.anchor, path: path.parts.join("/") })
}

fn is_plain(part: &str) -> bool {
    !part.contains(['{', '*', '%', '~', '\\', ':'])
}

/// A path in parts.
struct Parts {
    anchor: Anchor,
    parts: Vec<String>,
}

impl Parts {
    fn of_text(text: &str) -> Option<Self> {
        if text.starts_with('/') || text.contains("://") {
            return None;
        }
        Self { anchor: Anchor::WorkingDirectory, parts: Vec::new() }.joined(text)
    }

    /// The path with more behind it; none if that leads out of what is known.
    fn joined(mut self, more: &str) -> Option<Self> {
        for part in more.split('/') {
            match part {
                "" | "." => {}
                ".." => self = self.parent()?,
                part => self.parts.push(part.to_owned()),
            }
        }
        Some(self)
    }

    fn parent(mut self) -> Option<Self> {
        self.parts.pop().map(|_| self)
    }
}

fn fold(file: File<'_>, expr: ExprId, steps: u32) -> Option<Parts> {
    let steps = steps.checked_sub(1)?;
    let module = file.module();
    match module.expr(expr) {
        Expr::Str(text) => Parts::of_text(module.text(text)),
        Expr::Name(name) if module.text(name) == "__file__" => {
            let parts = file.path().split('/').map(str::to_owned).collect();
            Some(Parts { anchor: Anchor::File, parts })
        }
        Expr::Name(_) => fold(file, assigned_value(file, expr)?, steps),
        Expr::Attribute { value, name } if module.text(name) == "parent" => fold(file, value, steps)?.parent(),
        Expr::Subscript { value, index } => above(file, value, index, steps),
        Expr::Binary { left, op: BinaryOp::Div, right } => fold(file, left, steps)?.joined(text_of(file, right)?),
        Expr::Binary { left, op: BinaryOp::Add, right } => {
            let more = text_of(file, right).filter(|more| more.starts_with('/'))?;
            fold(file, left, steps)?.joined(more)
        }
        Expr::Call { .. } => called(file, Call::of(module, expr)?, steps),
        _ => None,
    }
}

/// `path.parents[2]`.
fn above(file: File<'_>, value: ExprId, index: ExprId, steps: u32) -> Option<Parts> {
    let module = file.module();
    let Expr::Attribute { value: path, name } = module.expr(value) else { return None };
    let Expr::Int(count) = module.expr(index) else { return None };
    let count: u32 = module.text(count).parse().ok()?;
    let mut found = fold(file, path, steps).filter(|_| module.text(name) == "parents")?;
    for _ in 0..=count.min(MAX_STEPS) {
        found = found.parent()?;
    }
    Some(found)
}

fn called(file: File<'_>, call: Call<'_>, steps: u32) -> Option<Parts> {
    let name = call.name()?;
    let is_path_module = |receiver: ExprId| matches!(file.text_of(receiver), "os.path" | "path" | "osp");
    match (name, call.receiver()) {
        ("Path" | "PurePath" | "str" | "fspath" | "open", _) if call.args.len() == 1 => {
            fold(file, call.positional(0)?, steps)
        }
        ("abspath" | "realpath" | "normpath" | "expanduser", _) => fold(file, call.positional(0)?, steps),
        ("dirname", _) => fold(file, call.positional(0)?, steps)?.parent(),
        ("resolve" | "absolute" | "as_posix", Some(path)) => fold(file, path, steps),
        ("join", Some(receiver)) if is_path_module(receiver) => {
            joined(file, call, fold(file, call.positional(0)?, steps)?, 1)
        }
        ("joinpath", Some(path)) => joined(file, call, fold(file, path, steps)?, 0),
        ("join", None) if file.path_of(call.function).is_some_and(|path| path == "os.path.join") => {
            joined(file, call, fold(file, call.positional(0)?, steps)?, 1)
        }
        _ => None,
    }
}

/// A path with the arguments of a call from one place on behind it.
fn joined(file: File<'_>, call: Call<'_>, start: Parts, from: usize) -> Option<Parts> {
    let mut path = start;
    if call.has_unpacking() {
        return None;
    }
    for arg in call.args.iter().skip(from) {
        path = path.joined(text_of(file, arg.value).filter(|text| !text.starts_with('/'))?)?;
    }
    Some(path)
}

fn text_of(file: File<'_>, expr: ExprId) -> Option<&str> {
    literal(file, expr).or_else(|| literal(file, assigned_value(file, expr)?))
}
