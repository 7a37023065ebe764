//! Home-made throttles: functions that answer 429 or count callers out.

use backlint_semantic::{Block, Call, Parent, descendants};
use backlint_syntax::ast::{ExprId, Stmt, StmtId};
use rustc_hash::FxHashMap;

use super::StorageKind;
use crate::denials::{Condition, conditions};
use crate::resolve::{Entity, FunctionRef};
use crate::web::guards::{Rejection, all_calls, all_statements, exit};
use crate::words::snake_case;
use crate::{File, Project};

/// How many calls deep a handler may hide its throttle.
const MAX_DEPTH: u32 = 2;
/// How many calls deep a throttle may hide where it keeps its counts.
const STORAGE_DEPTH: u32 = 3;

/// Which functions turn callers away by count, each looked at once.
#[derive(Debug, Default)]
pub(super) struct Denials {
    known: FxHashMap<FunctionRef, bool>,
}

impl Denials {
    /// Whether a function, or one it calls, can answer 429 or count a caller out.
    pub(super) fn of(&mut self, project: &Project, function: FunctionRef) -> bool {
        let called = project.called_within(function, MAX_DEPTH);
        called
            .into_iter()
            .any(|(_, function)| *self.known.entry(function).or_insert_with(|| denies_itself(project, function)))
    }
}

/// Whether the function itself turns callers away.
pub(super) fn denies_itself(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let refuses = |stmt| {
        exit(project, file, stmt) == Some(Rejection::TooMany) && !is_handed_on(project, file, stmt)
            || ends_by_count(project, file, stmt)
    };
    all_statements(file, function).into_iter().any(refuses)
        || all_calls(file, function).into_iter().any(|call| is_limiter_call(project, file, call))
}

/// Whether a refusal only hands on that of another service: `except openai.RateLimitError: abort(429)`,
/// `if answer.status_code == 429: abort(429)`.
fn is_handed_on(project: &Project, file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    let is_asked = |condition: &Condition| condition.holds && file.text_of(condition.test).contains("429");
    let is_caught = |parent: Parent| match (module.stmt(parent.stmt), parent.block) {
        (Stmt::Try { handlers, .. }, Block::Handler(number)) => {
            let handler = module.list(handlers).get(number as usize);
            handler.is_some_and(|handler| file.caught_by(handler).iter().any(|&kind| is_of_client(project, file, kind)))
        }
        _ => false,
    };
    conditions(file, stmt).iter().any(is_asked) || file.index().stmt_ancestors(stmt).any(is_caught)
}

/// Whether an error comes from a library that is neither a limiter nor the framework, and so from what it talks to.
fn is_of_client(project: &Project, file: File<'_>, kind: ExprId) -> bool {
    const OWN: &[&str] = &["fastapi", "flask", "quart", "slowapi", "starlette", "werkzeug"];
    let Entity::External(path) = project.resolve(file.id(), kind) else { return false };
    let Some((top, _)) = path.split_once('.') else { return false };
    !OWN.contains(&top) && !is_limit_name(top) && !top.contains("limit") && !crate::words::is_standard_module(top)
}

/// `if not check_rate_limit(address): … return …`, where the function counts.
fn ends_by_count(project: &Project, file: File<'_>, stmt: StmtId) -> bool {
    let module = file.module();
    let Stmt::If { clauses, .. } = module.stmt(stmt) else { return false };
    let counts = |call: Call<'_>| {
        call.name().is_some_and(is_limit_name)
            && project
                .resolve(file.id(), call.function)
                .function()
                .is_some_and(|counter| project.count_comparison(counter).is_some())
    };
    module.list(clauses).iter().any(|clause| {
        let last = module.list(clause.body).last().map(|&stmt| module.stmt(stmt));
        matches!(last, Some(Stmt::Return(_) | Stmt::Raise { .. }))
            && descendants(module, clause.test).into_iter().filter_map(|expr| Call::of(module, expr)).any(counts)
    })
}

/// Where a home-made throttle keeps its counts, told by what it and the functions it calls mention.
pub(super) fn storage(project: &Project, function: FunctionRef) -> StorageKind {
    let is_shared = |(_, function): (u32, FunctionRef)| {
        let Some(file) = project.file(function.file) else { return false };
        let text = file.slice(file.module().stmt_span(file.function(function.id).stmt)).to_ascii_lowercase();
        ["redis", "valkey", "memcache", "cache.", ".incr(", "session.execute", ".query"]
            .iter()
            .any(|word| text.contains(word))
    };
    let called = project.called_within(function, STORAGE_DEPTH);
    if called.into_iter().any(is_shared) { StorageKind::Shared } else { StorageKind::Unknown }
}

/// A call like `limiter.check(…)`, `rate_limit(…)`, `limiter.hit(…)`, also of something that could not be resolved.
fn is_limiter_call(project: &Project, file: File<'_>, expr: ExprId) -> bool {
    const CHECKS: &[&str] =
        &["check", "hit", "allow", "acquire", "test", "limit", "consume", "enforce", "is_locked", "locked"];
    let Some(call) = Call::of(file.module(), expr) else { return false };
    let name = call.name().unwrap_or_default();
    let is_about_limits = is_limit_name(name) || call.receiver().is_some_and(|r| is_limit_name(file.text_of(r)));
    let checks = || {
        let snake = snake_case(name);
        CHECKS.iter().any(|word| snake.contains(word))
    };
    is_about_limits && checks() && !matches!(project.resolve(file.id(), call.function), Entity::Function(_))
}

/// Whether a name speaks of limits on calls, however its words are joined: `rate_limit`, `RateLimiter`, `too-many`.
pub(super) fn is_limit_name(name: &str) -> bool {
    // Asked of every call of every handler, so nothing is copied.
    (0..name.len()).any(|at| {
        let rest = &name.as_bytes()[at..];
        match rest[0].to_ascii_lowercase() {
            b'r' => begins(rest, b"ratelimit"),
            b'l' => begins(rest, b"limiter") || begins(rest, b"lockout"),
            b't' => begins(rest, b"throttle") || begins(rest, b"toomany"),
            _ => false,
        }
    })
}

/// Whether a name begins with a word, whatever the case and the joints between its parts.
fn begins(name: &[u8], word: &[u8]) -> bool {
    let mut letters = name.iter().filter(|letter| !matches!(letter, b'_' | b'-'));
    word.iter().all(|letter| letters.next().is_some_and(|l| l.eq_ignore_ascii_case(letter)))
}
