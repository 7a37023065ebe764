//! Which SQLAlchemy a project runs with, as far as its manifests and imports show.

use backlint_model::Project;

/// Versions that behave alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sqlalchemy {
    /// Nothing tells.
    Unknown,
    /// Before 2.0.
    Legacy,
    /// 2.0: reserved names are refused.
    Two,
    /// From 2.1 on: reserved names only give a warning.
    WarnsOfNames,
}

/// By the pinned version, else by names that only 2.0 has.
pub(super) fn sqlalchemy(project: &Project) -> Sqlalchemy {
    let packages = project.deployment().packages.iter();
    let pins = packages.filter(|package| package.name == "sqlalchemy").filter_map(|package| package.pin.as_deref());
    let versions: Vec<Sqlalchemy> = pins.filter_map(of_version).collect();
    match versions.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => *first,
        None if uses_new_names(project) => Sqlalchemy::Two,
        Some(_) | None => Sqlalchemy::Unknown,
    }
}

fn of_version(pin: &str) -> Option<Sqlalchemy> {
    let mut parts = pin.split('.').map(|part| part.parse::<u32>().ok());
    match (parts.next()??, parts.next().flatten()) {
        (0 | 1, _) => Some(Sqlalchemy::Legacy),
        (2, Some(0)) => Some(Sqlalchemy::Two),
        _ => Some(Sqlalchemy::WarnsOfNames),
    }
}

fn uses_new_names(project: &Project) -> bool {
    const NEW: &[&str] = &["DeclarativeBase", "async_sessionmaker", "mapped_column"];
    project.reported_files().any(|file| {
        file.index().imports().iter().any(|binding| match binding.kind {
            backlint_semantic::BindingKind::Import(import) => {
                let text = |symbol| file.module().text(symbol);
                import.module.is_some_and(|module| text(module).starts_with("sqlalchemy"))
                    && import.name.is_some_and(|name| NEW.contains(&text(name)))
            }
            _ => false,
        })
    })
}
