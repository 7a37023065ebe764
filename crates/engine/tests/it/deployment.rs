//! Whom deployment files are for: what is told of production is kept from everyday readers where only developers run it.

use std::path::Path;

use backlint_engine::{Config, MemoryFile, Overrides, SeverityWord, analyse};
use backlint_finding::{Audience, Severity};

use crate::environment;

const APP: (&str, &str) = ("app/main.py", "from fastapi import FastAPI\n\napp = FastAPI()\n");

/// `SEVERITY path:line` of what a rule tells everyday readers.
fn told(code: &str, files: &[(&str, &str)]) -> Vec<String> {
    let overrides = Overrides {
        select: vec![code.to_owned()],
        audience: Some(Audience::Regular),
        min_severity: Some(SeverityWord(Severity::Note)),
        ..Overrides::default()
    };
    let config = Config::parse("backlint.toml", "").expect("a sound configuration").with(overrides);
    let settings = config.resolve(environment(Path::new(""))).expect("a sound configuration");
    let files = files.iter().chain([&APP]).map(|(path, text)| MemoryFile::new(*path, *text)).collect();
    let outcome = analyse(files, &settings).expect("threads");
    let found = outcome.shown().map(|triaged| {
        let source = outcome.sources.file(triaged.finding.at.file);
        let line = source.line(triaged.finding.at.span.start);
        format!("{:?} {}:{line}", triaged.finding.severity, source.path())
    });
    found.collect()
}

/// Whether everyday readers hear of a password in the database of a stack that says `head` and runs `service`.
fn counts(path: &str, head: &str, service: &str) -> bool {
    let text = format!(
        "{head}services:\n  web:\n    ports: [\"8000:8000\"]\n{service}  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: windfall\n"
    );
    !told("SEC004", &[(path, &text)]).is_empty()
}

#[test]
fn a_stack_is_for_production_unless_something_says_otherwise() {
    assert!(counts("compose.yaml", "", "    build: .\n"));
    assert!(counts("compose.yaml", "", "    build: .\n    volumes: [\"./uploads:/app/uploads\"]\n"));
    assert!(counts(
        "compose.yaml",
        "name: shop\n",
        "    image: registry.orchard.example/shop:4\n    depends_on: [db]\n"
    ));
}

#[test]
fn a_stack_tells_that_it_is_for_developers() {
    assert!(!counts("compose.dev.yaml", "", "    build: .\n"));
    assert!(!counts("loadtest/compose.yaml", "", "    build: .\n"));
    assert!(!counts("compose.yaml", "name: shop-example\n", "    build: .\n"));
    assert!(!counts("compose.yaml", "", "    build: .\n    environment: [APP_ENV=development]\n"));
    for variable in ["SPRING_PROFILES_ACTIVE=local", "ASPNETCORE_ENVIRONMENT=Development", "RAILS_ENV=test"] {
        let told = format!("    build: .\n  gateway:\n    build: gateway\n    environment: [{variable}]\n");
        assert!(!counts("compose.yaml", "", &told), "{variable}");
    }
    assert!(!counts("compose.yaml", "", "    build: .\n    env_file: .env.development\n"));
    assert!(!counts("compose.yaml", "", "    build: .\n    image: shop:dev\n"));
}

#[test]
fn what_developers_do_with_a_stack_tells_too() {
    assert!(!counts("compose.yaml", "", "    build: .\n    volumes: [\".:/srv\"]\n"));
    assert!(!counts("compose.yaml", "", "    build: .\n    command: uvicorn app.main:app --reload\n"));
    let page = "  page:\n    build: ./page\n    command: npm run dev\n";
    assert!(!counts("compose.yaml", "", &format!("    build: .\n{page}")));
    let page = "  page:\n    build: ./page\n    volumes: [\"./page:/srv\"]\n";
    assert!(!counts("compose.yaml", "", &format!("    build: .\n{page}")));
}

#[test]
fn a_word_for_production_outweighs_that() {
    let mounted = "    build: .\n    volumes: [\".:/srv\"]\n";
    assert!(counts("compose.prod.yaml", "", mounted));
    assert!(counts("compose.yaml", "", &format!("{mounted}    environment: {{APP_ENV: production}}\n")));
    let page = "  page:\n    build: ./page\n    restart: always\n    volumes: [\"./page:/srv\"]\n";
    assert!(counts("compose.yaml", "", &format!("    build: .\n{page}")), "what is restarted is not watched");
}

