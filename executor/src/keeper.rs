//! Commands that survive the runner: each session of a run has a keeper, a process that starts
//! them all and looks after them.
//!
//! The runner starts the keeper (its own program, run again with another argument) when the first
//! command is wanted, and talks with it over a socket: orders in, what became of them out. The
//! keeper leaves the runner's session, runs each command in a process group of its own, keeps the
//! ends of its output, enforces its timeout, and goes on to its end when the runner is gone.
//!
//! What must outlive the runner stands in the keeper's log (`RUN.d/keeper.SESSION.N.log`), to
//! which only whole lines are appended. The order of its lines decides who may do what: an attempt
//! is the keeper's once its claim stands in the log, and a runner that takes up the run writes
//! `closed` before it looks, after which no claim counts. So a command that nobody has claimed is
//! never started by a keeper that comes late, and one that was claimed is never started again
//! while it may still run.
//!
//! The log is not synced but for its first line: it is there for the death of processes. Where the
//! machine itself went down, what the log does not say is unknown.

mod capture;
mod client;
mod command;
mod identity;
mod link;
mod log;
mod order;
mod recovery;
mod server;

pub(crate) use client::Keepers;
pub(crate) use recovery::{Found, adopt, find, goes_on, left, left_for_good};
pub use server::main;

use crate::report::{Captured, Exit, Report};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use pn_deployment::Outcome;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

/// A command and how it is run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) argv: Vec<String>,
    pub(crate) cwd: Option<PathBuf>,
    pub(crate) env: Vec<(String, String)>,
    /// What it reads on its standard input; nothing if `None`.
    pub(crate) stdin: Option<String>,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) grace_ms: u64,
    /// Struck out of the output before it is written.
    pub(crate) secrets: Vec<String>,
}

/// How a command ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Ending {
    /// By itself.
    Exited(Exit),
    /// It took too long and was stopped.
    TimedOut(Exit),
    /// It was stopped on request.
    Cancelled(Exit),
    /// It could not be started.
    NotStarted(String),
}

/// What it wrote.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
struct Output {
    stdout: Captured,
    stderr: Captured,
}

/// What is told of an attempt whose command ended so.
fn report(ending: Ending, output: Output) -> Report {
    let mut report = match ending {
        Ending::Exited(exit) => {
            let result = if exit == Exit::Code(0) { Outcome::Ok } else { Outcome::Failed };
            Report { exit: Some(exit), ..Report::new(result, exit.to_string()) }
        }
        Ending::TimedOut(exit) => {
            Report { exit: Some(exit), ..Report::new(Outcome::Timeout, "took longer than its timeout") }
        }
        Ending::Cancelled(exit) => {
            Report { exit: Some(exit), ..Report::new(Outcome::Cancelled, "stopped on request") }
        }
        Ending::NotStarted(reason) => Report::new(Outcome::Failed, reason),
    };
    (report.stdout, report.stderr) = (output.stdout, output.stderr);
    report
}

/// Ends a process group that this process started: asks, waits for `grace`, then kills.
pub(crate) fn stop_group(child: &mut Child, grace: Duration) {
    let group = Pid::from_raw(i32::try_from(child.id()).expect("process ids are positive"));
    // An error means that no process is left in the group, which is what is wanted.
    let _ = killpg(group, Signal::SIGTERM);
    let asked = Instant::now();
    while asked.elapsed() < grace {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = killpg(group, Signal::SIGKILL);
    let _ = child.wait();
}
