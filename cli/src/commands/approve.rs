//! `pn approve`: a person lets a transition of a run fire.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::runs_folder::RunsFolder;
use crate::terminal::{GOOD, Terminal, painted};
use pn_executor::Approver;

/// Approve a transition that a run waits for
///
/// You must be the user, or in the group, that the transition names; root may approve everything.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn approve last go-live
  pn approve 20260714-093005-k3x9 go-live")]
pub(crate) struct Arguments {
    /// The run: its name, an unambiguous part of it, `last`, or its journal
    run: String,
    /// The transition, by its identifier
    transition: String,
    #[command(flatten)]
    folder: RunsFolder,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let path = arguments.folder.journal(&arguments.run)?;
    let approver = Approver::current();
    pn_executor::approve(&path, &arguments.transition, &approver)
        .map_err(|error| Failure::input(error.to_string()))?;
    let text = format!("{} by {}", arguments.transition, approver.user);
    terminal.line(format_args!("{} {text}", painted(GOOD, "approved:")));
    Ok(Exit::Success)
}
