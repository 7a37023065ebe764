//! (a) The deny branch needs a setting that nothing sets.

use backlint_finding::{Confidence, Findings};
use backlint_model::{Condition, Denial, DenialKind, File, FunctionRef, Project, Reach, Setting, conditions, words};
use backlint_semantic::{Call, Constant, descendants, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, FunctionId, Stmt, StmtId};

use super::required_settings::RequiredSettings;

pub(super) fn check(project: &Project, findings: &mut Findings) {
    let mut required = None;
    for file in project.app_files() {
        for function in candidates(project, file) {
            let function = FunctionRef { file: file.id(), id: function };
            let Some(switched) =
                switched_denial(project, file, function).or_else(|| switched_answer(project, file, function))
            else {
                continue;
            };
            if !is_in_use(project, function) {
                continue;
            }
            let deployed = project.deployed(&switched.setting);
            let is_set = deployed.is_some_and(|deployed| !deployed.is_example);
            let required = required.get_or_insert_with(|| RequiredSettings::of(project));
            if !is_set && !required.contain(&switched.setting) {
                report(file, function, &switched, deployed.map(|deployed| deployed.at), findings);
            }
        }
    }
}

/// A guard that hangs on a setting.
struct Switched {
    setting: Setting,
    /// The test that asks for the setting.
    test: ExprId,
    /// Where it would turn a caller away.
    denies: Location,
}

/// The outermost functions that test a setting which may switch a guard.
fn candidates(project: &Project, file: File<'_>) -> Vec<FunctionId> {
    let module = file.module();
    let mut found = Vec::new();
    for stmt in module.stmt_ids() {
        let Stmt::If { clauses, .. } = module.stmt(stmt) else { continue };
        let Some(mut function) = file.index().function_of_stmt(stmt) else { continue };
        while let Some(outer) = file.index().outer_function(module, function) {
            function = outer;
        }
        let is_switch = || module.list(clauses).iter().any(|clause| guard_switch(project, file, clause.test).is_some());
        if !found.contains(&function) && is_switch() {
            found.push(function);
        }
    }
    found
}

/// What a test comes to while nothing is set, if it hangs on a setting that switches guards.
fn guard_switch(project: &Project, file: File<'_>, test: ExprId) -> Option<(bool, Setting)> {
    let found = project.truth_at_defaults(file.id(), test);
    let setting = found.settings.into_iter().find(|setting| switches_guards(&setting.name))?;
    Some((found.truth?, setting)).filter(|(_, setting)| setting.default.truth() == Some(false))
}

/// Keys, secrets and tokens; flags that turn authentication on.
fn switches_guards(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "auth",
        "authentication",
        "hmac",
        "key",
        "keys",
        "login",
        "password",
        "secret",
        "security",
        "signature",
        "token",
        "tokens",
    ];
    let snake = words::snake_case(name);
    words::is_secret_name(name) || WORDS.iter().any(|word| words::has_word(&snake, word))
}

/// All denials of callers are out of reach while the setting is unset, and nothing else refuses because of that.
fn switched_denial(project: &Project, file: File<'_>, function: FunctionRef) -> Option<Switched> {
    let denials = project.denials(function);
    if denials.iter().any(|denial| refuses_unset(project, file, denial)) {
        return None;
    }
    // A helper that only asks others may be one of several ways in.
    if !denials.iter().any(|denial| denial.is_own && denial.kind == DenialKind::Caller)
        && !is_entry(project, file, function)
    {
        return None;
    }
    let mut found = None;
    for denial in denials.iter().filter(|denial| denial.kind == DenialKind::Caller) {
        let (setting, test) = denial.conditions.iter().find_map(|&condition| blocks(project, file, condition))?;
        let is_flag = setting.default == Constant::Bool(false);
        if is_flag && is_handler(project, function) {
            return None;
        }
        let denies = project.denial_place(function, denial)?;
        found = found.or(Some(Switched { setting, test, denies }));
    }
    found.filter(|_| !project.dependency_denies(function))
}

/// The condition is not met while the setting is unset.
fn blocks(project: &Project, file: File<'_>, condition: Condition) -> Option<(Setting, ExprId)> {
    let (truth, setting) = guard_switch(project, file, condition.test)?;
    (truth != condition.holds).then_some((setting, condition.test))
}

