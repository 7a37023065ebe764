//! DB025: a column stores the names of an enumeration's members, and something writes their values.

mod columns;

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::Findings;
use backlint_model::{ClassRef, EnumMember, File, Project, Role, RowChangeKind};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

use super::models::constructions;
use columns::{Named, named_columns};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let columns = named_columns(project);
    if columns.is_empty() {
        return;
    }
    let mut seen = BTreeSet::new();
    for named in columns.values() {
        if seen.insert(named.attribute.at) {
            of_declaration(project, named, findings);
        }
    }
    assigned(project, &columns, findings);
}

/// Columns that store names, by class and attribute.
type Columns<'p> = BTreeMap<(ClassRef, &'p str), Named<'p>>;

/// Defaults of the column, and checks of its table.
fn of_declaration(project: &Project, named: &Named<'_>, findings: &mut Findings) {
    let Some((file, call)) =
        project.file(named.attribute.at.file).and_then(|file| Some((file, declaration(file, named.attribute.at)?)))
    else {
        return;
    };
    for keyword in ["server_default", "default"] {
        let Some(given) = call.keyword(keyword) else { continue };
        // The library finds the member by its value where both are equal; the database does not.
        let is_found = keyword == "default" && named.enumeration.is_text;
        if let Some((member, at)) = written(project, file, given.value, named).filter(|_| !is_found) {
            report(named, member, file.at_expr(at), Use::Default, findings);
        }
    }
    for check in file.calls_named(&["CheckConstraint"]) {
        let Some(text) = check.positional(0).filter(|_| is_in_class(file, check, named.attribute.class)) else {
            continue;
        };
        let Expr::Str(sql) = file.module().expr(text) else { continue };
        if let Some(member) = compared_in(file.module().text(sql), named) {
            report(named, member, file.at_expr(text), Use::Check, findings);
        }
    }
}

/// The call that declares the attribute at a place.
fn declaration(file: File<'_>, at: Location) -> Option<Call<'_>> {
    let mut calls = file.calls_named(&["Column", "mapped_column", "Field"]);
    calls.find(|call| {
        let stmt = file.index().stmt_of(call.expr);
        stmt.is_some_and(|stmt| file.module().stmt_span(stmt).contains(at.span))
    })
}

/// The member whose value an expression is, where the name is stored.
fn written<'n>(
    project: &Project,
    file: File<'_>,
    expr: ExprId,
    named: &'n Named<'_>,
) -> Option<(&'n EnumMember, ExprId)> {
    let module = file.module();
    // `text("'open'")`.
    let inner = Call::of(module, expr).filter(|call| call.name() == Some("text")).and_then(|call| call.positional(0));
    let value = inner.unwrap_or(expr);
    if let Expr::Attribute { value: member, name } = module.expr(value) {
        // `State.OPEN.value`.
        let Expr::Attribute { name: of_member, .. } = module.expr(member) else { return None };
        let found = named.enumeration.members.iter().find(|known| known.name == module.text(of_member))?;
        return (module.text(name) == "value" && found.name != found.value).then_some((found, value));
    }
    let text = project.string(file.id(), value)?;
    Some((named.enumeration.member_of_value(text.trim_matches('\''))?, value))
}

fn is_in_class(file: File<'_>, call: Call<'_>, class: ClassRef) -> bool {
    class.file == file.id() && file.module().stmt_span(file.class(class.id).stmt).contains(call.span())
}

/// The first value that a check compares the column with: `state IN ('open', 'done')`.
fn compared_in<'n>(sql: &str, named: &'n Named<'_>) -> Option<&'n EnumMember> {
    let column = named.column.name.as_deref().unwrap_or(&named.attribute.name);
    let mut words = sql.split(|c: char| !c.is_alphanumeric() && c != '_');
    let quoted = || sql.split('\'').skip(1).step_by(2);
    words
        .any(|word| word == column)
        .then(|| quoted().find_map(|text| named.enumeration.member_of_value(text)))
        .flatten()
}

/// Plain texts that are set: `order.state = "open"`, `Order(state="open")`.
fn assigned(project: &Project, columns: &Columns<'_>, findings: &mut Findings) {
    let mut sites: Vec<(ClassRef, &str, File<'_>, ExprId)> = Vec::new();
    for change in project.row_changes() {
        if let (RowChangeKind::Set { attribute, value }, Some(file)) = (&change.kind, project.file(change.at.file)) {
            sites.push((change.model, attribute, file, *value));
        }
    }
    for made in constructions(project) {
        let given = made.call.args.iter().filter_map(|arg| match arg.kind {
            ArgKind::Keyword(name) => Some((made.file.module().text(name), arg.value)),
            _ => None,
        });
        sites.extend(given.map(|(name, value)| (made.model.class, name, made.file, value)));
    }
    for (model, attribute, file, value) in sites {
        let Some(named) = columns.get(&(model, attribute)).filter(|named| !named.enumeration.is_text) else { continue };
        if file.role() != Role::App {
            continue;
        }
        if let Some((member, at)) = written(project, file, value, named) {
            report(named, member, file.at_expr(at), Use::Value, findings);
        }
    }
}

/// Where a value is used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Default,
    Check,
    Value,
}

fn report(named: &Named<'_>, member: &EnumMember, at: Location, what: Use, findings: &mut Findings) {
    let (name, value) = (&member.name, &member.value);
    let label = format!("{}.{}", named.model.name, named.attribute.name);
    let message = match what {
        Use::Check => format!(
            "The check knows `{value}`, but `{label}` stores the names of the enumeration, here `{name}`: every row \
             with it is refused. Give the type `values_callable`, or name the names."
        ),
        Use::Default | Use::Value => format!(
            "The {} is `{value}`, but `{label}` only knows `{name}`: an enum of PostgreSQL refuses it, a text \
             column stores rows that nobody can read. Give the type `values_callable`, or write `{name}`.",
            if what == Use::Default { "default" } else { "value" },
        ),
    };
    findings
        .report(at, label, message)
        .also(named.attribute.at, "this type stores the names of the members")
        .also(named.defined_at, "the enumeration");
}
