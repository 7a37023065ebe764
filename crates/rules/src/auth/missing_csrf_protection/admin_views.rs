//! Admin views of models whose inherited forms carry no token.

use std::collections::BTreeMap;

use backlint_finding::{Audience, Findings, Severity};
use backlint_model::{ClassRef, Project, Type};

use super::forgeable::Forgeable;

const VIEWS: &[&str] = &["flask_admin.base.BaseView", "flask_admin.BaseView"];

/// One finding per root class of the project: that is where the secure form belongs.
pub(super) fn check(project: &Project, forgeable: &[Forgeable<'_>], findings: &mut Findings) {
    let mut roots: BTreeMap<ClassRef, Vec<&Forgeable<'_>>> = BTreeMap::new();
    for one in forgeable {
        let Some(class) = one.route.handler.class.filter(|_| one.route.handler.endpoint().is_some()) else { continue };
        if project.class_attribute(class, "form_base_class").is_some() {
            continue;
        }
        if let Some(root) = root(project, class) {
            roots.entry(root).or_default().push(one);
        }
    }
    for (root, open) in roots {
        report(project, root, &open, findings);
    }
}

/// The class of the project that stands directly on the library's view.
fn root(project: &Project, class: ClassRef) -> Option<ClassRef> {
    let lineage = project.lineage(class);
    lineage.into_iter().rev().find_map(|of| match of {
        Type::Project(above) if is_view(project, above) => Some(above),
        _ => None,
    })
}

fn is_view(project: &Project, class: ClassRef) -> bool {
    project.derives_from(&Type::Project(class), VIEWS)
        || project
            .lineage(class)
            .iter()
            .any(|of| matches!(of, Type::External(path) if path.starts_with("flask_admin.")))
}

fn report(project: &Project, root: ClassRef, open: &[&Forgeable<'_>], findings: &mut Findings) {
    let Some(file) = project.file(root.file) else { return };
    let Some(first) = open.first() else { return };
    let name = file.class_name(root.id);
    let mut views: Vec<&str> = open.iter().map(|one| project.handler_name(one.route.handler)).collect();
    views.sort_unstable();
    views.dedup();
    let message = format!(
        "The admin forms of `{name}` and the views below it ({}) trust the session cookie alone: any page that an admin \
         visits can submit them. Set `form_base_class = SecureForm` here, or register a CSRF extension.",
        views.join(", "),
    );
    let at = file.at(file.first_line(file.class(root.id).header));
    let finding = findings
        .report(at, name, message)
        .also(first.guard.at, format!("`{}` looks at the session only", first.guard.name));
    if open.iter().all(|one| one.same_site) {
        finding.severity(Severity::Low).audience(Audience::Pedantic);
    }
}
