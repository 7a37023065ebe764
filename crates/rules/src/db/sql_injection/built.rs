//! Statements that are put together from texts and values of any origin.

use backlint_model::File;
use backlint_semantic::{BindingKind, Call, fold};
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, Part, Symbol};

use crate::expressions::assigned_value;

/// What runs a statement that it is given first.
const RUNNERS: &[&str] = &["exec_driver_sql", "execute", "executemany", "executescript", "raw", "text"];
/// What statements begin with; the blank keeps titles and sentences out.
const BEGINNINGS: &[&str] =
    &["alter table ", "create ", "delete from ", "drop ", "insert into ", "select ", "truncate ", "update ", "with "];

/// A statement with a value in its text.
pub(super) struct Statement {
    /// What the call is given.
    pub(super) given: ExprId,
    /// The first value in the text.
    pub(super) piece: ExprId,
}

pub(super) fn statements(file: File<'_>) -> Vec<Statement> {
    file.calls().filter_map(|call| statement(file, call)).collect()
}

fn statement(file: File<'_>, call: Call<'_>) -> Option<Statement> {
    if !RUNNERS.contains(&call.name()?) || file.is_dev_only(call.expr) {
        return None;
    }
    let given = call.positional(0)?;
    let is_name = matches!(file.module().expr(given), Expr::Name(_));
    let built = if is_name { assigned_value(file, given).or_else(|| reaching_value(file, given))? } else { given };
    let Text { lead, quoted } = text(file, built)?;
    let lead = lead.trim_start().to_ascii_lowercase();
    if !BEGINNINGS.iter().any(|beginning| lead.starts_with(beginning)) {
        return None;
    }
    let piece = quoted.into_iter().find(|&piece| is_open(file, piece))?;
    Some(Statement { given, piece })
}

/// The value that a name has where it is read: the last assignment before, if every way from there leads here.
fn reaching_value(file: File<'_>, read: ExprId) -> Option<ExprId> {
    let (module, index) = (file.module(), file.index());
    let Expr::Name(name) = module.expr(read) else { return None };
    let bindings = index.lookup(index.scope_of_name(read), name);
    let before = bindings.iter().filter(|binding| binding.span.end <= module.span(read).start);
    let last = before.max_by_key(|binding| binding.span.start)?;
    let block = index.stmt_parent(last.stmt?);
    let stmt = index.stmt_of(read)?;
    let is_around = block.is_none() || index.stmt_ancestors(stmt).any(|parent| Some(parent) == block);
    match last.kind {
        BindingKind::Assign { value, .. } if is_around && last.scope == index.scope_of(read) => value,
        _ => None,
    }
}

/// A text that is put together.
struct Text {
    /// What it begins with.
    lead: String,
    /// The values that stand between quotes: those are neither columns nor numbers, and could be bound.
    quoted: Vec<ExprId>,
}

fn text(file: File<'_>, built: ExprId) -> Option<Text> {
    let module = file.module();
    match module.expr(built) {
        Expr::FString(parts) => {
            let parts = module.list(parts);
            let Part::Text(lead) = parts.first()? else { return None };
            let quoted = parts.windows(2).filter_map(|pair| match *pair {
                [Part::Text(before), Part::Value { value, format: None, .. }] => {
                    opens_quote(module.text(before)).then_some(value)
                }
                _ => None,
            });
            Some(Text { lead: module.text(*lead).to_owned(), quoted: quoted.collect() })
        }
        Expr::Binary { left, op: BinaryOp::Mod, right } => {
            let lead = text_of(file, left).filter(|lead| lead.contains("'%s'"))?;
            let quoted = match module.expr(right) {
                Expr::Tuple(items) => module.list(items).to_vec(),
                _ => vec![right],
            };
            Some(Text { lead, quoted })
        }
        Expr::Binary { op: BinaryOp::Add, .. } => added(file, built),
        Expr::Call { .. } => {
            let format = Call::of(module, built).filter(|call| call.name() == Some("format"))?;
            let lead = text_of(file, format.receiver()?).filter(|lead| lead.contains("'{"))?;
            Some(Text { lead, quoted: format.args.iter().map(|arg| arg.value).collect() })
        }
        _ => None,
    }
}

/// `"… name = '" + name + "'"`
fn added(file: File<'_>, built: ExprId) -> Option<Text> {
    let module = file.module();
    let mut pieces = Vec::new();
    let mut rest = built;
    while let Expr::Binary { left, op: BinaryOp::Add, right } = module.expr(rest) {
        pieces.push(right);
        rest = left;
    }
    pieces.push(rest);
    pieces.reverse();
    let behind_quote = |pair: &[ExprId]| text_of(file, pair[0]).is_some_and(|before| opens_quote(&before));
    let quoted = pieces.windows(2).filter(|pair| behind_quote(pair)).map(|pair| pair[1]);
    Some(Text { lead: text_of(file, rest)?, quoted: quoted.collect() })
}

fn opens_quote(before: &str) -> bool {
    before.ends_with('\'')
}

fn text_of(file: File<'_>, expr: ExprId) -> Option<String> {
    match file.module().expr(expr) {
        Expr::Str(text) => Some(file.module().text(text).to_owned()),
        _ => None,
    }
}

/// Whether a value may be anything: no constant, no number, no list of placeholders, nothing that was quoted.
fn is_open(file: File<'_>, piece: ExprId) -> bool {
    const HARMLESS: &[&str] =
        &["float", "format_identifier", "int", "join", "len", "quote", "quote_identifier", "quote_ident"];
    let module = file.module();
    let is_constant = || {
        let folded = fold(module, file.index(), piece);
        folded.as_str().is_some()
            || file.text_of(piece).chars().all(|c| c.is_ascii_uppercase() || "._0123456789".contains(c))
    };
    match module.expr(piece) {
        Expr::Int(_) | Expr::Float(_) | Expr::Str(_) => false,
        Expr::Call { .. } => {
            Call::of(module, piece).and_then(|call| call.name()).is_none_or(|name| !HARMLESS.contains(&name))
        }
        Expr::Name(_) => {
            // `placeholders = ", ".join("?" for _ in ids)`
            let made = assigned_value(file, piece).filter(|&made| made != piece);
            let is_open_value = |made| match module.expr(made) {
                Expr::Name(name) => is_parameter(file, made, name),
                _ => is_open(file, made),
            };
            !is_constant() && made.is_none_or(is_open_value)
        }
        _ => !is_constant(),
    }
}

fn is_parameter(file: File<'_>, expr: ExprId, name: Symbol) -> bool {
    let bindings = file.index().lookup(file.index().scope_of_name(expr), name);
    matches!(bindings, [only] if matches!(only.kind, BindingKind::Param(..)))
}
