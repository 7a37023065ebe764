//! SEC008: the text of an error that nobody foresaw goes to the client.

mod passed_on;
mod sinks;
mod texts;
mod wrappers;

use backlint_finding::{FindingBuilder, Findings};
use backlint_model::{Entity, File, FunctionRef, Project, Reach, Role, Route, Verdict};
use backlint_semantic::{Call, own_statements};
use backlint_source::Span;
use backlint_syntax::ast::{ArgKind, ExprId, FunctionId, Stmt, StmtId};
use rustc_hash::FxHashMap;

use crate::exc::clause::{Clause, broad_clauses};
use crate::reached::reach_of;
use passed_on::Arrival;
use sinks::{Answers, Sink};
use texts::{Texts, is_narrowed};
use wrappers::Wrappers;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let handlers = handlers(project);
    let wrappers = Wrappers::of(project);
    for file in project.app_files() {
        let reader = Reader { project, file, handlers: &handlers, wrappers: &wrappers };
        for clause in broad_clauses(file) {
            reader.clause(&clause, findings);
        }
        for function in file.module().function_ids() {
            reader.error_handler(function, findings);
        }
    }
}

/// The first route of each handler.
fn handlers(project: &Project) -> FxHashMap<FunctionRef, &Route> {
    let mut found = FxHashMap::default();
    for route in project.routes() {
        if let Some(function) = route.handler.function() {
            found.entry(function).or_insert(route);
        }
    }
    found
}

struct Reader<'r, 'p> {
    project: &'p Project,
    file: File<'p>,
    handlers: &'r FxHashMap<FunctionRef, &'p Route>,
    wrappers: &'r Wrappers<'p>,
}

impl<'p> Reader<'_, 'p> {
    fn clause(&self, clause: &Clause<'p>, findings: &mut Findings) {
        let Some(function) = clause.function() else { return };
        let Some(name) = clause.name else { return };
        if matches!(reach_of(self.project, self.file, function), Some(Reach::Task | Reach::Worker)) {
            return;
        }
        let texts = Texts::of(self.file, name, clause.handling);
        let answers = if self.answers(function) { Answers::Returned } else { Answers::RaisedOnly };
        for stmt in clause.handling_statements() {
            self.statement(stmt, &texts, answers, (function, clause.at), findings);
            if answers == Answers::RaisedOnly {
                self.passed_on(stmt, &texts, (function, clause.at), findings);
            }
        }
    }

    /// `return None, str(e)`, for a route that answers with the second.
    fn passed_on(&self, stmt: StmtId, texts: &Texts, (function, caught): (FunctionId, Span), findings: &mut Findings) {
        let Stmt::Return(Some(value)) = self.file.module().stmt(stmt) else { return };
        let Some(text) = texts.find(self.file, value) else { return };
        if self.file.role() != Role::App || self.file.is_dev_only(text) || is_narrowed(self.file, stmt) {
            return;
        }
        let place = passed_on::place_in(self.file, value, &|leaf| texts.is_held_by(self.file, leaf).then(Vec::new));
        let here = FunctionRef { file: self.file.id(), id: function };
        let arrival = place.and_then(|place| passed_on::arrival(self.project, here, &place));
        let Some(Arrival { handler, at, what }) = arrival else { return };
        let route = self.handlers.get(&handler).copied();
        let report = self.report(text, what, (function, caught), route, findings);
        report.also(at, "a route answers with it here");
    }

    /// `@app.exception_handler(Exception)`, `@app.errorhandler(500)`.
    fn error_handler(&self, function: FunctionId, findings: &mut Findings) {
        let module = self.file.module();
        let definition = self.file.function(function);
        let decorators = module.list(definition.decorators);
        if !decorators.iter().any(|decorator| sinks::handles_everything(self.file, decorator.expr)) {
            return;
        }
        let params = module.list(definition.params);
        let Some(param) = params.last().filter(|_| params.len() <= 2) else { return };
        let body = module.body(function);
        let texts = Texts::of(self.file, param.name, body);
        for stmt in own_statements(module, body) {
            self.statement(stmt, &texts, Answers::Returned, (function, definition.header), findings);
        }
    }

    fn statement(
        &self,
        stmt: StmtId,
        texts: &Texts,
        answers: Answers,
        (function, caught): (FunctionId, Span),
        findings: &mut Findings,
    ) {
        let Some(sink) = Sink::of(self.file, stmt, answers) else { return };
        let Some(text) = sink.parts.iter().find_map(|&part| texts.find(self.file, part)) else { return };
        if self.file.is_dev_only(text) || is_narrowed(self.file, stmt) || self.is_dropped(text) {
            return;
        }
        self.report(text, sink.what, (function, caught), self.route(function), findings);
    }

    /// Whether a model is given the text under a name that is none of its fields, and forgets it.
    fn is_dropped(&self, text: ExprId) -> bool {
        let module = self.file.module();
        let mut inner = text;
        while let Some(outer) = self.file.index().parent(inner) {
            let given =
                Call::of(module, outer).and_then(|call| Some((call, call.args.iter().find(|a| a.value == inner)?)));
            if let Some((call, arg)) = given
                && let ArgKind::Keyword(name) = arg.kind
                && let Entity::Class(class) = self.project.resolve(self.file.id(), call.function)
                && let Some(schema) = self.project.schema(class)
            {
                let name = module.text(name);
                return !schema.keeps_others
                    && !schema.fields.iter().any(|field| field.name == name || field.input_name() == name);
            }
            inner = outer;
        }
        false
    }

    fn report<'f>(
        &self,
        text: ExprId,
        what: &str,
        (function, caught): (FunctionId, Span),
        route: Option<&Route>,
        findings: &'f mut Findings,
    ) -> FindingBuilder<'f> {
        let file = self.file;
        let anyone = match route.map(|route| route.guarding.verdict) {
            Some(Verdict::No | Verdict::Public) => ", who need not be logged in",
            _ => "",
        };
        let message = format!(
            "The text of an error that nobody foresaw goes to the client in {what}{anyone}: it may name tables, paths and addresses. Log it, and answer a fixed text."
        );
        let anchor = format!("{}: error text", file.qualified_name(function));
        let report = findings.report(file.at_expr(text), anchor, message).also(file.at(caught), "caught here");
        match route {
            Some(route) => report.also(route.at, route.label()),
            None => report,
        }
    }

    fn route(&self, function: FunctionId) -> Option<&'p Route> {
        let outer = |&id: &FunctionId| self.file.index().outer_function(self.file.module(), id);
        std::iter::successors(Some(function), outer)
            .find_map(|id| self.handlers.get(&FunctionRef { file: self.file.id(), id }).copied())
            .or_else(|| self.wrappers.route(self.file, function))
    }

    /// Whether what the function returns is the answer to a request.
    fn answers(&self, function: FunctionId) -> bool {
        self.file.role() == Role::App && self.route(function).is_some()
    }
}
