//! Calls that do harm with what they are given.

use backlint_semantic::{Binding, BindingKind, Call};
use backlint_syntax::ast::{ArgKind, Expr, ExprId};

use super::body::Reader;
use super::calls::Given;
use super::hazard::{Hazard, Hazards};
use super::pages::PageKind;
use super::state::State;
use super::summary::{Reached, Sink};
use super::tables::{Condition, SinkSpec};
use super::value::{Part, Taint, Value};
use crate::File;
use crate::resolve::{ExprRef, FunctionRef};

/// The functions that start a program from a list of arguments.
const STARTERS: &[&str] =
    &["subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen"];
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "/bin/sh", "/bin/bash", "cmd", "cmd.exe", "powershell"];

impl Reader<'_> {
    /// Reports the arguments of a call that decide what it must not be told by a client.
    pub(super) fn report_sinks<'s>(
        &mut self,
        call: Call<'_>,
        specs: impl IntoIterator<Item = &'s SinkSpec>,
        (receiver, given): (&Value, &Given<'_>),
        state: &State,
    ) {
        for spec in specs {
            let is_harmless = match spec.hazard {
                Hazard::Url => self.has_own_transport(call),
                Hazard::Html => self.is_unwrapped(call),
                _ => false,
            };
            if is_harmless || !self.holds(spec.only_with, call) {
                continue;
            }
            let decides = match (spec.only_with, call.receiver()) {
                (Condition::PathObject | Condition::Upload | Condition::UploadObject, None) => None,
                (Condition::Upload, _) if receiver.is_nothing() => None,
                (Condition::PathObject | Condition::UploadObject, Some(object)) => {
                    Some((object, state.settled(receiver)))
                }
                _ => argument(call, spec, given),
            };
            let Some((at, value)) = decides else { continue };
            let flat = value.flat();
            for taint in flat.taints().iter().filter(|taint| is_meant(spec.only_with, taint)) {
                self.harm(spec.hazard, at, taint, state);
                if spec.hazard == Hazard::Path {
                    self.harm(Hazard::FileName, at, taint, state);
                }
            }
        }
    }

    /// A value does harm at `at`, unless it has been made safe.
    fn harm(&mut self, hazard: Hazard, at: ExprId, taint: &Taint, state: &State) {
        if !taint.safe.contains(hazard) {
            let sink = Sink { hazard, at: ExprRef { file: self.file.id(), expr: at }, function: self.function };
            self.reach(Reached { sink, taint: taint.clone(), is_labelled: false }, state);
        }
    }

    /// `Document(file_path=name)`: a row says that its file lies there.
    pub(super) fn report_stored_paths(&mut self, given: &Given<'_>, state: &State) {
        for (arg, value) in given {
            let ArgKind::Keyword(name) = arg.kind else { continue };
            if is_path_column(self.file.module().text(name)) {
                for taint in value.taints() {
                    self.harm(Hazard::StoredPath, arg.value, taint, state);
                }
            }
        }
    }

    /// The list that starts a program: which program, what a shell is to read although the list is not read by one, and
    /// what the program may take for options.
    pub(super) fn report_command_list(&mut self, call: Call<'_>, path: &str, state: &mut State) {
        let module = self.file.module();
        let list = if STARTERS.contains(&path) { call.argument("args", 0) } else { None };
        let list = list.map(|list| self.list_behind(list));
        let Some(Expr::List(items) | Expr::Tuple(items)) = list.map(|list| module.expr(list)) else { return };
        let items = module.list(items);
        let text = |place: usize| match items.get(place).map(|&item| module.expr(item)) {
            Some(Expr::Str(text)) => module.text(text),
            _ => "",
        };
        let is_shell = SHELLS.contains(&text(0)) && text(1).ends_with('c');
        for (place, &item) in items.iter().enumerate().take_while(|&(place, _)| text(place) != "--") {
            let hazard = if place == 0 || is_shell && place == 2 { Hazard::Command } else { Hazard::Argument };
            let value = self.value(item, state);
            let flat = state.settled(&value).flat();
            // What stands behind something else does not begin with a dash, and an option takes what follows for its value.
            let is_value = place > 0 && text(place - 1).starts_with('-');
            let is_free = |taint: &&Taint| {
                hazard == Hazard::Command || !is_value && !taint.is_joined && taint.part == Part::Whole
            };
            for taint in flat.taints().iter().filter(is_free) {
                self.harm(hazard, item, taint, state);
            }
        }
    }

    /// `command` after `command = ["convert", name]`.
    fn list_behind(&self, expr: ExprId) -> ExprId {
        let index = self.file.index();
        let Expr::Name(name) = self.file.module().expr(expr) else { return expr };
        match index.lookup(index.scope_of_name(expr), name) {
            [Binding { kind: BindingKind::Assign { value: Some(value), .. }, .. }] => *value,
            _ => expr,
        }
    }

    /// A handler returns a text that is a page.
    pub(super) fn report_page(&mut self, (returned, value): (ExprId, &Value), kind: PageKind, state: &State) {
        let module = self.file.module();
        let (page, value) = match module.expr(returned) {
            // `return page, 404`
            Expr::Tuple(items) => (module.list(items).first().copied().unwrap_or(returned), value.member("0")),
            _ => (returned, value.clone()),
        };
        let is_text = match module.expr(page) {
            Expr::Name(_) | Expr::FString(_) | Expr::Binary { .. } | Expr::Call { .. } => true,
            Expr::Dict(_) | Expr::List(_) => false,
            _ => kind == PageKind::Declared,
        };
        if !is_text {
            return;
        }
        let flat = state.settled(&value).flat();
        for taint in flat.taints().iter().filter(|taint| taint.is_markup || kind == PageKind::Declared) {
            self.harm(Hazard::Html, page, taint, state);
        }
    }

    /// What a request to a host of the client's choice answers.
    pub(super) fn answer(&self, call: Call<'_>, path: &str, given: &Given<'_>, state: &State) -> Option<Value> {
        let spec = self.tables.sinks_of_path(path).iter().find(|spec| spec.hazard == Hazard::Url)?;
        if call.keyword("stream").is_some() || path.ends_with(".stream") || path.ends_with("head") {
            return None;
        }
        let (_, address) = argument(call, spec, given)?;
        let flat = state.settled(&address).flat();
        let harmful: Vec<&Taint> = flat.taints().iter().filter(|taint| !taint.safe.contains(Hazard::Url)).collect();
        harmful.into_iter().map(|taint| self.answered(call, taint)).reduce(|all, answer| all.joined(&answer))
    }

    fn answered(&self, call: Call<'_>, taint: &Taint) -> Value {
        let mut taint = taint.clone();
        taint.part = Part::Answer;
        taint.safe = Hazards::of(Hazard::Download).complement();
        taint.trace = taint.trace.then(self.file.at_expr(call.expr), super::origin::StepKind::Fetched);
        Value::of(taint)
    }

    /// `answer.content`, `answer.read()`: an answer is read whole.
    pub(super) fn report_whole_read(&mut self, at: ExprId, name: &str, answer: &Value, state: &State) {
        if !matches!(name, "content" | "text" | "json" | "read") {
            return;
        }
        for taint in answer.taints().iter().filter(|taint| taint.part == Part::Answer) {
            self.harm(Hazard::Download, at, taint, state);
        }
    }

    /// `Markup(text).unescape()`, `Markup(text).striptags()`: the markup is taken for its text at once.
    fn is_unwrapped(&self, call: Call<'_>) -> bool {
        let module = self.file.module();
        self.file.index().parent(call.expr).is_some_and(|parent| {
            matches!(module.expr(parent), Expr::Attribute { name, .. } if matches!(module.text(name), "unescape" | "striptags"))
        })
    }

    /// Whether the client that sends the request was given a transport of the project's own, which may refuse addresses.
    fn has_own_transport(&self, call: Call<'_>) -> bool {
        let Some(client) = call.receiver() else { return false };
        self.made_with_transport(self.file, client)
            || self.handed_in(client).any(|(home, client)| self.made_with_transport(home, client))
    }

    fn made_with_transport(&self, file: File<'_>, client: ExprId) -> bool {
        let made = self.project.resolve(file.id(), client).origin();
        made.is_some_and(|made| {
            let file = self.project.file(made.file);
            let made = file.and_then(|file| Call::of(file.module(), made.expr));
            made.is_some_and(|made| {
                ["transport", "connector", "mounts"].iter().any(|name| made.keyword(name).is_some())
            })
        })
    }

    /// What callers give for a parameter, if `expr` names one.
    fn handed_in(&self, expr: ExprId) -> impl Iterator<Item = (File<'_>, ExprId)> {
        let (module, index) = (self.file.module(), self.file.index());
        let param = match module.expr(expr) {
            Expr::Name(name) => match index.lookup(index.scope_of_name(expr), name) {
                [only] => match only.kind {
                    BindingKind::Param(function, place) => {
                        Some((FunctionRef::new(self.file.id(), function), place as usize))
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        param.into_iter().flat_map(move |(function, place)| {
            self.project.callers(function).iter().filter_map(move |caller| {
                let home = self.project.file(caller.function.file)?;
                let call = Call::of(home.module(), caller.call)?;
                self.project.argument_for(home.id(), call, function, place).map(|given| (home, given.expr))
            })
        })
    }

    fn holds(&self, condition: Condition, call: Call<'_>) -> bool {
        match condition {
            Condition::None
            | Condition::Joined
            | Condition::Markup
            | Condition::Upload
            | Condition::UploadObject
            | Condition::PathObject => true,
            Condition::Shell => {
                call.keyword("shell").is_some_and(|arg| self.file.module().expr(arg.value) == Expr::True)
            }
            Condition::UnsafeLoader => {
                let loader = call.argument("Loader", 1).map(|loader| self.file.text_of(loader));
                !loader.is_some_and(|loader| loader.contains("Safe") || loader.contains("Base"))
            }
            Condition::HtmlMail => call
                .argument("_subtype", 1)
                .is_some_and(|kind| self.file.text_of(kind).trim_matches(['"', '\'']) == "html"),
        }
    }
}

/// Whether a column is that of a path or of a key in a store of files, told by its name.
fn is_path_column(name: &str) -> bool {
    matches!(name, "path" | "filepath" | "object_key" | "s3_key" | "storage_key") || name.ends_with("_path")
}

/// The argument that decides, and its value.
fn argument(call: Call<'_>, spec: &SinkSpec, given: &Given<'_>) -> Option<(ExprId, Value)> {
    let at = call.argument(&spec.keyword, spec.place)?;
    let (_, value) = given.iter().find(|(arg, _)| arg.value == at)?;
    Some((at, value.clone()))
}

/// Whether a sink with this condition is about such a value.
fn is_meant(condition: Condition, taint: &Taint) -> bool {
    match condition {
        Condition::Joined => taint.is_joined,
        Condition::Markup | Condition::HtmlMail => taint.is_markup,
        Condition::PathObject => taint.part == Part::FilePath,
        _ => true,
    }
}
