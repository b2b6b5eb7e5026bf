//! `pn __keeper`: the process that runs the commands of a session. Not for people.

use crate::exit::Exit;
use std::ffi::OsString;

/// Keep the commands of a run
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The run and its session
    arguments: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments) -> Exit {
    Exit::Keeper(pn_executor::keeper::main(&arguments.arguments))
}
