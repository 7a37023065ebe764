//! The report for people.

use backlint_report::{Detail, TextOptions, render_text};

use crate::support::{full_outcome, rendered};

fn text(outcome: &backlint_finding::Outcome, options: TextOptions) -> String {
    rendered(|out| render_text(outcome, &options, out))
}

#[test]
fn a_finding_shows_frames_labels_and_help() {
    let text = text(&full_outcome(), TextOptions { detail: Detail::Verbose, statistics: true, ..TextOptions::default() });
    println!("{text}");
    panic!();
}
