//! `pn __remote`: answers a question of a run on another host, over ssh. Not for people.

use crate::exit::Exit;
use std::ffi::OsString;

/// Answers the question on the standard input
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder of this user's attempts here
    arguments: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments) -> Exit {
    let program = std::env::current_exe().map_or_else(|_| "/proc/self/exe".into(), Into::into);
    let keeper = vec![program, OsString::from("__keeper")];
    Exit::Keeper(pn_executor::away::main(&arguments.arguments, keeper))
}
