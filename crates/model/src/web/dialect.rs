//! How each framework spells the declaration of a route.

use backlint_semantic::Call;

use super::containers::Framework;

/// The words of one framework.
#[derive(Debug)]
pub(crate) struct Dialect {
    pub(crate) framework: Framework,
    /// What files import that have to do with it.
    pub(crate) package: &'static str,
    /// The name of the path's argument, which comes first.
    pub(crate) path: &'static str,
    /// Decorators that are called like the method they are for.
    shortcuts: &'static [(&'static str, &'static str)],
    /// The others, and the calls that register a view.
    others: &'static [Registrar],
}

/// A decorator or call that declares a route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registrar {
    name: &'static str,
    /// Name and place of the view's argument; none for a decorator.
    pub(crate) view: Option<(&'static str, usize)>,
    /// The one method it is for; else `methods=` says.
    pub(crate) method: Option<&'static str>,
    /// Whether FastAPI resolves dependencies for the view.
    pub(crate) takes_dependencies: bool,
}

const WEBSOCKET: Option<&str> = Some("WEBSOCKET");

const fn registrar(name: &'static str) -> Registrar {
    Registrar { name, view: None, method: None, takes_dependencies: false }
}

const VERBS: &[(&str, &str)] =
    &[("get", "GET"), ("post", "POST"), ("put", "PUT"), ("patch", "PATCH"), ("delete", "DELETE")];

const ALL_VERBS: &[(&str, &str)] = &[
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("trace", "TRACE"),
];

const FLASK: Dialect = Dialect {
    framework: Framework::Flask,
    package: "flask",
    path: "rule",
    shortcuts: VERBS,
    others: &[registrar("route"), Registrar { view: Some(("view_func", 2)), ..registrar("add_url_rule") }],
};

const FASTAPI: Dialect = Dialect {
    framework: Framework::FastApi,
    package: "fastapi",
    path: "path",
    shortcuts: ALL_VERBS,
    others: &[
        registrar("route"),
        Registrar { method: WEBSOCKET, ..registrar("websocket_route") },
        Registrar { takes_dependencies: true, ..registrar("api_route") },
        Registrar { takes_dependencies: true, method: WEBSOCKET, ..registrar("websocket") },
        Registrar { takes_dependencies: true, view: Some(("endpoint", 1)), ..registrar("add_api_route") },
        Registrar {
            takes_dependencies: true,
            view: Some(("endpoint", 1)),
            method: WEBSOCKET,
            ..registrar("add_api_websocket_route")
        },
        Registrar { view: Some(("route", 1)), ..registrar("add_route") },
        Registrar { view: Some(("route", 1)), method: WEBSOCKET, ..registrar("add_websocket_route") },
    ],
};

impl Dialect {
    pub(crate) const ALL: &'static [Self] = &[FLASK, FASTAPI];

    pub(crate) fn of(framework: Framework) -> &'static Self {
        match framework {
            Framework::Flask => &FLASK,
            Framework::FastApi => &FASTAPI,
        }
    }

    /// Whether a call may be a route decorator of some framework.
    pub(crate) fn may_decorate(call: Call<'_>) -> bool {
        Self::find(call).is_some_and(|registrar| registrar.view.is_none())
    }

    /// Whether a call may register a view with some framework.
    pub(crate) fn may_register(call: Call<'_>) -> bool {
        Self::find(call).is_some_and(|registrar| registrar.view.is_some())
    }

    fn find(call: Call<'_>) -> Option<Registrar> {
        Self::ALL.iter().find_map(|dialect| dialect.registrar(call))
    }

    /// Whether the call is named after a method, as many calls are.
    pub(crate) fn is_shortcut(&self, call: Call<'_>) -> bool {
        call.name().is_some_and(|name| self.shortcuts.iter().any(|(shortcut, _)| *shortcut == name))
    }

    /// What a call means to this framework.
    pub(crate) fn registrar(&self, call: Call<'_>) -> Option<Registrar> {
        call.receiver()?;
        let name = call.name()?;
        if let Some((name, method)) = self.shortcuts.iter().find(|(shortcut, _)| *shortcut == name) {
            let takes_dependencies = self.framework == Framework::FastApi;
            return Some(Registrar { method: Some(method), takes_dependencies, ..registrar(name) });
        }
        self.others.iter().find(|other| other.name == name).copied()
    }
}
