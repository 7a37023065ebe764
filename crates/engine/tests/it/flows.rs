//! Values of clients: each kind of harm, at the end of each kind of way, is reported with the whole way; and is not once
//! the value has been made harmless, where it comes in or where it is used.

use std::fmt::Write as _;
use std::path::Path;

use backlint_engine::{Config, MemoryFile, Overrides, analyse};
use backlint_finding::{Audience, Finding, Outcome, Severity};
use backlint_source::Location;
use serde::Deserialize;

use super::environment;

/// Something that does harm with the variable `value`.
struct Harm {
    code: &'static str,
    /// The annotation of the handler's parameter `value`.
    sent: &'static str,
    imports: &'static str,
    line: &'static str,
    /// What the data files call it.
    hazard: &'static str,
    /// Statements after which `value` is harmless.
    cures: &'static [&'static str],
    /// A step of its own after those of the way.
    step: Option<&'static str>,
}

/// A program with the places `IMPORTS`, `HERE` (the value has come in), `THERE` and `HARM` (it is used).
struct Way {
    name: &'static str,
    /// Whether only texts can go it: columns and sessions keep no uploads.
    is_for_texts: bool,
    program: &'static str,
    /// What the steps between the first and the last say.
    steps: &'static [&'static str],
}

const HARMS: &[Harm] = &[
    Harm {
        sent: "str",
        code: "FILE001",
        imports: "import os\nfrom pathlib import Path\nfrom werkzeug.utils import secure_filename\nROOT = Path('/srv')",
        line: "open(value).read()",
        hazard: "path",
        step: None,
        cures: &[
            "value = secure_filename(value)",
            "value = os.path.basename(value)",
            "if not Path(value).resolve().is_relative_to(ROOT):\n    raise ValueError",
            "if '..' in value or '/' in value:\n    raise ValueError",
        ],
    },
    Harm {
        sent: "str",
        code: "NET002",
        imports: "import requests\nfrom urllib.parse import quote, urlparse",
        line: "requests.get(value, timeout=9)",
        hazard: "url",
        step: None,
        cures: &[
            "value = f'https://api.example.com/{quote(value)}'",
            "if urlparse(value).hostname not in ALLOWED:\n    raise ValueError",
        ],
    },
    Harm {
        sent: "str",
        code: "NET004",
        imports: "from fastapi.responses import RedirectResponse",
        line: "answer = RedirectResponse(value)",
        hazard: "redirect",
        step: None,
        cures: &[
            "value = '/users/' + value",
            "if not value.startswith('/') or value.startswith('//'):\n    raise ValueError",
        ],
    },
    Harm {
        sent: "str",
        code: "DB019",
        imports: "from sqlalchemy import text",
        line: "query = text(\"SELECT * FROM rows WHERE name = '\" + value + \"'\")",
        hazard: "sql",
        step: None,
        cures: &[],
    },
    Harm {
        sent: "str",
        code: "PROC003",
        imports: "import os\nimport shlex",
        line: "os.system('convert ' + value)",
        hazard: "command",
        step: None,
        cures: &["value = shlex.quote(value)"],
    },
    Harm { sent: "str", code: "PROC004", imports: "", line: "eval(value)", hazard: "code", cures: &[], step: None },
    Harm {
        sent: "str",
        code: "SEC011",
        imports: "import html\nfrom markupsafe import Markup, escape",
        line: "shown = Markup('<b>' + value + '</b>')",
        hazard: "html",
        step: None,
        cures: &["value = html.escape(value)", "value = escape(value)"],
    },
    Harm {
        sent: "str",
        code: "PROC003",
        imports: "import subprocess",
        line: "subprocess.run(['convert', value, 'out.png'], timeout=9)",
        hazard: "argument",
        cures: &["if value.startswith('-'):\n    raise ValueError"],
        step: None,
    },
    Harm {
        sent: "str",
        code: "PROC004",
        imports: "from flask import render_template_string",
        line: "shown = render_template_string('<b>' + value + '</b>')",
        hazard: "template",
        cures: &[],
        step: None,
    },
    Harm {
        sent: "str",
        code: "NET003",
        imports: "import requests",
        line: "page = requests.get(value, timeout=9).text",
        hazard: "download",
        cures: &["value = f'https://api.example.com/{value}'"],
        step: Some("the host that it names answers"),
    },
    Harm {
        sent: UPLOAD,
        code: "FILE004",
        imports: "from uuid import uuid4\nfrom fastapi import UploadFile\nfrom PIL import Image",
        line: "open(f'/srv/{uuid4()}', 'wb').write(value.file.read())",
        hazard: "content",
        cures: &["Image.open(value.file)", "if value.content_type not in ALLOWED:\n    raise ValueError"],
        step: None,
    },
    Harm {
        sent: UPLOAD,
        code: "FILE005",
        imports: "import os\nfrom fastapi import UploadFile\nfrom werkzeug.utils import secure_filename",
        line: "open('/srv/' + value.filename, 'wb').write(b'')",
        hazard: "file-name",
        cures: &[
            "value.filename = secure_filename(value.filename)",
            "value.filename = os.path.basename(value.filename)",
            "if value.filename not in ALLOWED:\n    raise ValueError",
        ],
        step: None,
    },
];

