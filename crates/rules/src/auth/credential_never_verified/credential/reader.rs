//! Follows a credential through a function.

use backlint_model::File;
use backlint_semantic::{Call, Constant, fold};
use backlint_syntax::ast::{Expr, ExprId, Stmt, Symbol};

use super::Treatment;

/// What is known of a credential while its uses are read.
pub(super) struct Reader<'p> {
    file: File<'p>,
    /// Variables that are the credential.
    pub(super) aliases: Vec<Symbol>,
    /// Variables that hold it among other fields.
    pub(super) holders: Vec<Symbol>,
    pub(super) presence_test: Option<ExprId>,
    pub(super) treatment: Treatment,
}

impl<'p> Reader<'p> {
    pub(super) fn new(file: File<'p>) -> Self {
        Self {
            file,
            aliases: Vec::new(),
            holders: Vec::new(),
            presence_test: None,
            treatment: Treatment::NeverVerified,
        }
    }

    /// Follows every use of the variables; aliases that come up on the way are followed too.
    pub(super) fn follow_names(&mut self, exprs: &[ExprId]) {
        let mut done = 0;
        while let Some(&alias) = self.aliases.get(done) {
            done += 1;
            for &expr in exprs {
                if self.file.module().expr(expr) == Expr::Name(alias) && !self.is_target(expr) {
                    self.follow(expr);
                }
            }
        }
        let holders = std::mem::take(&mut self.holders);
        for &expr in exprs {
            let Expr::Name(name) = self.file.module().expr(expr) else { continue };
            if holders.contains(&name) && self.is_handed_on(expr) {
                self.treatment = Treatment::Used;
            }
        }
    }

    fn is_target(&self, name: ExprId) -> bool {
        let module = self.file.module();
        let Some(stmt) = self.file.index().stmt_of(name) else { return false };
        matches!(module.stmt(stmt), Stmt::Assign { targets, .. } if module.list(targets).contains(&name))
    }

    /// Whether a variable is passed, returned or stored as a whole rather than read or tested.
    fn is_handed_on(&self, name: ExprId) -> bool {
        let module = self.file.module();
        if self.is_target(name) {
            return false;
        }
        match self.file.index().parent(name).map(|outer| module.expr(outer)) {
            Some(Expr::Attribute { name: attribute, .. }) => {
                matches!(module.text(attribute), "model_dump" | "dict" | "json" | "items" | "values" | "copy")
            }
            Some(Expr::Subscript { value, .. }) => value != name,
            Some(Expr::Unary { .. } | Expr::Bool { .. } | Expr::Compare { .. }) | None => false,
            Some(_) => true,
        }
    }

    /// Decides what one read of the credential is for.
    pub(super) fn follow(&mut self, read: ExprId) {
        let file = self.file;
        let module = file.module();
        let mut inner = read;
        loop {
            let Some(outer) = file.index().parent(inner) else { return self.end_of_statement(inner) };
            match module.expr(outer) {
                Expr::Attribute { name, .. } if is_form_method(module.text(name)) => {}
                Expr::Call { .. } => match call_form(file, outer, inner) {
                    CallForm::Value => {}
                    CallForm::Test => return self.presence_test = Some(outer),
                    CallForm::Other => return self.treatment = Treatment::Used,
                },
                Expr::Unary { .. } | Expr::Bool { .. } => {}
                Expr::Compare { left, rest } => {
                    let sides = module.list(rest).iter().map(|c| c.right).chain([left]);
                    if sides.filter(|&side| side != inner).all(|side| is_empty_constant(file, side)) {
                        return self.presence_test = Some(outer);
                    }
                    return self.treatment = Treatment::Used;
                }
                _ => return self.treatment = Treatment::Used,
            }
            inner = outer;
        }
    }

    /// The credential, or a test of it, is all of a statement's value.
    fn end_of_statement(&mut self, value: ExprId) {
        let module = self.file.module();
        let Some(stmt) = self.file.index().stmt_of(value) else { return };
        match module.stmt(stmt) {
            Stmt::If { .. } | Stmt::While { .. } | Stmt::Assert { .. } => self.presence_test = Some(value),
            Stmt::Assign { targets, value: assigned } if assigned == value => match module.list(targets) {
                &[target] if matches!(module.expr(target), Expr::Name(_)) => self.add_alias(target),
                _ => self.treatment = Treatment::Used,
            },
            Stmt::Expr(_) => {}
            _ => self.treatment = Treatment::Used,
        }
    }

    fn add_alias(&mut self, target: ExprId) {
        if let Expr::Name(name) = self.file.module().expr(target)
            && !self.aliases.contains(&name)
        {
            self.aliases.push(name);
        }
    }
}

/// What a call makes of a credential.
enum CallForm {
    /// The same in another form.
    Value,
    /// A statement about its form.
    Test,
    /// Anything else.
    Other,
}

fn call_form(file: File<'_>, call: ExprId, inner: ExprId) -> CallForm {
    let Some(call) = Call::of(file.module(), call) else { return CallForm::Other };
    if call.function == inner {
        return match call.name() {
            Some("isdigit" | "isalnum" | "isnumeric" | "startswith" | "endswith") => CallForm::Test,
            _ => CallForm::Value,
        };
    }
    let is_pattern = || file.path_of(call.function).is_some_and(|path| path.starts_with("re."));
    match call.name() {
        Some("str" | "bool") => CallForm::Value,
        Some("len" | "isinstance") => CallForm::Test,
        _ if is_pattern() => CallForm::Test,
        _ => CallForm::Other,
    }
}

fn is_form_method(name: &str) -> bool {
    matches!(
        name,
        "strip"
            | "lower"
            | "upper"
            | "encode"
            | "decode"
            | "get_secret_value"
            | "isdigit"
            | "isalnum"
            | "isnumeric"
            | "startswith"
            | "endswith"
    )
}

/// `None`, `""`, a number: what says nothing of the value itself.
fn is_empty_constant(file: File<'_>, expr: ExprId) -> bool {
    match fold(file.module(), file.index(), expr) {
        Constant::None | Constant::Int(_) => true,
        Constant::Str(text) => text.is_empty(),
        _ => false,
    }
}
