//! Limiter objects of libraries: where they count, by what, and whether anything binds them to an app.

use backlint_semantic::Call;
use backlint_source::{FileId, Location, Span};
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

use super::{StorageKind, Throttle, ThrottleKey};
use crate::resolve::{Entity, ExprRef, Type};
use crate::web::callers::Callers;
use crate::web::containers::{ContainerId, bound_name};
use crate::{File, Project};

/// The library that a limiter comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimiterLibrary {
    /// Flask-Limiter.
    FlaskLimiter,
    /// slowapi.
    Slowapi,
}

impl LimiterLibrary {
    /// Its name as users know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::FlaskLimiter => "Flask-Limiter",
            Self::Slowapi => "slowapi",
        }
    }

    fn of(path: &str) -> Option<Self> {
        match path.split('.').next()? {
            "flask_limiter" => Some(Self::FlaskLimiter),
            "slowapi" => Some(Self::Slowapi),
            _ => None,
        }
    }
}

/// The storage that a constructor is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GivenStorage {
    /// None: the configuration decides, and without it the memory of the process is used.
    Absent,
    /// This one.
    Given {
        /// What it is.
        kind: StorageKind,
        /// The argument.
        at: Location,
    },
}

/// Whether a limiter works for an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wiring {
    /// It does, or it needs nothing for it.
    Live,
    /// Nothing binds it, so that its decorators let everything pass.
    Dead,
}

/// A limiter object of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limiter {
    /// Where it comes from.
    pub library: LimiterLibrary,
    /// The name it is bound to.
    pub name: String,
    /// The call that makes it.
    pub made: ExprRef,
    /// The storage it is given.
    pub storage: GivenStorage,
    /// What it counts by, unless a limit says otherwise.
    pub key: ThrottleKey,
    /// The function or expression that gives the key.
    pub key_at: Option<Location>,
    /// Limits for every route that are not empty.
    pub default_limits: Option<Location>,
    /// Whether an app uses it.
    pub wiring: Wiring,
    /// The first limit that is set with it.
    pub first_use: Option<Location>,
}

impl Limiter {
    /// Where it counts, as far as the constructor says.
    pub fn storage_kind(&self) -> StorageKind {
        match self.storage {
            GivenStorage::Absent => StorageKind::Unknown,
            GivenStorage::Given { kind, .. } => kind,
        }
    }
}

/// A setting that gives limiters their storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageSetting {
    /// Its key.
    pub key: &'static str,
    /// Where it is set.
    pub at: Location,
}

/// What is known of limiter objects.
#[derive(Debug, Default)]
pub(crate) struct Limiters {
    pub(crate) list: Vec<Limiter>,
    pub(crate) settings: Vec<StorageSetting>,
    /// Blueprints that a limit is put on as a whole.
    pub(crate) limited_containers: Vec<(ContainerId, Throttle)>,
    has_slowapi_middleware: bool,
}

/// Calls on a limiter that set or ask a limit.
const USES: &[&str] = &["limit", "shared_limit", "check", "hit", "test"];

/// The configuration keys of both libraries, the newer one first.
const STORAGE_KEYS: &[&str] = &["RATELIMIT_STORAGE_URI", "RATELIMIT_STORAGE_URL"];

/// All limiter objects of the project.
pub(crate) fn find(project: &Project, callers: &Callers<'_>) -> Limiters {
    let mut found = Limiters::default();
    for file in project.reported_files() {
        for call in file.calls_named(&["Limiter"]) {
            found.list.extend(limiter(project, file, call));
        }
    }
    if found.list.is_empty() {
        return found;
    }
    found.settings = storage_settings(project);
    found.has_slowapi_middleware = has_slowapi_middleware(project);
    for file in project.reported_files() {
        for call in file.calls_named(USES) {
            found.note_use(project, file, call, callers);
        }
    }
    for limiter in &mut found.list {
        limiter.wiring = wiring(project, limiter);
    }
    found
}

impl Limiters {
    /// Limits that a limiter puts on every route.
    pub(super) fn default_limits(&self) -> Option<Throttle> {
        let limiter = self.list.iter().find(|limiter| {
            limiter.wiring == Wiring::Live
                && limiter.default_limits.is_some()
                && (limiter.library != LimiterLibrary::Slowapi || self.has_slowapi_middleware)
        })?;
        let at = limiter.default_limits?;
        let name = "default limits".to_owned();
        Some(Throttle { name, at, storage: limiter.storage_kind(), key: limiter.key })
    }

