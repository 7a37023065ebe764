//! Configuration: where it is found, what it may say, which rules it leaves, and how it is refused.

use std::fs;
use std::path::PathBuf;

use backlint_engine::{Config, ConfigSource, FailOn, Overrides, SeverityWord, Status};
use backlint_finding::Severity;

use crate::{MALFORMED_COMMENT, MISPLACED_GUARD, Tree, configured, environment, outcome, shown};

/// The codes of the rules that run.
fn running(config: &str, overrides: Overrides) -> Vec<&'static str> {
    configured(config, overrides).expect("a sound configuration").rules().map(|rule| rule.code).collect()
}

fn refusal(config: &str) -> String {
    configured(config, Overrides::default()).expect_err("a refusal").to_string()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn select(selectors: &[&str]) -> Overrides {
    Overrides { select: words(selectors), ..Overrides::default() }
}

#[test]
fn everything_runs_by_default() {
    let all: Vec<&str> = backlint_rules::RULES.iter().map(|rule| rule.meta.code).collect();
    assert_eq!(running("", Overrides::default()), all);
}

#[test]
fn rules_go_by_code_prefix_and_name() {
    assert_eq!(running("select = [\"SUP001\", \"guard-outside-route\"]", Overrides::default()), ["AUTH003", "SUP001"]);
    assert_eq!(
        running("select = [\"SUP00\"]\nignore = [\"SUP002\", \"malformed-suppression\"]", Overrides::default()),
        ["SUP001", "SUP004", "SUP005"]
    );
}

#[test]
fn the_more_exact_word_decides() {
    assert_eq!(running("select = [\"SUP003\"]\nignore = [\"SUP\"]", Overrides::default()), ["SUP003"]);
    assert!(refusal("select = [\"SUP003\"]\nignore = [\"SUP003\"]").starts_with("no rule is left to run"));
}

#[test]
fn a_selection_on_the_command_line_replaces_that_of_the_file() {
    let config = "select = [\"SUP001\"]\nignore = [\"SUP002\"]";
    assert_eq!(running(config, select(&["SUP002", "SUP003"])), ["SUP002", "SUP003"]);
    let ignore = Overrides { ignore: words(&["SUP002"]), ..Overrides::default() };
    assert_eq!(running("select = [\"SUP\"]\nignore = [\"SUP001\"]", ignore), ["SUP003", "SUP004", "SUP005"]);
}

#[test]
fn an_audit_item_selects_its_rules() {
    let audit = |item: &str| Overrides { audits: words(&[item]), ..Overrides::default() };
    assert!(running("", audit("000:1")).contains(&"AUTH003"));
    assert!(!running("", audit("000:1")).contains(&"SUP001"));
    assert!(running("", audit("000")).len() >= running("", audit("000:1")).len());
    let mut both = audit("000:1");
    both.select = words(&["SUP001"]);
    assert!(running("", both).contains(&"SUP001"));
}

#[test]
fn unknown_rules_and_audits_lead_to_the_nearest() {
    assert_eq!(
        refusal("\nselect = [\n  \"SUP001\",\n  \"AUHT003\",\n]"),
        "backlint.toml:4: there is no rule, prefix or name `AUHT003`; did you mean `AUTH003`?; `backlint rules` lists all"
    );
    assert!(refusal("[severity]\nguard-outside-rout = \"low\"").contains("did you mean `guard-outside-route`?"));
    assert!(refusal("[rules.SUP01]\nx = 1").starts_with("backlint.toml:1: there is no rule"));
    assert!(refusal("[per-path.\"a\"]\nignore = [\"\"]").starts_with("backlint.toml:2: there is no rule"));
    let refused = configured("", select(&["NOSUCH"])).unwrap_err().to_string();
    assert!(refused.starts_with("--select: there is no rule"), "{refused}");
    let refused =
        configured("", Overrides { audits: words(&["002:SECURTY-001"]), ..Overrides::default() }).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("--audit: there is no audit or item `002:SECURTY-001`; did you mean `002:SECURITY-001`?")
    );
}

