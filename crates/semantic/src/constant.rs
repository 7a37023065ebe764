//! The value of an expression, where one file decides it.

use backlint_syntax::Module;
use backlint_syntax::ast::{BinaryOp, Expr, ExprId, Part, UnaryOp};

use crate::binding::{BindingKind, ScopeId};
use crate::index::FileIndex;

/// How many names and operators a value may be behind.
const MAX_STEPS: u32 = 12;

/// A value that is the same in every run, or the fact that it is not known.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// A string.
    Str(String),
    /// A string of which some parts are known; `None` stands for an unknown part.
    Pieces(Vec<Option<String>>),
    /// Bytes; each byte is the character of the same number.
    Bytes(String),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// `True` or `False`.
    Bool(bool),
    /// `None`.
    None,
    /// A list, tuple or set.
    List(Vec<Constant>),
    /// A dict display.
    Dict(Vec<(Constant, Constant)>),
    /// Not known.
    Unknown,
}

impl Constant {
    /// The string, if it is wholly known.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The strings of a list of known strings.
    pub fn strings(&self) -> Option<Vec<String>> {
        let Self::List(items) = self else { return None };
        items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
    }

    /// The known text with `{}` for each unknown part.
    pub fn pattern(&self) -> Option<String> {
        match self {
            Self::Str(text) => Some(text.clone()),
            Self::Pieces(pieces) => Some(pieces.iter().map(|piece| piece.as_deref().unwrap_or("{}")).collect()),
            _ => None,
        }
    }

    /// Whether Python takes it for true, if that is known.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Str(text) | Self::Bytes(text) => Some(!text.is_empty()),
            Self::Pieces(pieces) => {
                pieces.iter().any(|piece| piece.as_ref().is_some_and(|text| !text.is_empty())).then_some(true)
            }
            Self::Int(number) => Some(*number != 0),
            Self::Float(number) => Some(*number != 0.0),
            Self::Bool(value) => Some(*value),
            Self::None => Some(false),
            Self::List(items) => Some(!items.is_empty()),
            Self::Dict(items) => Some(!items.is_empty()),
            Self::Unknown => None,
        }
    }

    fn into_pieces(self) -> Vec<Option<String>> {
        match self {
            Self::Str(text) => vec![Some(text)],
            Self::Pieces(pieces) => pieces,
            Self::Int(number) => vec![Some(number.to_string())],
            _ => vec![None],
        }
    }
}

/// The value of `expr`. Names are followed to their one assignment in an enclosing scope; parameters, loop variables
/// and names that are assigned more than once are unknown.
pub fn fold(module: &Module, index: &FileIndex, expr: ExprId) -> Constant {
    Folder { module, index }.fold(expr, MAX_STEPS)
}

struct Folder<'a> {
    module: &'a Module,
    index: &'a FileIndex,
}

impl Folder<'_> {
    fn fold(&self, expr: ExprId, steps: u32) -> Constant {
        let Some(steps) = steps.checked_sub(1) else { return Constant::Unknown };
        let module = self.module;
        match module.expr(expr) {
            Expr::Str(text) => Constant::Str(module.text(text).to_owned()),
            Expr::Bytes(text) => Constant::Bytes(module.text(text).to_owned()),
            Expr::True => Constant::Bool(true),
            Expr::False => Constant::Bool(false),
            Expr::None => Constant::None,
            Expr::Int(text) => integer(module.text(text)).map_or(Constant::Unknown, Constant::Int),
            Expr::Float(text) => module.text(text).replace('_', "").parse().map_or(Constant::Unknown, Constant::Float),
            Expr::Unary { op: UnaryOp::USub, operand } => negated(&self.fold(operand, steps)),
            Expr::Unary { op: UnaryOp::Not, operand } => {
                self.fold(operand, steps).truth().map_or(Constant::Unknown, |value| Constant::Bool(!value))
            }
            Expr::FString(parts) => joined(module.list(parts).iter().map(|part| match *part {
                Part::Text(text) => Constant::Str(module.text(text).to_owned()),
                Part::Value { value, format: None, .. } => self.fold(value, steps),
                Part::Value { .. } => Constant::Unknown,
            })),
            Expr::Binary { left, op, right } => binary(op, self.fold(left, steps), self.fold(right, steps)),
            Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) => {
                Constant::List(module.list(items).iter().map(|&item| self.fold(item, steps)).collect())
            }
            Expr::Dict(items) => Constant::Dict(
                module
                    .list(items)
                    .iter()
                    .map(|item| {
                        let key = item.key.map_or(Constant::Unknown, |key| self.fold(key, steps));
                        (key, self.fold(item.value, steps))
                    })
                    .collect(),
            ),
            Expr::Name(name) => self.name(name, self.index.scope_of_name(expr), steps),
            _ => Constant::Unknown,
        }
    }

    fn name(&self, name: backlint_syntax::ast::Symbol, scope: ScopeId, steps: u32) -> Constant {
        match self.index.lookup(scope, name) {
            [only] => match only.kind {
                BindingKind::Assign { value: Some(value), .. } => self.fold(value, steps),
                _ => Constant::Unknown,
            },
            _ => Constant::Unknown,
        }
    }
}

/// The value of an integer literal.
fn integer(text: &str) -> Option<i64> {
    let digits = text.replace('_', "").to_ascii_lowercase();
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        Some("0b") => (&digits[2..], 2),
        _ => (digits.as_str(), 10),
    };
    i64::from_str_radix(digits, radix).ok()
}

fn negated(value: &Constant) -> Constant {
    match value {
        Constant::Int(number) => number.checked_neg().map_or(Constant::Unknown, Constant::Int),
        Constant::Float(number) => Constant::Float(-number),
        _ => Constant::Unknown,
    }
}

fn joined(parts: impl Iterator<Item = Constant>) -> Constant {
    let pieces: Vec<Option<String>> = parts.flat_map(Constant::into_pieces).collect();
    if pieces.iter().all(Option::is_some) {
        return Constant::Str(pieces.into_iter().flatten().collect());
    }
    Constant::Pieces(pieces)
}

fn binary(op: BinaryOp, left: Constant, right: Constant) -> Constant {
    match (op, left, right) {
        (BinaryOp::Add, Constant::List(mut a), Constant::List(b)) => {
            a.extend(b);
            Constant::List(a)
        }
        (BinaryOp::Add, Constant::Int(a), Constant::Int(b)) => {
            a.checked_add(b).map_or(Constant::Unknown, Constant::Int)
        }
        (BinaryOp::Sub, Constant::Int(a), Constant::Int(b)) => {
            a.checked_sub(b).map_or(Constant::Unknown, Constant::Int)
        }
        (BinaryOp::Mult, Constant::Int(a), Constant::Int(b)) => {
            a.checked_mul(b).map_or(Constant::Unknown, Constant::Int)
        }
        (BinaryOp::Add, a @ (Constant::Str(_) | Constant::Pieces(_)), b)
        | (BinaryOp::Add, a, b @ (Constant::Str(_) | Constant::Pieces(_))) => joined([a, b].into_iter()),
        _ => Constant::Unknown,
    }
}
