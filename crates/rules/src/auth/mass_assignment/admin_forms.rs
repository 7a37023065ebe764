//! Forms of an admin site that show the stored form of a password.

use backlint_finding::{Findings, Severity};
use backlint_model::{ClassRef, File, Project, Type, words};
use backlint_syntax::ast::{Expr, ExprId};

/// Classes of admin sites whose `form_columns` say which columns a form shows.
const VIEWS: &[&str] = &[
    "flask_admin.contrib.sqla.ModelView",
    "flask_admin.contrib.sqla.view.ModelView",
    "flask_admin.contrib.sqlamodel.ModelView",
    "sqladmin.ModelView",
    "sqladmin.models.ModelView",
];

pub(super) fn check(project: &Project, findings: &mut Findings) {
    for file in project.app_files().filter(|file| file.module().symbol("form_columns").is_some()) {
        for id in file.module().class_ids() {
            let class = ClassRef { file: file.id(), id };
            let Some(columns) = project.class_attribute(class, "form_columns") else { continue };
            let body = file.module().stmt_span(file.class(id).stmt);
            let is_own = columns.file == file.id() && body.contains(file.at_expr(columns.expr).span);
            if !is_own || !project.derives_from(&Type::Project(class), VIEWS) {
                continue;
            }
            let (Expr::List(names) | Expr::Tuple(names)) = file.module().expr(columns.expr) else { continue };
            let shown = file.module().list(names).iter().find_map(|&name| Some((name, hash(file, name)?)));
            let Some((at, name)) = shown else { continue };
            let message = format!(
                "The form of `{}` takes `{name}`: whoever edits an account here can put a hash of a password they know \
                 into it. Leave the column out and set passwords by a form of their own.",
                file.class_name(id)
            );
            findings
                .report(file.at_expr(at), format!("{}: {name}", file.class_name(id)), message)
                .severity(Severity::Medium);
        }
    }
}

/// The name of a column that holds the hash of a secret.
fn hash(file: File<'_>, column: ExprId) -> Option<&str> {
    const HASHES: &[&str] = &["hash", "hashed", "digest"];
    const SECRETS: &[&str] = &["key", "passwd", "password", "pin", "pw", "secret", "token"];
    let (Expr::Str(text) | Expr::Attribute { name: text, .. }) = file.module().expr(column) else { return None };
    let name = file.module().text(text);
    let has_one = |words: &[&str]| words.iter().any(|word| words::has_word(name, word));
    (has_one(HASHES) && has_one(SECRETS)).then_some(name)
}
