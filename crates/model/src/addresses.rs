//! Where code asks for the address of its caller.

use backlint_semantic::{Call, descendants};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt, Symbol};

use crate::resolve::{ExprRef, FunctionRef};
use crate::{File, Project};

/// How much of a forwarding header is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderPart {
    /// All of it.
    Whole,
    /// The first entry, which the client can write.
    LeftMost,
    /// An entry counted from the right, where proxies append.
    Counted,
}

/// Who says what the address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressSource {
    /// The connection.
    Peer,
    /// A header.
    Header {
        /// Its name in lower case.
        name: &'static str,
        /// How much of it is taken.
        part: HeaderPart,
    },
}

/// A place that asks for the address of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRead {
    /// The expression.
    pub read: ExprRef,
    /// Where the address is taken out of it.
    pub at: Location,
    /// The function around it.
    pub function: Option<FunctionRef>,
    /// Who says it.
    pub source: AddressSource,
}

/// Headers that say whom a proxy forwarded the request for.
const HEADERS: &[&str] = &[
    "x-forwarded-for",
    "x-real-ip",
    "cf-connecting-ip",
    "true-client-ip",
    "fly-client-ip",
    "fastly-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
];

impl Project {
    /// All places of application files that ask for the address of the caller, in the order of files and places.
    pub fn address_reads(&self) -> Vec<AddressRead> {
        let mut found = Vec::new();
        for file in self.app_files() {
            reads(file, &mut found);
        }
        found
    }
}

fn reads(file: File<'_>, found: &mut Vec<AddressRead>) {
    let module = file.module();
    let peers = ["remote_addr", "client"].iter().any(|name| module.symbol(name).is_some());
    for expr in module.expr_ids() {
        let (read, source) = match module.expr(expr) {
            Expr::Str(text) => {
                let Some(name) = header(module.text(text)) else { continue };
                let Some(read) = header_read(file, expr) else { continue };
                (read, AddressSource::Header { name, part: HeaderPart::Whole })
            }
            Expr::Attribute { value, name } if peers && is_peer(file, value, name) => (expr, AddressSource::Peer),
            _ => continue,
        };
        let function = file.index().function_of(read).map(|id| FunctionRef::new(file.id(), id));
        let mut at = file.at_expr(read);
        let source = match source {
            AddressSource::Header { name, .. } => {
                let (part, place) = part(file, read, function);
                at = place.map_or(at, |place| file.at_expr(place));
                AddressSource::Header { name, part }
            }
            AddressSource::Peer => AddressSource::Peer,
        };
        found.push(AddressRead { read: ExprRef { file: file.id(), expr: read }, at, function, source });
    }
}

/// The forwarding header that a string names, as HTTP or as WSGI writes it.
fn header(text: &str) -> Option<&'static str> {
    if !(9..=28).contains(&text.len()) {
        return None;
    }
    let lower = text.to_ascii_lowercase().replace('_', "-");
    let lower = lower.strip_prefix("http-").unwrap_or(&lower);
    HEADERS.iter().find(|&&header| header == lower).copied()
}

/// `request.headers.get("X-Real-IP")`, `request.environ["HTTP_X_REAL_IP"]`: the look-up around the header's name.
fn header_read(file: File<'_>, name: ExprId) -> Option<ExprId> {
    let module = file.module();
    let outer = file.index().parent(name)?;
    let receiver = match module.expr(outer) {
        Expr::Subscript { value, .. } => value,
        Expr::Call { .. } => {
            let call = Call::of(module, outer).filter(|call| matches!(call.name(), Some("get" | "getlist")))?;
            call.receiver().filter(|_| call.positional(0) == Some(name))?
        }
        _ => return None,
    };
    let text = file.text_of(receiver);
    (text.ends_with("headers") || text.ends_with("environ")).then_some(outer)
}

/// `request.remote_addr`, `request.client.host`.
fn is_peer(file: File<'_>, value: ExprId, name: Symbol) -> bool {
    let module = file.module();
    match module.text(name) {
        "remote_addr" => file.text_of(value).ends_with("request"),
        "host" => {
            let text = file.text_of(value);
            let owner = text.strip_suffix(".client").unwrap_or_default();
            owner.ends_with("request") || owner.ends_with("websocket") || owner == "req"
        }
        _ => false,
    }
}

/// How much of a header is used, and the expression that takes it.
fn part(file: File<'_>, read: ExprId, function: Option<FunctionRef>) -> (HeaderPart, Option<ExprId>) {
    let module = file.module();
    let Some(function) = function else {
        let outer = file.index().ancestors(read).find(|&outer| is_split(file, outer));
        return (if outer.is_some() { HeaderPart::LeftMost } else { HeaderPart::Whole }, outer);
    };
    let span = module.stmt_span(file.function(function.id).stmt);
    let variable = bound_to(file, read);
    let splits: Vec<ExprId> = file
        .calls_named(&["split", "rsplit", "partition", "rpartition"])
        .filter(|call| span.start <= call.span().start && call.span().end <= span.end)
        .filter(|call| {
            call.receiver().is_some_and(|receiver| {
                descendants(module, receiver).into_iter().any(|inner| {
                    inner == read || matches!(module.expr(inner), Expr::Name(name) if Some(name) == variable)
                })
            })
        })
        .map(|call| call.expr)
        .collect();
    let Some(&first) = splits.first() else { return (HeaderPart::Whole, None) };
    let body = file.slice(span);
    let from_right = ["[-", "rsplit", "rpartition", "reversed("].iter().any(|word| body.contains(word));
    let taken = file.index().parent(first).filter(|&outer| matches!(module.expr(outer), Expr::Subscript { .. }));
    let is_other_entry = taken.is_some_and(|outer| match module.expr(outer) {
        Expr::Subscript { index, .. } => !matches!(module.expr(index), Expr::Int(text) if module.text(text) == "0"),
        _ => false,
    });
    if from_right || is_other_entry {
        return (HeaderPart::Counted, None);
    }
    (HeaderPart::LeftMost, Some(taken.unwrap_or(first)))
}

fn is_split(file: File<'_>, expr: ExprId) -> bool {
    Call::of(file.module(), expr).is_some_and(|call| matches!(call.name(), Some("split" | "partition")))
}

/// The variable that the statement around `read` binds.
fn bound_to(file: File<'_>, read: ExprId) -> Option<Symbol> {
    let module = file.module();
    let named = file.index().ancestors(read).find_map(|outer| match module.expr(outer) {
        Expr::Named { target, .. } => Some(target),
        _ => None,
    });
    let stmt = file.index().stmt_of(read)?;
    let target = match module.stmt(stmt) {
        Stmt::Assign { targets, .. } => module.list(targets).first().copied(),
        Stmt::AnnAssign { target, .. } => Some(target),
        _ => None,
    };
    named.or(target).and_then(|target| match module.expr(target) {
        Expr::Name(name) => Some(name),
        _ => None,
    })
}
