//! How messages speak of another place.

use backlint_model::Project;
use backlint_source::Location;

/// `line 12`, or `line 12 of app/mails.py` for a place in another file than the finding.
pub(crate) fn line_seen_from(project: &Project, here: Location, there: Location) -> String {
    let source = project.sources().file(there.file);
    let line = source.line(there.span.start);
    let path = project.file(there.file).map_or(source.path(), |file| file.local_path());
    if there.file == here.file { format!("line {line}") } else { format!("line {line} of {path}") }
}
