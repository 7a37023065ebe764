//! The reads of rows that can be marked as deleted, made on behalf of requests.

use backlint_model::{
    Comparator, Criterion, EndKind, File, FunctionRef, Model, Project, Query, Reach, Role, RowChangeKind, Selection,
    words,
};
use backlint_semantic::Call;
use backlint_syntax::ast::{Expr, ExprId};

use crate::db::deletions::{is_about_deleted, marks_as_deleted};

/// How many callers are asked whether they look at the mark.
const MAX_CALLERS: usize = 6;

/// A read of rows that can be marked as deleted.
pub(super) struct Read<'p> {
    pub(super) query: &'p Query,
    pub(super) function: FunctionRef,
    /// The mark that the function, or one that calls it, names.
    pub(super) mark: Option<&'p str>,
}

/// The reads that can be compared with each other, in source order.
pub(super) fn reads(project: &Project) -> Vec<Read<'_>> {
    project.queries().iter().filter_map(|query| read(project, project.model(query.entity)?, query)).collect()
}

fn read<'p>(project: &'p Project, model: &'p Model, query: &'p Query) -> Option<Read<'p>> {
    let marks: Vec<&str> = model.deletion_marks().map(|mark| mark.name.as_str()).collect();
    let function = query.function.filter(|_| !marks.is_empty())?;
    let is_run =
        query.ends.iter().any(|end| matches!(end.kind, EndKind::All | EndKind::One | EndKind::Count | EndKind::Page));
    if !is_run || query.selects == Selection::Aggregates || project.reach(function) != Some(Reach::Request) {
        return None;
    }
    let file = project.file(function.file).filter(|file| file.role() == Role::App)?;
    let mark = named_mark(project, function, &marks);
    let is_excused = || {
        is_about_deleted(project, file, function)
            || changes_existence(project, function, model)
            || asks_for_all_values(file, function)
            || is_reached_by_row(project, file, query)
    };
    (mark.is_some() || !is_excused()).then_some(Read { query, function, mark })
}

/// The mark that a function, or one that calls it, names; the first one for words that stand for any.
fn named_mark<'p>(project: &'p Project, function: FunctionRef, marks: &[&'p str]) -> Option<&'p str> {
    let callers = project.callers(function).iter().take(MAX_CALLERS).map(|caller| caller.function);
    std::iter::once(function).chain(callers).find_map(|function| {
        let file = project.file(function.file)?;
        let text = file.slice(file.module().stmt_span(file.function(function.id).stmt));
        let named = marks.iter().find(|mark| text.contains(**mark)).copied();
        let says = ["not_deleted", "include_deleted", "soft_delete"].iter().any(|word| text.contains(word));
        named.or_else(|| marks.first().copied().filter(|_| says))
    })
}

/// Whether a function makes, marks or removes rows of the class: it looks whether there is one, whatever its mark.
fn changes_existence(project: &Project, function: FunctionRef, model: &Model) -> bool {
    project.row_changes_in(function).any(|change| {
        let changes = matches!(change.kind, RowChangeKind::Create | RowChangeKind::Remove);
        change.model == model.class && (changes || marks_as_deleted(project, change))
    })
}

/// Whether a function asks what is taken already, or how to name what was found elsewhere: deleted rows count there.
fn asks_for_all_values(file: File<'_>, function: FunctionRef) -> bool {
    const WORDS: &[&str] = &[
        "available",
        "code",
        "display",
        "exists",
        "filename",
        "generate",
        "label",
        "log",
        "name",
        "next",
        "notify",
        "number",
        "sequence",
        "slug",
        "taken",
        "title",
        "unique",
    ];
    let name = words::snake_case(file.function_name(function.id));
    WORDS.iter().any(|word| words::has_word(&name, word))
}

/// Whether the rows are found by what another row says: `Client.id == booking.client_id`. They are shown with it.
fn is_reached_by_row(project: &Project, file: File<'_>, query: &Query) -> bool {
    let module = file.module();
    let lookup = Call::of(module, query.at.expr).filter(|call| call.name() != Some("select") && call.args.len() > 1);
    let key = lookup.and_then(|call| call.positional(1));
    let by_key = |criterion: &Criterion<'_>| {
        let is_equal = matches!(criterion.comparator, Comparator::Equal | Comparator::In);
        criterion.value.filter(|_| is_equal && criterion.attribute == "id")
    };
    key.into_iter().chain(project.criteria(query).iter().filter_map(by_key)).any(|key| is_of_row(project, file, key))
}

/// Whether a key comes from a row, or from a list that no client sends.
fn is_of_row(project: &Project, file: File<'_>, key: ExprId) -> bool {
    match file.module().expr(key) {
        Expr::Attribute { value, .. } if project.row_model(file.id(), value).is_some() => true,
        Expr::Attribute { name, .. } => {
            file.module().text(name).ends_with("_id") && project.client_values(file.id(), key).is_empty()
        }
        Expr::Name(_) | Expr::List(_) => {
            let is_list = file.text_of(key).ends_with("ids");
            is_list && project.client_values(file.id(), key).is_empty()
        }
        _ => false,
    }
}
