//! The branches of a login that refuse, what they are about, and what they answer.

use std::collections::BTreeSet;

use backlint_model::{File, words};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{BoolOp, CompareOp, Expr, ExprId, FunctionId, Stmt, StmtId, UnaryOp};

use super::statements;
use crate::expressions::{label, literal};

/// Names of rows that stand for somebody.
const ACCOUNTS: &[&str] =
    &["account", "admin", "customer", "employee", "member", "person", "student", "teacher", "user"];

/// Attributes of an account that say in which state it is.
const STATES: &[&str] = &[
    "active",
    "banned",
    "blocked",
    "confirmed",
    "deactivated",
    "deleted",
    "disabled",
    "email_confirmed",
    "email_verified",
    "enabled",
    "is_active",
    "is_banned",
    "is_blocked",
    "is_confirmed",
    "is_deleted",
    "is_disabled",
    "is_locked",
    "is_verified",
    "locked",
    "status",
    "suspended",
    "verified",
];

/// Calls that verify a password.
const VERIFIERS: &[&str] =
    &["check_password", "check_password_hash", "checkpw", "password_matches", "validate_password", "verify_password"];

/// What a test is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Whether there is an account.
    Account,
    /// In which state it is.
    State,
    /// Whether the password is right.
    Password,
}

/// A branch that is taken when somebody is refused.
pub(super) struct Branch {
    pub(super) subject: Subject,
    pub(super) test: ExprId,
    /// Whether a test of the password asks for the account beside it.
    pub(super) has_presence: bool,
    /// The last statement of the branch, which answers.
    pub(super) answer: StmtId,
    body: Vec<StmtId>,
    around: StmtId,
}

/// The branches of a function that refuse, in source order.
pub(super) fn branches(file: File<'_>, function: FunctionId) -> Vec<Branch> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in statements(file, function) {
        let Stmt::If { clauses, orelse } = module.stmt(stmt) else { continue };
        let clauses = module.list(clauses);
        for (number, clause) in clauses.iter().enumerate() {
            let Some(question) = question(file, clause.test) else { continue };
            let body: &[StmtId] = if question.refuses {
                module.list(clause.body)
            } else if number + 1 == clauses.len() {
                module.list(orelse)
            } else {
                &[]
            };
            let Some(&answer) = body.last().filter(|&&last| leaves(file, last)) else { continue };
            found.push(Branch {
                subject: question.subject,
                test: clause.test,
                has_presence: question.has_presence,
                answer,
                body: body.to_vec(),
                around: stmt,
            });
        }
    }
    found
}

/// What a test asks.
struct Question {
    subject: Subject,
    /// Whether somebody is refused when it holds.
    refuses: bool,
    has_presence: bool,
}

fn question(file: File<'_>, test: ExprId) -> Option<Question> {
    let module = file.module();
    let plain = |subject, refuses| Some(Question { subject, refuses, has_presence: false });
    match module.expr(test) {
        Expr::Unary { op: UnaryOp::Not, operand } => {
            let inner = question(file, operand)?;
            Some(Question { refuses: !inner.refuses, ..inner })
        }
        Expr::Name(_) => is_account(file, test).then(|| plain(Subject::Account, false)).flatten(),
        Expr::Attribute { value, name } => {
            let state = words::snake_case(module.text(name));
            let is_state = is_account(file, value) && STATES.contains(&state.as_str());
            let is_bad = ["ban", "block", "deactivated", "deleted", "disabled", "locked", "suspended"]
                .iter()
                .any(|word| state.contains(word));
            is_state.then(|| plain(Subject::State, is_bad)).flatten()
        }
        Expr::Compare { left, rest } => {
            let [only] = module.list(rest) else { return None };
            match (only.op, module.expr(only.right)) {
                (CompareOp::Is | CompareOp::Eq, Expr::None) if is_account(file, left) => plain(Subject::Account, true),
                (CompareOp::IsNot | CompareOp::NotEq, Expr::None) if is_account(file, left) => {
                    plain(Subject::Account, false)
                }
                (CompareOp::Gt | CompareOp::GtE, _) if is_count(file, left) => plain(Subject::State, true),
                (CompareOp::NotEq | CompareOp::Is | CompareOp::Eq, _) => {
                    let inner = question(file, left).filter(|inner| inner.subject == Subject::State)?;
                    let is_false = module.expr(only.right) == Expr::False;
                    Some(Question { refuses: only.op == CompareOp::NotEq || is_false, ..inner })
                }
                _ => None,
            }
        }
        Expr::Call { .. } => verifies(file, test).then(|| plain(Subject::Password, false)).flatten(),
        Expr::Await(inner) => question(file, inner),
        Expr::Bool { op, values } => combined(file, op, module.list(values)),
        _ => None,
    }
}

