//! A command whose output tells that something has changed: each line that it writes is an event.
//!
//! It runs in a process group of its own under a small shell script, which ends the group when
//! its standard input is closed: when we close it, and also when this process is killed. A
//! command that ends is started again after a pause.

use crate::keeper::stop_group;
use crate::secret;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Runs the arguments as a command in the background until standard input ends.
const KEEPER: &str = r#"exec 3<&0 </dev/null
if [ "$1" = asked ]; then
    IFS= read -r question <&3
    shift
    printf '%s\n' "$question" | "$@" 3<&- 2>&1 &
else
    shift
    "$@" 3<&- 2>&1 &
fi
exec >&- 2>&-
read -r nothing <&3
trap '' TERM
kill -TERM 0
sleep 5
kill -KILL 0"#;

/// How long a command may take to end that is to end.
const GRACE: Duration = Duration::from_millis(500);

/// The pauses before it is started again: doubled from the first to the last, and the first again
/// once it has run as long as the last.
const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(60);

/// Bytes of the last line that are kept for a message.
const KEPT: usize = 200;

/// A command that tells of changes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Feed {
    pub(crate) argv: Vec<String>,
    pub(crate) cwd: Option<PathBuf>,
    pub(crate) env: Vec<(String, String)>,
    /// A line that it reads first.
    pub(crate) question: Option<String>,
    /// Struck out of what is told of it.
    pub(crate) secrets: Vec<String>,
}

/// What has been heard of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Heard {
    Nothing,
    /// It wrote a line.
    Line,
    /// It could not be started, or ended; why, if that is news.
    Ended(Option<String>),
    /// It was started again: what happened meanwhile nobody told.
    Again,
}

/// A command that runs, or will run again.
#[derive(Debug)]
pub(super) struct Stream {
    feed: Feed,
    running: Option<Running>,
    failures: u32,
    restart: Option<Instant>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    out: ChildStdout,
    since: Instant,
    last: Vec<u8>,
}

impl Stream {
    pub(super) fn new(feed: Feed, now: Instant) -> Self {
        Self { feed, running: None, failures: 0, restart: Some(now) }
    }

    pub(super) fn feed(&self) -> &Feed {
        &self.feed
    }

    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.running.as_ref().map(|running| running.out.as_fd())
    }

    /// When it is to be started.
    pub(super) fn due(&self) -> Option<Instant> {
        self.restart
    }

    /// Starts it, when it is time.
    pub(super) fn start(&mut self, now: Instant) -> Heard {
        if self.restart.take_if(|at| *at <= now).is_none() {
            return Heard::Nothing;
        }
        match run(&self.feed, now) {
            Ok(running) => {
                self.running = Some(running);
                if self.failures > 0 { Heard::Again } else { Heard::Nothing }
            }
            Err(error) => self.failed(now, &format!("cannot be started: {error}")),
        }
    }

    /// Reads what it has written.
    pub(super) fn read(&mut self, now: Instant) -> Heard {
        let Some(running) = &mut self.running else { return Heard::Nothing };
        let (mut buffer, mut heard) = ([0; 4096], Heard::Nothing);
        loop {
            match running.out.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    if buffer[..count].contains(&b'\n') {
                        heard = Heard::Line;
                    }
                    running.last.extend_from_slice(&buffer[..count]);
                    let surplus = running.last.len().saturating_sub(KEPT);
                    running.last.drain(..surplus);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return heard,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let mut running = self.running.take().expect("it has just been read from");
        stop_group(&mut running.child, GRACE);
        if now.duration_since(running.since) >= LAST {
            self.failures = 0;
        }
        let said = String::from_utf8_lossy(&running.last).into_owned();
        let line = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
        self.failed(now, &line.map_or_else(|| "ended".to_owned(), |line| format!("ended: {line}")))
    }

    fn failed(&mut self, now: Instant, how: &str) -> Heard {
        self.failures = self.failures.saturating_add(1);
        self.restart = Some(now + (FIRST * 2_u32.saturating_pow(self.failures.min(16) - 1)).min(LAST));
        let news =
            || secret::strike(&format!("its watch command {how}; it is started again"), &self.feed.secrets);
        Heard::Ended((self.failures == 1).then(news))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            stop_group(&mut running.child, GRACE);
        }
    }
}

fn run(feed: &Feed, since: Instant) -> io::Result<Running> {
    let how = if feed.question.is_some() { "asked" } else { "alone" };
    let mut command = Command::new("/bin/sh");
    command.args(["-c", KEEPER, "sh", how]).args(&feed.argv).process_group(0);
    command.envs(feed.env.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    if let Some(cwd) = &feed.cwd {
        command.current_dir(cwd);
    }
    let mut child = command.spawn()?;
    let out = child.stdout.take().expect("it is piped");
    let ready = fcntl(&out, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(io::Error::from).and_then(|_| {
        // Kept open in `child`: its end is the end of the command.
        match (&feed.question, child.stdin.as_mut()) {
            (Some(question), Some(stdin)) => stdin.write_all(format!("{question}\n").as_bytes()),
            _ => Ok(()),
        }
    });
    match ready {
        Ok(()) => Ok(Running { child, out, since, last: Vec::new() }),
        Err(error) => {
            stop_group(&mut child, GRACE);
            Err(error)
        }
    }
}
