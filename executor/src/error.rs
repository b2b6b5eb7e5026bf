//! Everything that can keep a run from starting, going on or being read.

use crate::machine::MachineError;
use crate::validate::Problem;
use std::path::PathBuf;

/// An error of the executor.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    /// The net cannot be run.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The deployment names kinds, parameters or hosts that cannot be run.
    #[error("{} problem(s) in the deployment", .0.len())]
    Problems(Vec<Problem>),
    /// A file or folder of the run cannot be used.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// What was tried, as in "cannot …".
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The journal cannot be read.
    #[error("cannot read the journal {}: {source}", path.display())]
    Read {
        /// The journal.
        path: PathBuf,
        /// Why not.
        #[source]
        source: rusqlite::Error,
    },
    /// The journal cannot be written. Nothing new was started after that; actions in flight keep
    /// their results beside the journal, and the run can be resumed.
    #[error("cannot write the journal {}: {source}; {in_flight} action(s) were in flight", path.display())]
    Write {
        /// The journal.
        path: PathBuf,
        /// How many attempts were in flight.
        in_flight: usize,
        /// Why not.
        #[source]
        source: rusqlite::Error,
    },
    /// Another process has taken the run up since; this one writes and starts nothing more.
    #[error("another process has taken up the run with the journal {}; {in_flight} action(s) were in flight", path.display())]
    Superseded {
        /// The journal.
        path: PathBuf,
        /// How many attempts were in flight.
        in_flight: usize,
    },
    /// The file is not a journal.
    #[error("{} is not a journal of a run: {reason}", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// What is missing or unexpected.
        reason: String,
    },
    /// The journal has a format that this version does not know.
    #[error("the journal {} has format {found}, this version reads format {known}", path.display())]
    Format {
        /// The journal.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The format of this version.
        known: i64,
    },
    /// Another process runs it.
    #[error("run {run} is being run by another process{}", .pid.map_or(String::new(), |pid| format!(" (pid {pid})")))]
    Locked {
        /// The run.
        run: String,
        /// The other process, if it said so.
        pid: Option<u32>,
    },
    /// The run has ended for good.
    #[error("run {run} has ended: {state}")]
    Over {
        /// The run.
        run: String,
        /// Its end state, in a word.
        state: &'static str,
    },
    /// The run has been rolled back, or a later rollback goes on with it.
    #[error("run {run} does not go on: {by} rolls it back")]
    RolledBack {
        /// The run.
        run: String,
        /// The rollback.
        by: String,
    },
    /// The run is a rollback, which is not rolled back.
    #[error("run {run} is itself the rollback of {original} and is not rolled back")]
    IsRollback {
        /// The run.
        run: String,
        /// The run that it rolls back.
        original: String,
    },
    /// The deployment at hand is not the one that the journal belongs to.
    #[error("the journal belongs to the {what} with hash {expected}, this one has {found}")]
    OtherDeployment {
        /// Net or deployment.
        what: &'static str,
        /// The hash in the journal.
        expected: String,
        /// The hash of what is at hand.
        found: String,
    },
    /// The approval is not accepted.
    #[error(transparent)]
    Approval(#[from] crate::approve::Refused),
}
