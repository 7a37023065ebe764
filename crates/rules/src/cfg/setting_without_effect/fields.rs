//! Fields of a settings class that nothing reads.

use std::collections::BTreeSet;

use backlint_finding::{Audience, Findings};
use backlint_model::{ClassRef, ContainerKind, Entity, File, Project, Type, words};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{Expr, Stmt};

use super::reads::read_names;

/// Calls that read all fields of a settings object at once.
const SWEEPS: &[&str] =
    &["asdict", "copy", "dict", "getattr", "json", "model_copy", "model_dump", "model_dump_json", "vars"];

/// A field in the body of a settings class.
struct Field<'p> {
    class: ClassRef,
    name: &'p str,
    at: Location,
}

pub(super) fn check(project: &Project, findings: &mut Findings) {
    if !project.containers().any(|(_, container)| container.kind == ContainerKind::App) {
        return;
    }
    let files = project.app_files().filter(|file| file.source().text().contains("Settings"));
    let mut fields: Vec<Field<'_>> = files.flat_map(|file| fields(project, file)).collect();
    if fields.is_empty() {
        return;
    }
    let classes: BTreeSet<&str> = fields.iter().filter_map(|field| class_name(project, field.class)).collect();
    let names: BTreeSet<&str> = fields.iter().map(|field| field.name).chain(classes).collect();
    let read = read_names(project, &names);
    fields.retain(|field| !read.contains(field.name));
    let swept = swept(project, &fields);
    fields.retain(|field| !swept.contains(&field.class));
    for field in fields {
        // A class that nobody uses is not a matter of its fields.
        let Some(class) = class_name(project, field.class).filter(|class| read.contains(class)) else { continue };
        let name = field.name;
        let message = format!("Nothing reads `{name}` of `{class}`: setting it changes nothing.");
        findings.report(field.at, format!("{class}.{name}"), message).audience(Audience::Pedantic);
    }
}

fn class_name(project: &Project, class: ClassRef) -> Option<&str> {
    Some(project.file(class.file)?.class_name(class.id))
}

/// The annotated fields of the settings classes in a file.
fn fields<'p>(project: &Project, file: File<'p>) -> Vec<Field<'p>> {
    let module = file.module();
    let mut found = Vec::new();
    for id in module.class_ids() {
        let class = ClassRef { file: file.id(), id };
        if words::is_dev_identifier(file.class_name(id)) || !is_settings(project, class) || reads_itself(file, class) {
            continue;
        }
        for &stmt in module.list(file.class(id).body) {
            let Stmt::AnnAssign { target, annotation, .. } = module.stmt(stmt) else { continue };
            let Expr::Name(name) = module.expr(target) else { continue };
            let name = module.text(name);
            let is_constant = file.text_of(annotation).contains("ClassVar");
            if !name.starts_with('_') && name != "model_config" && !is_constant {
                found.push(Field { class, name, at: file.at_stmt(stmt) });
            }
        }
    }
    found
}

fn is_settings(project: &Project, class: ClassRef) -> bool {
    let lineage = project.lineage(class);
    lineage.iter().any(|of| matches!(of, Type::External(path) if path.ends_with(".BaseSettings")))
}

/// Whether methods of the class go through its fields without naming them.
fn reads_itself(file: File<'_>, class: ClassRef) -> bool {
    let text = file.slice(file.module().stmt_span(file.class(class.id).stmt));
    [
        "__getattr__",
        "__dict__",
        "model_fields",
        "__fields__",
        "getattr(self",
        "self.dict(",
        "self.model_dump(",
        "vars(self",
    ]
    .iter()
    .any(|sweep| text.contains(sweep))
}

/// The classes whose objects are read as a whole: dumped, copied, or asked for attributes by a name that is computed.
fn swept(project: &Project, fields: &[Field<'_>]) -> BTreeSet<ClassRef> {
    let classes: BTreeSet<ClassRef> = fields.iter().map(|field| field.class).collect();
    let mut found = BTreeSet::new();
    if classes.is_empty() {
        return found;
    }
    for file in project.reported_files() {
        for call in file.calls_named(SWEEPS) {
            let is_plain = call.name() == Some("getattr")
                && call.positional(1).is_some_and(|name| matches!(file.module().expr(name), Expr::Str(_)));
            if !is_plain {
                found.extend(objects(project, file, call).filter(|class| classes.contains(class)));
            }
        }
    }
    let below = |class: ClassRef| found.iter().any(|&swept| project.lineage(swept).contains(&Type::Project(class)));
    let above: Vec<ClassRef> = classes.into_iter().filter(|&class| below(class)).collect();
    found.extend(above);
    found
}

/// The classes of the project whose objects a call reads.
fn objects<'p>(project: &'p Project, file: File<'p>, call: Call<'p>) -> impl Iterator<Item = ClassRef> {
    let object = if call.receiver().is_some() { call.receiver() } else { call.positional(0) };
    object.into_iter().filter_map(move |object| match project.resolve(file.id(), object) {
        Entity::Instance { of: Type::Project(class), .. } => Some(class),
        _ => None,
    })
}
