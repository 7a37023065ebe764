//! What a report says an undefined name does.

use crate::outcome;

/// The end of the message for each undefined name of a module, in the order of the text.
fn consequences(text: &str) -> Vec<String> {
    let outcome = outcome("select = [\"MNT009\"]", &[("app/orders.py", text)]);
    let messages = outcome.findings.iter().map(|triaged| triaged.finding.message.as_str());
    messages.map(|message| message.split_once(": ").map_or(message, |(_, end)| end).to_owned()).collect()
}

#[test]
fn a_function_fails_when_it_gets_to_the_name() {
    let found = consequences("def show(order):\n    return shorten(order)\n");
    assert_eq!(found, ["`show` raises a NameError when it gets here."]);
}

#[test]
fn a_lambda_fails_when_it_is_called() {
    assert_eq!(
        consequences("label = lambda order: shorten(order)\n"),
        ["the lambda raises a NameError when it is called."]
    );
}

#[test]
fn a_broad_clause_hides_the_error_unless_it_raises_somewhere() {
    let module = |clause: &str| {
        format!("def show(order):\n    try:\n        return shorten(order)\n    except Exception as error:\n{clause}")
    };
    let found = consequences(&module("        return str(error)\n"));
    assert_eq!(found, ["the clause below hides the NameError every time."]);
    let found =
        consequences(&module("        if order:\n            raise ValueError from error\n        return \"\"\n"));
    assert_eq!(found, ["`show` raises a NameError when it gets here."]);
}

#[test]
fn nothing_runs_in_a_module_that_cannot_be_imported() {
    let found = consequences("@route(\"/orders\")\ndef show(order):\n    return shorten(order)\n");
    assert_eq!(
        found,
        [
            "importing the module raises a NameError.",
            "`show` will not find it here either, once the module can be imported."
        ]
    );
}

#[test]
fn names_of_python_2_are_known_to_what_only_python_2_can_run() {
    let files = |reader: &'static str| {
        [
            ("shop/reader.py", reader),
            ("shop/users.py", "def named(name):\n    return unicode(name)\n"),
            ("manage.py", "from shop import reader, users\n\nusers.named(raw_input(\"name: \"))\nreader.read()\n"),
            ("other.py", "def show(name):\n    return unicode(name)\n"),
        ]
    };
    let places = |reader| {
        let outcome = outcome("select = [\"MNT009\"]", &files(reader));
        let paths =
            outcome.findings.iter().map(|triaged| outcome.sources.file(triaged.finding.at.file).path().to_owned());
        paths.collect::<Vec<_>>()
    };
    assert_eq!(places("def read():\n    print \"waiting\"\n"), ["other.py"]);
    assert_eq!(places("def read():\n    print(\"waiting\")\n"), ["manage.py", "other.py", "shop/users.py"]);
}
