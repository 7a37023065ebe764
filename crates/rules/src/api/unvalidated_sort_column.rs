//! API015: a client's text chooses the column to sort or select by.

use backlint_finding::{Audience, Confidence, Findings};
use backlint_model::{ClientForm, ClientValue, Entity, File, FunctionRef, Project};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use crate::parameters::{body_expressions, is_tested_for_membership};
use crate::reached::reach_of;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    if project.models().is_empty() {
        return;
    }
    for file in project.app_files() {
        for call in file.calls_named(&["getattr", "order_by"]) {
            let Some(site) = Site::of(project, file, call) else { continue };
            let Some(id) = file.index().function_of(call.expr) else { continue };
            if reach_of(project, file, id).is_none() {
                continue;
            }
            let function = FunctionRef { file: file.id(), id };
            let values = project.client_values(file.id(), site.name);
            let Some(value) = values.iter().find(|value| value.form == ClientForm::Text) else { continue };
            if !is_checked(project, file, function, &site, value) {
                report(file, function, &site, value, findings);
            }
        }
    }
}

/// A place where a text becomes a column.
struct Site {
    call: ExprId,
    /// The text.
    name: ExprId,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `getattr(Order, name)`.
    Attribute,
    /// `getattr(Order, name, other)`.
    AttributeOr,
    /// `order_by(text(name))`.
    Text,
}

impl Site {
    fn of(project: &Project, file: File<'_>, call: Call<'_>) -> Option<Self> {
        if call.name() == Some("order_by") {
            let inner = Call::of(file.module(), call.positional(0)?).filter(|inner| inner.name() == Some("text"))?;
            return Some(Self { call: inner.expr, name: inner.positional(0)?, kind: Kind::Text });
        }
        if call.receiver().is_some() {
            return None;
        }
        let name = call.positional(1)?;
        let Entity::Class(class) = project.resolve(file.id(), call.positional(0)?) else { return None };
        project.model(class)?;
        let kind = if call.args.len() > 2 { Kind::AttributeOr } else { Kind::Attribute };
        Some(Self { call: call.expr, name, kind })
    }
}

/// Whether the text is compared with what is allowed, here, in what it was handed through, or where it comes in.
fn is_checked(project: &Project, file: File<'_>, function: FunctionRef, site: &Site, value: &ClientValue) -> bool {
    let module = file.module();
    let is_tested_here = match module.expr(site.name) {
        Expr::Name(name) => is_tested_for_membership(project, function, name),
        _ => false,
    };
    is_tested_here || {
        let entry = project.file(value.at.file);
        let inside = entry.and_then(|entry| {
            let ids = entry.module().function_ids();
            let mut around = ids.filter(|&id| {
                let span = entry.module().stmt_span(entry.function(id).stmt);
                span.contains(value.at.span)
            });
            Some((around.next_back()?, entry.module().symbol(&value.name)?))
        });
        inside
            .is_some_and(|(id, name)| is_tested_for_membership(project, FunctionRef { file: value.at.file, id }, name))
    }
}

fn report(file: File<'_>, function: FunctionRef, site: &Site, value: &ClientValue, findings: &mut Findings) {
    let name = &value.name;
    let message = match site.kind {
        Kind::Attribute => format!(
            "`{name}` may name any attribute: unknown ones answer 500, and hidden columns become sortable; look the column up among those allowed."
        ),
        Kind::AttributeOr => format!(
            "`{name}` may name any attribute, hidden columns among them; look the column up among those allowed."
        ),
        Kind::Text => format!(
            "`{name}` is put into the statement as it comes: unknown columns answer 500, and any SQL expression runs; look the column up among those allowed."
        ),
    };
    let anchor = format!("{}({name})", file.qualified_name(function.id));
    let report = findings.report(file.at_expr(site.call), anchor, message).also(value.at, "the client chooses it here");
    let has_fallback = site.kind == Kind::AttributeOr || is_asked_first(file, function);
    if has_fallback {
        report.confidence(Confidence::Medium).audience(Audience::Pedantic);
    }
}

/// `hasattr(Order, name)` or `Order.__mapper__.has_property(name)` before: no error, but still any attribute.
fn is_asked_first(file: File<'_>, function: FunctionRef) -> bool {
    let module = file.module();
    body_expressions(file, function.id)
        .into_iter()
        .filter_map(|expr| Call::of(module, expr))
        .any(|call| matches!(call.name(), Some("has_property" | "hasattr")))
}
