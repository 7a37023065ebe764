//! FILE008: a file is loaded, changed and saved while others do the same.

use backlint_finding::Findings;
use backlint_model::{File, FileStore, Project};

use super::stores::{ReadModifyWrite, holds_lock, is_expendable, read_modify_writes, runs_beside_itself};

/// How many other writers are shown.
const SHOWN: usize = 3;

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for store in project.file_stores().iter().filter(|store| !is_expendable(store)) {
        for change in read_modify_writes(project, store) {
            let Some(file) = project.file(change.function.file) else { continue };
            if runs_beside_itself(project, change.function)
                && !is_locked(project, file, &change)
                && !runs_undisturbed(file, &change)
            {
                report(project, store, &change, findings);
            }
        }
    }
}

/// Whether a lock is held over both, here or by all that call the function.
fn is_locked(project: &Project, file: File<'_>, change: &ReadModifyWrite) -> bool {
    if holds_lock(file, change.function, change.save) {
        return true;
    }
    let callers = project.callers(change.function);
    !callers.is_empty()
        && callers.iter().all(|caller| {
            let home = project.file(caller.function.file);
            home.is_some_and(|home| holds_lock(home, caller.function, caller.call))
        })
}

/// Whether nothing else of the process runs between the two: a coroutine that does not wait in between.
fn runs_undisturbed(file: File<'_>, change: &ReadModifyWrite) -> bool {
    let module = file.module();
    let Some(between) =
        file.source().text().get(module.span(change.load).start as usize..module.span(change.save).end as usize)
    else {
        return false;
    };
    let waits = between.contains("await ") || between.contains("async ");
    let is_awaited = |expr| {
        let parent = file.index().parent(expr).map(|parent| module.expr(parent));
        matches!(parent, Some(backlint_syntax::ast::Expr::Await(_)))
    };
    file.function(change.function.id).is_async && !waits && !is_awaited(change.load) && !is_awaited(change.save)
}

fn report(project: &Project, store: &FileStore, change: &ReadModifyWrite, findings: &mut Findings) {
    let Some(file) = project.file(change.function.file) else { return };
    let name = &store.name;
    let message = format!(
        "Two callers at the same time both load `{name}`, and the one that saves last undoes the change of the other; hold \
         a lock on the file from the load to the save."
    );
    let anchor = format!("{}: {name}", file.qualified_name(change.function.id));
    let mut report = findings.report(file.at(file.first_line(file.module().span(change.save))), anchor, message);
    report = report.also(file.at(file.first_line(file.module().span(change.load))), "it is loaded here");
    let others = store.saves.iter().filter(|save| save.function != change.function);
    for save in others.take(SHOWN) {
        report = report.also(project.at(save.at), "it is written here");
    }
}
