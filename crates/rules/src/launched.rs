//! Which Python files the deployment starts as programs.

use backlint_model::{DeployKind, File, Project, Purpose, StartCommand};

/// The commands for production: those of images, services, units and the scripts they call, not those of pipelines and
/// of branches that only some calls of a script take.
pub(crate) fn production_commands(project: &Project) -> impl Iterator<Item = &StartCommand> {
    let commands = project.deployment().commands.iter();
    commands.filter(|command| {
        command.purpose == Purpose::Production && command.kind != DeployKind::Pipeline && !command.is_conditional
    })
}

/// Whether only stacks for developers run a command, though the place where it stands does not say so.
pub(crate) fn is_run_by_developers(project: &Project, command: &StartCommand) -> bool {
    let deployment = project.deployment();
    let is_all = |purposes: Vec<Purpose>| !purposes.is_empty() && !purposes.contains(&Purpose::Production);
    match command.kind {
        DeployKind::Dockerfile => {
            let images = deployment.images.iter().filter(|image| image.file == command.file);
            is_all(images.map(|image| image.command_purpose).collect())
        }
        DeployKind::Compose => {
            let services = deployment.services.iter().filter(|service| service.file() == command.file);
            is_all(services.map(|service| service.purpose).collect())
        }
        _ => false,
    }
}

/// The file that a command runs with the interpreter: `python app/main.py`, `python -m app.main`.
pub(crate) fn launched_file<'p>(project: &'p Project, command: &StartCommand) -> Option<File<'p>> {
    let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
    let interpreter = words.iter().position(|word| is_interpreter(word))?;
    let mut rest = words[interpreter + 1..].iter().skip_while(|word| word.starts_with('-') && **word != "-m");
    let first = *rest.next()?;
    let wanted = if first == "-m" { format!("{}.py", rest.next()?.replace('.', "/")) } else { first.to_owned() };
    let wanted = wanted.trim_start_matches("./").trim_start_matches('/');
    // Below the folder that the image copies the project to, which is not known: the longest common end decides.
    let mut candidates: Vec<File<'p>> = project.files().filter(|file| ends_alike(file.local_path(), wanted)).collect();
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let home = folder(project.sources().file(command.file).path());
    candidates.sort_by_key(|file| (!file.path().starts_with(&home), file.path().len()));
    candidates.into_iter().next()
}

/// Whether a command has a server import a file and serve the app in it: `gunicorn run:app`.
pub(crate) fn is_served_by(file: File<'_>, command: &StartCommand) -> bool {
    let is_module = |word: &str| {
        let module = word.split_once(':').map(|(module, _)| module.trim_matches(['"', '\'']).replace('.', "/"));
        module.is_some_and(|module| ends_alike(file.local_path(), &format!("{module}.py")))
    };
    command.server().is_some() && command.words.iter().any(|word| is_module(&word.text))
}

fn is_interpreter(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    name.strip_prefix("python").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// Whether one path ends in the other, folder by folder.
fn ends_alike(path: &str, wanted: &str) -> bool {
    let ends =
        |long: &str, short: &str| long.strip_suffix(short).is_some_and(|head| head.is_empty() || head.ends_with('/'));
    !wanted.is_empty() && (ends(path, wanted) || ends(wanted, path))
}