const UPLOAD: &str = "UploadFile";

/// What makes a value harmless anywhere.
const CURES: &[&str] = &[
    "value = int(value)",
    "if value not in ALLOWED:\n    raise ValueError",
    "if value != 'fixed':\n    raise ValueError",
];

const WAYS: &[Way] = &[
    Way {
        name: "in the same function",
        is_for_texts: false,
        program: "\
#- app/main.py
from fastapi import FastAPI
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()

@app.get('/go')
def go(value: str):
    HERE
    THERE
    HARM
    return {}
",
        steps: &[],
    },
    Way {
        name: "through a helper",
        is_for_texts: false,
        program: "\
#- app/main.py
from fastapi import FastAPI
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()

def use(value):
    THERE
    HARM

@app.get('/go')
def go(value: str):
    HERE
    use(value)
    return {}
",
        steps: &["`use` as `value`"],
    },
    Way {
        name: "through another file",
        is_for_texts: false,
        program: "\
#- app/work.py
IMPORTS
ALLOWED = ('a', 'b')

def pass_on(wrapped):
    use(wrapped['inner'])

def use(value):
    THERE
    HARM
#- app/main.py
from fastapi import FastAPI
from app import work
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()

@app.get('/go')
def go(value: str):
    HERE
    work.pass_on({'inner': value})
    return {}
",
        steps: &["`pass_on` as `wrapped`", "`use` as `value`"],
    },
    Way {
        name: "through a method of an injected service",
        is_for_texts: false,
        program: "\
#- app/services.py
IMPORTS
ALLOWED = ('a', 'b')

class Service:
    def use(self, value):
        THERE
        HARM
#- app/main.py
from typing import Annotated
from fastapi import Depends, FastAPI
from app.services import Service
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()

@app.get('/go')
def go(value: str, service: Annotated[Service, Depends()]):
    HERE
    service.use(value)
    return {}
",
        steps: &["`Service.use` as `value`"],
    },
    Way {
        name: "through a task",
        is_for_texts: false,
        program: "\
#- app/tasks.py
from celery import shared_task
IMPORTS
ALLOWED = ('a', 'b')

@shared_task
def use(value):
    THERE
    HARM
#- app/main.py
from fastapi import FastAPI
from app.tasks import use
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()

@app.get('/go')
def go(value: str):
    HERE
    use.delay(value)
    return {}
",
        steps: &["`use` as `value`"],
    },
    Way {
        name: "through a tuple that a function returns",
        is_for_texts: false,
        program: "\
#- app/main.py
from fastapi import FastAPI
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()

def pick(value):
    HERE
    return 1, value

@app.get('/go')
def go(value: str):
    number, value = pick(value)
    THERE
    HARM
    return {}
",
        steps: &["`pick` returns it"],
    },
    Way {
        name: "through an attribute of an object",
        is_for_texts: false,
        program: "\
#- app/main.py
from fastapi import FastAPI
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()

class Order:
    def __init__(self, text):
        self.text = text

def use(order):
    value = order.text
    THERE
    HARM

@app.get('/go')
def go(value: str):
    HERE
    use(Order(value))
    return {}
",
        steps: &["`Order.__init__` returns it", "`use` as `order`"],
    },
    Way {
        name: "through a column that a task reads",
        is_for_texts: true,
        program: "\
#- app/models.py
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base
Base = declarative_base()

class Order(Base):
    __tablename__ = 'orders'
    id = Column(Integer, primary_key=True)
    note = Column(String)
#- app/tasks.py
from celery import shared_task
from app.models import Order
IMPORTS
ALLOWED = ('a', 'b')

@shared_task
def work(order_id, session):
    order = session.get(Order, order_id)
    value = order.note
    THERE
    HARM
#- app/main.py
from fastapi import FastAPI
from app.models import Order
from app.tasks import work
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()

@app.post('/orders')
def go(value: str, session):
    HERE
    order = Order(note=value)
    session.add(order)
    session.commit()
    work.delay(order.id, session)
    return {}
",
        steps: &["it is stored in `Order.note`", "it is read from `Order.note`"],
    },
    Way {
        name: "through a column and a helper",
        is_for_texts: true,
        program: "\
#- app/models.py
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = 'orders'
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str | None]
#- app/main.py
from fastapi import FastAPI
from sqlalchemy import select
from app.models import Order
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()

def write(session, order, text):
    order.note = text
    session.commit()

@app.post('/orders')
def go(value: str, session):
    HERE
    order = session.scalars(select(Order)).one()
    write(session, Order(), value)
    setattr(order, 'note', value)
    return {}

def use(order):
    value = order.note
    THERE
    HARM

@app.get('/orders')
def read(session):
    for order in session.scalars(select(Order)).all():
        use(order)
    return {}
",
        steps: &["it is stored in `Order.note`", "it is read from `Order.note`", "`use` as `order`"],
    },
    Way {
        name: "through a column of many rows at once",
        is_for_texts: true,
        program: "\
#- app/main.py
from fastapi import FastAPI
from sqlalchemy import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = 'orders'
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str | None]

