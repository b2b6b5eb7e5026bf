//! `pn resume`: takes up a run that was killed or stopped.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::live::{self, Manner};
use crate::reading;
use crate::runs_folder::{self, RunsFolder};
use crate::subject::Subject;
use crate::terminal::Terminal;
use pn_executor::ResumeConfig;
use std::sync::Arc;

/// Go on with a run that was killed or stopped
///
/// The journal holds the deployment, so the file need not exist any more. What was in flight is
/// checked again; what is done is not done twice.
/// A run that watched goes on watching, one that only looked goes on looking.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pn resume last
  pn resume 20260714-093005-k3x9

Exit status: 0 the goal is reached · 1 it failed · 2 bad usage or input · 3 stopped before its end")]
pub(crate) struct Arguments {
    /// The run: its name, an unambiguous part of it, `last`, or its journal
    run: String,
    #[command(flatten)]
    folder: RunsFolder,
    #[command(flatten)]
    manner: Manner,
}

pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let path = arguments.folder.journal(&arguments.run)?;
    let subject = of_journal(terminal, &runs_folder::open(&path)?)?;
    let config = ResumeConfig {
        deployment: Arc::new(subject.deployment().clone()),
        journal: path,
        settings: arguments.manner.settings()?,
    };
    live::attend(terminal, &subject, &arguments.manner, |observer, control| {
        pn_executor::resume(config, observer, control)
    })
}

/// The deployment of a run, read again from its journal.
pub(crate) fn of_journal(terminal: &Terminal, journal: &pn_executor::Journal) -> Result<Subject, Failure> {
    let source = journal.source().map_err(|error| Failure::input(error.to_string()))?;
    let author = reading::deployment(terminal, &source.name, &source.bytes)?;
    let mode = journal.mode().map_err(|error| Failure::input(error.to_string()))?;
    Ok(Subject::in_mode(source.name, author, mode))
}
