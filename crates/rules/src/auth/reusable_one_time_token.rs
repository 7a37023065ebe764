//! AUTH023: links that set a password and go on working after use.

use std::collections::BTreeSet;

use backlint_finding::{Findings, Severity};
use backlint_model::{File, FunctionRef, Project, Route, Verdict};
use backlint_semantic::{Call, own_statements};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use crate::served::is_served;
use crate::tokens::Tokens;

/// How deep below a handler its work is looked at.
const MAX_DEPTH: u32 = 3;

/// The longest life, in seconds, with which little harm is left.
const SHORT: u32 = 600;

/// Classes whose objects sign a value and a time into a text.
const SERIALIZERS: &[&str] =
    &["TimedJSONWebSignatureSerializer", "TimestampSigner", "URLSafeSerializer", "URLSafeTimedSerializer"];

/// Words of code that keeps a token from working twice.
const CONSUMING: &[&str] = &[
    "blacklist",
    "blocklist",
    "burn",
    "cache",
    "changed_at",
    "consume",
    "delete",
    "expire_token",
    "invalidate",
    "is_used",
    "jti",
    "last_login",
    "nonce",
    "one_time",
    "redis",
    "remove",
    "revoke",
    "single_use",
    "stamp",
    "used_at",
    "version",
    ".used",
];

/// Words of what changes with the password, in keys and claims.
const BOUND: &[&str] = &["hashed_password", "password_hash", "pw_hash", "pwhash", "user.password", "self.password"];

/// Calls that set a password.
const SETTERS: &[&str] = &[
    "change_password",
    "generate_password_hash",
    "get_password_hash",
    "hash_password",
    "reset_password",
    "set_password",
    "update_password",
];

/// A handler that verifies a signed token and sets a password.
struct Reset<'p> {
    route: &'p Route,
    /// The handler and what it calls.
    run: Vec<FunctionRef>,
    /// What verifies the token.
    verify: (File<'p>, Call<'p>),
    /// What sets the password.
    set: (File<'p>, ExprId),
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    let routes: Vec<&Route> = project.routes().iter().filter(|route| may_reset(project, route)).collect();
    if routes.is_empty() {
        return;
    }
    let verifying = verifying(project);
    let mut seen = BTreeSet::new();
    for route in routes {
        let Some(reset) = Reset::of(project, route, &verifying) else { continue };
        let (file, call) = reset.verify;
        if !reset.is_bound(project) && !reset.consumes(project) && seen.insert((file.id(), call.expr)) {
            reset.report(project, findings);
        }
    }
}

/// Whether a route is for those who forgot their password and hold a token.
fn may_reset(project: &Project, route: &Route) -> bool {
    let Some(handler) = route.handler.function() else { return false };
    let Some(file) = project.file(handler.file) else { return false };
    let name = file.function_name(handler.id).to_ascii_lowercase();
    let path = route.path.to_ascii_lowercase();
    let is_named = ["reset", "forgot", "recover"].iter().any(|word| name.contains(word) || path.contains(word));
    is_named
        && is_served(project, route)
        && route.guarding.verdict != Verdict::Yes
        && text_of(file, handler).to_ascii_lowercase().contains("token")
}

/// The calls that verify signed tokens and know nothing of tokens that were used.
fn verifying(project: &Project) -> BTreeSet<(FunctionRef, ExprId)> {
    let tokens = Tokens::of(project);
    let mut found: BTreeSet<(FunctionRef, ExprId)> = tokens
        .reads
        .iter()
        .filter(|read| {
            let file = project.file(read.function.file);
            file.and_then(|file| Call::of(file.module(), read.call)).is_some_and(|call| call.name() == Some("decode"))
        })
        .map(|read| (read.function, read.call))
        .collect();
    for file in project.app_files() {
        if !SERIALIZERS.iter().any(|class| file.module().symbol(class).is_some()) {
            continue;
        }
        for call in file.calls_named(&["loads", "unsign"]) {
            let receiver = call.receiver().map(|receiver| file.text_of(receiver)).unwrap_or_default();
            let Some(id) = file.index().function_of(call.expr) else { continue };
            if !matches!(receiver, "json" | "orjson" | "pickle" | "ujson" | "yaml" | "") {
                found.insert((FunctionRef { file: file.id(), id }, call.expr));
            }
        }
    }
    found
}

