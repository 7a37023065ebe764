//! On or off: what a flag is while nothing in the environment sets it.

use backlint_model::{Entity, File, Project, Type, words};
use backlint_semantic::{Call, Constant, env_lookup, fold};
use backlint_source::Location;
use backlint_syntax::ast::{CompareOp, Expr, ExprId};

use crate::expressions::assigned_value;

/// The state of a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    /// On in every run.
    On,
    /// On unless this variable says otherwise.
    OnUnless(String),
    /// Off in every run.
    Off,
    /// Off unless this variable says otherwise.
    OffUnless(String),
    /// Could not be told.
    Unknown,
}

/// How many names a flag may be behind.
const MAX_STEPS: u32 = 4;

/// The state of the flag that `expr` computes.
pub(crate) fn switch(file: File<'_>, expr: ExprId) -> Switch {
    state(file, expr, MAX_STEPS)
}

/// As [`switch`], with fields of the project's settings followed to their defaults, and where such a default stands.
pub(crate) fn project_switch(project: &Project, file: File<'_>, expr: ExprId) -> (Switch, Option<Location>) {
    match switch(file, expr) {
        Switch::Unknown => setting_default(project, file, expr),
        known => (known, None),
    }
}

/// The state of a flag that is a field of the project's settings, and where its default stands.
fn setting_default(project: &Project, file: File<'_>, value: ExprId) -> (Switch, Option<Location>) {
    let unknown = (Switch::Unknown, None);
    let Expr::Attribute { value: holder, name } = file.module().expr(value) else { return unknown };
    let name = file.module().text(name);
    let (class, is_constant) = match project.resolve(file.id(), holder) {
        Entity::Instance { of: Type::Project(class), .. } => (class, false),
        // Nothing fills a class that is no more than a list of names.
        Entity::Class(class) => (class, project.lineage(class).iter().all(|of| matches!(of, Type::Project(_)))),
        _ => return unknown,
    };
    let Some(default) = project.class_attribute(class, name) else { return unknown };
    let Some(owner) = project.file(default.file) else { return unknown };
    let value = field_value(owner, default.expr);
    let place = Some(owner.at_expr(default.expr));
    if owner.is_dev_only(default.expr) {
        return unknown;
    }
    let key = || words::snake_case(name).to_uppercase();
    match switch(owner, value) {
        Switch::On if is_constant => (Switch::On, place),
        Switch::On => (Switch::OnUnless(key()), place),
        Switch::Off => (Switch::OffUnless(key()), place),
        other => (other, place),
    }
}

/// The default inside `Field(…)`.
fn field_value(file: File<'_>, value: ExprId) -> ExprId {
    let call = Call::of(file.module(), value).filter(|call| call.name() == Some("Field"));
    call.and_then(|call| call.argument("default", 0)).unwrap_or(value)
}

fn state(file: File<'_>, expr: ExprId, steps: u32) -> Switch {
    let Some(steps) = steps.checked_sub(1) else { return Switch::Unknown };
    let module = file.module();
    let constant = fold(module, file.index(), expr);
    match constant.truth() {
        Some(true) => return Switch::On,
        Some(false) => return Switch::Off,
        None => {}
    }
    if let Some((key, default)) = looked_up(file, expr) {
        return unless(key, default.truth());
    }
    match module.expr(expr) {
        Expr::Compare { left, rest } => {
            let [only] = module.list(rest) else { return Switch::Unknown };
            compared(file, left, only.op, only.right)
        }
        Expr::Name(_) => assigned_value(file, expr).map_or(Switch::Unknown, |value| state(file, value, steps)),
        Expr::Call { .. } => {
            let converted = Call::of(module, expr).filter(|call| is_conversion(call.name()));
            let inner = converted.and_then(|call| call.positional(0));
            inner.map_or(Switch::Unknown, |inner| converted_state(file, inner, steps))
        }
        _ => Switch::Unknown,
    }
}

/// `bool(…)` takes any text for true, the other conversions read it.
fn converted_state(file: File<'_>, inner: ExprId, steps: u32) -> Switch {
    match looked_up(file, inner) {
        Some((key, Constant::Str(text))) => unless(key, Some(is_yes(&text))),
        _ => state(file, inner, steps),
    }
}

fn is_conversion(name: Option<&str>) -> bool {
    matches!(name, Some("bool" | "int" | "strtobool" | "str2bool" | "str_to_bool" | "to_bool" | "parse_bool" | "loads"))
}

/// `os.getenv("DEBUG", "true").lower() == "true"`, `… in ("1", "yes")`, `… != "production"`.
fn compared(file: File<'_>, left: ExprId, op: CompareOp, right: ExprId) -> Switch {
    let (key, default) = match looked_up(file, left) {
        Some((key, Constant::Str(default))) => (key, default),
        // A missing variable equals no text.
        Some((key, Constant::None)) if matches!(op, CompareOp::Eq | CompareOp::In) => (key, String::new()),
        _ => return Switch::Unknown,
    };
    let expected = match fold(file.module(), file.index(), right) {
        Constant::Str(text) => vec![text],
        list @ Constant::List(_) => list.strings().unwrap_or_default(),
        _ => return Switch::Unknown,
    };
    let is_expected = expected.iter().any(|text| text.eq_ignore_ascii_case(&default));
    match op {
        CompareOp::Eq | CompareOp::In => unless(key, Some(is_expected)),
        CompareOp::NotEq | CompareOp::NotIn => unless(key, Some(!is_expected)),
        _ => Switch::Unknown,
    }
}

/// The variable that `expr` looks up and its default, through `.lower()` and `.strip()`.
fn looked_up(file: File<'_>, expr: ExprId) -> Option<(String, Constant)> {
    let module = file.module();
    let mut current = expr;
    while let Some(call) = Call::of(module, current)
        && matches!(call.name(), Some("lower" | "upper" | "strip" | "casefold" | "title"))
    {
        current = call.receiver()?;
    }
    let lookup = env_lookup(module, file.index(), current)?;
    let default = lookup.default.map_or(Constant::None, |default| fold(module, file.index(), default));
    Some((lookup.key, default))
}

fn unless(key: String, is_on: Option<bool>) -> Switch {
    match is_on {
        Some(true) => Switch::OnUnless(key),
        Some(false) => Switch::OffUnless(key),
        None => Switch::Unknown,
    }
}

/// Whether a text in the environment usually means "on".
pub(crate) fn is_yes(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on" | "t" | "y")
}