#[test]
fn unknown_keys_and_words_lead_to_the_nearest() {
    for (config, message) in [
        ("\nselct = []", "backlint.toml:2: `selct` is not known here; did you mean `select`?"),
        ("[guards]\nname = []", "backlint.toml:2: `name` is not known here; did you mean `names`?"),
        ("audience = \"regulr\"", "backlint.toml:1: `regulr` is not known here; did you mean `regular`?"),
        ("min-severity = \"bad\"", "backlint.toml:1: `bad` is none of note, low, medium, high, critical"),
        ("[per-path.\"a\"]\nexclude = []", "backlint.toml:2: `exclude` is not known here; known are select, ignore"),
        ("[rules.SUP001]\nlines = 1", "backlint.toml:1: [rules.SUP001]: the rule has no options; remove `lines`"),
    ] {
        assert_eq!(refusal(config), message);
    }
    assert!(refusal("select = \"SUP\"").starts_with("backlint.toml:1: invalid type: string"));
    assert!(refusal("x = 1\nselect = [").starts_with("backlint.toml:2: "));
    assert!(refusal("exclude = [\"a\", \"{b\"]").starts_with("backlint.toml:1: `{b` is no glob: "));
}

#[test]
fn rules_are_switched_by_path() {
    let files = [("app/api.py", MALFORMED_COMMENT), ("app/old/api.py", MALFORMED_COMMENT)];
    let off = outcome("[per-path.\"old/\"]\nignore = [\"SUP\"]", &files);
    assert_eq!(shown(&off), ["app/api.py:1 SUP003"]);
    let on = outcome("select = [\"SUP001\"]\n[per-path.\"app/old/*.py\"]\nselect = [\"SUP003\"]", &files);
    assert_eq!(shown(&on), ["app/old/api.py:1 SUP003"]);
    let routes = [("app/api.py", MISPLACED_GUARD), ("app/old/api.py", MISPLACED_GUARD)];
    let project_rule = outcome("select = [\"AUTH003\"]\n[per-path.\"/app/old\"]\nignore = [\"AUTH\"]", &routes);
    assert_eq!(shown(&project_rule), ["app/api.py:6 AUTH003"]);
}