    /// The limiter that a decorator like `@limiter.limit("5/minute")` belongs to.
    pub(super) fn behind(&self, project: &Project, at: ExprRef) -> Option<&Limiter> {
        if self.list.is_empty() {
            return None;
        }
        let file = project.file(at.file)?;
        let receiver = Call::of(file.module(), at.expr)?.receiver()?;
        self.list.get(self.place(project, file, receiver)?)
    }

    fn place(&self, project: &Project, file: File<'_>, receiver: ExprId) -> Option<usize> {
        if let Some(origin) = project.resolve(file.id(), receiver).origin() {
            return self.list.iter().position(|limiter| limiter.made == origin);
        }
        let last = last_segment(file.text_of(receiver));
        self.list.iter().position(|limiter| last_segment(&limiter.name) == last)
    }

    fn note_use(&mut self, project: &Project, file: File<'_>, call: Call<'_>, callers: &Callers<'_>) {
        let Some(receiver) = call.receiver() else { return };
        let Some(place) = self.place(project, file, receiver) else { return };
        let at = file.at_expr(call.expr);
        let limiter = &mut self.list[place];
        limiter.first_use.get_or_insert(at);
        // `limiter.limit("3/minute")(blueprint)`.
        let outer = file.index().parent(call.expr).and_then(|outer| Call::of(file.module(), outer));
        let Some(target) = outer.filter(|outer| outer.function == call.expr).and_then(|outer| outer.positional(0))
        else {
            return;
        };
        let throttle = Throttle { name: "limit".to_owned(), at, storage: limiter.storage_kind(), key: limiter.key };
        for container in callers.containers_of(project, file.id(), target) {
            self.limited_containers.push((container, throttle.clone()));
        }
    }
}

fn limiter(project: &Project, file: File<'_>, call: Call<'_>) -> Option<Limiter> {
    let Entity::Instance { of: Type::External(path), origin: Some(made) } = project.resolve(file.id(), call.expr)
    else {
        return None;
    };
    let library = LimiterLibrary::of(&path)?;
    let key_func = call.keyword("key_func").map(|arg| arg.value).or_else(|| call.positional(0));
    Some(Limiter {
        library,
        name: bound_name(file, call.expr).unwrap_or_else(|| "Limiter".to_owned()),
        made,
        storage: given_storage(project, file, call),
        key: key_func.map_or(ThrottleKey::Unknown, |expr| key(project, file, expr)),
        key_at: key_func.map(|expr| file.at_expr(expr)),
        default_limits: default_limits(file, call),
        wiring: Wiring::Live,
        first_use: None,
    })
}

fn given_storage(project: &Project, file: File<'_>, call: Call<'_>) -> GivenStorage {
    let argument = ["storage_uri", "storage_url"].iter().find_map(|name| call.keyword(name));
    let Some(argument) = argument else {
        // `**options` may hold it.
        let is_open = call.args.iter().any(|arg| arg.kind == ArgKind::DoubleStar);
        return if is_open {
            GivenStorage::Given { kind: StorageKind::Unknown, at: file.at_expr(call.expr) }
        } else {
            GivenStorage::Absent
        };
    };
    let kind = match literal(project, file.id(), argument.value) {
        Some(text) if text.starts_with("memory://") || text.starts_with("async+memory://") => StorageKind::Memory,
        Some(_) => StorageKind::Shared,
        None if matches!(file.module().expr(argument.value), Expr::None) => return GivenStorage::Absent,
        None => StorageKind::Unknown,
    };
    GivenStorage::Given { kind, at: file.at(argument.span) }
}

