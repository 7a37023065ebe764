//! Conditions under which a program refuses to run, which is what makes a weak default harmless.

use std::collections::BTreeSet;

use backlint_model::{File, words};
use backlint_semantic::{Call, Constant, descendants, env_lookup, expressions_of, fold, own_statements};
use backlint_syntax::ast::{Body, ClassId, Expr, ExprId, FunctionId, Stmt, StmtId, UnaryOp};

use crate::expressions::{assigned_value, label, literal, snake_label};

/// What the start-up checks of some files compare before they refuse to go on.
#[derive(Debug, Default)]
pub(crate) struct StartupChecks {
    /// Settings, in snake case, that are held against something.
    compared: BTreeSet<String>,
    /// Strings that settings are held against.
    refused: BTreeSet<String>,
}

impl StartupChecks {
    /// Adds the checks of one file.
    pub(crate) fn read(&mut self, file: File<'_>) {
        let module = file.module();
        for stmt in module.stmt_ids() {
            match module.stmt(stmt) {
                Stmt::If { clauses, .. } => {
                    for clause in module.list(clauses) {
                        if refuses(file, stmt, clause.body) {
                            self.add_test(file, stmt, clause.test);
                        }
                    }
                }
                Stmt::Assert { test, .. } => self.add_test(file, stmt, test),
                _ => {}
            }
        }
        for function in module.function_ids() {
            self.add_validated_fields(file, function);
        }
        for class in module.class_ids() {
            self.add_production_class(file, class);
        }
    }

    /// Whether a check refuses this value of the setting that goes by one of these names.
    pub(crate) fn refuse(&self, names: &[String], value: &str) -> bool {
        self.refused.contains(value) || names.iter().any(|name| self.compared.contains(name))
    }

    /// Notes the settings that a test compares and the strings it compares them with.
    fn add_test(&mut self, file: File<'_>, stmt: StmtId, test: ExprId) {
        let module = file.module();
        let mut strings = Vec::new();
        let mut is_about_secret = false;
        for expr in descendants(module, test) {
            match module.expr(expr) {
                Expr::Str(string) => strings.push(module.text(string).to_owned()),
                Expr::Name(_) | Expr::Attribute { .. } | Expr::Subscript { .. } | Expr::Call { .. } => {
                    strings.extend(folded_strings(file, expr).unwrap_or_default());
                    let Some(name) = snake_label(file, expr) else { continue };
                    is_about_secret |=
                        words::is_secret_name(&name) || matches!(name.as_str(), "v" | "val" | "value" | "key");
                    if !is_presence_test(file, test, expr) {
                        self.compared.insert(name);
                    } else if let Some(variable) = required_variable(file, expr) {
                        self.compared.insert(words::snake_case(&variable));
                    }
                }
                _ => {}
            }
        }
        self.compared.extend(strings.iter().map(|text| words::snake_case(text)));
        if is_about_secret {
            self.refused.extend(strings);
        }
        self.add_loop(file, stmt);
    }

    /// `for name in ("A", "B"): if getattr(settings, name) in WEAK: raise …` checks the settings it loops over.
    fn add_loop(&mut self, file: File<'_>, stmt: StmtId) {
        let module = file.module();
        for parent in file.index().stmt_ancestors(stmt) {
            let Stmt::For { iter, .. } = module.stmt(parent.stmt) else { continue };
            let strings = descendants(module, iter).into_iter().filter_map(|expr| literal(file, expr));
            self.compared.extend(strings.map(words::snake_case));
            self.compared.extend(folded_strings(file, iter).unwrap_or_default().iter().map(|s| words::snake_case(s)));
        }
    }

    /// The fields of a schema whose validator can refuse.
    fn add_validated_fields(&mut self, file: File<'_>, function: FunctionId) {
        let module = file.module();
        let can_refuse = || module.body(function).iter().any(|&stmt| is_refusal_in(file, stmt));
        for decorator in module.list(file.function(function).decorators) {
            let Some(call) = Call::of(module, decorator.expr) else { continue };
            if matches!(call.name(), Some("field_validator" | "validator")) && can_refuse() {
                let fields = call.args.iter().filter_map(|arg| literal(file, arg.value));
                self.compared.extend(fields.map(words::snake_case));
            }
        }
    }