/// `if not KEY: raise …`: the guard is closed, not open.
fn refuses_unset(project: &Project, file: File<'_>, denial: &Denial) -> bool {
    let is_met = |condition: &Condition| {
        guard_switch(project, file, condition.test).is_some_and(|(truth, _)| truth == condition.holds)
    };
    let is_blocked = |condition: &Condition| blocks(project, file, *condition).is_some();
    denial.conditions.iter().any(is_met) && !denial.conditions.iter().any(is_blocked)
}

/// Whether frameworks call the function before a handler: a dependency, hook or middleware.
fn is_entry(project: &Project, file: File<'_>, function: FunctionRef) -> bool {
    let definition = file.function(function.id);
    let is_hook = file.module().list(definition.decorators).iter().any(|decorator| {
        let text = file.text_of(decorator.expr);
        text.contains("middleware") || text.contains("before_request")
    });
    let is_middleware = matches!(file.function_name(function.id), "dispatch" | "__call__");
    let provides = |route| project.dependency_uses(route).iter().any(|used| used.provider == function);
    is_hook || is_middleware || project.routes().iter().any(provides)
}

fn is_handler(project: &Project, function: FunctionRef) -> bool {
    project.routes().iter().any(|route| route.handler.function() == Some(function))
}

/// `if not KEY: return True` in a function that otherwise compares a signature or key.
fn switched_answer(project: &Project, file: File<'_>, function: FunctionRef) -> Option<Switched> {
    const VERBS: &[&str] = &["authenticate", "check", "is_valid", "valid", "validate", "verify"];
    let module = file.module();
    let name = words::snake_case(file.function_name(function.id));
    if !VERBS.iter().any(|verb| words::has_word(&name, verb)) {
        return None;
    }
    let body = own_statements(module, module.body(function.id));
    let answers = || body.iter().filter_map(|&stmt| returned(file, stmt).map(|value| (stmt, value)));
    let (comparison, _) = answers().find(|&(_, value)| compares_secret(file, value))?;
    let (setting, test) = answers().filter(|&(_, value)| module.expr(value) == Expr::True).find_map(|(stmt, _)| {
        let conditions = conditions(file, stmt);
        conditions.iter().find_map(|condition| {
            let (truth, setting) = guard_switch(project, file, condition.test)?;
            (truth == condition.holds).then_some((setting, condition.test))
        })
    })?;
    Some(Switched { setting, test, denies: file.at_stmt(comparison) })
}

fn returned(file: File<'_>, stmt: StmtId) -> Option<ExprId> {
    match file.module().stmt(stmt) {
        Stmt::Return(value) => value,
        _ => None,
    }
}

fn compares_secret(file: File<'_>, value: ExprId) -> bool {
    let module = file.module();
    descendants(module, value).into_iter().any(|expr| match module.expr(expr) {
        Expr::Compare { .. } => true,
        Expr::Call { .. } => Call::of(module, expr).is_some_and(|call| call.name() == Some("compare_digest")),
        _ => false,
    })
}

/// Whether requests run into the function, as far as it can be told: decorators, hooks and middleware are used by name.
fn is_in_use(project: &Project, function: FunctionRef) -> bool {
    project.reach(function) == Some(Reach::Request) || project.is_mentioned(function)
}

fn report(
    file: File<'_>,
    function: FunctionRef,
    switched: &Switched,
    example: Option<Location>,
    findings: &mut Findings,
) {
    let name = file.qualified_name(function.id);
    let setting = &switched.setting;
    let default = match &setting.default {
        Constant::Bool(false) => "False",
        Constant::None => "None",
        _ => "empty",
    };
    let message = format!(
        "`{name}` turns callers away only if `{}` is set, and its default is {default}: every request passes. Refuse to \
         start, or refuse the request, while it is not set.",
        setting.name,
    );
    let finding = findings
        .report(file.at_expr(switched.test), format!("{name} {}", setting.name), message)
        .also(setting.at, format!("`{}` is {default} by default", setting.name))
        .also(switched.denies, "never reached by default");
    if let Some(example) = example {
        finding.confidence(Confidence::Medium).also(example, "only an example file sets it");
    }
}
