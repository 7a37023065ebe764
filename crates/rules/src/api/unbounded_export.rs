//! API009: an export that builds all rows in memory before it answers.

use std::collections::BTreeSet;

use backlint_finding::{Audience, Confidence, FindingBuilder, Findings};
use backlint_model::{Comparator, EndKind, File, FunctionRef, Project, Query, Reach, Selection, StepKind, words};
use backlint_semantic::{Call, Constant, fold};
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

/// From how many rows on a limit is none.
const MANY: i64 = 5000;

/// What arguments and parameters for the number of rows are called.
const SIZES: &[&str] = &["limit", "max_rows", "page_size", "per_page", "size"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.models().is_empty() {
        return;
    }
    let mut reported: BTreeSet<FunctionRef> = BTreeSet::new();
    for query in project.queries().iter().filter(|query| query.selects != Selection::Aggregates) {
        let Some(function) = query.function.filter(|function| runs_for_request(project, *function)) else { continue };
        let Some(file) = project.file(function.file) else { continue };
        let Some(case) = case(file, function, query) else { continue };
        if !is_streamed(file, function) && reported.insert(function) {
            let report = report(file, function, &case, findings);
            if case.most.is_none() && is_of_one(project, file, function, query) {
                report.audience(Audience::Pedantic);
            }
        }
    }
    for file in project.app_files() {
        for call in file.calls() {
            let Some(case) = handed_limit(project, file, call) else { continue };
            let Some(id) = file.index().function_of(call.expr) else { continue };
            let function = FunctionRef { file: file.id(), id };
            if runs_for_request(project, function) && !is_streamed(file, function) && reported.insert(function) {
                report(file, function, &case, findings);
            }
        }
    }
}

/// Rows without a useful limit.
struct Case {
    at: Location,
    /// The limit; none if there is none.
    most: Option<i64>,
}

fn runs_for_request(project: &Project, function: FunctionRef) -> bool {
    project.reach(function) == Some(Reach::Request)
}

/// A query with a limit that is none, or without any in a function that exports.
fn case(file: File<'_>, function: FunctionRef, query: &Query) -> Option<Case> {
    let end = query.ends_of(EndKind::All).next()?;
    let limits: Vec<Option<(ExprId, i64)>> = query
        .steps_of(StepKind::Limit)
        .map(|step| Call::of(file.module(), step.call).and_then(|call| size(file, call.positional(0)?)))
        .collect();
    match limits.as_slice() {
        [] => {
            let place = file.at(file.first_line(file.at_expr(end.value).span));
            exports(file, function).then_some(Case { at: place, most: None })
        }
        [Some((at, most))] if *most >= MANY => Some(Case { at: file.at_expr(*at), most: Some(*most) }),
        _ => None,
    }
}

fn size(file: File<'_>, expr: ExprId) -> Option<(ExprId, i64)> {
    match fold(file.module(), file.index(), expr) {
        Constant::Int(number) => Some((expr, number)),
        _ => None,
    }
}

/// `rows(…, per_page=50_000)` of a function of the project that runs a query.
fn handed_limit(project: &Project, file: File<'_>, call: Call<'_>) -> Option<Case> {
    let argument = call.args.iter().find(
        |argument| matches!(argument.kind, ArgKind::Keyword(name) if SIZES.contains(&file.module().text(name))),
    )?;
    let (_, most) = size(file, argument.value).filter(|(_, most)| *most >= MANY)?;
    let callee = project.resolve(file.id(), call.function).function()?;
    let fetches = project.queries_in(callee).any(|query| query.ends_of(EndKind::All).next().is_some())
        || project.database_calls(callee).iter().any(|asked| asked.kind != backlint_model::DatabaseCallKind::Flush);
    fetches.then(|| Case { at: file.at(argument.span), most: Some(most) })
}

/// Whether a function writes a table for people to take away, by its name and what it writes with.
fn exports(file: File<'_>, function: FunctionRef) -> bool {
    const NAMES: &[&str] = &["csv", "download", "dump", "excel", "export", "xlsx"];
    const WRITERS: &[&str] = &[
        "BytesIO",
        "DataFrame",
        "DictWriter",
        "StringIO",
        "Workbook",
        "csv.writer",
        "to_csv",
        "to_excel",
        "json.dumps",
    ];
    let snake = words::snake_case(file.function_name(function.id));
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    NAMES.iter().any(|name| words::has_word(&snake, name)) && WRITERS.iter().any(|writer| text.contains(writer))
}

/// Whether rows leave the function as they come.
fn is_streamed(file: File<'_>, function: FunctionRef) -> bool {
    let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
    ["yield", "stream_results", ".stream(", "server_side"].iter().any(|word| text.contains(word))
}

/// Whether a query asks for the rows of one user, or of the one object that the path or a parameter that has to be given
/// names: those are seldom many.
fn is_of_one(project: &Project, file: File<'_>, function: FunctionRef, query: &Query) -> bool {
    /// What many people share, and their rows with it.
    const SHARED: &[&str] =
        &["account", "company", "group", "org", "organisation", "organization", "store", "team", "tenant"];
    let paths: Vec<&str> = project.routes_of(function).iter().map(|&id| project.route(id).path.as_str()).collect();
    let is_in_path =
        |name: &str| paths.iter().any(|path| path.split(['{', '}', '<', '>', ':', '/']).any(|segment| segment == name));
    project.criteria(query).iter().any(|criterion| {
        let is_shared = SHARED.iter().any(|word| words::has_word(criterion.attribute, word));
        let is_one = criterion.comparator == Comparator::Equal && criterion.attribute.ends_with("_id") && !is_shared;
        is_one
            && criterion.value.is_some_and(|value| {
                let text = file.text_of(value);
                ["current_user", "g.user", "user.id"].iter().any(|caller| text.contains(caller))
                    || is_in_path(text)
                    || is_demanded(file, function, value)
            })
    })
}

/// Whether a value is a parameter of the function that every caller gives.
fn is_demanded(file: File<'_>, function: FunctionRef, value: ExprId) -> bool {
    let module = file.module();
    let Expr::Name(name) = module.expr(value) else { return false };
    let mut params = module.list(file.function(function.id).params).iter();
    params.any(|param| {
        let is_optional = param.annotation.is_some_and(|annotation| {
            let text = file.text_of(annotation);
            text.contains("Optional") || text.contains("None")
        });
        param.name == name && param.default.is_none() && !is_optional
    })
}

fn report<'f>(file: File<'_>, function: FunctionRef, case: &Case, findings: &'f mut Findings) -> FindingBuilder<'f> {
    let rows = match case.most {
        Some(most) => format!("Up to {most} rows"),
        None => "All rows".to_owned(),
    };
    let message = format!("{rows} are built in memory for one request; stream them, or let a job write the file.");
    let report = findings.report(case.at, file.qualified_name(function.id), message);
    if case.most.is_some()
        && !exports(file, function)
        && !words::has_word(&words::snake_case(file.function_name(function.id)), "export")
    {
        return report.confidence(Confidence::Low).audience(Audience::Pedantic);
    }
    report
}
