//! The words of the output formats.

use backlint_report::Format;

#[test]
fn every_format_is_found_by_its_word() {
    for &format in Format::ALL {
        assert_eq!(format.word().parse(), Ok(format));
        assert_eq!(format.to_string(), format.word());
    }
}

#[test]
fn an_unknown_word_is_answered_with_the_known_ones() {
    let error = "html".parse::<Format>().expect_err("there is no such format");
    assert_eq!(error.to_string(), "`html` is none of text, json, jsonl, sarif, github");
}
