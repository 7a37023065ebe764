//! Images that Dockerfiles build.

use backlint_semantic::deploy::Word;
use backlint_semantic::deploy::dockerfile::{Dockerfile, Instruction};
use backlint_semantic::deploy::substitution::expand;
use backlint_source::{FileId, Location};

use super::services::Probe;
use super::variables::{Setter, Variable};
use super::{Facts, Purpose, Reading, StartCommand};
use crate::words;

/// The image that the last stage of a Dockerfile becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The Dockerfile.
    pub file: FileId,
    /// What the image is made for, as far as its file and its stages say.
    pub told: Purpose,
    /// What the image is made for: for development, too, if only such stacks run it.
    pub purpose: Purpose,
    /// What its own command is made for: for development, too, if every other stack replaces it.
    pub command_purpose: Purpose,
    /// The `FROM` of the last stage.
    pub from: Location,
    /// The image that the first of its stages starts from, defaults of build arguments filled in.
    pub base: String,
    /// The last user it is switched to.
    pub user: Option<Word>,
    /// The words of its entry point.
    pub entrypoint: Vec<Word>,
    /// The words of its command.
    pub command: Vec<Word>,
    /// How it asks for its own health.
    pub probe: Option<Probe>,
}

pub(super) fn read(file: Reading<'_>, facts: &mut Facts) {
    let dockerfile = Dockerfile::parse(file.text());
    let Some(last) = shipped_stage(&dockerfile) else { return };
    let purpose = match dockerfile.stages[last].name.as_deref() {
        Some(name) if words::is_dev_name(name) => file.purpose.max(Purpose::Development),
        _ => file.purpose,
    };
    let file = Reading { purpose, ..file };
    for stage in &dockerfile.stages {
        facts.variables.extend(variables(file, &stage.instructions));
    }
    facts.variables.extend(variables(file, &dockerfile.arguments));
    let image = image(file, &dockerfile, last);
    facts.commands.extend(StartCommand::of_image(&image));
    facts.images.push(image);
}

/// The last stage that is not one for developers, else the last.
fn shipped_stage(dockerfile: &Dockerfile) -> Option<usize> {
    let is_shipped = |name: Option<&str>| name.is_none_or(|name| !words::is_dev_name(name));
    let last = dockerfile.stages.len().checked_sub(1)?;
    Some(dockerfile.stages.iter().rposition(|stage| is_shipped(stage.name.as_deref())).unwrap_or(last))
}

fn image(file: Reading<'_>, dockerfile: &Dockerfile, last: usize) -> Image {
    let words = |keyword| dockerfile.effective(last, keyword).map(Instruction::words).unwrap_or_default();
    let base = dockerfile.lineage(last).last().map_or(String::new(), |stage| stage.base.text.clone());
    let base = with_arguments(&base, &dockerfile.arguments);
    let user = dockerfile.effective(last, "USER").and_then(|user| user.words().into_iter().next());
    let probe = dockerfile.effective(last, "HEALTHCHECK").map(|check| Probe {
        text: check.arguments.clone(),
        at: file.at(check.span),
        is_readiness: true,
    });
    Image {
        file: file.id,
        told: file.purpose,
        purpose: file.purpose,
        command_purpose: file.purpose,
        from: file.at(dockerfile.stages[last].from),
        base,
        user,
        entrypoint: words("ENTRYPOINT"),
        command: words("CMD"),
        probe,
    }
}

/// A text in which build arguments stand with their defaults.
fn with_arguments(text: &str, arguments: &[Instruction]) -> String {
    let mut text = expand(text);
    for assignment in arguments.iter().flat_map(Instruction::variables) {
        if text.open.contains(&assignment.key.text) {
            text.text = text.text.replace(&format!("${}", assignment.key.text), &assignment.value.text);
        }
    }
    text.text
}

fn variables(file: Reading<'_>, instructions: &[Instruction]) -> Vec<Variable> {
    let set = instructions.iter().filter_map(|instruction| match instruction.keyword.as_str() {
        "ENV" => Some((instruction, Setter::Image)),
        "ARG" => Some((instruction, Setter::BuildArgument)),
        _ => None,
    });
    set.flat_map(|(instruction, by)| instruction.variables().into_iter().map(move |set| file.variable(set, by)))
        .collect()
}
