//! The handlers whose text a browser takes for a page.

use backlint_semantic::Call;
use rustc_hash::FxHashMap;

use crate::Project;
use crate::resolve::{Entity, ExprRef, FunctionRef, Type};
use crate::web::{ContainerId, Framework, Route};

const HTML_RESPONSES: &[&str] =
    &["fastapi.responses.HTMLResponse", "starlette.responses.HTMLResponse", "fastapi.HTMLResponse"];

/// Which texts of a handler are pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageKind {
    /// Those with tags: whoever returns a text says nothing of its kind.
    Tagged,
    /// All: it is declared to answer HTML.
    Declared,
}

/// The handlers whose texts are sent as HTML.
pub(super) fn pages(project: &Project) -> FxHashMap<FunctionRef, PageKind> {
    let mut defaults = FxHashMap::default();
    let kinds = project.routes().iter().filter_map(|route| {
        let function = route.handler.function()?;
        page_kind(project, route, &mut defaults).map(|kind| (function, kind))
    });
    kinds.collect()
}

/// Flask says of every text that it is HTML, but REST extensions make JSON of it; FastAPI makes JSON of it unless it is told.
fn page_kind(
    project: &Project,
    route: &Route,
    defaults: &mut FxHashMap<ContainerId, Option<bool>>,
) -> Option<PageKind> {
    if route.framework == Framework::Flask {
        return route.handler.class.is_none().then_some(PageKind::Tagged);
    }
    let own = route.call.and_then(|at| says_html(project, at, "response_class"));
    let mut inherited = || {
        let containers = [route.container, route.app].into_iter().flatten();
        let mut said = containers.map(|id| {
            *defaults
                .entry(id)
                .or_insert_with(|| says_html(project, project.container(id).made, "default_response_class"))
        });
        said.find_map(|said| said)
    };
    own.or_else(&mut inherited).filter(|&is_html| is_html).map(|_| PageKind::Declared)
}

/// Whether a keyword of a call names a response class of HTML; none if the call does not have it.
fn says_html(project: &Project, at: ExprRef, keyword: &str) -> Option<bool> {
    let call = Call::of(project.file(at.file)?.module(), at.expr)?;
    let class = project.resolve(at.file, call.keyword(keyword)?.value);
    let of = match class {
        Entity::Class(class) => Type::Project(class),
        other => Type::External(other.external()?.to_owned()),
    };
    Some(project.derives_from(&of, HTML_RESPONSES))
}
