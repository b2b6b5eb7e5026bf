//! `pn __supervise`: the process that stands between a run and one of its commands. Not for people.

use crate::exit::Exit;
use std::ffi::OsString;

/// Supervises the attempt of a folder
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder of the attempt
    arguments: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments) -> Exit {
    Exit::Supervisor(pn_executor::supervise::main(&arguments.arguments))
}