/// `not user or not verify(…)`, `user and verify(…)`, `user and user.locked`: what is asked for on the way to something
/// else does not decide.
fn combined(file: File<'_>, op: BoolOp, values: &[ExprId]) -> Option<Question> {
    let questions: Vec<Question> = values.iter().map(|&value| question(file, value)).collect::<Option<_>>()?;
    let has = |subject| questions.iter().any(|question| question.subject == subject);
    let subject =
        [Subject::Password, Subject::State].into_iter().find(|&subject| has(subject)).unwrap_or(Subject::Account);
    let is_on_the_way = |question: &Question| {
        op == BoolOp::And && question.subject == Subject::Account && !question.refuses && subject != Subject::Account
    };
    let refuses = questions.iter().find(|question| !is_on_the_way(question))?.refuses;
    let is_mixed = questions.iter().any(|question| !is_on_the_way(question) && question.refuses != refuses);
    let is_wrong_way = op == BoolOp::Or && !refuses;
    (!is_mixed && !is_wrong_way).then(|| Question { subject, refuses, has_presence: has(Subject::Account) })
}

/// `user.failed_logins`, `user.locked_until`.
fn is_count(file: File<'_>, expr: ExprId) -> bool {
    let Expr::Attribute { value, name } = file.module().expr(expr) else { return false };
    let name = words::snake_case(file.module().text(name));
    is_account(file, value)
        && ["attempts", "banned_until", "failed", "failures", "locked_until"].iter().any(|word| name.contains(word))
}

fn is_account(file: File<'_>, expr: ExprId) -> bool {
    let module = file.module();
    let Expr::Name(name) = module.expr(expr) else { return false };
    let snake = words::snake_case(module.text(name));
    let is_other = ["current", "id", "name", "email", "input", "data", "form", "type", "role"]
        .iter()
        .any(|word| words::has_word(&snake, word));
    ACCOUNTS.iter().any(|word| words::has_word(&snake, word)) && !is_other
}

/// `check_password_hash(user.password, given)`, `pwd_context.verify(…)`, `user.check_password(…)`.
fn verifies(file: File<'_>, expr: ExprId) -> bool {
    let Some(call) = Call::of(file.module(), expr) else { return false };
    match call.name() {
        Some("verify") => call.receiver().is_some_and(|receiver| {
            let hasher = file.text_of(receiver).to_ascii_lowercase();
            ["argon", "crypt", "hash", "password", "pwd"].iter().any(|word| hasher.contains(word))
        }),
        Some(name) => VERIFIERS.contains(&name.trim_start_matches('_')),
        None => false,
    }
}

/// Whether a statement ends the login: an answer, an exception, or a page with a note.
fn leaves(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    match module.stmt(stmt) {
        Stmt::Return(_) | Stmt::Raise { .. } => true,
        Stmt::Expr(value) => Call::of(module, value).is_some_and(|call| {
            let is_own = call.receiver().is_none();
            matches!(call.name(), Some("abort" | "flash"))
                || is_own && call.name().is_some_and(|name| name.contains("error"))
        }),
        _ => false,
    }
}

impl Branch {
    /// Whether the answers of two branches can be told apart.
    pub(super) fn differs(&self, file: File<'_>, other: &Self) -> bool {
        let (one, two) = (words_of(file, &self.body), words_of(file, &other.body));
        !one.is_empty() && !two.is_empty() && one != two
    }

    /// Whether the other branch belongs to a statement inside the one this branch belongs to.
    pub(super) fn is_around(&self, file: File<'_>, other: &Self) -> bool {
        let module = file.module();
        self.around != other.around && module.stmt_span(self.around).contains(module.stmt_span(other.around))
    }

    /// Whether this branch leaves before the password is verified.
    pub(super) fn is_early(&self, file: File<'_>, wrong: &Self) -> bool {
        let module = file.module();
        module.span(self.test).start < module.span(wrong.test).start
    }

    /// Whether the branch answers with an error.
    pub(super) fn is_refusal(&self, file: File<'_>) -> bool {
        let module = file.module();
        let is_error = |stmt: StmtId| {
            let text = file.slice(module.stmt_span(stmt));
            ["abort(", ", 40", ", 42", "status_code=40", "status=40", "HTTP_40"].iter().any(|part| text.contains(part))
        };
        matches!(module.stmt(self.answer), Stmt::Raise { .. }) || self.body.iter().any(|&stmt| is_error(stmt))
    }

    /// Whether the branch answers the request itself.
    pub(super) fn is_direct(&self, file: File<'_>) -> bool {
        self.body.iter().any(|&stmt| {
            let text = file.slice(file.module().stmt_span(stmt));
            ["HTTPException", "abort(", "jsonify", "JSONResponse", "flash(", "render_template"]
                .iter()
                .any(|answer| text.contains(answer))
        })
    }
}

/// What a branch answers: the texts, numbers and constants in its answers and exceptions.
fn words_of<'p>(file: File<'p>, body: &[StmtId]) -> BTreeSet<&'p str> {
    let module = file.module();
    let answers = own_statements(module, body).into_iter().filter(|&stmt| leaves(file, stmt));
    let parts = answers.flat_map(|stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    let mut found = BTreeSet::new();
    for part in parts {
        match module.expr(part) {
            Expr::Str(_) => found.extend(literal(file, part)),
            Expr::Int(text) => {
                found.insert(module.text(text));
            }
            Expr::True | Expr::False | Expr::None | Expr::FString(_) => {
                found.insert(file.text_of(part));
            }
            Expr::Attribute { .. } => found.extend(label(file, part)),
            Expr::Name(name) if module.text(name).contains(char::is_uppercase) => {
                found.insert(module.text(name));
            }
            _ => {}
        }
    }
    found
}
