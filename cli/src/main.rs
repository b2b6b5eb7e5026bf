//! The command `pn`: reads nets, verifies, simulates and runs them, and speaks to people.
//!
//! Every verb is one file under `commands/`; a verb that cannot do its work returns a
//! [`failure::Failure`], which becomes words and an exit status here. Only this crate (and the
//! editor) turns errors into sentences.

mod arguments;
mod assumed;
mod commands;
mod exit;
mod failure;
mod foresight;
mod interrupt;
mod live;
mod local_hosts;
mod moment;
mod observe;
mod over_ssh;
mod punctual;
mod reading;
mod report;
mod runs_folder;
mod subject;
mod terminal;
mod verification;

use clap::Parser;
use exit::Exit;
use std::process::ExitCode;
use std::time::Instant;
use terminal::Terminal;

/// A third faster on large files and searches than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments = arguments::Arguments::parse();
    let terminal = Terminal::default();
    let exit = match commands::run(arguments.verb, &terminal, started) {
        Ok(exit) => exit,
        Err(failure) => failure.report(&terminal),
    };
    match terminal.failure() {
        None => exit.into(),
        Some(error) => {
            terminal.note(format_args!("error: cannot write the output: {}", failure::plain(&error)));
            Exit::Usage.into()
        }
    }
}