/// A string that stands in the code itself, so that no environment changes it: a literal, or a name for one outside of
/// classes, whose attributes may be settings.
fn literal(project: &Project, file: FileId, expr: ExprId) -> Option<String> {
    let view = project.file(file)?;
    match view.module().expr(expr) {
        Expr::Str(text) => Some(view.module().text(text).to_owned()),
        Expr::Name(_) => match project.resolve(file, expr) {
            Entity::Literal(at) if at.expr != expr => match project.file(at.file)?.module().expr(at.expr) {
                Expr::Str(text) => Some(project.file(at.file)?.module().text(text).to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// What a key function counts by.
pub(super) fn key(project: &Project, file: File<'_>, expr: ExprId) -> ThrottleKey {
    let text = match project.resolve(file.id(), expr) {
        Entity::External(path) if path.ends_with("get_remote_address") => return ThrottleKey::Peer,
        Entity::External(path) if path.ends_with("get_ipaddr") => return ThrottleKey::Forwarded,
        Entity::Function(function) => project
            .file(function.file)
            .map_or("", |target| target.slice(target.module().stmt_span(target.function(function.id).stmt))),
        _ => file.text_of(expr),
    };
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["user", "account", "token", "api_key", "tenant", "identity"]) {
        ThrottleKey::Account
    } else if has(&["forwarded", "real-ip", "connecting-ip", "access_route"]) {
        ThrottleKey::Forwarded
    } else if has(&["remote_addr", "client.host", "get_remote_address"]) {
        ThrottleKey::Peer
    } else if matches!(file.module().expr(expr), Expr::Lambda(_)) && lower.contains(['"', '\'']) && !has(&["request"]) {
        ThrottleKey::Constant
    } else {
        ThrottleKey::Unknown
    }
}

fn default_limits(file: File<'_>, call: Call<'_>) -> Option<Location> {
    let limits = ["default_limits", "application_limits"].iter().find_map(|name| call.keyword(name))?;
    let is_empty = match file.module().expr(limits.value) {
        Expr::List(items) | Expr::Tuple(items) => items.is_empty(),
        Expr::None => true,
        _ => false,
    };
    (!is_empty).then(|| file.at(limits.span))
}

/// Flask-Limiter checks nothing until an app is handed in; slowapi's decorators need no app.
fn wiring(project: &Project, limiter: &Limiter) -> Wiring {
    if limiter.library == LimiterLibrary::Slowapi {
        return Wiring::Live;
    }
    let Some(file) = project.file(limiter.made.file) else { return Wiring::Live };
    let Some(call) = Call::of(file.module(), limiter.made.expr) else { return Wiring::Live };
    let key_only = call.args.iter().all(|arg| match arg.kind {
        ArgKind::Keyword(name) => file.module().text(name) != "app",
        ArgKind::Positional => {
            matches!(project.resolve(file.id(), arg.value), Entity::Function(_) | Entity::External(_))
                || matches!(file.module().expr(arg.value), Expr::Lambda(_))
        }
        ArgKind::Star | ArgKind::DoubleStar => false,
    });
    if !key_only {
        return Wiring::Live;
    }
    // Extensions are also bound in loops, where the receiver has another name.
    let is_bound = project.files().any(|file| {
        file.calls_named(&["init_app"]).any(|call| {
            call.receiver().is_some_and(|receiver| {
                let entity = project.resolve(file.id(), receiver);
                entity.origin() == Some(limiter.made)
                    || !entity.is_known()
                    || last_segment(file.text_of(receiver)) == last_segment(&limiter.name)
            })
        })
    });
    if is_bound { Wiring::Live } else { Wiring::Dead }
}

/// `RATELIMIT_STORAGE_URI` in Python files other than tests, and in the texts beside them.
fn storage_settings(project: &Project) -> Vec<StorageSetting> {
    let mut found = Vec::new();
    for (id, source) in project.sources().iter() {
        if project.file(id).is_some_and(|file| !file.role().is_reported()) {
            continue;
        }
        for &key in STORAGE_KEYS {
            let is_comment = |at: usize| {
                let line = source.text()[..at].rsplit('\n').next().unwrap_or_default();
                line.trim_start().starts_with('#')
            };
            if let Some((at, _)) = source.text().match_indices(key).find(|&(at, _)| !is_comment(at)) {
                let fits = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                let span = Span::new(fits(at), fits(at + key.len()));
                found.push(StorageSetting { key, at: Location { file: id, span } });
            }
        }
    }
    found
}

fn has_slowapi_middleware(project: &Project) -> bool {
    const NAMES: &[&str] = &["SlowAPIMiddleware", "SlowAPIASGIMiddleware"];
    project.reported_files().any(|file| {
        let module = file.module();
        let uses = file.index().uses();
        NAMES.iter().filter_map(|name| module.symbol(name)).any(|symbol| uses.iter().any(|u| u.name == symbol))
    })
}

fn last_segment(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}
