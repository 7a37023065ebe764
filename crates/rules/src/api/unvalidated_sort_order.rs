//! API003: a sort direction that takes any text.

use backlint_finding::Findings;
use backlint_model::{ClientForm, ClientValue, File, Framework, FunctionRef, Liveness, Project};
use backlint_semantic::{Call, descendants};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, Param};
use rustc_hash::FxHashSet;

use crate::parameters::{is_tested_for_membership, reads};

/// What parameters for the direction of an order are called.
const NAMES: &[&str] =
    &["direction", "order", "order_dir", "order_direction", "sort_dir", "sort_direction", "sort_order"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let directions = directions(project);
    let sibling = directions.iter().find(|direction| direction.value.form == ClientForm::Constrained);
    let sibling = sibling.map(|direction| direction.value.at);
    for direction in directions.iter().filter(|direction| direction.value.form == ClientForm::Text) {
        let Some(file) = project.file(direction.function.file) else { continue };
        let Some(param) = param_named(file, direction.function, &direction.value.name) else { continue };
        if is_plain(file, param)
            && reads(file, direction.function.id, param.name)
            && !is_tested_for_membership(project, direction.function, param.name)
        {
            report(file, direction, sibling, findings);
        }
    }
}

/// A parameter of a handler that says in which direction to sort.
struct Direction {
    function: FunctionRef,
    value: ClientValue,
}

/// All of them, each handler once.
fn directions(project: &Project) -> Vec<Direction> {
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    for route in project.routes() {
        if route.framework != Framework::FastApi || route.liveness == Liveness::Dead {
            continue;
        }
        let Some(function) = route.handler.function().filter(|function| seen.insert(*function)) else { continue };
        let Some(file) = project.file(function.file) else { continue };
        let params = file.module().list(file.function(function.id).params).iter();
        let places = (0..).zip(params).filter(|(_, param)| NAMES.contains(&file.module().text(param.name)));
        let values = places.filter_map(|(place, _)| project.client_values_of_param(function, place).pop());
        found.extend(values.map(|value| Direction { function, value }));
    }
    found
}

fn param_named<'p>(file: File<'p>, function: FunctionRef, name: &str) -> Option<&'p Param> {
    let module = file.module();
    module.list(file.function(function.id).params).iter().find(|param| module.text(param.name) == name)
}

/// Whether the default is one of the two directions: then the other is meant to be the only other value.
fn is_plain(file: File<'_>, param: &Param) -> bool {
    let module = file.module();
    let default = param.default.map(|default| {
        let inner = Call::of(module, default).and_then(|call| call.argument("default", 0));
        inner.unwrap_or(default)
    });
    let places = default.into_iter().chain(param.annotation);
    places.flat_map(|place| descendants(module, place)).any(|part| match module.expr(part) {
        Expr::Str(text) => matches!(module.text(text).to_ascii_lowercase().as_str(), "asc" | "desc"),
        _ => false,
    })
}

fn report(file: File<'_>, direction: &Direction, sibling: Option<Location>, findings: &mut Findings) {
    let name = &direction.value.name;
    let message = format!(
        "`{name}` takes any text: `{name}=downwards` silently sorts one way or the other; use `Literal[\"asc\", \"desc\"]`."
    );
    let anchor = format!("{}({name})", file.qualified_name(direction.function.id));
    let report = findings.report(direction.value.at, anchor, message);
    if let Some(at) = sibling {
        report.also(at, "this one takes two values only");
    }
}