#[test]
fn stores_alone_serve_a_program_on_the_host() {
    let store = "services:\n  db:\n    image: postgres:16\n    ports: [\"5432:5432\"]\n    environment:\n      POSTGRES_PASSWORD: windfall\n";
    let with = |more: &str| told("SEC010", &[("compose.yaml", &format!("{store}{more}"))]);
    assert!(with("").is_empty());
    assert!(with("  view:\n    image: dpage/pgadmin4\n    ports: [\"5050:80\"]\n    depends_on: [db]\n").is_empty());
    let found = ["Medium compose.yaml:4"];
    assert_eq!(with("  web:\n    image: shop:4\n    ports: [\"80:80\"]\n    environment: [DB_HOST=db]\n"), found);
    assert_eq!(with("  gate:\n    image: nginx:1.27\n    ports: [\"80:80\"]\n"), found);
    assert_eq!(with("networks:\n  default:\n    external: true\n"), found);
}

#[test]
fn a_url_is_as_exposed_as_the_store_it_leads_to() {
    let stack = |ports: &str| {
        let text = format!(
            "services:\n  web:\n    build: .\n    environment:\n      DATABASE_URL: postgresql://shop:windfall@db/shop\n  db:\n    image: postgres:16\n{ports}"
        );
        told("SEC004", &[("compose.yaml", &text)])
    };
    assert_eq!(stack(""), ["Low compose.yaml:5"]);
    assert_eq!(stack("    ports: [\"127.0.0.1:5432:5432\"]\n"), ["Low compose.yaml:5"]);
    assert_eq!(stack("    ports: [\"5432:5432\"]\n"), ["Medium compose.yaml:5"]);
    assert_eq!(stack("    labels: [traefik.enable=true]\n"), ["Medium compose.yaml:5"]);
}

/// What is told of an image that starts a watching server, beside these other files.
fn image(files: &[(&str, &str)]) -> Vec<String> {
    let dockerfile = "FROM python:3.12-slim\nCMD [\"uvicorn\", \"app.main:app\", \"--reload\"]\n";
    let mut all = vec![("web/Dockerfile", dockerfile)];
    all.extend(files);
    told("CFG006", &all)
}

#[test]
fn an_image_is_for_those_who_run_it() {
    let own = "services:\n  web:\n    build: web\n    volumes: [\"./web:/srv\"]\n";
    let released = "jobs:\n  release:\n    steps:\n      - run: docker build -t shop web\n";
    let found = ["Medium web/Dockerfile:2"];
    assert_eq!(image(&[]), found);
    assert_eq!(image(&[("compose.yaml", own)]), [""; 0]);
    assert_eq!(image(&[("compose.yaml", own), (".github/workflows/release.yml", released)]), found);
    assert_eq!(image(&[("compose.yaml", own), ("web/fly.toml", "app = \"shop\"\n")]), found);
    let production = "services:\n  web:\n    build: {context: ./web}\n";
    assert_eq!(image(&[("compose.dev.yaml", own), ("compose.yaml", production)]), found);
    let replaced = "services:\n  web:\n    build: web\n    command: gunicorn app.main:app\n";
    assert_eq!(image(&[("compose.dev.yaml", own), ("compose.yaml", replaced)]), [""; 0]);
}

#[test]
fn a_stack_that_replaces_the_command_says_nothing_of_it() {
    let own = "services:\n  web:\n    build: web\n    command: uvicorn app.main:app --reload\n    volumes: [\"./web:/srv\"]\n";
    assert_eq!(image(&[("compose.yaml", own)]), ["Medium web/Dockerfile:2"]);
}

#[test]
fn a_file_that_another_server_imports_is_run_by_hand_only() {
    let text =
        "from flask import Flask\n\napp = Flask(__name__)\n\nif __name__ == \"__main__\":\n    app.run(debug=True)\n";
    let debug = |command: &str| told("CFG010", &[("run.py", text), ("Procfile", command)]);
    assert!(debug("web: gunicorn run:app\n").is_empty());
    assert_eq!(debug("web: gunicorn other:app\n"), ["High run.py:6"]);
    assert_eq!(debug("web: gunicorn run:app\nold: python run.py\n"), ["High run.py:6"]);
}
