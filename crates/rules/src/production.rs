//! What shows that a project runs in production, and how.

use backlint_model::{DeployKind, Project, Purpose, Service, StartCommand, Variable};
use backlint_source::Location;

/// The first place that shows that the project is deployed: an image, a service, a unit or a start command.
pub(crate) fn evidence(project: &Project) -> Option<Location> {
    let deployment = project.deployment();
    let image = deployment.images.iter().find(|image| image.purpose == Purpose::Production).map(|image| image.from);
    let built = |service: &&Service| service.purpose == Purpose::Production && service.build.is_some();
    let service = || deployment.services.iter().find(built).map(|service| service.at);
    let command = || {
        let mut commands = deployment.commands.iter().filter(|command| command.purpose == Purpose::Production);
        let is_start = |kind| !matches!(kind, DeployKind::Pipeline | DeployKind::Script);
        commands.find(|command| is_start(command.kind) && command.server().is_some()).map(StartCommand::at)
    };
    image.or_else(service).or_else(command)
}

/// Whether the variable says that the program runs in production.
pub(crate) fn is_production_flag(variable: &Variable) -> bool {
    let key = variable.key.as_str();
    let is_stage =
        matches!(key, "ENV" | "ENVIRONMENT" | "STAGE") || key.ends_with("_ENV") || key.ends_with("_ENVIRONMENT");
    let says = variable.expanded().is_some_and(|value| {
        let value = value.text.trim().to_ascii_lowercase();
        value == "production" || value == "prod"
    });
    is_stage && says && key != "NODE_ENV"
}
