//! AUTH029: tokens that were called back and are taken all the same, new passwords that call none back, and tokens that
//! any change of a row calls back.

mod passwords;

use std::collections::{BTreeMap, BTreeSet};

use backlint_finding::{Findings, Severity};
use backlint_model::{File, FunctionRef, Project, Reach};
use backlint_semantic::{descendants, expressions_of, own_statements};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId, Stmt, StmtId};

use crate::reached::callers_within;
use crate::tokens::{Claims, TokenCall, Tokens, test_of_claim};

/// Columns that say of a session or token that it is over.
const MARKS: &[&str] = &["blacklisted", "invalidated", "is_blacklisted", "is_revoked", "revoked", "revoked_at"];

/// Claims that say whose token it is.
const WHO: &[&str] =
    &["email", "id", "identity", "jti", "session_id", "sid", "sub", "uid", "user", "user_id", "username", "uuid"];

/// How far around the functions that read tokens marks are looked for.
const AROUND: u32 = 2;

/// A mark that code sets.
struct Mark<'p> {
    model: &'p str,
    column: &'p str,
    set: Location,
}

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    passwords::report(project, findings);
    let tokens = Tokens::of(project);
    if tokens.reads.is_empty() {
        return;
    }
    report_unread(project, &tokens, findings);
    report_bumped(project, &tokens, findings);
}

/// Marks that no code around the tokens knows of.
fn report_unread(project: &Project, tokens: &Tokens, findings: &mut Findings) {
    let marks = marks(project);
    if marks.is_empty() {
        return;
    }
    let readers: BTreeSet<FunctionRef> = tokens.reads.iter().map(|read| read.function).collect();
    let above: BTreeSet<FunctionRef> =
        readers.iter().flat_map(|&reader| callers_within(project, reader, AROUND)).collect();
    let around: BTreeSet<FunctionRef> =
        above.iter().flat_map(|&function| project.called_within(function, AROUND)).map(|(_, f)| f).collect();
    let known: String = around.iter().map(|&function| text_of(project, function).to_ascii_lowercase()).collect();
    if ["revok", "blacklist", "blocklist", "denylist", "invalidated"].iter().any(|word| known.contains(word)) {
        return;
    }
    let live = tokens
        .reads
        .iter()
        .find(|read| project.reach(read.function) == Some(Reach::Request) && names_someone(project, read));
    let Some(read) = live else { return };
    let Some(file) = project.file(read.function.file) else { return };
    for mark in marks.iter().filter(|mark| !known.contains(&mark.model.to_ascii_lowercase())) {
        let message = format!(
            "`{}.{}` is set when a session ends, but nothing looks at it where a token is taken: the token goes on working \
             until it expires.",
            mark.model, mark.column
        );
        let at = file.at(file.first_line(file.module().span(read.call)));
        findings.report(at, format!("{}.{}", mark.model, mark.column), message).also(mark.set, "the mark is set here");
    }
}

/// Whether a function asks the claims of a token who it was given to. One that only asks what the token allows may take
/// those that services sign for each other.
fn names_someone(project: &Project, read: &TokenCall) -> bool {
    let Some(file) = project.file(read.function.file) else { return false };
    let claims = Claims::of(file, read);
    let module = file.module();
    let statements = own_statements(module, module.body(read.function.id));
    let mut parts =
        statements.into_iter().flat_map(|stmt| expressions_of(module, stmt)).flat_map(|expr| descendants(module, expr));
    parts.any(|part| claims.read(part).is_some_and(|claim| WHO.contains(&claim)))
}

/// The marks of sessions and tokens that code sets for requests, by model and column.
fn marks(project: &Project) -> Vec<Mark<'_>> {
    let mut found = Vec::new();
    let set = marks_set(project);
    for model in project.models() {
        let name = model.name.to_ascii_lowercase();
        // Refresh tokens and keys are looked up as rows; who marks them looks at them there.
        let is_meant = ["session", "token"].iter().any(|word| name.contains(word)) && !name.contains("refresh");
        for (attribute, _) in model.columns().filter(|_| is_meant) {
            if let Some((column, &set)) = set.get_key_value(attribute.name.as_str()) {
                found.push(Mark { model: &model.name, column, set });
            }
        }
    }
    found
}

