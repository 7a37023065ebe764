//! Handlers as code declares them: by decorators, by decorators called as functions, by registering calls.

use std::collections::BTreeSet;

use backlint_semantic::{BindingKind, Call};
use backlint_source::Location;
use backlint_syntax::ast::{ExprId, FunctionId};

use super::callers::Callers;
use super::containers::{ContainerId, Containers, Framework};
use super::dialect::{Dialect, Registrar};
use super::endpoints::{Seen, endpoints, handler};
use super::frames::{Frame, Framed};
use super::routes::Draft;
use super::views::is_class_view;
use crate::resolve::{Entity, ExprRef};
use crate::{File, Project};

/// What is declared in a file.
pub(crate) fn find(
    project: &Project,
    file: File<'_>,
    containers: &Containers,
    callers: &Callers<'_>,
    drafts: &mut Vec<Draft>,
) {
    let mut reader = Reader { project, file, containers, callers, drafts };
    let module = file.module();
    for function in module.function_ids() {
        let decorators = module.list(file.function(function).decorators);
        for (place, decorator) in decorators.iter().enumerate() {
            let Some(call) = Call::of(module, decorator.expr).filter(|call| Dialect::may_decorate(*call)) else {
                continue;
            };
            let exprs = decorators.iter().map(|d| ExprRef { file: file.id(), expr: d.expr });
            let (outer, inner) = exprs.enumerate().partition::<Vec<_>, _>(|&(other, _)| other < place);
            let plain = |list: Vec<(usize, ExprRef)>| list.into_iter().map(|(_, expr)| expr);
            reader.declaration(&Declaration {
                call,
                at: file.at(file.first_line(decorator.span)),
                view: View::Decorated {
                    function,
                    outer: plain(outer).collect(),
                    inner: plain(inner).skip(1).collect(),
                },
            });
        }
    }
    for call in file.calls() {
        reader.called(call);
    }
}

/// A call that declares a route.
struct Declaration<'c> {
    call: Call<'c>,
    at: Location,
    view: View,
}

/// What a declaration declares.
enum View {
    /// The function below the decorator, with the other decorators above and below.
    Decorated { function: FunctionId, outer: Vec<ExprRef>, inner: Vec<ExprRef> },
    /// What is passed to `app.get("/path")(view)`.
    Passed(ExprId),
    /// An argument of the registering call itself.
    Argument,
}

struct Reader<'a> {
    project: &'a Project,
    file: File<'a>,
    containers: &'a Containers,
    callers: &'a Callers<'a>,
    drafts: &'a mut Vec<Draft>,
}

