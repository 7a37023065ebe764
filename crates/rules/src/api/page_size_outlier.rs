//! API002: a page size whose bound is far above that of the other lists.

use std::collections::BTreeMap;

use backlint_finding::Findings;
use backlint_model::{FunctionRef, Liveness, Project};
use backlint_semantic::{Call, Constant, descendants, fold};
use backlint_source::Location;
use backlint_syntax::ast::Param;
use rustc_hash::FxHashSet;

/// What parameters for the size of a page are called.
const NAMES: &[&str] = &["limit", "page_size", "pageSize", "per_page", "perPage", "size"];

/// From how many bounded lists on there is a usual bound.
const USUAL_ROUTES: usize = 5;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let bounds = bounds(project);
    let Some((usual, count)) = mode(&bounds) else { return };
    if bounds.len() < USUAL_ROUTES || count * 2 < bounds.len() {
        return;
    }
    let example = bounds.iter().find(|bound| bound.most == usual).map(|bound| bound.at);
    for bound in bounds.iter().filter(|bound| bound.most >= usual.saturating_mul(2)) {
        let Some(file) = project.file(bound.function.file) else { continue };
        let message = format!("Up to {} per page here; {count} of {} routes allow {usual}.", bound.most, bounds.len());
        let anchor = format!("{}({})", file.qualified_name(bound.function.id), bound.name);
        let report = findings.report(bound.at, anchor, message);
        if let Some(at) = example {
            report.also(at, "one of the others");
        }
    }
}

/// The most rows that a parameter of a handler lets a page have.
struct Bound {
    function: FunctionRef,
    name: String,
    most: i64,
    at: Location,
}

fn bounds(project: &Project) -> Vec<Bound> {
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    for route in project.routes().iter().filter(|route| route.liveness != Liveness::Dead) {
        let Some(function) = route.handler.function().filter(|function| seen.insert(*function)) else { continue };
        let Some(file) = project.file(function.file) else { continue };
        for param in file.module().list(file.function(function.id).params) {
            let name = file.module().text(param.name);
            if !NAMES.contains(&name) {
                continue;
            }
            if let Some(most) = most(file, param) {
                found.push(Bound { function, name: name.to_owned(), most, at: file.at(param.name_span) });
            }
        }
    }
    found
}

/// `Query(20, ge=1, le=100)`, as default or in the annotation.
fn most(file: backlint_model::File<'_>, param: &Param) -> Option<i64> {
    let module = file.module();
    let places = param.default.into_iter().chain(param.annotation);
    places.flat_map(|place| descendants(module, place)).find_map(|part| {
        let call = Call::of(module, part).filter(|call| call.name() == Some("Query"))?;
        let bound = |keyword: &str| match fold(module, file.index(), call.keyword(keyword)?.value) {
            Constant::Int(number) => Some(number),
            _ => None,
        };
        bound("le").or_else(|| bound("lt").map(|number| number - 1))
    })
}

/// The bound that most routes have; of equally common ones the smallest.
fn mode(bounds: &[Bound]) -> Option<(i64, usize)> {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for bound in bounds {
        *counts.entry(bound.most).or_default() += 1;
    }
    counts.into_iter().max_by_key(|&(most, count)| (count, std::cmp::Reverse(most)))
}