    /// `class ProductionConfig: SECRET_KEY = os.environ["SECRET_KEY"]` refuses to start without the variable.
    fn add_production_class(&mut self, file: File<'_>, class: ClassId) {
        let module = file.module();
        if !words::snake_case(file.class_name(class)).contains("prod") {
            return;
        }
        for &stmt in module.list(file.class(class).body) {
            let Stmt::Assign { targets, value } = module.stmt(stmt) else { continue };
            let is_required = env_lookup(module, file.index(), value).is_some_and(|lookup| lookup.default.is_none());
            let target = module.list(targets).first().and_then(|&target| snake_label(file, target));
            self.compared.extend(target.filter(|_| is_required));
        }
    }
}

/// The strings of a constant, or of a list of constants, that a name stands for.
fn folded_strings(file: File<'_>, expr: ExprId) -> Option<Vec<String>> {
    match fold(file.module(), file.index(), expr) {
        Constant::Str(text) => Some(vec![text]),
        list @ Constant::List(_) => list.strings(),
        _ => None,
    }
}

/// `key = os.getenv("SECRET_KEY")`: the variable of a look-up without default, which is not there unless it is set.
fn required_variable(file: File<'_>, expr: ExprId) -> Option<String> {
    let lookup = env_lookup(file.module(), file.index(), assigned_value(file, expr)?)?;
    lookup.default.is_none().then_some(lookup.key)
}

/// Whether the test only asks if `expr` is there at all: a default is there and passes.
fn is_presence_test(file: File<'_>, test: ExprId, expr: ExprId) -> bool {
    let module = file.module();
    let mut inner = expr;
    loop {
        if inner == test {
            return true;
        }
        let Some(outer) = file.index().parent(inner) else { return true };
        match module.expr(outer) {
            Expr::Bool { .. } | Expr::Unary { op: UnaryOp::Not, .. } => inner = outer,
            Expr::Compare { rest, .. } => return module.list(rest).iter().any(|c| module.expr(c.right) == Expr::None),
            _ => return false,
        }
    }
}

/// Whether a block ends the program or notes a problem on which its function ends it.
fn refuses(file: File<'_>, stmt: StmtId, body: Body) -> bool {
    let module = file.module();
    let statements = own_statements(module, module.list(body));
    if statements.iter().any(|&inner| is_refusal(file, inner)) {
        return true;
    }
    let collects = statements.iter().any(|&inner| match module.stmt(inner) {
        Stmt::Expr(value) => Call::of(module, value).is_some_and(|call| call.name() == Some("append")),
        _ => false,
    });
    let function = file.index().function_of_stmt(stmt);
    collects && function.is_some_and(|f| module.body(f).iter().any(|&inner| is_refusal_in(file, inner)))
}

fn is_refusal_in(file: File<'_>, stmt: StmtId) -> bool {
    own_statements(file.module(), &[stmt]).into_iter().any(|inner| is_refusal(file, inner))
}

fn is_refusal(file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    if let Stmt::Raise { exception, .. } = module.stmt(stmt) {
        return !exception.is_some_and(|exception| answers_request(file, exception));
    }
    expressions_of(module, stmt).into_iter().any(|expr| {
        let path = Call::of(module, expr).and_then(|call| file.path_of(call.function));
        matches!(path.as_deref(), Some("sys.exit" | "exit" | "quit" | "os._exit" | "os.abort"))
    })
}

/// Whether an exception refuses one request rather than the start: `HTTPException`, `AuthenticationError`.
pub(crate) fn answers_request(file: File<'_>, exception: ExprId) -> bool {
    let callee = Call::of(file.module(), exception).map_or(exception, |call| call.function);
    let name = label(file, callee).unwrap_or_default().to_ascii_lowercase();
    ["http", "auth", "forbidden", "permission", "credential", "token", "notfound"]
        .iter()
        .any(|word| name.contains(word))
}