@app.post('/orders')
def go(value: str, session):
    HERE
    session.execute(insert(Order), [{'note': value}, {'note': 'none'}])
    return {}

@app.get('/orders/{number}')
def read(number: int, session):
    value = session.get(Order, number).note
    THERE
    HARM
    return {}
",
        steps: &["it is stored in `Order.note`", "it is read from `Order.note`"],
    },
    Way {
        name: "through a column of the user who is logged in",
        is_for_texts: true,
        program: "\
#- app/main.py
from fastapi import FastAPI
from flask import Blueprint
from flask_login import UserMixin, current_user
from flask_sqlalchemy import SQLAlchemy
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()
db = SQLAlchemy()
pages = Blueprint('pages', __name__)

class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    note = db.Column(db.String(80))

@app.post('/note')
def go(value: str, user: User):
    HERE
    user.note = value
    db.session.commit()
    return {}

@pages.get('/note')
def read():
    value = current_user.note
    THERE
    HARM
    return {}
",
        steps: &["it is stored in `User.note`", "it is read from `User.note`"],
    },
    Way {
        name: "through the session of a client",
        is_for_texts: true,
        program: "\
#- app/main.py
from fastapi import FastAPI, Request
IMPORTS
ALLOWED = ('a', 'b')
app = FastAPI()

@app.get('/start')
def go(value: str, request: Request):
    HERE
    request.session['kept'] = value
    return {}

@app.get('/back')
def back(request: Request):
    value = request.session.pop('kept', None)
    THERE
    HARM
    return {}
",
        steps: &["it is stored as `kept` in the session", "it is read as `kept` from the session"],
    },
];