impl Reader<'_> {
    fn called(&mut self, call: Call<'_>) {
        let module = self.file.module();
        let at = || self.file.at(self.file.first_line(call.span()));
        if let Some(inner) = Call::of(module, call.function).filter(|inner| Dialect::may_decorate(*inner)) {
            let Some(view) = call.positional(0) else { return };
            self.declaration(&Declaration { call: inner, at: at(), view: View::Passed(view) });
        } else if Dialect::may_register(call) {
            self.declaration(&Declaration { call, at: at(), view: View::Argument });
        }
    }

    fn declaration(&mut self, declaration: &Declaration<'_>) {
        let first = self.drafts.len();
        let call = declaration.call;
        for frame in self.callers.frames_at(self.project, self.here(call.expr)) {
            let Some((container, dialect)) = self.target(call, &frame) else { continue };
            let Some(registrar) = dialect.registrar(call) else { continue };
            for seen in self.views(declaration, &registrar, &frame) {
                let draft = self.draft(declaration, container, dialect, &registrar, seen, &frame);
                if !self.drafts[first..].iter().any(|other| other.is_like(&draft)) {
                    self.drafts.push(draft);
                }
            }
        }
    }

    fn here(&self, expr: ExprId) -> ExprRef {
        ExprRef { file: self.file.id(), expr }
    }

    fn framed(&self, expr: ExprId, frame: &Frame) -> Framed {
        Framed { at: self.here(expr), frame: frame.clone() }
    }

    /// The container that a declaring call is made on, and how its framework declares routes. An untraceable receiver
    /// counts as an unknown container where the file has to do with the framework and the call looks like nothing else.
    fn target(&self, call: Call<'_>, frame: &Frame) -> Option<(Option<ContainerId>, &'static Dialect)> {
        let receiver = self.framed(call.receiver()?, frame);
        if let Some((id, _)) = self.callers.container(self.project, &receiver) {
            return Some((Some(id), Dialect::of(self.containers.get(id).framework)));
        }
        let is_known = match self.project.found(&receiver).entity {
            Entity::Unknown | Entity::Param(..) | Entity::Instance { origin: None, .. } => false,
            _ => call.name() != Some("add_url_rule"),
        };
        let is_clear = |dialect: &&Dialect| match dialect.framework {
            Framework::Flask => !dialect.is_shortcut(call),
            Framework::FastApi => self.path(call, dialect, frame).is_some_and(|path| path.starts_with('/')),
        };
        let speaks = |dialect: &&Dialect| dialect.registrar(call).is_some() && imports(self.file, dialect.package);
        let dialect = Dialect::ALL.iter().filter(speaks).find(is_clear);
        dialect.filter(|_| !is_known).map(|dialect| (None, dialect))
    }

    fn path(&self, call: Call<'_>, dialect: &Dialect, frame: &Frame) -> Option<String> {
        self.project.string_in(&self.framed(call.argument(dialect.path, 0)?, frame))
    }

    fn draft(
        &self,
        declaration: &Declaration<'_>,
        container: Option<ContainerId>,
        dialect: &Dialect,
        registrar: &Registrar,
        seen: Seen,
        frame: &Frame,
    ) -> Draft {
        let call = declaration.call;
        let methods = match (registrar.method, seen.verb) {
            (Some(method), _) => BTreeSet::from([method.to_owned()]),
            (None, Some(verb)) => BTreeSet::from([verb.to_ascii_uppercase()]),
            (None, None) => self.methods(call, frame),
        };
        Draft {
            handler: seen.handler,
            framework: dialect.framework,
            container,
            methods,
            path: self.path(call, dialect, frame),
            at: declaration.at,
            decorators: seen.decorators,
            outer_decorators: seen.outer,
            dependencies: call.keyword("dependencies").map(|arg| self.here(arg.value)),
            takes_dependencies: registrar.takes_dependencies,
            wrapper: seen.wrapper,
            described: None,
            call: Some(self.here(call.expr)),
        }
    }

    fn methods(&self, call: Call<'_>, frame: &Frame) -> BTreeSet<String> {
        let list = call.keyword("methods").map(|arg| self.framed(arg.value, frame));
        let methods = list.and_then(|list| self.project.strings_in(&list)).unwrap_or_else(|| vec!["GET".to_owned()]);
        methods.into_iter().map(|method| method.to_ascii_uppercase()).collect()
    }

    fn views(&self, declaration: &Declaration<'_>, registrar: &Registrar, frame: &Frame) -> Vec<Seen> {
        let view = match &declaration.view {
            View::Decorated { function, outer, inner } => {
                return vec![Seen {
                    handler: handler(self.file, *function),
                    decorators: inner.clone(),
                    outer: outer.clone(),
                    wrapper: None,
                    verb: None,
                }];
            }
            View::Passed(view) => Some(*view),
            View::Argument => registrar.view.and_then(|(name, place)| declaration.call.argument(name, place)),
        };
        let Some(view) = view.filter(|&view| !is_class_view(self.file, view)) else { return Vec::new() };
        endpoints(self.project, self.framed(view, frame))
    }
}

/// Whether the file imports something of a top-level package.
fn imports(file: File<'_>, package: &str) -> bool {
    let module = file.module();
    file.index().imports().iter().any(|binding| {
        let BindingKind::Import(import) = binding.kind else { return false };
        let from = import.module.map_or("", |m| module.text(m));
        let rest = from.strip_prefix(package);
        import.level == 0 && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '_']))
    })
}
