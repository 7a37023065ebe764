//! The program: arguments in, reports and an exit code out.

mod arguments;
mod commands;
mod console;
mod output;
mod setup;
mod words;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::arguments::{Arguments, Command};

/// Parsing allocates in many threads at once, which the system's allocators are slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code of a job that was not done.
const NOT_DONE: u8 = 2;

fn main() -> ExitCode {
    console::silence_panics();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refusal) => return console::explain_usage(&refusal),
    };
    run(arguments).unwrap_or_else(|error| {
        console::complain(&error);
        ExitCode::from(NOT_DONE)
    })
}

fn run(Arguments { command, console }: Arguments) -> Result<ExitCode> {
    match command {
        Command::Check(arguments) => commands::check::run(&arguments, console),
        Command::Routes(arguments) => commands::routes::run(&arguments, console),
        Command::Rules(arguments) => commands::rules::run(&arguments, console),
        Command::Explain(arguments) => commands::explain::run(&arguments, console),
    }
}
