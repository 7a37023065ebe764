//! Tests of an address or user name against a literal.

use std::fmt;

use backlint_model::File;
use backlint_semantic::Call;
use backlint_syntax::ast::{CompareOp, Expr, ExprId};

use crate::expressions::{assigned_value, literal, snake_label};

/// Names of values that people choose for themselves.
const IDENTIFIERS: &[&str] = &[
    "e_mail",
    "email",
    "email_address",
    "login",
    "login_name",
    "mail",
    "preferred_username",
    "upn",
    "user_email",
    "user_login",
    "user_name",
    "username",
];

/// A test of an identifier against a literal.
pub(super) struct Test {
    pub(super) kind: Identifier,
    /// What passes, in words.
    pub(super) means: String,
}

/// What people choose for themselves.
#[derive(Clone, Copy)]
pub(super) enum Identifier {
    Address,
    UserName,
}

impl Identifier {
    fn article(self) -> String {
        match self {
            Self::Address => format!("an {self}"),
            Self::UserName => format!("a {self}"),
        }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "address",
            Self::UserName => "user name",
        })
    }
}

impl Test {
    pub(super) fn of(file: File<'_>, expr: ExprId) -> Option<Self> {
        let module = file.module();
        match module.expr(expr) {
            Expr::Call { .. } => {
                let call = Call::of(module, expr)?;
                let kind = identifier(file, call.receiver()?)?;
                let text = written_here(file, call.positional(0)?)?;
                let means = match call.name()? {
                    "startswith" => format!("{} that starts with `{text}`", kind.article()),
                    "endswith" => format!("{} that ends with `{text}`", kind.article()),
                    _ => return None,
                };
                Some(Self { kind, means })
            }
            Expr::Compare { left, rest } => {
                let [only] = module.list(rest) else { return None };
                Self::of_comparison(file, left, only.op, only.right)
            }
            _ => None,
        }
    }

    fn of_comparison(file: File<'_>, left: ExprId, op: CompareOp, right: ExprId) -> Option<Self> {
        let text = |expr| written_here(file, expr);
        let (kind, means) = match op {
            CompareOp::Eq => match (identifier(file, left), text(right), text(left)) {
                (Some(kind), Some(text), _) => (kind, format!("the {kind} `{text}`")),
                (None, _, Some(text)) => {
                    let kind = identifier(file, right)?;
                    (kind, format!("the {kind} `{text}`"))
                }
                _ => return None,
            },
            CompareOp::In => {
                let kind = identifier(file, right)?;
                (kind, format!("{} with `{}` in it", kind.article(), text(left)?))
            }
            _ => return None,
        };
        Some(Self { kind, means })
    }
}

/// A literal, or a local name for one; a constant of the module is a setting of its own kind.
fn written_here(file: File<'_>, expr: ExprId) -> Option<&str> {
    let source = match file.index().function_of(expr) {
        Some(_) => {
            assigned_value(file, expr).filter(|&value| file.index().function_of(value).is_some()).unwrap_or(expr)
        }
        None => expr,
    };
    literal(file, source).filter(|text| !text.is_empty())
}

/// What kind of identifier an expression is, through `.lower()` and `.split("@")[1]`.
fn identifier(file: File<'_>, expr: ExprId) -> Option<Identifier> {
    let snake = snake_label(file, expr)?;
    let kind = if snake.contains("mail") { Identifier::Address } else { Identifier::UserName };
    IDENTIFIERS.contains(&snake.as_str()).then_some(kind)
}
