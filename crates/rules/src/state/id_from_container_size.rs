//! STATE005: an identifier that is the number of what is there.

use backlint_finding::Findings;
use backlint_model::words::{has_word, snake_case};
use backlint_model::{File, Role};
use backlint_semantic::{Call, ScopeId};
use backlint_syntax::ast::{ArgKind, BinaryOp, Expr, ExprId, Stmt};

use crate::expressions::{label, literal};

pub(crate) fn check(file: File<'_>, findings: &mut Findings) {
    if file.role() != Role::App {
        return;
    }
    for call in file.calls_named(&["count", "len", "qsize", "scalar"]) {
        let Some(counted) = counted(file, call) else { continue };
        for count in std::iter::once(call.expr).chain(reads_of_result(file, call.expr)) {
            let Some(number) = next_number(file, count) else { continue };
            let Some(name) = named(file, number).filter(|name| is_identifier(name)) else { continue };
            if !is_unique_otherwise(file, number) && !file.is_dev_only(number) {
                report(file, number, name, &counted, findings);
            }
        }
    }
}

fn report(file: File<'_>, number: ExprId, name: &str, counted: &Counted<'_>, findings: &mut Findings) {
    let message = match counted {
        Counted::Rows => format!(
            "Two requests that count at the same time, or a row that was removed, give the same `{name}` twice; let the database number the rows, or take a UUID."
        ),
        Counted::Entries(container) => format!(
            "After an entry of `{container}` is removed, the next `{name}` is one that is taken; keep a counter that only goes up, or take a UUID."
        ),
    };
    findings.report(file.at_expr(number), format!("{}: {name}", file.context_name(number)), message);
}

/// Where the name that a call's result is bound to is read.
fn reads_of_result(file: File<'_>, call: ExprId) -> Vec<ExprId> {
    let module = file.module();
    let index = file.index();
    let whole = index.ancestors(call).find(|&outer| index.parent(outer).is_none()).unwrap_or(call);
    let Some(Stmt::Assign { targets, value }) = index.stmt_of(call).map(|stmt| module.stmt(stmt)) else {
        return Vec::new();
    };
    let is_result =
        value == whole && matches!(module.expr(whole), Expr::Call { .. } | Expr::Await(_) | Expr::Bool { .. });
    let &[target] = module.list(targets) else { return Vec::new() };
    let Expr::Name(name) = module.expr(target) else { return Vec::new() };
    let scope = index.scope_of(target);
    let reads = index.uses().iter().filter(|used| used.name == name && used.scope == scope && is_result);
    reads.map(|used| used.expr).collect()
}

/// Whether the text that holds the number tells entries apart in another way: by the time, a random part, a UUID.
fn is_unique_otherwise(file: File<'_>, number: ExprId) -> bool {
    let text = file.text_of(number).to_ascii_lowercase();
    ["hex", "now(", "random", "secrets.", "time", "token", "uuid"].iter().any(|word| text.contains(word))
}

/// What is counted.
enum Counted<'p> {
    /// Rows of a table.
    Rows,
    /// Entries of a container that lives longer than the call, and that entries are taken out of.
    Entries(&'p str),
}

fn counted<'p>(file: File<'p>, call: Call<'p>) -> Option<Counted<'p>> {
    let module = file.module();
    let container = match call.name()? {
        "len" if call.receiver().is_none() => call.positional(0)?,
        "qsize" => call.receiver()?,
        "count" if call.args.is_empty() => {
            let text = file.text_of(call.receiver()?);
            return (text.contains("query") || text.contains(".objects")).then_some(Counted::Rows);
        }
        "scalar" => return file.text_of(call.expr).contains("func.count").then_some(Counted::Rows),
        _ => return None,
    };
    let name = match module.expr(container) {
        Expr::Name(name) => {
            let bindings = file.index().lookup(file.index().scope_of_name(container), name);
            (bindings.first()?.scope == ScopeId::MODULE).then(|| module.text(name))?
        }
        Expr::Attribute { value, name } if file.text_of(value) == "self" => module.text(name),
        _ => return None,
    };
    is_emptied(file, file.text_of(container)).then_some(Counted::Entries(name))
}

/// Whether the file takes entries out of a container.
fn is_emptied(file: File<'_>, container: &str) -> bool {
    const TAKING: &[&str] = &["clear", "discard", "get", "get_nowait", "pop", "popitem", "popleft", "remove"];
    let module = file.module();
    let is_it = |expr: ExprId| file.text_of(expr) == container;
    let by_call = file.calls_named(TAKING).any(|call| {
        // `get` takes out of queues only.
        let is_look = call.name() == Some("get") && !call.args.is_empty();
        !is_look && call.receiver().is_some_and(is_it)
    });
    by_call
        || module.stmt_ids().any(|stmt| match module.stmt(stmt) {
            Stmt::Delete(targets) => module.list(targets).iter().any(|&target| match module.expr(target) {
                Expr::Subscript { value, .. } => is_it(value),
                _ => false,
            }),
            _ => false,
        })
}

/// `len(orders) + 1`, the count itself where it ends up in a text, or a count that is formatted.
fn next_number(file: File<'_>, count: ExprId) -> Option<ExprId> {
    let module = file.module();
    let index = file.index();
    let counted = index.parent(count).filter(|&p| matches!(module.expr(p), Expr::Await(_) | Expr::Bool { .. }));
    let counted = counted.unwrap_or(count);
    let sum = index.parent(counted).filter(|&parent| {
        let Expr::Binary { left, op: BinaryOp::Add, right } = module.expr(parent) else { return false };
        let other = if left == counted { right } else { left };
        matches!(module.expr(other), Expr::Int(_))
    });
    let number = sum.unwrap_or(counted);
    let text = index.parent(number).filter(|&parent| match module.expr(parent) {
        Expr::FString(_) => true,
        Expr::Call { .. } => Call::of(module, parent).is_some_and(|call| call.name() == Some("str")),
        _ => false,
    });
    match (text, sum) {
        (Some(text), _) => Some(text),
        (None, Some(sum)) => Some(sum),
        (None, None) => None,
    }
}

/// What the value is called: the variable, attribute, key or argument that gets it.
fn named(file: File<'_>, value: ExprId) -> Option<&str> {
    let module = file.module();
    let Some(parent) = file.index().parent(value) else {
        return match module.stmt(file.index().stmt_of(value)?) {
            Stmt::Assign { targets, value: whole } if whole == value => label(file, *module.list(targets).first()?),
            Stmt::AnnAssign { target, value: Some(whole), .. } if whole == value => label(file, target),
            _ => None,
        };
    };
    match module.expr(parent) {
        Expr::Dict(items) => {
            let item = module.list(items).iter().find(|item| item.value == value)?;
            literal(file, item.key?)
        }
        Expr::Call { .. } => {
            let call = Call::of(module, parent)?;
            let arg = call.args.iter().find(|arg| arg.value == value)?;
            match arg.kind {
                ArgKind::Keyword(name) => Some(module.text(name)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a name is one of identifiers, not one of places in a list.
fn is_identifier(name: &str) -> bool {
    const PLACES: &[&str] = &["count", "index", "line", "page", "position", "rank", "row", "size", "total", "version"];
    let snake = snake_case(name);
    let is_place = PLACES.iter().any(|word| has_word(&snake, word));
    let is_key = snake == "id" || snake == "key" || snake == "filename";
    let ends = ["_id", "_key", "_number", "_no", "_code", "_filename"].iter().any(|end| snake.ends_with(end));
    !is_place && (is_key || ends)
}