impl<'p> Reset<'p> {
    fn of(project: &'p Project, route: &'p Route, verifying: &BTreeSet<(FunctionRef, ExprId)>) -> Option<Self> {
        let handler = route.handler.function()?;
        let run: Vec<FunctionRef> = project.called_within(handler, MAX_DEPTH).into_iter().map(|(_, f)| f).collect();
        let &(function, call) =
            run.iter().find_map(|function| verifying.iter().find(|(other, _)| other == function))?;
        let file = project.file(function.file)?;
        // One that looks inside and one that verifies: either may be bound to the password.
        let mut all = verifying.iter().filter(|(other, _)| *other == function);
        if all.any(|&(_, call)| is_bound(file.text_of(call))) {
            return None;
        }
        let verify = (file, Call::of(file.module(), call)?);
        let set = run.iter().find_map(|&function| password_set(project, function))?;
        Some(Self { route, run, verify, set })
    }

    /// Whether the functions that make and verify tokens put something into them that changes with the password.
    fn is_bound(&self, project: &Project) -> bool {
        let (file, call) = self.verify;
        let minting =
            file.calls_named(&["dumps", "encode", "sign"]).filter_map(|call| file.index().function_of(call.expr));
        let mut around: BTreeSet<FunctionRef> = minting.map(|id| FunctionRef { file: file.id(), id }).collect();
        around.extend(file.index().function_of(call.expr).map(|id| FunctionRef { file: file.id(), id }));
        around
            .into_iter()
            .filter(|&function| password_set(project, function).is_none())
            .any(|function| is_bound(text_of(file, function)))
    }

    /// Whether anything that runs keeps the token from working again.
    fn consumes(&self, project: &Project) -> bool {
        self.run.iter().any(|&function| {
            project.file(function.file).is_some_and(|file| {
                let text = text_of(file, function).to_ascii_lowercase();
                CONSUMING.iter().any(|word| text.contains(word))
            })
        })
    }

    fn report(&self, project: &Project, findings: &mut Findings) {
        let (file, call) = self.verify;
        let message = format!(
            "The token that `{}` takes works again after use until it expires: nothing records that it was used, and its \
             key does not change with the password.",
            self.route.label()
        );
        let at = file.at(file.first_line(call.span()));
        let (home, set) = self.set;
        let mut report = findings.report(at, self.route.label(), message);
        report = report.also(self.route.at, "this route takes it");
        report = report.also(home.at(home.first_line(home.module().span(set))), "the password is set here");
        if self.lives_shortly(project) {
            report.severity(Severity::Low);
        }
    }

    /// Whether a token is refused after some minutes.
    fn lives_shortly(&self, project: &Project) -> bool {
        let (file, call) = self.verify;
        let age = call.keyword("max_age").and_then(|age| project.string(file.id(), age.value));
        let written = call.keyword("max_age").map(|age| file.text_of(age.value).to_owned());
        age.or(written).and_then(|age| age.parse::<u32>().ok()).is_some_and(|age| age <= SHORT)
    }
}

fn is_bound(text: &str) -> bool {
    BOUND.iter().any(|word| text.contains(word))
}

/// Where a function sets a password.
fn password_set(project: &Project, function: FunctionRef) -> Option<(File<'_>, ExprId)> {
    let file = project.file(function.file)?;
    let module = file.module();
    let assigned = own_statements(module, module.body(function.id)).into_iter().find_map(|stmt| {
        let Stmt::Assign { targets, .. } = module.stmt(stmt) else { return None };
        module.list(targets).iter().copied().find(|&target| {
            let Expr::Attribute { name, .. } = module.expr(target) else { return false };
            matches!(module.text(name), "hashed_password" | "password" | "password_hash" | "pw_hash")
        })
    });
    let called = || {
        let calls = project.calls_in(function).into_iter();
        let mut setters = calls.filter(|call| call.name().is_some_and(|name| SETTERS.contains(&name)));
        setters.next().map(|call| call.expr)
    };
    assigned.or_else(called).map(|at| (file, at))
}

fn text_of(file: File<'_>, function: FunctionRef) -> &str {
    file.slice(file.module().stmt_span(file.function(function.id).stmt))
}
