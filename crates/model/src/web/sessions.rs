//! Logins that are remembered in a session cookie.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use backlint_semantic::Call;
use backlint_source::{FileId, Location};
use backlint_syntax::ast::{Expr, ExprId, Stmt};

use super::containers::{ContainerId, ContainerKind, Framework};
use crate::resolve::{Entity, FunctionRef, Type};
use crate::words::has_word;
use crate::{File, Project, Role};

/// A place that puts an identity into the session of the caller.
#[derive(Clone, Debug)]
pub(crate) struct SessionLogin {
    framework: Framework,
    at: Location,
}

/// Functions and classes of libraries that sign callers in through Flask's session.
const LIBRARIES: &[&str] =
    &["flask_appbuilder.AppBuilder", "flask_login.login_user", "flask_security.Security", "flask_security.login_user"];

const NAMES: &[&str] = &["AppBuilder", "Security", "login_user"];

/// Words that make the key of a session one of an identity.
const IDENTITY: &[&str] = &[
    "access_token",
    "account",
    "admin",
    "auth",
    "authenticated",
    "customer",
    "employee",
    "logged",
    "loggedin",
    "login",
    "member",
    "patient",
    "role",
    "staff",
    "student",
    "teacher",
    "uid",
    "user",
    "userid",
    "username",
];

/// All such places in applications, in source order.
pub(crate) fn find(project: &Project) -> Vec<SessionLogin> {
    let mut found = Vec::new();
    for file in project.files().filter(|file| matches!(file.role(), Role::App)) {
        for call in file.calls_named(NAMES) {
            if signs_in(project, file, call) {
                found.push(SessionLogin { framework: Framework::Flask, at: file.at(file.first_line(call.span())) });
            }
        }
        if file.module().symbol("session").is_none() {
            continue;
        }
        for stmt in file.module().stmt_ids() {
            let Stmt::Assign { targets, .. } = file.module().stmt(stmt) else { continue };
            let framework =
                file.module().list(targets).iter().find_map(|&target| identity_write(project, file, target));
            found.extend(framework.map(|framework| SessionLogin { framework, at: file.at_stmt(stmt) }));
        }
    }
    found.sort_by_key(|login| login.at);
    found
}

fn signs_in(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    match project.resolve(file.id(), call.function) {
        Entity::External(path) => LIBRARIES.contains(&path.as_str()),
        _ => false,
    }
}

/// `session["user_id"] = …`, `request.session["user"] = …`: whose session it is.
fn identity_write(project: &Project, file: File<'_>, target: ExprId) -> Option<Framework> {
    let Expr::Subscript { value, index } = file.module().expr(target) else { return None };
    let framework = session_of(project, file, value)?;
    let key = crate::words::snake_case(&project.string(file.id(), index)?);
    let is_identity = key == "id" || IDENTITY.iter().any(|word| has_word(&key, word));
    // What an OAuth client keeps between redirect and callback is no login.
    let is_flow = ["state", "nonce", "next", "redirect", "oauth", "attempts", "error", "count"]
        .iter()
        .any(|word| has_word(&key, word));
    (is_identity && !is_flow).then_some(framework)
}

/// The framework whose session `expr` is.
pub(crate) fn session_of(project: &Project, file: File<'_>, expr: ExprId) -> Option<Framework> {
    match project.resolve(file.id(), expr) {
        Entity::External(path) if path == "flask.session" => Some(Framework::Flask),
        Entity::Instance { of: Type::Project(_), .. } | Entity::Class(_) => None,
        _ => match file.module().expr(expr) {
            Expr::Attribute { name, value } if file.module().text(name) == "session" => {
                let holder = file.text_of(value);
                (holder == "request" || holder == "req" || holder.ends_with(".request")).then_some(Framework::FastApi)
            }
            _ => None,
        },
    }
}

impl Project {
    /// Whether a function itself puts an identity into the session of the caller.
    pub fn signs_in_by_session(&self, function: FunctionRef) -> bool {
        let Some(file) = self.file(function.file) else { return false };
        let span = file.module().stmt_span(file.function(function.id).stmt);
        self.web.session_logins.iter().any(|login| login.at.file == function.file && span.contains(login.at.span))
    }

    /// A place where callers of this app are signed in by its session, if there is one. Of several apps of a repository
    /// the one in whose folder the place lies answers for it; of several in one folder, the one that is made in its
    /// file, serves routes of it, or loads it.
    pub fn session_login(&self, app: ContainerId) -> Option<Location> {
        let framework = self.container(app).framework;
        let logins = self.web.session_logins.iter().filter(|login| login.framework == framework);
        let loaded = OnceCell::new();
        let loads = |file| loaded.get_or_init(|| self.loaded_with(self.container(app).made.file)).contains(&file);
        logins.map(|login| login.at).find(|at| self.answers_for(app, at.file, || loads(at.file)))
    }

    /// Whether an app, and not another beside it, answers for what a file does.
    fn answers_for(&self, app: ContainerId, file: FileId, loads: impl Fn() -> bool) -> bool {
        let nearest: Vec<ContainerId> = self.nearest_apps(self.container(app).framework, file).collect();
        if !nearest.contains(&app) || nearest.len() < 2 {
            return nearest.contains(&app);
        }
        let is_made_there = |id: ContainerId| self.container(id).made.file == file;
        if nearest.iter().any(|&id| is_made_there(id)) {
            return is_made_there(app);
        }
        let routes = self.routes().iter().filter(|route| route.at.file == file);
        let serving: BTreeSet<ContainerId> = routes.filter_map(|route| route.app).collect();
        if nearest.iter().any(|id| serving.contains(id)) {
            return serving.contains(&app);
        }
        loads()
    }

    /// The apps of a framework that share most of their folders with a file.
    fn nearest_apps(&self, framework: Framework, file: FileId) -> impl Iterator<Item = ContainerId> + '_ {
        let path = self.sources.file(file).path();
        let shared = move |of: ContainerId| {
            let other = self.sources.file(self.container(of).made.file).path();
            let folders = |path: &str| path.split('/').count().saturating_sub(1);
            let depth = folders(path).min(folders(other));
            path.split('/').zip(other.split('/')).take(depth).take_while(|(a, b)| a == b).count()
        };
        let apps = move || {
            let apps = self.containers().filter(move |(_, container)| {
                container.kind == ContainerKind::App
                    && container.framework == framework
                    && self.file(container.made.file).is_some_and(|file| file.role() == Role::App)
            });
            apps.map(|(id, _)| id)
        };
        let most = apps().map(shared).max().unwrap_or(0);
        apps().filter(move |&id| shared(id) == most)
    }
}
