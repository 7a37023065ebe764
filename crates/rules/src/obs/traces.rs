//! Whether anything in a project shows that it has something.

use aho_corasick::AhoCorasick;
use backlint_model::{Container, File, Project, Purpose, Route};
use backlint_source::Location;
use backlint_syntax::ast::ClassId;

use crate::areas::Areas;

/// Whether one of the words stands in a file of the application, whatever its case.
pub(crate) fn in_code(project: &Project, words: &[&str]) -> bool {
    matcher(words).is_some_and(|words| project.app_files().any(|file| words.is_match(file.source().text())))
}

/// Whether one of the words stands in a manifest of packages or in a file that says how the project runs.
pub(crate) fn in_deployment(project: &Project, words: &[&str]) -> bool {
    let own = project.deployment().files.iter().filter(|file| file.purpose != Purpose::Foreign);
    let mut texts = own.map(|file| project.sources().file(file.id).text());
    matcher(words).is_some_and(|words| texts.any(|text| words.is_match(text)))
}

/// What finds these words; none only where they cannot be compiled.
pub(super) fn matcher(words: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
}

/// The routes of an application that the project answers itself, unlike those for documentation and static files.
pub(crate) fn routes_of<'p>(project: &'p Project, app: &'p Container) -> impl Iterator<Item = &'p Route> {
    let of = move |route: &&Route| route.app.is_some_and(|id| project.container(id).made == app.made);
    project.routes().iter().filter(|route| route.handler.function().is_some()).filter(of)
}

/// The classes of a file that shape log lines.
pub(super) fn formatters_in(file: File<'_>) -> impl Iterator<Item = ClassId> {
    file.module().class_ids().filter(move |&class| {
        let mut bases = file.module().list(file.class(class).bases).iter();
        bases.any(|base| file.path_of(base.value).as_deref() == Some("logging.Formatter"))
    })
}

/// What shapes the log lines in the project of an application, if it is a class of its own.
pub(super) fn own_formatter(project: &Project, areas: &Areas<'_>, app: &Container) -> Option<Location> {
    let files = project.app_files().filter(|file| areas.share(file.id(), app.made.file));
    let mut speaking = files.filter(|file| file.module().symbol("Formatter").is_some());
    speaking.find_map(|file| formatters_in(file).next().map(|class| file.at(file.class(class).header)))
}

/// The first call in the project of an application that writes to a log.
pub(super) fn first_log_call(project: &Project, areas: &Areas<'_>, app: &Container) -> Option<Location> {
    let mut files = project.app_files().filter(|file| areas.share(file.id(), app.made.file));
    files.find_map(|file| {
        let calls = file.calls_named(&["critical", "debug", "error", "exception", "info", "warning"]);
        let mut logged = calls.filter(|call| file.text_of(call.function).to_ascii_lowercase().contains("log"));
        logged.next().map(|call| file.at_expr(call.expr))
    })
}
