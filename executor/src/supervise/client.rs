//! The runner's side: starts supervisors, waits for them, finds what they left.

use super::claim::{Claim, claim};
use super::identity::Identity;
use super::{Ending, Job, Output};
use crate::report::{Exit, Report};
use crate::resource::Context;
use nix::sys::signal::Signal;
use pn_deployment::Outcome;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What is found of an attempt that another runner started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// Nobody had claimed it, and nobody will start it now.
    NeverStarted,
    /// It ended, and this is how; boxed for its size.
    Ended(Box<Report>),
    /// Its supervisor, or at least its command, is still there.
    Alive(Identity),
    /// Its supervisor is gone without a result.
    Lost,
}

/// Runs a job under a supervisor and waits for its end.
pub(crate) fn run(job: &Job, context: &Context) -> Report {
    match spawn(job, context) {
        Ok(child) => attend(Some(child), None, context),
        Err(error) => Report::new(Outcome::Failed, format!("cannot start a supervisor: {error}")),
    }
}

/// Looks for what became of an attempt.
pub(crate) fn find(folder: &Path) -> io::Result<Found> {
    if let Some(report) = result(folder)? {
        return Ok(Found::Ended(Box::new(report)));
    }
    fs::create_dir_all(folder)?;
    match claim(folder)? {
        Claim::Won => Ok(Found::NeverStarted),
        Claim::Taken(supervisor) if supervisor.is_alive() => Ok(Found::Alive(supervisor)),
        Claim::Taken(_) => {
            // It may have ended between the two looks.
            if let Some(report) = result(folder)? {
                return Ok(Found::Ended(Box::new(report)));
            }
            Ok(command(folder).filter(Identity::is_alive).map_or(Found::Lost, Found::Alive))
        }
    }
}

/// Waits for an attempt whose supervisor was found alive.
pub(crate) fn adopt(supervisor: Identity, context: &Context) -> Report {
    attend(None, Some(supervisor), context)
}

fn spawn(job: &Job, context: &Context) -> io::Result<Child> {
    let (program, arguments) =
        context.supervisor.split_first().ok_or_else(|| io::Error::other("no supervisor is configured"))?;
    fs::create_dir_all(&context.folder)?;
    let text = serde_json::to_vec(job).map_err(io::Error::other)?;
    let mut child = Command::new(program)
        .args(arguments)
        .arg(&context.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or_else(|| io::Error::other("the supervisor has no input"))?;
    // A supervisor that does not read is noticed by its end.
    let _ = stdin.write_all(&text);
    drop(stdin);
    Ok(child)
}

/// Waits for a supervisor, and for a command that lost it.
fn attend(mut child: Option<Child>, adopted: Option<Identity>, context: &Context) -> Report {
    let identity = child.as_ref().map(|child| Identity::of(child.id())).or(adopted);
    let (mut pause, mut asked) = (Duration::from_millis(1), None);
    let end = loop {
        match look(&mut child, identity.as_ref()) {
            Supervisor::There => {}
            end => break end,
        }
        if context.is_cancelled() {
            cancel(&mut asked, identity.as_ref(), context);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    match result(&context.folder) {
        Ok(Some(report)) => report,
        Ok(None) => without_result(context, end),
        Err(error) => Report::new(Outcome::Unknown, format!("cannot read its result: {error}")),
    }
}

/// What is known of a supervisor's process.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Supervisor {
    There,
    /// It gave up by itself.
    GaveUp,
    /// It was killed, or nobody knows how it ended.
    Gone,
}

fn look(child: &mut Option<Child>, identity: Option<&Identity>) -> Supervisor {
    match child.as_mut().map(Child::try_wait) {
        Some(Ok(None)) => Supervisor::There,
        Some(Ok(Some(status))) if status.code().is_some() => Supervisor::GaveUp,
        None if identity.is_some_and(Identity::is_alive) => Supervisor::There,
        _ => Supervisor::Gone,
    }
}

/// Asks the supervisor to stop its command; once is enough, it kills by itself.
fn cancel(asked: &mut Option<Instant>, identity: Option<&Identity>, context: &Context) {
    if asked.is_none()
        && let Some(identity) = identity
    {
        identity.terminate();
        *asked = Some(Instant::now());
    }
    let late = asked.is_some_and(|asked| asked.elapsed() > context.grace + Duration::from_secs(5));
    if late && let Some(command) = command(&context.folder) {
        command.signal_group(Signal::SIGKILL);
    }
}

/// The supervisor is gone and has left no result.
fn without_result(context: &Context, end: Supervisor) -> Report {
    let claimed = match find(&context.folder) {
        Ok(Found::NeverStarted) => false,
        Ok(Found::Ended(report)) => return *report,
        _ => true,
    };
    while let Some(command) = command(&context.folder).filter(Identity::is_alive) {
        if context.is_cancelled() || context.is_late() {
            command.signal_group(Signal::SIGKILL);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    match (claimed, end) {
        _ if context.is_cancelled() => {
            Report::new(Outcome::Cancelled, "cancelled; its supervisor left no result")
        }
        (true, _) => Report::new(Outcome::Unknown, "its supervisor ended without leaving a result"),
        (false, Supervisor::GaveUp) => {
            Report::new(Outcome::Failed, "its supervisor could not start the command")
        }
        (false, _) => {
            Report::new(Outcome::Unknown, "its supervisor was killed before it started the command")
        }
    }
}

fn command(folder: &Path) -> Option<Identity> {
    serde_json::from_slice(&fs::read(folder.join("command")).ok()?).ok()
}

fn result(folder: &Path) -> io::Result<Option<Report>> {
    let text = match fs::read(folder.join("result.json")) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let ending: Ending = serde_json::from_slice(&text).map_err(io::Error::other)?;
    let output: Output = fs::read(folder.join("output.json"))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default();
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
    Ok(Some(report))
}
