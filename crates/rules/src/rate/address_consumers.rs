//! What the address of a caller is used for.

use backlint_model::words::{has_word, snake_case};
use backlint_model::{AddressRead, Entity, File, FunctionRef, Project};
use backlint_semantic::Call;
use backlint_source::Location;
use backlint_syntax::ast::{CompareOp, Expr, ExprId, FunctionId};
use rustc_hash::FxHashMap;

/// What an address decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consumer {
    /// By what a limit counts.
    Throttle(Location),
    /// Who is on a list.
    AllowList(Location),
    /// Whom a stored record names.
    Record(Location),
}

impl Consumer {
    pub(super) fn place(self) -> Location {
        match self {
            Self::Throttle(at) | Self::AllowList(at) | Self::Record(at) => at,
        }
    }

    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Throttle(_) => "callers are counted here",
            Self::AllowList(_) => "the address is compared with a list here",
            Self::Record(_) => "the address is stored here",
        }
    }
}

/// How many calls lie between the place that asks for the address and the one that uses it.
const MAX_DISTANCE: usize = 2;

/// The functions that may use an address, by the function that asks for it.
pub(super) struct Callers<'p> {
    project: &'p Project,
    of: FxHashMap<FunctionRef, Vec<FunctionRef>>,
}

impl<'p> Callers<'p> {
    /// Looks up the callers of the functions that ask for addresses.
    pub(super) fn new(project: &'p Project, reads: &[AddressRead]) -> Self {
        let mut wanted: Vec<FunctionRef> = reads.iter().filter_map(|read| read.function).collect();
        let mut of: FxHashMap<FunctionRef, Vec<FunctionRef>> = FxHashMap::default();
        let edges: Vec<(FunctionRef, FunctionRef)> = project
            .app_files()
            .flat_map(|file| file.module().function_ids().map(move |id| FunctionRef { file: file.id(), id }))
            .flat_map(|caller| project.callees(caller).iter().map(move |callee| (callee.function, caller)))
            .collect();
        for _ in 0..MAX_DISTANCE {
            wanted.sort_unstable();
            wanted.dedup();
            let mut next = Vec::new();
            for &(callee, caller) in edges.iter().filter(|(callee, _)| wanted.binary_search(callee).is_ok()) {
                let callers = of.entry(callee).or_default();
                if !callers.contains(&caller) {
                    callers.push(caller);
                    next.push(caller);
                }
            }
            wanted = next;
        }
        Self { project, of }
    }

    /// What the address is used for, worst first.
    pub(super) fn consumer(&self, read: &AddressRead) -> Option<Consumer> {
        let Some(function) = read.function else {
            return self.is_key(read.read.file, read.read.expr).then_some(Consumer::Throttle(read.at));
        };
        let mut functions = vec![function];
        if names_an_address(self.project, function) {
            functions.extend(self.above(function));
        }
        self.key_function(function)
            .or_else(|| functions.iter().find_map(|&f| self.counted(f)))
            .or_else(|| functions.iter().find_map(|&f| allow_list(self.project, f)))
            .or_else(|| functions.iter().find_map(|&f| record(self.project, f)))
    }

    /// Whether the address is asked for by a middleware alone that no application registers.
    pub(super) fn is_dormant(&self, read: &AddressRead) -> bool {
        let Some(function) = read.function else { return false };
        let mut functions = self.above(function);
        functions.push(function);
        let middleware: Vec<FunctionRef> =
            functions.iter().copied().filter(|&function| is_of_middleware(self.project, function)).collect();
        !middleware.is_empty()
            && functions.iter().all(|&function| self.project.reach(function).is_none())
            && middleware.into_iter().all(|function| !self.project.is_mentioned(function))
    }

    fn above(&self, function: FunctionRef) -> Vec<FunctionRef> {
        let mut found: Vec<FunctionRef> = Vec::new();
        let mut level = vec![function];
        for _ in 0..MAX_DISTANCE {
            level = level.iter().flat_map(|f| self.of.get(f).map_or(&[][..], Vec::as_slice)).copied().collect();
            level.retain(|f| *f != function && !found.contains(f));
            level.dedup();
            found.extend(&level);
        }
        found
    }

    /// `key_func=client_ip`, `identifier=client_ip`.
    fn key_function(&self, function: FunctionRef) -> Option<Consumer> {
        let name = self.project.file(function.file)?.function_name(function.id);
        self.project.app_files().find_map(|file| {
            file.module().symbol(name)?;
            let mut calls = file.calls_named(&["Limiter", "RateLimiter", "limit", "shared_limit"]);
            calls.find_map(|call| {
                let key = ["key_func", "identifier"].iter().find_map(|name| call.keyword(name))?.value;
                let is_it = self.project.resolve(file.id(), key).function() == Some(function);
                is_it.then(|| Consumer::Throttle(file.at_expr(key)))
            })
        })
    }