#[test]
fn names_of_guards_and_open_paths_reach_the_model() {
    let home_made = "\
from flask import Flask
from gate import checked

app = Flask(__name__)

@checked
@app.post(\"/rows\")
def add():
    return {}
";
    let files = [("app/api.py", home_made)];
    assert!(shown(&outcome("select = [\"AUTH003\"]", &files)).is_empty());
    let named = outcome("select = [\"AUTH003\"]\n[guards]\nnames = [\"checked\"]", &files);
    assert_eq!(shown(&named), ["app/api.py:6 AUTH003"]);
}

#[test]
fn the_nearest_configuration_counts() {
    let tree = Tree::new(&[
        ("backlint.toml", "select = [\"SUP001\"]"),
        ("api/pyproject.toml", "[tool.backlint]\nselect = [\"SUP003\"]"),
        ("api/app/pyproject.toml", "[project]\nname = \"x\""),
        ("api/app/main.py", MALFORMED_COMMENT),
        ("main.py", MALFORMED_COMMENT),
    ]);
    assert_eq!(shown(&tree.check(&["api/app"]).unwrap().outcome), ["api/app/main.py:1 SUP003"]);
    assert!(shown(&tree.check(&["."]).unwrap().outcome).is_empty());
    assert!(shown(&tree.check(&["main.py", "api/app/main.py"]).unwrap().outcome).is_empty());
    tree.write("api/backlint.toml", b"select = [\"SUP002\"]");
    assert!(shown(&tree.check(&["api/app"]).unwrap().outcome).is_empty());
}

#[test]
fn a_configuration_is_named_or_left_out() {
    let tree = Tree::new(&[
        ("backlint.toml", "select = [\"SUP001\"]"),
        ("ci/strict.toml", "select = [\"SUP003\"]"),
        ("pyproject.toml", "[project]\nname = \"x\""),
    ]);
    let rules = |source: ConfigSource| {
        let config = Config::load(&source, &[PathBuf::from(".")], &tree.root()).map_err(|error| error.to_string())?;
        let settings = config.resolve(environment(&tree.root())).map_err(|error| error.to_string())?;
        Ok::<_, String>(settings.rules().map(|rule| rule.code).collect::<Vec<_>>())
    };
    assert_eq!(rules(ConfigSource::Nearest).unwrap(), ["SUP001"]);
    assert_eq!(rules(ConfigSource::File("ci/strict.toml".into())).unwrap(), ["SUP003"]);
    assert!(rules(ConfigSource::Isolated).unwrap().len() > 1);
    assert!(rules(ConfigSource::File("no.toml".into())).unwrap_err().starts_with("no.toml: cannot read"));
    let refused = rules(ConfigSource::File("pyproject.toml".into())).unwrap_err();
    assert!(refused.starts_with("pyproject.toml:1: this file has no table `[tool.backlint]`"), "{refused}");
    tree.write("backlint.toml", b"selct = []");
    assert!(rules(ConfigSource::Nearest).unwrap_err().starts_with("backlint.toml:1: `selct`"));
}

#[test]
fn a_manifest_of_others_is_no_configuration() {
    let tree = Tree::new(&[("main.py", MALFORMED_COMMENT), ("pyproject.toml", "{{ template }}")]);
    assert_eq!(shown(&tree.check(&["."]).unwrap().outcome), ["main.py:1 SUP003"]);
    tree.write("pyproject.toml", b"[tool.backlint]\nselct = []\n");
    assert!(tree.check(&["."]).unwrap_err().to_string().starts_with("pyproject.toml:2: `selct`"));
}

#[test]
fn the_exit_code_follows_fail_on() {
    let low = outcome("select = [\"SUP003\"]", &[("app.py", MALFORMED_COMMENT)]);
    let note = outcome("select = [\"SUP003\"]\n[severity]\nSUP003 = \"info\"", &[("app.py", MALFORMED_COMMENT)]);
    assert_eq!(note.findings[0].finding.severity, Severity::Note);
    let reached = |outcome: &backlint_finding::Outcome, word: &str| {
        let fail_on: FailOn = word.parse().unwrap();
        outcome.shown().any(|triaged| fail_on.is_reached_by(triaged.finding.severity))
    };
    assert_eq!(
        ["none", "note", "info", "low", "medium"].map(|word| reached(&low, word)),
        [false, true, true, true, false]
    );
    assert_eq!(["none", "note", "info", "low"].map(|word| reached(&note, word)), [false, true, true, false]);
    assert_eq!(configured("", Overrides::default()).unwrap().fail_on(), FailOn::Severity(Severity::Low));
    assert_eq!(configured("fail-on = \"none\"", Overrides::default()).unwrap().fail_on(), FailOn::Nothing);
    assert!("hgih".parse::<FailOn>().is_err() && "none".parse::<SeverityWord>().is_err());
}

#[test]
fn a_run_ends_as_its_findings_say() {
    let tree = Tree::new(&[("backlint.toml", "select = [\"SUP\"]"), ("main.py", MALFORMED_COMMENT)]);
    let run = tree.check(&["."]).unwrap();
    assert_eq!(run.status(FailOn::Severity(Severity::Low)), Status::Findings);
    assert_eq!(run.status(FailOn::Severity(Severity::High)).code(), 0);
    fs::write(tree.path("main.py"), "total = 0\n").unwrap();
    assert_eq!(tree.check(&["."]).unwrap().status(FailOn::Severity(Severity::Note)), Status::Clean);
}

#[test]
fn further_catalogues_are_read_beside_the_configuration() {
    let catalogue = "id = \"900\"\ntitle = \"T\"\nsummary = \"S.\"\n[[items]]\nid = \"1\"\npriority = \"P1\"\ntitle = \"T\"\n\
                     description = \"D.\"\nverdict = \"confirmed\"\nrules = [\"SUP003\"]\n";
    let tree = Tree::new(&[
        ("api/audits/900.toml", catalogue),
        ("api/backlint.toml", "[audits]\nfiles = [\"audits/900.toml\"]"),
        ("api/main.py", MALFORMED_COMMENT),
    ]);
    let run = tree.check(&["api"]).unwrap();
    let audits: Vec<String> = run.outcome.findings[0].audits.iter().map(|audit| audit.0.clone()).collect();
    assert_eq!(audits, ["900:1"]);
    tree.write("api/audits/900.toml", catalogue.replace("\"900\"", "\"000\"").as_bytes());
    let refused = tree.check(&["api"]).unwrap_err().to_string();
    assert!(refused.starts_with("api/backlint.toml:2: another audit catalogue has the id `000`"), "{refused}");
    tree.write("api/backlint.toml", b"[audits]\nfiles = [\"none.toml\"]");
    let refused = tree.check(&["api"]).unwrap_err().to_string();
    assert!(refused.starts_with("api/backlint.toml:2: cannot read the audit catalogue"), "{refused}");
}
