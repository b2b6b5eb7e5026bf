//! What the keepers of earlier sessions, or one that was killed, have left of an attempt.

use super::identity::{Identity, boot, with_environment};
use super::log::{Log, Record};
use super::report;
use crate::report::Report;
use crate::resource::Context;
use nix::sys::signal::Signal;
use pn_deployment::Outcome;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often a log is looked at in which something is awaited.
const LOOK: Duration = Duration::from_millis(20);

/// A file that says that no keeper may begin here any more.
const FORBIDDEN: &str = "closed";

/// What is found of an attempt that another runner started.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nobody had claimed it, and nobody will start it now.
    NeverStarted,
    /// It ended, and this is how; boxed for its size.
    Ended(Box<Report>),
    /// Its keeper, or at least its command, is still there.
    Alive(PathBuf),
    /// Its keeper is gone without a result.
    Lost,
}

/// The log of an earlier session, closed: no claim counts that it does not hold.
#[derive(Debug)]
pub(crate) struct Older {
    path: PathBuf,
    /// The attempts that were claimed in it.
    claimed: Vec<u64>,
    /// It is of this boot of the machine. Otherwise its end may never have come to the disk.
    is_whole: bool,
}

/// A log in a folder.
pub(super) struct LogFile {
    pub(super) path: PathBuf,
    fencing: u64,
}

/// The logs in the folder of a run, none where there is no folder.
pub(super) fn logs(folder: &Path) -> io::Result<Vec<LogFile>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut logs = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let ["keeper", fencing, _, "log"] = name.split('.').collect::<Vec<_>>()[..]
            && let Ok(fencing) = fencing.parse()
        {
            logs.push(LogFile { path, fencing });
        }
    }
    logs.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(logs)
}

impl Older {
    /// Closes the logs of all sessions before the one with this fencing number.
    pub(super) fn all(folder: &Path, fencing: u64) -> io::Result<Vec<Self>> {
        let earlier = logs(folder)?.into_iter().filter(|log| log.fencing < fencing);
        earlier.map(|log| Self::close(log.path, fencing)).collect()
    }

    fn close(path: PathBuf, fencing: u64) -> io::Result<Self> {
        let mut log = Log::open(&path)?;
        let mut records = log.append(&Record::Closed { fencing })?;
        // Another session may have closed it before.
        let counts = records.iter().position(|record| matches!(record, Record::Closed { .. }));
        let is_whole = records.iter().any(|r| matches!(r, Record::Made { boot: made, .. } if made == boot()));
        records.truncate(counts.unwrap_or(records.len()));
        let claimed = records.iter().filter_map(|record| match record {
            Record::Claimed { attempt } => Some(*attempt),
            _ => None,
        });
        Ok(Self { claimed: claimed.collect(), is_whole, path })
    }
}

/// Looks for what became of an attempt of an earlier session.
pub(crate) fn find(older: &[Older], context: &Context) -> Found {
    let Some(log) = older.iter().rev().find(|log| log.claimed.contains(&context.attempt.0)) else {
        return if older.iter().all(|log| log.is_whole) { Found::NeverStarted } else { Found::Lost };
    };
    let found = traces(&log.path, context);
    match found.end {
        Some(report) => Found::Ended(Box::new(report)),
        None if found.is_alive() => Found::Alive(log.path.clone()),
        None => Found::Lost,
    }
}

/// Looks for what became of an attempt of another run, which nobody runs; its keepers start
/// nothing once this has returned. `folder` is where their logs are.
pub(crate) fn left(folder: &Path, context: &Context) -> io::Result<Found> {
    Ok(find(&Older::all(folder, u64::MAX)?, context))
}

/// The same, where keepers that come later must start nothing either: what was not found has not
/// begun and never will.
pub(crate) fn left_for_good(folder: &Path, context: &Context) -> io::Result<Found> {
    fs::create_dir_all(folder)?;
    // Before the look: a keeper whose log comes later finds this.
    fs::write(folder.join(FORBIDDEN), "")?;
    left(folder, context)
}

