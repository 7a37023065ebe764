//! Bodies whose Pydantic model keeps fields that it does not define.

use std::collections::BTreeSet;

use backlint_model::{ClientForm, ClientValue, File, Project};
use backlint_semantic::{BindingKind, Call};
use backlint_source::Location;
use backlint_syntax::ast::{Expr, ExprId};

/// How many names the fields may be behind.
const MAX_NAMES: u32 = 4;

/// The parameters of handlers that hold whatever fields a client sends.
pub(super) struct OpenSchemas {
    at: BTreeSet<Location>,
}

impl OpenSchemas {
    pub(super) fn of(project: &Project) -> Self {
        let bodies = project.routes().iter().flat_map(|route| project.bodies(route));
        let open = bodies.filter(|body| project.schema(body.schema).is_some_and(|schema| schema.keeps_others));
        let at = open.filter_map(|body| {
            let file = project.file(body.function.file)?;
            let params = file.module().list(file.function(body.function.id).params);
            Some(file.at(params.get(body.place)?.name_span))
        });
        Self { at: at.collect() }
    }

    /// The body whose fields `body.model_dump()` gives, if it keeps those that nobody defined.
    pub(super) fn open_value(&self, project: &Project, file: File<'_>, fields: ExprId) -> Option<ClientValue> {
        if self.at.is_empty() {
            return None;
        }
        let dumped = dumped(file, fields, MAX_NAMES)?;
        let mut values = project.client_values(file.id(), dumped).into_iter();
        values.find(|value| value.form == ClientForm::Object && self.at.contains(&value.at))
    }
}

/// The object of `body.model_dump()`, also through a name.
fn dumped(file: File<'_>, fields: ExprId, names: u32) -> Option<ExprId> {
    let module = file.module();
    if let Expr::Name(name) = module.expr(fields) {
        let names = names.checked_sub(1)?;
        let [binding] = file.index().lookup(file.index().scope_of_name(fields), name) else { return None };
        let BindingKind::Assign { value: Some(value), .. } = binding.kind else { return None };
        return dumped(file, value, names);
    }
    let call = Call::of(module, fields).filter(|call| matches!(call.name(), Some("dict" | "model_dump")))?;
    let is_chosen = ["include", "exclude"].iter().any(|keyword| call.keyword(keyword).is_some());
    call.receiver().filter(|_| !is_chosen)
}
