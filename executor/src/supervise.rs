//! Commands that survive the runner: each runs under a small supervisor process of its own.
//!
//! The runner starts the supervisor (its own program, run again with another argument) and hands
//! it the job on its standard input. The supervisor leaves the runner's session, claims the
//! attempt, runs the command in a process group of its own, keeps the ends of its output, enforces
//! the timeout, and leaves the result in the attempt's folder:
//!
//! | file | meaning |
//! |---|---|
//! | `claim` | who has the attempt; made by linking, so there is one winner |
//! | `command` | the process that the supervisor started |
//! | `output.json` | the ends of its output |
//! | `result.json` | how it ended; renamed into place, so it is whole or absent |
//!
//! A runner that recovers an attempt claims it too: if it wins, no supervisor will ever start
//! that command.

mod capture;
mod claim;
mod client;
mod identity;
mod server;

pub(crate) use client::{Found, adopt, find, run};
pub(crate) use identity::Identity;
pub use server::main;

use crate::report::{Captured, Exit};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
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
