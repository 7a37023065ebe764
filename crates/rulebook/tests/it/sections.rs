//! Problems of sections and fences.

use crate::check;

#[test]
fn a_missing_section_is_told_where_it_belongs() {
    check("## What fires\nA route that removes a row.\n", "", &["17: the section `## What fires` is missing here"]);
}

#[test]
fn a_missing_last_section_is_told_at_the_end() {
    let examples = &crate::PAGE[crate::PAGE.find("## Examples").unwrap()..];
    check(examples, "", &["26: the section `## Examples` is missing here"]);
}

#[test]
fn a_misspelt_heading_is_told_with_the_nearest_known_one() {
    check(
        "## How to fix",
        "## How to fixx",
        &[
            "21: unknown section `## How to fixx`; did you mean `How to fix`?",
            "23: the section `## How to fix` is missing here",
        ],
    );
}

#[test]
fn sections_stand_in_order() {
    check(
        "## What fires\nA route that removes a row.\n## What does not\n",
        "## What does not\nIt.\n## What fires\n",
        &["19: the section `## What fires` belongs before `## What does not`"],
    );
}

#[test]
fn a_section_stands_once() {
    check("## Limits", "## Limits\nNone.\n## Limits", &["27: the section `## Limits` occurs twice; merge the two"]);
}

#[test]
fn a_section_says_something() {
    check("Add the guard.", "", &["21: the section `## How to fix` is empty"]);
}

#[test]
fn a_fence_alone_fills_a_section() {
    check("Add the guard.", "```python\nguard()\n```", &[]);
}

#[test]
fn text_before_the_first_section_is_refused() {
    check(
        "## What it does",
        "\n# Title\n## What it does",
        &["14: text before the first section; move it below a heading"],
    );
}

#[test]
fn headings_inside_fences_are_text() {
    check("Add the guard.", "```markdown\n## Guards\n```", &[]);
    check("Add the guard.", "~~~ markdown\n```\n## Guards\n```\n~~~", &[]);
}

const UNCLOSED: &str = "this fence is not closed; a fence around other fences needs more backticks than they have";

#[test]
fn a_fence_that_is_not_closed_hides_no_other_problem() {
    check("Add the guard.", "```python\nguard()\n", &[&format!("22: {UNCLOSED}")]);
    check("def remove(): ...\n```\nWith a guard:", "def remove(): ...\nWith a guard:", &[&format!("28: {UNCLOSED}")]);
    check(
        "Add the guard.\n## When to suppress\nA gateway guards it.",
        "```python\nguard()\n## When to suppress",
        &[&format!("22: {UNCLOSED}"), "24: the section `## When to suppress` is empty"],
    );
}

#[test]
fn a_fence_that_is_open_at_the_end_is_told() {
    let good = "dependencies=[Depends(user)])\ndef remove(): ...\n```\n";
    check(good, "dependencies=[Depends(user)])\n", &[&format!("33: {UNCLOSED}")]);
}

#[test]
fn code_in_a_sentence_opens_no_fence() {
    check("Add the guard.", "```guard()``` does it.\n\n    ```\n    indented", &[]);
}