/// Whether keepers must start nothing in this folder.
pub(super) fn is_forbidden(folder: &Path) -> bool {
    folder.join(FORBIDDEN).exists()
}

/// Whether an attempt of another run has begun, has not ended, and somebody is still at it. Nothing
/// is written.
pub(crate) fn goes_on(folder: &Path, context: &Context) -> bool {
    let is_at_it = |found: Traces| found.is_claimed && found.end.is_none() && found.is_alive();
    logs(folder).unwrap_or_default().iter().any(|log| is_at_it(traces(&log.path, context)))
}

/// Waits for an attempt that was found alive in this log.
pub(crate) fn adopt(path: &Path, context: &Context) -> Report {
    let mut is_asked = false;
    loop {
        let found = traces(path, context);
        if found.end.is_some() || !found.has_keeper() {
            // It may have ended between the two looks.
            return traces(path, context).end_without_keeper(context);
        }
        await_change(path, context, &mut is_asked);
    }
}

/// Waits until something is appended to the log or its keeper may be gone. A cancellation is
/// handed on.
fn await_change(path: &Path, context: &Context, is_asked: &mut bool) {
    let length = || fs::metadata(path).map_or(0, |data| data.len());
    let (before, since) = (length(), Instant::now());
    while length() == before && since.elapsed() < LOOK * 10 {
        if context.is_cancelled() && !*is_asked {
            let cancel = Record::Cancel { attempt: context.attempt.0 };
            *is_asked = Log::open(path).and_then(|mut log| log.append(&cancel)).is_ok();
        }
        std::thread::sleep(LOOK);
    }
}

/// What a log says of one attempt.
#[derive(Debug, Default)]
struct Traces {
    keeper: Option<Identity>,
    is_claimed: bool,
    command: Option<Identity>,
    end: Option<Report>,
}

/// What the log says of the attempt; nothing if it cannot be read.
fn traces(path: &Path, context: &Context) -> Traces {
    let (mut found, attempt) = (Traces::default(), context.attempt.0);
    let records = Log::open(path).and_then(|mut log| log.news()).unwrap_or_default();
    for record in records {
        match record {
            Record::Keeper { process } => found.keeper = Some(process),
            Record::Claimed { attempt: id } if id == attempt => found.is_claimed = true,
            Record::Command { attempt: id, process } if id == attempt => found.command = Some(process),
            Record::Ended { attempt: id, ending, output } if id == attempt => {
                found.end = Some(report(ending, output));
            }
            _ => {}
        }
    }
    if found.is_claimed && found.end.is_none() && found.command.is_none() && !found.has_keeper() {
        // The keeper was killed just when it had started the command, if it had. Until that has
        // become another program, it cannot be told.
        std::thread::sleep(LOOK);
        let marks = [format!("PN_RUN={}", context.run), format!("PN_ATTEMPT={attempt}")];
        found.command = with_environment(&marks);
    }
    found
}

impl Traces {
    fn has_keeper(&self) -> bool {
        self.keeper.as_ref().is_some_and(Identity::is_alive)
    }

    fn is_alive(&self) -> bool {
        self.has_keeper() || self.command.as_ref().is_some_and(Identity::is_alive)
    }

    /// The report of the attempt, whose keeper is gone; what is left of the command is waited for.
    fn end_without_keeper(self, context: &Context) -> Report {
        if let Some(report) = self.end {
            return report;
        }
        while let Some(command) = self.command.as_ref().filter(|command| command.is_alive()) {
            if context.is_cancelled() || context.is_late() {
                command.signal_group(Signal::SIGKILL);
            }
            std::thread::sleep(LOOK);
        }
        match self.is_claimed {
            _ if context.is_cancelled() => {
                Report::new(Outcome::Cancelled, "cancelled; its keeper left no result")
            }
            true => Report::new(Outcome::Unknown, "its keeper was killed and left no result"),
            false => Report::new(Outcome::Unknown, "its keeper was killed before it started the command"),
        }
    }
}
