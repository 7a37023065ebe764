//! What users say of guards and paths in their configuration.

use super::{expect, expect_with};

const PROJECT: &str = "
from flask import Flask
from somewhere import gate_keeper, require_flag
app = Flask(__name__)

@app.post('/a')  # is: A
@gate_keeper
def a(): pass

@app.post('/b')  # is: B
@require_flag
def b(): pass

@app.post('/c/d')  # is: C
def c(): pass
";

fn project(a: &str, b: &str, c: &str) -> String {
    PROJECT
        .replace("is: A", &format!("is: {a}"))
        .replace("is: B", &format!("is: {b}"))
        .replace("is: C", &format!("is: {c}"))
}

#[test]
fn names_and_paths() {
    expect(&project("unguarded", "unknown", "unguarded"));
    expect_with(
        "[guards]\nnames = [\"gate_keeper\"]\nnot = [\"require_flag\"]\n[public]\n\"/c/*\" = \"a catalogue\"\n",
        &project("guarded", "unguarded", "public"),
    );
}