#[test]
fn every_harm_is_found_at_the_end_of_every_way() {
    let mut faults = String::new();
    for (harm, way) in pairs() {
        let outcome = run(harm, way, "", ("pass", "pass"));
        let found: Vec<&Finding> = findings(&outcome, harm);
        let [finding] = found[..] else {
            writeln!(faults, "{} {}: {} findings", harm.code, way.name, found.len()).expect("a text");
            continue;
        };
        if let Some(fault) = fault(&outcome, finding, harm, way) {
            writeln!(faults, "{} {}: {fault}", harm.code, way.name).expect("a text");
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn no_harm_is_left_once_a_value_was_cured_on_any_way() {
    let mut faults = String::new();
    for (harm, way) in pairs() {
        for cure in harm.cures.iter().chain(CURES) {
            faults.push_str(&survivals(harm, way, "", cure));
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// The sanitisers that the model knows.
#[derive(Deserialize)]
struct Sanitisers {
    returns: Vec<Sanitiser>,
    converters: Converters,
}

/// Functions whose results do some harm no more.
#[derive(Deserialize)]
struct Sanitiser {
    safe: Vec<String>,
    paths: Vec<String>,
}

/// Functions that return for harmless values only.
#[derive(Deserialize)]
struct Converters {
    paths: Vec<String>,
}

#[test]
fn no_harm_is_left_behind_any_sanitiser_on_any_way() {
    let sanitisers: Sanitisers =
        toml::from_str(include_str!("../../../model/data/flow/sanitisers.toml")).expect("a sound table");
    let mut faults = String::new();
    for (harm, way) in pairs() {
        let fitting = sanitisers.returns.iter().filter(|row| row.safe.iter().any(|safe| safe == harm.hazard));
        for path in fitting.flat_map(|row| &row.paths).chain(&sanitisers.converters.paths) {
            let import = path.rsplit_once('.').map(|(module, _)| format!("import {module}")).unwrap_or_default();
            faults.push_str(&survivals(harm, way, &import, &format!("value = {path}(value)")));
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn an_upload_is_graver_where_its_folder_is_served() {
    const PROGRAM: &str = "\
#- app/main.py
from uuid import uuid4
from fastapi import FastAPI, UploadFile
from fastapi.staticfiles import StaticFiles
UPLOADS = '/srv/uploads'
LOGOS = '/srv/logos'
app = FastAPI()
app.mount('/files', StaticFiles(directory=FOLDER))

@app.post('/scans')
def scan(file: UploadFile):
    with open(f'{UPLOADS}/{uuid4()}', 'wb') as out:
        out.write(file.file.read())
    return {}
";
    for (folder, expected) in [("UPLOADS", Severity::High), ("LOGOS", Severity::Medium)] {
        let outcome = checked(&PROGRAM.replace("FOLDER", folder), "FILE004");
        let severities: Vec<Severity> = outcome.shown().map(|triaged| triaged.finding.severity).collect();
        assert_eq!(severities, [expected], "{folder}");
    }
}

#[test]
fn places_of_a_tuple_are_told_apart() {
    const PROGRAM: &str = "\
#- app/main.py
from fastapi import FastAPI, Query
from sqlalchemy import text
app = FastAPI()

def pick(value):
    return 'fixed', value

@app.get('/go')
def go(value: list[str] = Query(None), other: str = ''):
    LOOP
        query = text('SELECT * FROM rows WHERE ' + USED)
    return {}
";
    let loops = [
        "for first, second in enumerate(value):",
        "for first, second in [('a', other), ('b', other)]:",
        "for first, second in (('a', other), ('b', other)):",
        "for first, second in [('a', name) for name in value]:",
        "for first, second in {'a': other, 'b': other}.items():",
        "first, second = pick(other)\n    if first:",
        "both = pick(other)\n    first, second = both[0], both[1]\n    if first:",
    ];
    for code in loops {
        for (used, expected) in [("str(first)", 0), ("str(second)", 1)] {
            let outcome = checked(&PROGRAM.replace("LOOP", code).replace("USED", used), "DB019");
            assert_eq!(outcome.shown().count(), expected, "{used} in `{code}`");
        }
    }
}

#[test]
fn keys_of_a_dict_are_told_from_its_values() {
    const PROGRAM: &str = "\
#- app/main.py
from flask import Flask, request
from app.db import get_connection
app = Flask(__name__)
ALLOWED = ('name', 'mail')

def joined(**fields):
    return ', '.join(f'{k} = %s' for k in fields)

@app.put('/go')
def go():
    data = request.get_json()
    MADE
    columns = USED
    cursor = get_connection().cursor()
    cursor.execute('UPDATE users SET ' + columns)
    return {}
";
    const CHOSEN_BY_THE_PROGRAM: &[&str] = &[
        "made = {'name': data['name'], **{'mail': data['mail']}}",
        "made = {k: data[k] for k in ALLOWED if k in data}",
        "made = {k: v for k, v in data.items() if k in ALLOWED}",
        "made = {}\n    made['name'] = data.get('name')",
        "made = {}\n    for k in ALLOWED:\n        if k in data:\n            made[k] = data[k]",
        "made = {}\n    for k, v in data.items():\n        if k in ALLOWED:\n            made[k] = v",
        "made = dict(name=data['name'])",
        "made = dict(zip(ALLOWED, data['values']))",
        "made = dict([('name', data['name'])])",
        "made = {'name': data['name']}\n    made.update(mail=data['mail'])\n    made.update({'age': data['age']})",
        "made = {'name': data['name']} | {'mail': data['mail']}",
    ];
    const CHOSEN_BY_THE_CLIENT: &[&str] = &[
        "made = data",
        "made = dict(data)",
        "made = {**data}",
        "made = {k: v for k, v in data.items()}",
        "made = {k: 1 for k in data}",
        "made = {}\n    for k, v in data.items():\n        made[k] = v",
        "made = {data['column']: 1}",
        "made = {'name': data['name']}\n    made.update(data)",
        "made = {'name': data['name']} | data",
        "made = dict(zip(data['names'], ALLOWED))",
    ];
    const KEYS: &[&str] = &[
        "', '.join(made)",
        "', '.join(made.keys())",
        "', '.join(sorted(made.keys()))",
        "', '.join(list(made))",
        "', '.join([f'{k} = %s' for k in made])",
        "', '.join(f'{k} = %s' for k, v in made.items())",
        "', '.join(f'{pair[0]} = %s' for pair in sorted(made.items(), key=len))",
        "joined(**made)",
    ];
    const VALUES: &[&str] =
        &["', '.join(made.values())", "', '.join(v for _, v in made.items())", "', '.join(made[k] for k in made)"];
    let is_found = |made: &str, used: &str| {
        let outcome = checked(&PROGRAM.replace("MADE", made).replace("USED", used), "DB019");
        outcome.shown().next().is_some()
    };
    let mut faults = String::new();
    for (all, used, expected) in [
        (CHOSEN_BY_THE_PROGRAM, KEYS, false),
        (CHOSEN_BY_THE_CLIENT, KEYS, true),
        (&CHOSEN_BY_THE_PROGRAM[..2], VALUES, true),
    ] {
        for (made, used) in all.iter().flat_map(|made| used.iter().map(move |used| (made, used))) {
            if is_found(made, used) != expected {
                writeln!(faults, "{used} of `{made}`").expect("a text");
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn dicts_in_lists_keep_their_values() {
    const PROGRAM: &str = "\
#- app/main.py
from flask import Flask, request
from sqlalchemy import text
app = Flask(__name__)

def each(*rows):
    return [text('SELECT ' + row['name']) for row in rows]

@app.put('/go')
def go():
    name = request.args['name']
    MADE
    return {}
";
    let programs = [
        "for row in [{'name': name}]:\n        text('SELECT ' + row['name'])",
        "rows = []\n    rows.append({'name': name})\n    for row in rows:\n        text('SELECT ' + row['name'])",
        "rows = [{'name': n} for n in [name]]\n    text('SELECT ' + rows[0]['name'])",
        "more = [*[{'name': name}], {}]\n    for row in more:\n        text('SELECT ' + row['name'])",
        "each({'name': name})",
        "each(*[{'name': name}])",
    ];
    for made in programs {
        let found = checked(&PROGRAM.replace("MADE", made), "DB019").shown().count();
        assert_eq!(found, 1, "`{made}`");
    }
}

#[test]
fn a_marker_says_what_hands_a_list_in() {
    const PROGRAM: &str = "\
#- app/main.py
from typing import Annotated
from fastapi import FastAPI, Form, Query
from sqlalchemy import text
app = FastAPI()

@app.post('/go')
def go(PARAM):
    query = text('SELECT * FROM rows ORDER BY ' + value[0])
    return {}
";
    let cases = [
        ("value: list[str] = Query(None)", "the query string"),
        ("value: Annotated[list[str], Query()]", "the query string"),
        ("value: Annotated[list[str], Form()]", "the form"),
        ("value: list[str]", "the request body"),
    ];
    for (param, expected) in cases {
        let outcome = checked(&PROGRAM.replace("PARAM", param), "DB019");
        let messages: Vec<&str> = outcome.shown().map(|triaged| triaged.finding.message.as_str()).collect();
        assert_eq!(messages, [format!("`value` from {expected} becomes part of the SQL text")], "{param}");
    }
}

/// Where a cure does not help: where the value comes in, or where it is used.
fn survivals(harm: &Harm, way: &Way, import: &str, cure: &str) -> String {
    let mut faults = String::new();
    for (places, place) in [((cure, "pass"), "comes in"), (("pass", cure), "is used")] {
        let outcome = run(harm, way, import, places);
        if !findings(&outcome, harm).is_empty() {
            writeln!(faults, "{} {}: `{cure}` where it {place}", harm.code, way.name).expect("a text");
        }
    }
    faults
}

fn pairs() -> impl Iterator<Item = (&'static Harm, &'static Way)> {
    let ways = |harm: &'static Harm| WAYS.iter().filter(|way| harm.sent != UPLOAD || !way.is_for_texts);
    HARMS.iter().flat_map(move |harm| ways(harm).map(move |way| (harm, way)))
}

fn run(harm: &Harm, way: &Way, import: &str, (here, there): (&str, &str)) -> Outcome {
    let imports = format!("{import}\n{}", harm.imports);
    let places = [("IMPORTS", imports.as_str()), ("HERE", here), ("THERE", there), ("HARM", harm.line)];
    let mut program = String::new();
    let program_of_way = way.program.replace("value: str", &format!("value: {}", harm.sent));
    for line in program_of_way.lines() {
        let text = line.trim_start();
        let indent = &line[..line.len() - text.len()];
        let filled = places.iter().find(|(place, _)| *place == text).map_or(text, |(_, filled)| filled);
        for line in filled.lines() {
            writeln!(program, "{indent}{line}").expect("a text");
        }
    }
    checked(&program, harm.code)
}

/// Runs one rule over the files of a program.
fn checked(program: &str, code: &str) -> Outcome {
    let files = program.split("#- ").filter_map(|file| file.split_once('\n'));
    let files = files.map(|(path, text)| MemoryFile::new(path, text)).collect();
    // To be sent where a stored link leads is told to those only who ask for more.
    let audience = Some(if code == "NET004" { Audience::Pedantic } else { Audience::Regular });
    let overrides = Overrides { select: vec![code.to_owned()], audience, ..Overrides::default() };
    let config = Config::parse("backlint.toml", "").expect("nothing is sound");
    let settings = config.with(overrides).resolve(environment(Path::new(""))).expect("sound settings");
    analyse(files, &settings).expect("threads")
}

fn findings<'o>(outcome: &'o Outcome, harm: &Harm) -> Vec<&'o Finding> {
    let shown = outcome.shown().map(|triaged| &triaged.finding);
    shown.filter(|finding| finding.rule.code == harm.code).collect()
}

/// What is wrong with the way that a finding tells: it starts where the value comes in, says each step, and ends at the harm.
fn fault(outcome: &Outcome, finding: &Finding, harm: &Harm, way: &Way) -> Option<String> {
    let text = |location: &Location| {
        let source = outcome.sources.file(location.file);
        let line = source.line(location.span.start);
        source.lines().line_span(source.text(), line).of(source.text()).trim().to_owned()
    };
    let [first, inner @ .., last] = finding.flow.as_slice() else { return Some("the way is missing".to_owned()) };
    if !text(&first.at).starts_with("def go(value") {
        return Some(format!("the way starts at `{}`", text(&first.at)));
    }
    // What takes an upload is where it should have been looked at.
    let is_in_place = harm.hazard == "content" || text(&finding.at) == harm.line;
    if text(&last.at) != harm.line || !is_in_place {
        return Some(format!("the way ends at `{}`", text(&last.at)));
    }
    let steps: Vec<&str> = way.steps.iter().copied().chain(harm.step).collect();
    let says_all =
        inner.len() == steps.len() && inner.iter().zip(&steps).all(|(step, expected)| step.message.contains(expected));
    let said: Vec<&str> = inner.iter().map(|step| step.message.as_str()).collect();
    (!says_all).then(|| format!("the way says {said:?}"))
}
