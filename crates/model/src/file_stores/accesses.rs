//! Calls that read a whole file of data, and those that write one.

use backlint_semantic::{BindingKind, Call};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use super::SaveKind;
use super::paths::PathKey;
use crate::resolve::{ExprRef, FunctionRef};
use crate::{File, Project};

/// Libraries that turn data into text and back.
const FORMATS: &[&str] =
    &["json", "msgpack", "orjson", "pickle", "rapidjson", "simplejson", "toml", "tomli", "tomllib", "ujson", "yaml"];
const LOADS: &[&str] = &["load", "loads", "safe_load", "full_load", "unpackb"];
const DUMPS: &[&str] = &["dump", "dumps", "safe_dump", "packb"];

/// One access to a file.
pub(super) struct Access {
    pub(super) key: PathKey,
    /// The path in the source.
    pub(super) name: String,
    /// What it says, where that is known.
    pub(super) path: Option<String>,
    /// How it is saved; none for a load.
    pub(super) save: Option<SaveKind>,
    pub(super) at: ExprRef,
    pub(super) data: Option<ExprId>,
    pub(super) function: Option<FunctionRef>,
}

/// An open file.
struct Opened {
    path: ExprId,
    /// The call that opens it.
    call: ExprId,
    writes: bool,
}

/// The accesses of a file, in source order.
pub(super) fn find(project: &Project, file: File<'_>) -> Vec<Access> {
    let reader = Reader { project, file };
    let mut found: Vec<Access> = Vec::new();
    if FORMATS.iter().any(|format| file.module().symbol(format).is_some()) {
        found.extend(file.calls_named(LOADS).filter_map(|call| reader.load(call)));
        found.extend(file.calls_named(DUMPS).filter_map(|call| reader.save(call)));
        found.extend(file.calls_named(&["replace", "rename", "move"]).filter_map(|call| reader.replacement(call)));
    }
    found.retain(|access| !file.is_dev_only(access.at.expr));
    found.sort_by_key(|access| file.module().span(access.at.expr));
    found
}

struct Reader<'p> {
    project: &'p Project,
    file: File<'p>,
}

impl<'p> Reader<'p> {
    /// `json.load(file)`, `json.loads(path.read_text())`.
    fn load(&self, call: Call<'p>) -> Option<Access> {
        if !self.is_of_format(call) {
            return None;
        }
        let source = call.positional(0)?;
        let path = match self.opened(source) {
            Some(opened) if !opened.writes => opened.path,
            Some(_) => return None,
            None => self.read_whole(self.assigned(source).unwrap_or(source))?,
        };
        self.access(path, None, call.expr, None)
    }

    /// `json.dump(data, file)`, `file.write(json.dumps(data))`, `path.write_text(json.dumps(data))`.
    fn save(&self, call: Call<'p>) -> Option<Access> {
        if !self.is_of_format(call) {
            return None;
        }
        let data = call.positional(0)?;
        if let Some(opened) = call.positional(1).and_then(|target| self.opened(target)) {
            return if opened.writes { self.saved(opened.path, opened.call, data) } else { None };
        }
        let written = self.written(call.expr)?;
        let target = written.receiver()?;
        match self.opened(target) {
            Some(opened) if opened.writes => self.saved(opened.path, opened.call, data),
            None if matches!(written.name(), Some("write_text" | "write_bytes")) => {
                self.saved(target, written.expr, data)
            }
            _ => None,
        }
    }

    fn saved(&self, path: ExprId, at: ExprId, data: ExprId) -> Option<Access> {
        self.access(path, Some(SaveKind::InPlace), at, Some(data))
    }

    /// `os.replace(new, path)`, `new.replace(path)`.
    fn replacement(&self, call: Call<'p>) -> Option<Access> {
        let path = match (call.args.len(), call.receiver()) {
            (2, Some(_)) => {
                let called = self.file.path_of(call.function)?;
                let moves = matches!(called.as_str(), "os.replace" | "os.rename" | "shutil.move");
                call.positional(1).filter(|_| moves)?
            }
            (1, Some(_)) if call.name() != Some("move") => call.positional(0)?,
            _ => return None,
        };
        self.access(path, Some(SaveKind::Replaced), call.expr, self.put_in_place(call))
    }

    /// The data that a function turns into text last before it puts the new file in place.
    fn put_in_place(&self, replacement: Call<'p>) -> Option<ExprId> {
        let (module, index) = (self.file.module(), self.file.index());
        let function = index.function_of(replacement.expr);
        let end = |expr: ExprId| module.span(expr).end;
        let dumps = self.file.calls_named(DUMPS).filter(|dump| {
            index.function_of(dump.expr) == function
                && end(dump.expr) < end(replacement.expr)
                && self.is_of_format(*dump)
        });
        dumps.max_by_key(|dump| end(dump.expr))?.positional(0)
    }

