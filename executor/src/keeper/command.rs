//! One command under the keeper: its process group, its streams, its time.

use super::capture::Ends;
use super::{Ending, Job, Output};
use crate::report::Exit;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{ChildStderr, ChildStdout, Stdio};
use std::time::{Duration, Instant};

/// How long the streams of a command that has ended are read on: a process that it left behind
/// may hold them open for ever.
const LINGER: Duration = Duration::from_millis(200);

/// A command that was started.
#[derive(Debug)]
pub(super) struct Command {
    /// The process, which leads a group of its own.
    pid: Pid,
    stdout: Stream<ChildStdout>,
    stderr: Stream<ChildStderr>,
    secrets: Vec<String>,
    /// When its time is over.
    late: Option<Instant>,
    grace: Duration,
    stop: Option<Stop>,
    exit: Option<(Exit, Instant)>,
}

/// One of its streams: open, or read to its end.
#[derive(Debug)]
struct Stream<T> {
    pipe: Option<T>,
    ends: Ends,
}

/// It was asked to end.
#[derive(Debug)]
struct Stop {
    why: fn(Exit) -> Ending,
    /// When it is killed; `None` once it has been.
    kill: Option<Instant>,
}

impl Command {
    /// Starts a command; why it cannot be started, in words.
    pub(super) fn start(job: Job, now: Instant) -> Result<Self, String> {
        let (program, arguments) = job.argv.split_first().ok_or("the job names no command")?;
        if let Some(cwd) = job.cwd.as_ref().filter(|cwd| !cwd.is_dir()) {
            return Err(format!("the folder {} does not exist", cwd.display()));
        }
        let mut command = std::process::Command::new(program);
        command.args(arguments).envs(job.env.iter().map(|(name, value)| (name, value)));
        command.stdin(if job.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        if let Some(cwd) = &job.cwd {
            command.current_dir(cwd);
        }
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("the command `{program}` does not exist"),
            io::ErrorKind::PermissionDenied => format!("the command `{program}` is not executable"),
            _ => format!("the command `{program}` cannot be started: {error}"),
        })?;
        if let (Some(mut stdin), Some(text)) = (child.stdin.take(), job.stdin) {
            // A command that does not read has no need of it.
            std::thread::spawn(move || drop(stdin.write_all(text.as_bytes())));
        }
        Ok(Self {
            pid: Pid::from_raw(i32::try_from(child.id()).expect("process ids are positive")),
            stdout: Stream { pipe: child.stdout.take(), ends: Ends::default() },
            stderr: Stream { pipe: child.stderr.take(), ends: Ends::default() },
            secrets: job.secrets,
            late: job.timeout_ms.and_then(|timeout| now.checked_add(Duration::from_millis(timeout))),
            grace: Duration::from_millis(job.grace_ms),
            stop: None,
            exit: None,
        })
    }

    pub(super) const fn pid(&self) -> Pid {
        self.pid
    }

    /// The streams that are open.
    pub(super) fn streams(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let stdout = self.stdout.pipe.as_ref().map(AsFd::as_fd);
        stdout.into_iter().chain(self.stderr.pipe.as_ref().map(AsFd::as_fd))
    }

    /// Reads the open streams of which something is said to have come, in the order of
    /// [`Self::streams`].
    pub(super) fn read(&mut self, ready: impl IntoIterator<Item = bool>, buffer: &mut [u8]) {
        let mut ready = ready.into_iter();
        self.stdout.read(&mut ready, buffer);
        self.stderr.read(&mut ready, buffer);
    }

    /// Asks it to end, if it has not been asked.
    pub(super) fn cancel(&mut self, now: Instant) {
        self.stop(Ending::Cancelled, now);
    }

    fn stop(&mut self, why: fn(Exit) -> Ending, now: Instant) {
        if self.stop.is_none() && self.exit.is_none() {
            // An error means that no process is left in the group, which is what is wanted.
            let _ = killpg(self.pid, Signal::SIGTERM);
            self.stop = Some(Stop { why, kill: Some(now + self.grace) });
        }
    }

    /// Where it was asked to end and has, ends what is left of its group, while its process is
    /// not waited for and nothing else can have its number.
    pub(super) fn sweep(&mut self) {
        if self.stop.is_none() || self.exit.is_some() {
            return;
        }
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        if matches!(waitid(Id::Pid(self.pid), flags), Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..))) {
            let _ = killpg(self.pid, Signal::SIGKILL);
        }
    }

    /// Its process has ended.
    pub(super) fn ended(&mut self, exit: Exit, now: Instant) {
        self.exit = Some((exit, now));
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.late.is_some_and(|late| now >= late) {
            self.stop(Ending::TimedOut, now);
        }
        if let Some(stop) = &mut self.stop
            && self.exit.is_none()
            && stop.kill.is_some_and(|kill| now >= kill)
        {
            let _ = killpg(self.pid, Signal::SIGKILL);
            stop.kill = None;
        }
    }

    /// When something is due next.
    pub(super) fn due(&self) -> Option<Instant> {
        match (&self.exit, &self.stop) {
            (Some((_, at)), _) => Some(*at + LINGER),
            (None, Some(stop)) => stop.kill,
            (None, None) => self.late,
        }
    }

    /// Whether nothing more is expected of it.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.exit.is_some_and(|(_, at)| {
            (self.stdout.pipe.is_none() && self.stderr.pipe.is_none()) || now >= at + LINGER
        })
    }

    /// How it ended, and what it wrote, without the secrets.
    pub(super) fn outcome(self) -> (Ending, Output) {
        let exit = self.exit.map_or(Exit::Signal(0), |(exit, _)| exit);
        let ending = self.stop.map_or_else(|| Ending::Exited(exit), |stop| (stop.why)(exit));
        let output = Output {
            stdout: self.stdout.ends.captured(&self.secrets),
            stderr: self.stderr.ends.captured(&self.secrets),
        };
        (ending, output)
    }
}

impl<T: Read> Stream<T> {
    fn read(&mut self, ready: &mut impl Iterator<Item = bool>, buffer: &mut [u8]) {
        let Some(pipe) = &mut self.pipe else { return };
        if ready.next() != Some(true) {
            return;
        }
        // Something has come, so this does not wait.
        match pipe.read(buffer) {
            Ok(count @ 1..) => self.ends.push(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => self.pipe = None,
        }
    }
}
