//! The credential that a function takes, and what it does with it.

mod reader;

use backlint_model::{File, words};
use backlint_semantic::{Call, descendants, expressions_of, own_statements};
use backlint_syntax::ast::{CompareOp, Expr, ExprId, FunctionId, Param, Stmt, Symbol};

use crate::expressions::{label, literal};
use reader::Reader;

const CREDENTIALS: &[&str] =
    &["access_code", "api_key", "invite_code", "otp", "passcode", "password", "passwd", "pin", "pwd", "secret", "totp"];

/// A credential of a function.
pub(super) struct Credential {
    /// What it is called.
    pub(super) name: String,
    /// Whether only the name of a class that stands elsewhere says that there is one.
    pub(super) is_assumed: bool,
    pub(super) treatment: Treatment,
    /// A test that only asks whether it is there.
    pub(super) presence_test: Option<ExprId>,
}

/// What a function does with a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Ignores it, or only asks for presence, length or format.
    NeverVerified,
    /// Compares it, hands it on, or does something that could not be told.
    Used,
}

/// The credential that a function takes, if it takes one.
pub(super) fn find(file: File<'_>, function: FunctionId) -> Option<Credential> {
    let module = file.module();
    let exprs = all_expressions(file, function);
    let params = module.list(file.function(function).params);
    let mut reader = Reader::new(file);
    let mut name = None;
    let mut is_declared = true;
    for param in params {
        if is_credential(module.text(param.name)) {
            name = Some(module.text(param.name).to_owned());
            reader.aliases.push(param.name);
        } else if let Some(field) = declared_field(file, param) {
            name = name.or(Some(field));
            reader.holders.push(param.name);
        } else if names_only_a_user(file, param, &exprs) {
            is_declared = false;
            reader.holders.push(param.name);
        }
    }
    for &expr in &exprs {
        if let Some((field, holder)) = field_read(file, expr) {
            name = Some(field.to_owned());
            reader.holders.extend(holder);
            reader.follow(expr);
        } else if let Some((field, holder)) = presence_by_key(file, expr) {
            name = name.or(Some(field.to_owned()));
            reader.holders.push(holder);
            reader.presence_test = Some(expr);
        }
    }
    reader.follow_names(&exprs);
    let assumed = (!is_declared).then(|| "password".to_owned());
    Some(Credential {
        is_assumed: name.is_none(),
        name: name.or(assumed)?,
        treatment: reader.treatment,
        presence_test: reader.presence_test,
    })
}

fn all_expressions(file: File<'_>, function: FunctionId) -> Vec<ExprId> {
    let module = file.module();
    let statements = own_statements(module, module.body(function));
    statements
        .into_iter()
        .flat_map(|stmt| expressions_of(module, stmt))
        .flat_map(|expr| descendants(module, expr))
        .collect()
}

fn is_credential(name: &str) -> bool {
    CREDENTIALS.contains(&words::snake_case(name).as_str())
}

/// `body.password`, `request.json["password"]`, `data.get("password")`: the field, and the variable it is read from.
fn field_read(file: File<'_>, expr: ExprId) -> Option<(&str, Option<Symbol>)> {
    let module = file.module();
    let (holder, field) = match module.expr(expr) {
        Expr::Attribute { value, name } => (value, module.text(name)),
        Expr::Subscript { value, index } => (value, literal(file, index)?),
        Expr::Call { .. } => {
            let call = Call::of(module, expr).filter(|call| matches!(call.name(), Some("get" | "pop")))?;
            (call.receiver()?, literal(file, call.positional(0)?)?)
        }
        _ => return None,
    };
    // Of an object that was looked up, the field is what is stored, not what was sent.
    let root = match module.expr(holder) {
        Expr::Name(name) => Some(name),
        Expr::Attribute { .. } | Expr::Call { .. } | Expr::Await(_) if file.text_of(holder).contains("request") => None,
        _ => return None,
    };
    is_credential(field).then_some((field, root))
}

/// `"password" not in data`: the field, and the variable it is looked for in.
fn presence_by_key(file: File<'_>, expr: ExprId) -> Option<(&str, Symbol)> {
    let module = file.module();
    let Expr::Compare { left, rest } = module.expr(expr) else { return None };
    let [only] = module.list(rest) else { return None };
    let field = literal(file, left).filter(|field| is_credential(field))?;
    match (only.op, module.expr(only.right)) {
        (CompareOp::In | CompareOp::NotIn, Expr::Name(holder)) => Some((field, holder)),
        _ => None,
    }
}

/// Whether a parameter is the body of a login (by the name of a class that stands elsewhere) of which nothing but who
/// wants to log in is read.
fn names_only_a_user(file: File<'_>, param: &Param, exprs: &[ExprId]) -> bool {
    const WHO: &[&str] = &[
        "email",
        "login",
        "organization_id",
        "phone",
        "remember",
        "remember_me",
        "tenant_id",
        "user_id",
        "user_name",
        "username",
    ];
    const OTHER_LOGINS: &[&str] =
        &["apple", "code", "device", "google", "magic", "oauth", "otp", "social", "sso", "telegram", "wallet"];
    let module = file.module();
    let Some(class) = param.annotation.and_then(|annotation| label(file, annotation)).map(words::snake_case) else {
        return false;
    };
    let is_login = ["credentials", "login", "sign_in", "signin"].iter().any(|word| words::has_word(&class, word));
    if !is_login
        || OTHER_LOGINS.iter().any(|word| words::has_word(&class, word))
        || class == "http_authorization_credentials"
    {
        return false;
    }
    let mut fields = exprs.iter().filter_map(|&expr| match module.expr(expr) {
        Expr::Attribute { value, name } if module.expr(value) == Expr::Name(param.name) => Some(module.text(name)),
        _ => None,
    });
    let mut has_any = false;
    let only_who = fields.all(|field| {
        has_any = true;
        WHO.contains(&field)
    });
    has_any && only_who
}

/// The credential among the fields of a parameter's class, if that class stands in this file or is a known form.
fn declared_field(file: File<'_>, param: &Param) -> Option<String> {
    let module = file.module();
    let annotation = param.annotation?;
    if file.text_of(annotation).contains("OAuth2PasswordRequestForm") {
        return Some("password".to_owned());
    }
    let class = module.class_ids().find(|&class| label(file, annotation) == Some(file.class_name(class)))?;
    module.list(file.class(class).body).iter().find_map(|&stmt| {
        let Stmt::AnnAssign { target, .. } = module.stmt(stmt) else { return None };
        label(file, target).filter(|name| words::snake_case(name).contains("password")).map(str::to_owned)
    })
}
