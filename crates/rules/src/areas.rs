//! Which parts of a repository are projects of their own.

use std::collections::BTreeSet;

use backlint_model::{Container, ContainerId, ContainerKind, DeployKind, Project, Purpose, Role};
use backlint_source::{FileId, Location};

/// The folders that hold a manifest of packages or an image definition.
pub(crate) struct Areas<'p> {
    project: &'p Project,
    roots: BTreeSet<&'p str>,
}

impl<'p> Areas<'p> {
    pub(crate) fn read(project: &'p Project) -> Self {
        let is_root = |kind| {
            matches!(
                kind,
                DeployKind::Dockerfile | DeployKind::OtherManifest | DeployKind::Pyproject | DeployKind::Requirements
            )
        };
        let files = project.deployment().files.iter().filter(|file| is_root(file.kind));
        let roots = files.map(|file| folder_of(project.sources().file(file.id).path())).collect();
        Self { project, roots }
    }

    /// The root of the project that a file belongs to: the nearest folder above it that is one.
    pub(crate) fn of(&self, file: FileId) -> &'p str {
        let mut folder = folder_of(self.project.sources().file(file).path());
        while !folder.is_empty() && !self.roots.contains(folder) {
            folder = folder_of(folder);
        }
        folder
    }

    /// Whether two files belong to the same project.
    pub(crate) fn share(&self, one: FileId, other: FileId) -> bool {
        self.of(one) == self.of(other)
    }
}

/// The apps that serve routes in production, with the place of their constructor; one for each file, as others there are
/// the same app made in another way.
pub(crate) fn served_apps(project: &Project) -> Vec<(&Container, Location)> {
    // Routes that a library adds, such as that of static files, make no service.
    let own = project.routes().iter().filter(|route| route.handler.function().is_some());
    let served: BTreeSet<ContainerId> = own.filter_map(|route| route.app).collect();
    let mut files = BTreeSet::new();
    let apps = project.containers().filter(|(id, app)| app.kind == ContainerKind::App && served.contains(id));
    apps.filter_map(|(_, app)| {
        let file = project.file(app.made.file).filter(|file| file.role() == Role::App)?;
        let is_first = !file.is_dev_only(app.made.expr) && files.insert(file.id());
        is_first.then(|| (app, file.at(file.first_line(file.module().span(app.made.expr)))))
    })
    .collect()
}

/// The texts that are no Python and belong to the project: everything but documentation, tests and examples of others.
pub(crate) fn own_texts(project: &Project) -> impl Iterator<Item = (FileId, &str)> {
    let texts = project.sources().iter().filter(|(id, _)| project.file(*id).is_none());
    texts
        .filter(|(id, _)| project.deployment().purpose_of(*id) != Some(Purpose::Foreign))
        .map(|(id, source)| (id, source.text()))
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
