//! What a handler is handed besides the request: sessions, services, callers.

use backlint_model::{File, FunctionRef, Project, words};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::Param;

/// What a handler does with its dependencies.
pub(super) struct Injected {
    /// Sessions and services that it never reads, with their places.
    pub(super) unread: Vec<(String, Location)>,
    /// Whether it reads anything that was injected.
    pub(super) reads_any: bool,
}

impl Injected {
    pub(super) fn of(project: &Project, file: File<'_>, handler: FunctionRef) -> Self {
        let module = file.module();
        let mut found = Self { unread: Vec::new(), reads_any: false };
        for (place, param) in module.list(file.function(handler.id).params).iter().enumerate() {
            if !is_depends(file, param) && !project.is_dependency(handler, place) {
                continue;
            }
            let name = module.text(param.name);
            if is_read(file, handler, param) {
                found.reads_any = true;
            } else if is_store(file, param) && !name.starts_with('_') {
                found.unread.push((name.to_owned(), file.at(param.name_span)));
            }
        }
        found
    }
}

/// `db: Session = Depends(get_db)`, whatever it depends on.
fn is_depends(file: File<'_>, param: &Param) -> bool {
    let call = param.default.and_then(|default| Call::of(file.module(), default));
    call.is_some_and(|call| matches!(call.name(), Some("Depends" | "Security")))
}

/// Whether the name or type says that work goes through it, rather than that it says who calls.
fn is_store(file: File<'_>, param: &Param) -> bool {
    const WORDS: &[&str] = &[
        "client",
        "conn",
        "connection",
        "crud",
        "dao",
        "db",
        "database",
        "manager",
        "repo",
        "repository",
        "service",
        "session",
        "store",
        "uow",
    ];
    const OTHERS: &[&str] = &["auth", "user", "token", "account", "admin"];
    let name = words::snake_case(file.module().text(param.name));
    let is_named = |set: &[&str]| set.iter().any(|word| words::has_word(&name, word));
    let of_type = param
        .annotation
        .map(|annotation| words::snake_case(file.text_of(annotation).split('[').next().unwrap_or_default()));
    let is_typed = of_type
        .is_some_and(|of| ["session", "service", "repository", "database"].iter().any(|word| of.ends_with(word)));
    !is_named(OTHERS) && (is_named(WORDS) || is_typed)
}

fn is_read(file: File<'_>, handler: FunctionRef, param: &Param) -> bool {
    let span = file.module().stmt_span(file.function(handler.id).stmt);
    let header = file.function(handler.id).header;
    file.index().uses().iter().any(|used| {
        let at = file.module().span(used.expr);
        used.name == param.name && header.end <= at.start && at.end <= span.end
    })
}
