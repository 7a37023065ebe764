//! One Python file of the project.

use backlint_semantic::{BindingKind, Call, FileIndex};
use backlint_source::{FileId, Location, SourceFile, Span};
use backlint_syntax::Module;
use backlint_syntax::ast::{Class, ClassId, Expr, ExprId, Function, FunctionId, Handler, Stmt, StmtId, Symbol};

use crate::resolve::SelfAttribute;
use crate::{Role, dev_only};

/// What is kept of one Python file.
#[derive(Debug)]
pub struct FileData {
    pub(crate) module: Module,
    pub(crate) index: FileIndex,
    /// Path below the analysed folder; what a file is for is read off it.
    pub(crate) local: String,
    pub(crate) role: Role,
    pub(crate) self_attributes: Vec<SelfAttribute>,
}

/// A cheap view of one Python file.
#[derive(Clone, Copy, Debug)]
pub struct File<'p> {
    pub(crate) id: FileId,
    pub(crate) source: &'p SourceFile,
    pub(crate) data: &'p FileData,
}

impl<'p> File<'p> {
    /// Its id.
    pub fn id(self) -> FileId {
        self.id
    }

    /// Its path as reports show it.
    pub fn path(self) -> &'p str {
        self.source.path()
    }

    /// Its path below the analysed folder.
    pub fn local_path(self) -> &'p str {
        &self.data.local
    }

    /// Whether it imports something of a top-level package.
    pub fn imports_package(self, package: &str) -> bool {
        self.index().imports().iter().any(|binding| {
            let BindingKind::Import(import) = binding.kind else { return false };
            let from = import.module.map_or("", |from| self.module().text(from));
            import.level == 0 && from.split('.').next() == Some(package)
        })
    }

    /// Its text and lines.
    pub fn source(self) -> &'p SourceFile {
        self.source
    }

    /// Its typed tree.
    pub fn module(self) -> &'p Module {
        &self.data.module
    }

    /// Its index.
    pub fn index(self) -> &'p FileIndex {
        &self.data.index
    }

    /// What it is for.
    pub fn role(self) -> Role {
        self.data.role
    }

    /// Whether a statement is a string that stands alone, as documentation does.
    pub fn is_documentation(self, stmt: StmtId) -> bool {
        let module = self.module();
        matches!(module.stmt(stmt), Stmt::Expr(text) if matches!(module.expr(text), Expr::Str(_)))
    }

    /// The source text of a span.
    pub fn slice(self, span: Span) -> &'p str {
        span.of(self.source.text())
    }

    /// What a clause catches, one by one; empty for one that names no type.
    pub fn caught_by(self, handler: &'p Handler) -> &'p [ExprId] {
        let Some(kind) = &handler.kind else { return &[] };
        match self.module().expr(*kind) {
            Expr::Tuple(items) => self.module().list(items),
            _ => std::slice::from_ref(kind),
        }
    }

    /// The source text of an expression.
    pub fn text_of(self, expr: ExprId) -> &'p str {
        self.slice(self.module().span(expr))
    }

    /// A place in this file.
    pub fn at(self, span: Span) -> Location {
        Location { file: self.id, span }
    }

    /// The place of an expression.
    pub fn at_expr(self, expr: ExprId) -> Location {
        self.at(self.module().span(expr))
    }

    /// The place of a statement, for compound statements their first line only.
    pub fn at_stmt(self, stmt: StmtId) -> Location {
        self.at(self.first_line(self.module().stmt_span(stmt)))
    }

    /// The place of a function's header: from `def` to the colon.
    pub fn at_function(self, id: FunctionId) -> Location {
        self.at(self.function(id).header)
    }

    /// The part of `span` on its first line, so that reports stay tight.
    pub fn first_line(self, span: Span) -> Span {
        let line = self.source.line(span.start);
        let end = self.source.lines().line_span(self.source.text(), line).end;
        Span::new(span.start, span.end.min(end.max(span.start)))
    }

    /// The 1-based line of an offset.
    pub fn line(self, offset: u32) -> u32 {
        self.source.line(offset)
    }

    /// The function.
    pub fn function(self, id: FunctionId) -> &'p Function {
        self.module().function(id)
    }

    /// The name of a function.
    pub fn function_name(self, id: FunctionId) -> &'p str {
        self.module().text(self.function(id).name)
    }

    /// The class.
    pub fn class(self, id: ClassId) -> &'p Class {
        self.module().class(id)
    }

    /// The name of a class.
    pub fn class_name(self, id: ClassId) -> &'p str {
        self.module().text(self.class(id).name)
    }

    /// `Class.method`, `outer.inner` or `function`: what a reader calls the function, for anchors.
    pub fn qualified_name(self, id: FunctionId) -> String {
        let name = self.function_name(id);
        if let Some(class) = self.index().class_of(self.module(), id) {
            return format!("{}.{name}", self.class_name(class));
        }
        match self.index().outer_function(self.module(), id) {
            Some(outer) => format!("{}.{name}", self.function_name(outer)),
            None => name.to_owned(),
        }
    }

    /// What a reader calls the place of `expr`: its function, or the module.
    pub fn context_name(self, expr: ExprId) -> String {
        self.index().function_of(expr).map_or_else(|| "<module>".to_owned(), |f| self.qualified_name(f))
    }

    /// All calls.
    pub fn calls(self) -> impl Iterator<Item = Call<'p>> {
        let module = self.module();
        self.index().calls().iter().filter_map(move |&call| Call::of(module, call))
    }

    /// All calls whose callee's last segment is one of `names`. Files that use none of the names cost nothing.
    pub fn calls_named(self, names: &'static [&'static str]) -> impl Iterator<Item = Call<'p>> {
        let wanted: Vec<Symbol> = names.iter().filter_map(|name| self.module().symbol(name)).collect();
        let calls = (!wanted.is_empty()).then(|| self.calls()).into_iter().flatten();
        calls.filter(move |call| call.name_symbol().is_some_and(|name| wanted.contains(&name)))
    }

    /// The name of what is called where it is defined: the imported one behind `import … as …`.
    pub fn defined_name(self, call: Call<'p>) -> Option<&'p str> {
        let Expr::Name(name) = self.module().expr(call.function) else { return call.name() };
        let bindings = self.index().lookup(self.index().scope_of_name(call.function), name);
        let imported = bindings.iter().find_map(|binding| match binding.kind {
            BindingKind::Import(import) => import.name,
            _ => None,
        });
        Some(self.module().text(imported.unwrap_or(name)))
    }

    /// The dotted path of what `expr` names, through this file's imports (see `FileIndex::path`).
    pub fn path_of(self, expr: ExprId) -> Option<String> {
        self.index().path(self.module(), expr)
    }

    /// Whether `expr` only runs in development or tests: dominated by a test of an environment, debug or testing
    /// setting, or in a file made for development.
    pub fn is_dev_only(self, expr: ExprId) -> bool {
        dev_only::is_dev_only(self, expr)
    }
}
