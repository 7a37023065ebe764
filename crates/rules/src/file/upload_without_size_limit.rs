//! FILE003: uploads of any size are taken into memory.

mod flask;

use backlint_finding::{Findings, Severity};
use backlint_model::{File, FunctionRef, Project, Reach};
use backlint_semantic::Call;
use backlint_source::{FileId, Location, Span};
use backlint_syntax::ast::{Expr, ExprId, FunctionId};

use crate::areas::own_texts;
use crate::config_defaults::assignment;
use crate::expressions::label;

/// What code that asks for the size of an upload speaks of.
const SIZES: &[&str] =
    &["size", "content-length", "content_length", "length", "seek_end", "tell()", "seek(0, 2)", "limit"];

/// How proxies write a limit of bodies.
const PROXY_LIMITS: &[&str] = &["client_max_body_size", "maxRequestBodyBytes", "proxy-body-size", "LimitRequestBody"];

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let reads = reads(project);
    let apps = flask::unlimited(project);
    if reads.is_empty() && apps.is_empty() || has_middleware(project) {
        return;
    }
    let proxy = proxy_limit(project);
    for (file, read) in reads {
        report(file, read, proxy, findings);
    }
    for app in apps {
        flask::report(project, &app, proxy, findings);
    }
}

/// The calls that take a whole upload for a request while nothing near them asks for its size.
fn reads(project: &Project) -> Vec<(File<'_>, Call<'_>)> {
    let mut found = Vec::new();
    for file in project.app_files().filter(|file| file.module().symbol("UploadFile").is_some()) {
        for call in file.calls_named(&["read"]) {
            let is_whole = call.args.is_empty();
            let Some(upload) = call.receiver().filter(|&receiver| is_whole && project.is_upload(file, receiver)) else {
                continue;
            };
            let Some(function) = file.index().function_of(upload) else { continue };
            let reader = FunctionRef { file: file.id(), id: function };
            if project.reach(reader) == Some(Reach::Request)
                && !file.is_dev_only(call.expr)
                && !asks_before(file, function, call.expr)
                && !others_ask(project, reader)
            {
                found.push((file, call));
            }
        }
    }
    found
}

fn report(file: File<'_>, read: Call<'_>, proxy: Option<Location>, findings: &mut Findings) {
    let text = file.text_of(read.expr);
    let late = test_behind(file, read.expr);
    let message = if late.is_some() {
        format!(
            "The size is checked only when `{text}` has everything in memory; read in chunks and stop at the limit."
        )
    } else {
        format!("`{text}` accepts any size; read in chunks and stop at a limit.")
    };
    let mut report =
        findings.report(file.at_expr(read.expr), format!("{}: {text}", file.context_name(read.expr)), message);
    if late.is_some() || proxy.is_some() {
        report = report.severity(Severity::Low);
    }
    if let Some(late) = late {
        report = report.also(late, "the size is tested here");
    }
    if let Some(proxy) = proxy {
        report.also(proxy, "a proxy limits bodies; callers that pass it by are not limited");
    }
}

/// Whether the function speaks of sizes before the read.
fn asks_before(file: File<'_>, function: FunctionId, read: ExprId) -> bool {
    let module = file.module();
    let start = module.stmt_span(file.function(function).stmt).start as usize;
    let before = &file.source().text()[start..module.span(read).start as usize];
    speaks_of_size(before)
}

/// Whether the functions that call the reader, those it calls, or others that run for its callers speak of sizes.
fn others_ask(project: &Project, reader: FunctionRef) -> bool {
    let callers: Vec<FunctionRef> = project.callers(reader).iter().map(|caller| caller.function).collect();
    let around = callers.iter().chain([&reader]).flat_map(|&function| project.callees(function));
    let around = around.map(|callee| callee.function).filter(|&function| function != reader);
    around.chain(callers.iter().copied()).any(|function| {
        project.file(function.file).is_some_and(|file| {
            let span = file.module().stmt_span(file.function(function.id).stmt);
            speaks_of_size(file.slice(span))
        })
    })
}

fn speaks_of_size(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SIZES.iter().any(|size| text.contains(size))
}

/// Where the length of what was read is looked at in the same function: of the read itself, or of the name it is put into.
fn test_behind(file: File<'_>, read: ExprId) -> Option<Location> {
    let index = file.index();
    let module = file.module();
    let function = index.function_of(read)?;
    let behind =
        |expr: ExprId| index.function_of(expr) == Some(function) && module.span(expr).start > module.span(read).end;
    let tested =
        |expr: ExprId| index.parent(expr).is_some_and(|parent| matches!(module.expr(parent), Expr::Compare { .. }));
    let is_whole = |value: ExprId| value == read || index.parent(read) == Some(value);
    let assigned = index.stmt_of(read).and_then(|stmt| assignment(file, stmt)).filter(|&(_, value)| is_whole(value));
    let target = assigned.and_then(|(target, _)| label(file, target));
    let is_of_read = |call: &Call<'_>| {
        let is_named = || call.positional(0).is_some_and(|measured| label(file, measured) == target);
        index.ancestors(read).any(|outer| outer == call.expr) || target.is_some() && behind(call.expr) && is_named()
    };
    let mut lengths = file.calls_named(&["len"]).filter(|call| is_of_read(call) && tested(call.expr));
    lengths.next().map(|call| file.at_expr(call.expr))
}

/// Whether some middleware of the project refuses bodies that are too large.
fn has_middleware(project: &Project) -> bool {
    const LENGTHS: &[&str] = &["content-length", "content_length"];
    const REFUSALS: &[&str] = &["413", "too_large", "too large", "toolarge"];
    const LIMITS: &[&str] = &["max_body", "max_request", "max_upload", "body_size"];
    project.app_files().filter(|file| file.source().text().contains("iddleware")).any(|file| {
        let lower = file.source().text().to_ascii_lowercase();
        let holds = |signs: &[&str]| signs.iter().any(|sign| lower.contains(sign));
        // A length alone may be that of an answer.
        holds(LIMITS) || holds(LENGTHS) && holds(REFUSALS)
    })
}

/// Where a proxy in front of the application limits bodies.
fn proxy_limit(project: &Project) -> Option<Location> {
    own_texts(project).find_map(|(file, text)| limit_in(file, text))
}

fn limit_in(file: FileId, text: &str) -> Option<Location> {
    let start = PROXY_LIMITS.iter().find_map(|limit| text.find(limit))?;
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let span = Span { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? };
    Some(Location { file, span })
}
