//! Task apps of Celery and the settings that the project gives them.

use backlint_model::{Entity, File, Project, Type};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{ArgKind, Expr, ExprId, Stmt};

/// A task app.
pub(crate) struct TaskApp<'p> {
    pub(crate) file: File<'p>,
    /// The call that makes it.
    pub(crate) made: ExprId,
}

/// A setting of a task app.
pub(crate) struct TaskSetting<'p> {
    pub(crate) file: File<'p>,
    /// Its name in lower case, without the prefix that older versions and Flask configurations add.
    pub(crate) key: String,
    pub(crate) value: ExprId,
    pub(crate) at: Location,
}

/// What the project says of its task apps.
pub(crate) struct TaskApps<'p> {
    pub(crate) apps: Vec<TaskApp<'p>>,
    pub(crate) settings: Vec<TaskSetting<'p>>,
    /// Whether settings are loaded that were not followed.
    pub(crate) has_unseen_settings: bool,
}

impl<'p> TaskApps<'p> {
    pub(crate) fn read(project: &'p Project) -> Self {
        let mut found = Self { apps: Vec::new(), settings: Vec::new(), has_unseen_settings: false };
        for file in project.reported_files() {
            found.read_calls(project, file);
            if file.module().symbol("conf").is_some() {
                found.read_assignments(file);
            }
        }
        if !found.apps.is_empty() {
            for file in project.reported_files() {
                found.read_tables(file);
            }
        }
        found
    }

    /// The setting with this name, the last one in the order of files.
    pub(crate) fn setting(&self, key: &str) -> Option<&TaskSetting<'p>> {
        self.settings.iter().rev().find(|setting| setting.key == key)
    }

    fn read_calls(&mut self, project: &'p Project, file: File<'p>) {
        for call in file.calls_named(&["Celery", "config_from_envvar", "config_from_object", "update"]) {
            match call.name() {
                Some("Celery") if is_celery(project, file, call) => {
                    self.apps.push(TaskApp { file, made: call.expr });
                    self.add_arguments(file, call);
                }
                Some("update") if call.receiver().is_some_and(|object| is_conf(file, object)) => {
                    self.add_arguments(file, call);
                }
                Some("config_from_envvar" | "config_from_object") => self.read_object(project, file, call),
                _ => {}
            }
        }
    }

    /// `app.config_from_object("celeryconfig")`: a module or class of the project, or something unknown.
    fn read_object(&mut self, project: &'p Project, file: File<'p>, call: Call<'p>) {
        let argument = call.positional(0);
        let entity = argument.map(|argument| project.resolve(file.id(), argument));
        let fields = match entity {
            Some(Entity::Module(module)) => project.file(module).map(|module| (module, module.module().top_level())),
            Some(Entity::Class(class) | Entity::Instance { of: Type::Project(class), .. }) => {
                project.file(class.file).map(|file| (file, file.module().list(file.class(class.id).body)))
            }
            _ => argument.and_then(|argument| named_module(project, file, argument)),
        };
        let Some((holder, body)) = fields else {
            self.has_unseen_settings = true;
            return;
        };
        for &stmt in body {
            let Some((name, value)) = assigned_name(holder, stmt) else { continue };
            self.add(holder, name, value, holder.at_stmt(stmt));
        }
    }

    fn add_arguments(&mut self, file: File<'p>, call: Call<'p>) {
        for arg in call.args {
            match arg.kind {
                ArgKind::Keyword(name) => self.add(file, file.module().text(name), arg.value, file.at(arg.span)),
                ArgKind::Positional => self.add_dict(file, arg.value),
                ArgKind::Star | ArgKind::DoubleStar => self.has_unseen_settings = true,
            }
        }
    }

    fn add_dict(&mut self, file: File<'p>, expr: ExprId) {
        let module = file.module();
        let Expr::Dict(items) = module.expr(expr) else { return };
        for item in module.list(items) {
            let Some(key) = item.key else { continue };
            let Expr::Str(key) = module.expr(key) else { continue };
            self.add(file, module.text(key), item.value, file.at_expr(item.value));
        }
    }

    /// `app.conf.timezone = …`, `app.conf["timezone"] = …`.
    fn read_assignments(&mut self, file: File<'p>) {
        let module = file.module();
        for stmt in module.stmt_ids() {
            let Stmt::Assign { targets, value } = module.stmt(stmt) else { continue };
            let &[target] = module.list(targets) else { continue };
            let (holder, key) = match module.expr(target) {
                Expr::Attribute { value: holder, name } => (holder, name),
                Expr::Subscript { value: holder, index } => match module.expr(index) {
                    Expr::Str(key) => (holder, key),
                    _ => continue,
                },
                _ => continue,
            };
            if is_conf(file, holder) {
                self.add(file, module.text(key), value, file.at_stmt(stmt));
            }
        }
    }

    /// `CELERY = {…}` in a configuration, `"CELERY": {…}`, `CELERY_TIMEZONE = …` in a class.
    fn read_tables(&mut self, file: File<'p>) {
        let module = file.module();
        for stmt in module.stmt_ids() {
            let Some((name, value)) = assigned_name(file, stmt) else { continue };
            if matches!(name, "CELERY" | "CELERY_CONFIG" | "celery_config") {
                self.add_dict(file, value);
            } else if name.starts_with("CELERY_") || name.starts_with("CELERYD_") {
                self.add(file, name, value, file.at_stmt(stmt));
            }
        }
    }

    fn add(&mut self, file: File<'p>, name: &str, value: ExprId, at: Location) {
        let lower = name.to_ascii_lowercase();
        let short = ["celeryd_", "celerybeat_", "celery_"].iter().find_map(|prefix| lower.strip_prefix(prefix));
        let key = short.unwrap_or(&lower).to_owned();
        self.settings.push(TaskSetting { file, key, value, at });
    }
}

fn is_celery(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    let Entity::Instance { of, .. } = project.resolve(file.id(), call.expr) else { return false };
    project.derives_from(&of, &["celery.Celery", "celery.app.base.Celery"])
}

/// `app.conf`: the attribute, or a name for it.
fn is_conf(file: File<'_>, expr: ExprId) -> bool {
    matches!(file.module().expr(expr), Expr::Attribute { name, .. } if file.module().text(name) == "conf")
}

fn named_module<'p>(
    project: &'p Project,
    file: File<'_>,
    argument: ExprId,
) -> Option<(File<'p>, &'p [backlint_syntax::ast::StmtId])> {
    let path = project.string(file.id(), argument)?;
    let wanted = format!("{}.py", path.split(':').next()?.replace('.', "/"));
    let found = project.files().find(|file| {
        file.local_path().strip_suffix(&wanted).is_some_and(|head| head.is_empty() || head.ends_with('/'))
    })?;
    Some((found, found.module().top_level()))
}

fn assigned_name(file: File<'_>, stmt: backlint_syntax::ast::StmtId) -> Option<(&str, ExprId)> {
    let module = file.module();
    let (target, value) = match module.stmt(stmt) {
        Stmt::Assign { targets, value } => (*module.list(targets).first()?, value),
        Stmt::AnnAssign { target, value: Some(value), .. } => (target, value),
        _ => return None,
    };
    match module.expr(target) {
        Expr::Name(name) => Some((module.text(name), value)),
        _ => None,
    }
}

impl TaskApp<'_> {
    /// Where it is made.
    pub(crate) fn at(&self) -> Location {
        self.file.at(self.file.first_line(self.file.module().span(self.made)))
    }
}
