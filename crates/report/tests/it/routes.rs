//! The route inventory.

use backlint_finding::{GuardLink, GuardRow, GuardState, RouteEffect, RouteRow, ThrottleRow};
use backlint_report::{Color, TextOptions, render_routes_json, render_routes_markdown, render_routes_text};
use serde_json::{Value, json};

use crate::support::rendered;

fn route(method: &str, path: &str, guard: GuardState) -> RouteRow {
    RouteRow {
        methods: vec![method.to_owned()],
        path: path.to_owned(),
        file: "app/main.py".to_owned(),
        line: 8,
        registration_line: 7,
        handler: "start".to_owned(),
        framework: "flask".to_owned(),
        app: "app.main:app".to_owned(),
        guard,
        guards: Vec::new(),
        reason: None,
        throttle: None,
        effect: RouteEffect::StateChange,
        registered: true,
    }
}

fn guard(name: &str) -> GuardRow {
    GuardRow { name: name.to_owned(), kind: GuardLink::Decorator, path: "app/auth.py".to_owned(), line: 3 }
}

fn inventory() -> Vec<RouteRow> {
    let throttle = ThrottleRow { name: "limiter".to_owned(), path: "app/main.py".to_owned(), line: 6 };
    vec![
        RouteRow { app: String::new(), registered: false, ..route("GET", "/lost", GuardState::Unknown) },
        RouteRow { throttle: Some(throttle), ..route("POST", "/jobs", GuardState::Unguarded) },
        RouteRow { guards: vec![guard("login_required")], ..route("DELETE", "/jobs", GuardState::Guarded) },
        RouteRow { reason: Some("login".to_owned()), ..route("POST", "/login", GuardState::Public) },
    ]
}

#[test]
fn the_table_has_a_section_for_each_application() {
    let expected = "\
app.main:app  3 routes: 1 guarded, 1 public, 1 unguarded
  METHOD  PATH    GUARD                    THROTTLE  EFFECT        HANDLER
  POST    /jobs   unguarded                limiter   state-change  start app/main.py:8
  DELETE  /jobs   guarded: login_required  -         state-change  start app/main.py:8
  POST    /login  public: login            -         state-change  start app/main.py:8

On no application  1 route: 1 unknown
  METHOD  PATH   GUARD    THROTTLE  EFFECT        HANDLER
  GET     /lost  unknown  -         state-change  start app/main.py:8

4 routes: 1 guarded, 1 public, 1 unguarded, 1 unknown
1 unguarded route changes state
";
    assert_eq!(rendered(|out| render_routes_text(&inventory(), &TextOptions::default(), out)), expected);
}

#[test]
fn colours_do_not_move_columns() {
    let colored = TextOptions { color: Color::Always, ..TextOptions::default() };
    let colored = rendered(|out| render_routes_text(&inventory(), &colored, out));
    assert!(colored.contains("\u{1b}[31munguarded\u{1b}[0m"), "{colored}");
    let numbers = ["0", "1", "31", "32", "33", "36"];
    let plain = numbers.iter().fold(colored, |text, number| text.replace(&format!("\u{1b}[{number}m"), ""));
    assert_eq!(plain, rendered(|out| render_routes_text(&inventory(), &TextOptions::default(), out)));
}

#[test]
fn what_strangers_can_change_stands_out() {
    let colored = TextOptions { color: Color::Always, ..TextOptions::default() };
    let text = rendered(|out| render_routes_text(&inventory()[1..2], &colored, out));
    assert!(text.contains("\u{1b}[31mstate-change\u{1b}[0m"), "{text}");
    assert!(text.ends_with("\u{1b}[31m1 unguarded route changes state\u{1b}[0m\n"), "{text}");
    let markdown = rendered(|out| render_routes_markdown(&inventory()[1..2], out));
    assert!(markdown.ends_with("\n**1 unguarded route changes state**\n"), "{markdown}");
    let guarded = rendered(|out| render_routes_text(&inventory()[2..3], &colored, out));
    assert!(!guarded.contains("changes state"), "{guarded}");
}

#[test]
fn an_empty_inventory_says_so() {
    assert_eq!(rendered(|out| render_routes_text(&[], &TextOptions::default(), out)), "No routes found\n");
}

#[test]
fn json_holds_every_field_of_the_contract() {
    let text = rendered(|out| render_routes_json(&inventory()[2..3], out));
    let document: Value = serde_json::from_str(&text).expect("the output is JSON");
    let expected = json!({"version": 1, "routes": [{
        "methods": ["DELETE"], "path": "/jobs", "file": "app/main.py", "line": 8, "registration_line": 7,
        "handler": "start", "framework": "flask", "app": "app.main:app", "guard": "guarded",
        "guards": [{"name": "login_required", "kind": "decorator", "path": "app/auth.py", "line": 3}],
        "throttle": null, "effect": "state-change", "registered": true,
    }]});
    assert_eq!(document, expected);
}

#[test]
fn many_guards_are_counted_rather_than_listed() {
    let guards = ["a", "b", "c", "d", "e"].map(guard).to_vec();
    let routes = [RouteRow { guards, ..route("GET", "/", GuardState::Guarded) }];
    let text = rendered(|out| render_routes_text(&routes, &TextOptions::default(), out));
    assert!(text.contains("guarded: a, b, c, 2 more"), "{text}");
}

#[test]
fn markdown_is_a_table_of_code_spans() {
    let expected = "\
## `app.main:app`

1 route: 1 guarded

| METHOD | PATH | GUARD | THROTTLE | EFFECT | HANDLER |
| --- | --- | --- | --- | --- | --- |
| `DELETE` | `/jobs` | guarded `login_required` |  | state-change | `start` `app/main.py:8` |

1 route: 1 guarded
";
    assert_eq!(rendered(|out| render_routes_markdown(&inventory()[2..3], out)), expected);
}

#[test]
fn hostile_paths_act_in_no_output() {
    let path = "/a|b`c``<img src=x>\u{202e}\n| x |\u{1b}[31m";
    let routes = [RouteRow { path: path.to_owned(), ..route("GET", "/", GuardState::Unguarded) }];
    let markdown = rendered(|out| render_routes_markdown(&routes, out));
    assert!(markdown.contains(r"| ``` /a\|b`c``<img src=x>\u{202e}\u{a}\| x \|\u{1b}[31m ``` |"), "{markdown}");
    let text = rendered(|out| render_routes_text(&routes, &TextOptions::default(), out));
    assert!(text.contains(r"<img src=x>\u{202e}\u{a}| x |\u{1b}[31m"), "{text}");
    let json = rendered(|out| render_routes_json(&routes, out));
    let document: Value = serde_json::from_str(&json).expect("the output is JSON");
    assert_eq!(document["routes"][0]["path"], path);
    assert!(!json.contains('\u{202e}'), "{json}");
}