/// Where attributes with the name of a mark are set to something while a request is served.
fn marks_set(project: &Project) -> BTreeMap<&'static str, Location> {
    let mut found = BTreeMap::new();
    for file in project.app_files() {
        let module = file.module();
        if !MARKS.iter().any(|mark| module.symbol(mark).is_some()) {
            continue;
        }
        for stmt in module.stmt_ids() {
            let Some(mark) = mark_set(file, stmt) else { continue };
            let Some(id) = file.index().function_of_stmt(stmt) else { continue };
            if project.reach(FunctionRef { file: file.id(), id }) == Some(Reach::Request) {
                found.entry(mark).or_insert(file.at_stmt(stmt));
            }
        }
    }
    found
}

/// `session.revoked = True`.
fn mark_set(file: File<'_>, stmt: StmtId) -> Option<&'static str> {
    let module = file.module();
    let Stmt::Assign { targets, value } = module.stmt(stmt) else { return None };
    let &[target] = module.list(targets) else { return None };
    let Expr::Attribute { name, .. } = module.expr(target) else { return None };
    let is_end = !matches!(module.expr(value), Expr::False | Expr::None);
    MARKS.iter().copied().find(|mark| is_end && *mark == module.text(name))
}

/// Tests of when a token was made against a column that every change of its row sets.
fn report_bumped(project: &Project, tokens: &Tokens, findings: &mut Findings) {
    let bumped = bumped_columns(project);
    for read in tokens.reads.iter().filter(|_| !bumped.is_empty()) {
        let Some(file) = project.file(read.function.file) else { continue };
        let Some(test) = test_of_claim(file, read, "iat") else { continue };
        let Some((column, declared)) = column_in(file, test, &bumped) else { continue };
        let message = format!(
            "Every change of the row sets `{column}`, so any update of a user, also one that has nothing to do with logins, \
             ends all sessions; compare with a column that only new credentials set."
        );
        let at = file.at(file.first_line(file.module().span(test)));
        let report = findings.report(at, format!("iat: {column}"), message);
        report.also(declared, "`onupdate` sets it").severity(Severity::Medium);
    }
}

/// The columns that an `onupdate` sets, each with its declaration.
fn bumped_columns(project: &Project) -> BTreeMap<&str, Location> {
    let mut found = BTreeMap::new();
    for file in project.app_files() {
        let module = file.module();
        for call in file.calls_named(&["Column", "mapped_column"]).filter(|call| call.keyword("onupdate").is_some()) {
            let Some(stmt) = file.index().stmt_of(call.expr) else { continue };
            let target = match module.stmt(stmt) {
                Stmt::Assign { targets, .. } => module.list(targets).first().copied(),
                Stmt::AnnAssign { target, .. } => Some(target),
                _ => None,
            };
            if let Some(Expr::Name(name)) = target.map(|target| module.expr(target)) {
                found.entry(module.text(name)).or_insert(file.at_stmt(stmt));
            }
        }
    }
    found
}

/// The first such column that a test reads.
fn column_in<'p>(file: File<'_>, test: ExprId, bumped: &BTreeMap<&'p str, Location>) -> Option<(&'p str, Location)> {
    let module = file.module();
    descendants(module, test).into_iter().find_map(|part| match module.expr(part) {
        Expr::Attribute { name, .. } => bumped.get_key_value(module.text(name)).map(|(&column, &at)| (column, at)),
        _ => None,
    })
}

fn text_of(project: &Project, function: FunctionRef) -> &str {
    project.file(function.file).map_or("", |file| file.slice(file.module().stmt_span(file.function(function.id).stmt)))
}