    /// `key_func=lambda: request.headers["X-Real-IP"]`.
    fn is_key(&self, file: backlint_source::FileId, expr: ExprId) -> bool {
        let Some(file) = self.project.file(file) else { return false };
        file.index().ancestors(expr).any(|outer| {
            Call::of(file.module(), outer).is_some_and(|call| {
                ["key_func", "identifier"].iter().any(|name| call.keyword(name).is_some())
                    && call.name().is_some_and(|name| snake_case(name).contains("limit"))
            })
        })
    }

    fn counted(&self, function: FunctionRef) -> Option<Consumer> {
        let file = self.project.file(function.file)?;
        self.project.counts_callers_out(function).then(|| Consumer::Throttle(file.at_function(function.id)))
    }
}

/// Whether a function is how a middleware of the project runs.
fn is_of_middleware(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let class = file.index().class_of(file.module(), function.id);
    class.is_some_and(|class| {
        file.class_name(class).ends_with("Middleware")
            && matches!(file.function_name(function.id), "__call__" | "dispatch")
    })
}

/// Whether what a function returns is likely the address it asked for.
fn names_an_address(project: &Project, function: FunctionRef) -> bool {
    let Some(file) = project.file(function.file) else { return false };
    let name = snake_case(file.function_name(function.id));
    ["ip", "addr", "address", "client", "key", "identifier", "identity", "remote", "host"]
        .iter()
        .any(|word| has_word(&name, word))
}

/// `ip in ALLOWED_IPS`.
fn allow_list(project: &Project, function: FunctionRef) -> Option<Consumer> {
    const LISTS: &[&str] = &["allow", "whitelist", "blacklist", "block", "banned", "denied", "permitted"];
    let file = project.file(function.file)?;
    let found = compares(file, function.id).find(|&(left, right)| {
        let left = snake_case(file.text_of(left));
        let right = file.text_of(right).to_ascii_lowercase();
        ["ip", "addr", "address", "host"].iter().any(|word| has_word(&left, word))
            && LISTS.iter().any(|word| right.contains(word))
    });
    found.map(|(left, _)| Consumer::AllowList(file.at_expr(left)))
}

/// The sides of the membership tests in a function.
fn compares(file: File<'_>, function: FunctionId) -> impl Iterator<Item = (ExprId, ExprId)> {
    let module = file.module();
    let body = backlint_semantic::own_statements(module, module.body(function));
    body.into_iter()
        .flat_map(|stmt| backlint_semantic::expressions_of(module, stmt))
        .flat_map(|expr| backlint_semantic::descendants(module, expr))
        .filter_map(|expr| match module.expr(expr) {
            Expr::Compare { left, rest } => {
                let [only] = module.list(rest) else { return None };
                matches!(only.op, CompareOp::In | CompareOp::NotIn).then_some((left, only.right))
            }
            _ => None,
        })
}

/// `AuditLog(ip_address=ip)`, `record_login(…, client_ip=ip)`.
fn record(project: &Project, function: FunctionRef) -> Option<Consumer> {
    const KEYWORDS: &[&str] = &["client_ip", "ip", "ip_addr", "ip_address", "remote_addr", "remote_ip", "source_ip"];
    let file = project.file(function.file)?;
    project.calls_in(function).into_iter().find_map(|call| {
        let argument = KEYWORDS.iter().find_map(|name| call.keyword(name))?;
        let is_given = !matches!(file.module().expr(argument.value), Expr::None | Expr::Str(_));
        (is_given && stores(project, file, call)).then(|| Consumer::Record(file.at(argument.span)))
    })
}

/// Whether a call makes a row, or speaks of records.
fn stores(project: &Project, file: File<'_>, call: Call<'_>) -> bool {
    if let Entity::Class(class) = project.resolve(file.id(), call.function) {
        return project.lineage(class).iter().any(|of| match of {
            backlint_model::Type::External(path) => {
                path.ends_with("Model") && !path.starts_with("pydantic")
                    || path.ends_with("DeclarativeBase")
                    || path.ends_with("declarative_base")
                    || path.ends_with("SQLModel")
            }
            backlint_model::Type::Project(_) => false,
        });
    }
    let name = snake_case(call.name().unwrap_or_default());
    ["audit", "activity"].iter().any(|word| has_word(&name, word))
}