    fn access(&self, path: ExprId, save: Option<SaveKind>, at: ExprId, data: Option<ExprId>) -> Option<Access> {
        let key = self.project.path_key(self.file, path)?;
        let function = self.file.index().function_of(at).map(|id| FunctionRef::new(self.file.id(), id));
        let name = self.file.text_of(path).to_owned();
        let path = self.project.string(self.file.id(), path);
        Some(Access { key, name, path, save, at: ExprRef { file: self.file.id(), expr: at }, data, function })
    }

    fn is_of_format(&self, call: Call<'_>) -> bool {
        let path = self.file.path_of(call.function);
        path.is_some_and(|path| path.split_once('.').is_some_and(|(library, _)| FORMATS.contains(&library)))
    }

    /// The path whose whole content `expr` is: `path.read_text()`, `file.read()`.
    fn read_whole(&self, expr: ExprId) -> Option<ExprId> {
        let module = self.file.module();
        let expr = if let Expr::Await(inner) = module.expr(expr) { inner } else { expr };
        let call = Call::of(module, expr)?;
        match call.name()? {
            "read_text" | "read_bytes" => call.receiver(),
            "read" => self.opened(call.receiver()?).filter(|opened| !opened.writes).map(|opened| opened.path),
            _ => None,
        }
    }

    /// The call that writes a text: the one that it is an argument of, or that its name is given to.
    fn written(&self, text: ExprId) -> Option<Call<'p>> {
        let (module, index) = (self.file.module(), self.file.index());
        let outer = index.ancestors(text).filter_map(|expr| Call::of(module, expr));
        let direct = outer.into_iter().find(|call| is_write(*call));
        direct.or_else(|| {
            let stmt = index.stmt_of(text)?;
            let Stmt::Assign { targets, value } = module.stmt(stmt) else { return None };
            let &[target] = module.list(targets) else { return None };
            let Expr::Name(name) = module.expr(target) else { return None };
            let function = index.function_of(text);
            let mut writes = self.file.calls_named(&["write", "write_text", "write_bytes"]);
            writes.find(|write| {
                let given = write.positional(0).map(|given| module.expr(given));
                value == text && given == Some(Expr::Name(name)) && index.function_of(write.expr) == function
            })
        })
    }

    /// The value that a local name was given once.
    fn assigned(&self, expr: ExprId) -> Option<ExprId> {
        let Expr::Name(name) = self.file.module().expr(expr) else { return None };
        let index = self.file.index();
        match index.lookup(index.scope_of_name(expr), name) {
            [only] => match only.kind {
                BindingKind::Assign { value, .. } => value,
                _ => None,
            },
            _ => None,
        }
    }

    /// How the file that `expr` names was opened.
    fn opened(&self, expr: ExprId) -> Option<Opened> {
        let module = self.file.module();
        if let Some(call) = Call::of(module, expr) {
            return self.open_call(call);
        }
        let Expr::Name(name) = module.expr(expr) else { return None };
        let stmt = self.file.index().stmt_of(expr)?;
        let around = self.file.index().stmt_ancestors(stmt).find_map(|parent| match module.stmt(parent.stmt) {
            Stmt::With { items, .. } => module.list(items).iter().find_map(|item| {
                let target = item.target.map(|target| module.expr(target));
                (target == Some(Expr::Name(name))).then_some(item.context)
            }),
            _ => None,
        });
        self.open_call(Call::of(module, around.or_else(|| self.assigned(expr))?)?)
    }

    /// `open(path, "w")`, `path.open("w")`.
    fn open_call(&self, call: Call<'p>) -> Option<Opened> {
        if call.name() != Some("open") {
            return None;
        }
        let called = self.file.path_of(call.function);
        let is_function =
            called.is_some_and(|path| matches!(path.as_str(), "open" | "io.open" | "codecs.open" | "aiofiles.open"));
        let (path, place) = if is_function { (call.argument("file", 0)?, 1) } else { (call.receiver()?, 0) };
        let mode = match call.argument("mode", place) {
            Some(mode) => self.project.string(self.file.id(), mode)?,
            None => "r".to_owned(),
        };
        // What is appended, or changed in the middle, is no whole file.
        let is_whole = !mode.contains(['a', '+']) && mode.len() <= 3;
        is_whole.then(|| Opened { path, call: call.expr, writes: mode.contains(['w', 'x']) })
    }
}

fn is_write(call: Call<'_>) -> bool {
    matches!(call.name(), Some("write" | "write_text" | "write_bytes"))
}
