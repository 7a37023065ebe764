//! DB003: a keyword that a mapped class does not know.

use backlint_finding::Findings;
use backlint_model::Project;
use backlint_syntax::ast::ArgKind;

use super::models::{Construction, constructions, suggestion};

pub(crate) fn check(project: &Project, findings: &mut Findings) {
    for construction in constructions(project) {
        check_call(project, &construction, findings);
    }
}

fn check_call(project: &Project, construction: &Construction<'_>, findings: &mut Findings) {
    let Construction { file, call, model } = construction;
    for argument in call.args {
        let ArgKind::Keyword(name) = argument.kind else { continue };
        let name = file.module().text(name);
        if project.may_have_attribute(model, name) {
            continue;
        }
        let message = format!(
            "`{}` has no `{name}`{}: this call raises TypeError every time.",
            model.name,
            suggestion(model, name)
        );
        let at_class = project.file(model.class.file).map(|file| file.at(file.class(model.class.id).header));
        let report = findings.report(
            file.at(argument.span),
            format!("{}: {}({name}=)", file.context_name(call.expr), model.name),
            message,
        );
        if let Some(at) = at_class {
            report.also(at, "the mapped class");
        }
    }
}
