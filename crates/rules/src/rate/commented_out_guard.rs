//! RATE003: a limit, guard or CSRF check that is commented out.

mod comments;
mod live;

use backlint_finding::{Findings, Severity};
use backlint_model::File;
use backlint_source::Span;
use backlint_syntax::ast::FunctionId;

use crate::handlers::handler_path;
use crate::protections::Protection;
use comments::{Block, uncommented_argument, uncommented_decorator, uncommented_registration};
use live::{live_protections, registers_live};

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if !file.role().is_reported() || file.module().comments().is_empty() {
        return;
    }
    let blocks = comments::blocks(file);
    for function in file.module().function_ids() {
        check_function(file, function, &blocks, findings);
    }
    for block in &blocks {
        check_registration(file, block, findings);
    }
    check_dependency_lists(file, &blocks, findings);
}

/// Comments in the `dependencies=[…]` of an application or router.
fn check_dependency_lists(file: File<'_>, blocks: &[Block<'_>], findings: &mut Findings) {
    for call in file.calls_named(&["APIRouter", "FastAPI", "include_router"]) {
        let Some(list) = call.keyword("dependencies") else { continue };
        let live = live::dependencies(file, list.value);
        for line in blocks.iter().filter(|block| block.is_inside(list.span)).flat_map(Block::lines) {
            let Some((name, protection)) = uncommented_argument(line.text) else { continue };
            if live.contains(&protection) {
                continue;
            }
            let message = format!(
                "`{name}` among the dependencies of `{}` is commented out: on all its routes {}. Put it back, or delete the comment if something else does its work.",
                file.text_of(call.function),
                protection.loss()
            );
            findings.report(file.at(line.span), format!("dependencies: {name}"), message);
        }
    }
}

/// Comments among the decorators and parameters of a function.
fn check_function(file: File<'_>, function: FunctionId, blocks: &[Block<'_>], findings: &mut Findings) {
    let Some(head) = head_of(file, function) else { return };
    let off = protections_off(file, function, head, blocks);
    if off.is_empty() {
        return;
    }
    let live = live_protections(file, function);
    for (span, name, protection) in off {
        if live.contains(&protection) {
            continue;
        }
        let handler = file.function_name(function);
        let anchor = format!("{handler}: {name}");
        if let Some(call) = live::protecting_call(file, function, protection) {
            let message = format!(
                "`{name}` of `{handler}` is commented out, and only `{}` in the body does its work. Put it back, or delete the comment.",
                file.text_of(call.function)
            );
            let report = findings.report(file.at(span), anchor, message).severity(Severity::Low);
            report.also(file.at(file.first_line(call.span())), "called here instead");
            continue;
        }
        let message = format!(
            "`{name}` of `{handler}` is commented out: {}. Put it back, or delete the comment if something else does its work.",
            protection.loss()
        );
        findings.report(file.at(span), anchor, message);
    }
}

/// From the first decorator of a function to the colon before its body. Without decorators only the methods of views
/// are of interest.
fn head_of(file: File<'_>, function: FunctionId) -> Option<Span> {
    const VERBS: &[&str] = &["delete", "get", "patch", "post", "put"];
    let definition = file.function(function);
    if let Some(first) = file.module().list(definition.decorators).first() {
        return Some(first.span.cover(definition.header));
    }
    let is_view =
        file.index().class_of(file.module(), function).is_some() && VERBS.contains(&file.function_name(function));
    is_view.then_some(definition.header)
}

/// The protections that are commented out around the head of a function.
fn protections_off(
    file: File<'_>,
    function: FunctionId,
    head: Span,
    blocks: &[Block<'_>],
) -> Vec<(Span, String, Protection)> {
    let is_handler = handler_path(file, function).is_some();
    let mut off = Vec::new();
    for block in near(file, head, blocks) {
        let is_above = block.ends_above(file, head.start);
        let is_among = block.is_inside(head) || block.continues(file, head.end);
        if !is_above && !is_among || is_above && block.holds_definition() {
            continue;
        }
        for line in block.lines() {
            let argument = || (is_among && is_handler).then(|| uncommented_argument(line.text)).flatten();
            if let Some((name, protection)) = uncommented_decorator(line.rest).or_else(argument) {
                off.push((line.span, name, protection));
            }
        }
    }
    off
}

/// The blocks from the one above `head` to the one behind its end, of blocks in source order.
fn near<'b, 'p>(file: File<'_>, head: Span, blocks: &'b [Block<'p>]) -> &'b [Block<'p>] {
    let inner = blocks.partition_point(|block| block.start() < head.start);
    let last_line = file.line(head.end);
    let count = blocks[inner..].partition_point(|block| file.line(block.start()) <= last_line);
    &blocks[inner.saturating_sub(1)..inner + count]
}

/// `# csrf.init_app(app)`, `# app.add_middleware(RateLimitMiddleware)`.
fn check_registration(file: File<'_>, block: &Block<'_>, findings: &mut Findings) {
    if block.holds_definition() {
        return;
    }
    for line in block.lines() {
        let Some(registration) = uncommented_registration(line.rest) else { continue };
        if !live::is_named_truly(file, &registration) {
            continue;
        }
        if !file.module().symbol(&registration.app).is_some_and(|app| live::is_variable(file, app)) {
            continue;
        }
        if registers_live(file, &registration) {
            continue;
        }
        let name = &registration.name;
        let message = format!(
            "The registration of `{name}` on `{}` is commented out: on the whole application {}. Put it back, or delete the comment if something else does its work.",
            registration.app,
            registration.protection.loss(),
        );
        findings.report(file.at(line.span), format!("registration: {name}"), message);
    }
}
