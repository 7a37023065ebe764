//! Views with one method per HTTP verb.

use std::collections::BTreeSet;

use super::{Served, Site, method_place};
use crate::resolve::{ClassRef, ExprRef};
use crate::web::Handler;
use crate::web::containers::ContainerId;
use crate::web::routes::{Draft, methods_of};

const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options", "trace"];

/// A class-based view under one path.
pub(super) struct View {
    pub(super) class: ClassRef,
    pub(super) path: Option<String>,
    /// What the registering call wraps around the view.
    pub(super) wrapper: Option<ExprRef>,
    /// The only methods that the registration lets through, if it says so.
    pub(super) only: Option<BTreeSet<String>>,
}

/// One draft per method; its place is the method, as each has its own guard and effect. Without such methods one for
/// `dispatch_request`.
pub(super) fn push(site: Site<'_>, view: &View, targets: &[Option<ContainerId>], drafts: &mut Vec<Draft>) {
    for verb in VERBS {
        let Some(function) = site.project.method(view.class, verb) else { continue };
        let method = verb.to_ascii_uppercase();
        // `head` beside `get` answers nothing that the frameworks would not answer by themselves.
        let is_implied = *verb == "head" && site.project.method(view.class, "get").is_some();
        if is_implied || view.only.as_ref().is_some_and(|only| !only.contains(&method)) {
            continue;
        }
        for &container in targets {
            let served = Served {
                handler: Handler::of_function(function, Some(view.class)),
                container,
                methods: BTreeSet::from([method.clone()]),
                path: view.path.clone(),
                at: method_place(site.project, view.class, function),
            };
            drafts.push(Draft { wrapper: view.wrapper, ..served.draft(site.project) });
        }
    }
    let has_verbs = VERBS.iter().any(|verb| site.project.method(view.class, verb).is_some());
    if let Some(dispatch) = site.project.method(view.class, "dispatch_request").filter(|_| !has_verbs) {
        for &container in targets {
            let served = Served {
                handler: Handler::of_function(dispatch, Some(view.class)),
                container,
                methods: dispatched(site, view),
                path: view.path.clone(),
                at: method_place(site.project, view.class, dispatch),
            };
            drafts.push(Draft { wrapper: view.wrapper, ..served.draft(site.project) });
        }
    }
}

/// The methods that reach `dispatch_request`: those of the rule, else those of the class, else GET.
fn dispatched(site: Site<'_>, view: &View) -> BTreeSet<String> {
    let of_class = || {
        let list = site.project.class_attribute(view.class, "methods")?;
        methods_of(site.project, list.file, list.expr)
    };
    view.only.clone().or_else(of_class).unwrap_or_else(|| BTreeSet::from(["GET".to_owned()]))
}
