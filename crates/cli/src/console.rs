//! Everything the program says: on standard output, on standard error, into files.

use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Error, Result};
use backlint_report::Color;

use crate::NOT_DONE;
use crate::arguments::ColorWhen;

/// Writes to standard output. A reader that has gone has read what it wanted.
pub(crate) fn print(text: &[u8]) -> Result<()> {
    let mut output = io::stdout().lock();
    let written = output.write_all(text).and_then(|()| output.flush());
    unless_closed(written).context("cannot write to standard output")
}

/// Writes a line to standard error, where nobody can be told of a failure.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes a report to a file, making the folder it lies in.
pub(crate) fn write_file(path: &Path, text: &[u8]) -> Result<()> {
    let failed = || format!("cannot write the report to {}; name another file with --output", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(failed)?;
    }
    fs::write(path, text).with_context(failed)
}

/// Says why the job was not done: the error and its causes, unless it names them itself.
pub(crate) fn complain(error: &Error) {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    note(&format!("error: {message}"));
}

/// Prints help or version when that was asked for, and otherwise what is wrong with the arguments.
pub(crate) fn explain_usage(refusal: &clap::Error) -> ExitCode {
    match unless_closed(refusal.print()) {
        Ok(()) if !refusal.use_stderr() => ExitCode::SUCCESS,
        _ => ExitCode::from(NOT_DONE),
    }
}

/// Whether text on standard output is coloured.
pub(crate) fn color(when: ColorWhen) -> Color {
    let is_unwanted = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match when {
        ColorWhen::Always => Color::Always,
        ColorWhen::Auto if !is_unwanted() && io::stdout().is_terminal() => Color::Always,
        ColorWhen::Auto | ColorWhen::Never => Color::Never,
    }
}

/// Keeps panics off standard error: they become problems of the report, and their text may quote the analysed source.
pub(crate) fn silence_panics() {
    std::panic::set_hook(Box::new(|_| {}));
}

fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
