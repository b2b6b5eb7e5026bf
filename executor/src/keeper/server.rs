//! The keeper itself: what runs in the second process. One thread, which waits for whatever comes
//! first: an order, output, the end of a command, a point in time.

use super::command::Command;
use super::identity::{Identity, ticks};
use super::link::Link;
use super::log::{Log, Record};
use super::order::Order;
use super::{Ending, Job, Output};
use crate::report::Exit;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often a keeper without a runner looks whether a later one has written in its log.
const LOOK: Duration = Duration::from_millis(50);

/// Runs the keeper: `arguments` are those behind the command prefix of
/// [`crate::Settings::keeper`]. Its standard input is the socket to the runner, its standard
/// output the log. Returns the exit status of the process; 0 unless the keeper itself could not
/// do its work.
#[must_use]
pub fn main(arguments: &[OsString]) -> u8 {
    // The run is there to be seen in a list of processes.
    let [_run, fencing] = arguments else { return 64 };
    let Some(fencing) = fencing.to_str().and_then(|text| text.parse().ok()) else { return 64 };
    match Keeper::new(fencing).and_then(Keeper::work) {
        Ok(()) => 0,
        Err(_) => 70,
    }
}

/// A keeper at work.
struct Keeper {
    /// The session that it belongs to.
    fencing: u64,
    log: Log,
    /// `None` once the runner is gone.
    runner: Option<Link>,
    /// A later session has taken over: nothing is started any more.
    is_closed: bool,
    commands: BTreeMap<u64, Command>,
    /// Becomes readable with every signal.
    signals: UnixStream,
    is_terminated: Arc<AtomicBool>,
    buffer: Vec<u8>,
}

/// What is ready, as `poll` says.
struct Ready {
    signals: bool,
    runner: PollFlags,
    /// In the order of the commands and their open streams.
    streams: Vec<bool>,
}

impl Keeper {
    fn new(fencing: u64) -> io::Result<Self> {
        // Fails only for the leader of a process group, which has left the session already.
        let _ = nix::unistd::setsid();
        let (signals, wakes) = UnixStream::pair()?;
        let ignored = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGQUIT] {
            signal_hook::flag::register(signal, Arc::clone(&ignored))?;
        }
        let is_terminated = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGTERM, Arc::clone(&is_terminated))?;
        signal_hook::low_level::pipe::register(SIGTERM, wakes.try_clone()?)?;
        signal_hook::low_level::pipe::register(SIGCHLD, wakes)?;
        signals.set_nonblocking(true)?;

        let mut log = Log::new(File::from(io::stdout().as_fd().try_clone_to_owned()?));
        let first = log.news()?;
        let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        let mut keeper = Self {
            fencing,
            log,
            runner: Some(Link::new(socket)?),
            is_closed: false,
            commands: BTreeMap::new(),
            signals,
            is_terminated,
            buffer: vec![0; 64 * 1024],
        };
        keeper.obey(first, Instant::now());
        let record = Record::Keeper { process: Identity::of(std::process::id()) };
        let others = keeper.log.append(&record)?;
        keeper.obey(others, Instant::now());
        Ok(keeper)
    }

    /// Works until the runner is gone and every command has ended.
    fn work(mut self) -> io::Result<()> {
        while self.runner.is_some() || !self.commands.is_empty() {
            let ready = self.wait()?;
            let now = Instant::now();
            if ready.signals {
                self.heed_signals(now);
            }
            self.read_streams(&ready.streams);
            if ready.runner.contains(PollFlags::POLLOUT)
                && let Some(runner) = &mut self.runner
            {
                runner.go_on();
            }
            if ready.runner.intersects(PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR) {
                self.hear(now);
            }
            if self.runner.is_none() {
                let others = self.log.news()?;
                self.obey(others, now);
            }
            self.finish(now);
        }
        Ok(())
    }

    fn wait(&self) -> io::Result<Ready> {
        let mut fds = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        if let Some(runner) = &self.runner {
            let behind = if runner.is_behind() { PollFlags::POLLOUT } else { PollFlags::empty() };
            fds.push(PollFd::new(runner.fd(), PollFlags::POLLIN | behind));
        }
        let first = fds.len();
        for command in self.commands.values() {
            fds.extend(command.streams().map(|stream| PollFd::new(stream, PollFlags::POLLIN)));
        }
        let look = self.runner.is_none().then_some(LOOK);
        let now = Instant::now();
        let due = self.commands.values().filter_map(Command::due).min();
        let longest = due.map(|due| due.saturating_duration_since(now)).into_iter().chain(look).min();
        match poll(&mut fds, longest.map_or(PollTimeout::NONE, rounded_up)) {
            // A signal: its handler has made the pipe readable.
            Ok(_) | Err(nix::Error::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let said = |fd: &PollFd<'_>| fd.revents().unwrap_or(PollFlags::empty());
        Ok(Ready {
            signals: !said(&fds[0]).is_empty(),
            runner: if first == 2 { said(&fds[1]) } else { PollFlags::empty() },
            streams: fds[first..].iter().map(|fd| !said(fd).is_empty()).collect(),
        })
    }

    fn heed_signals(&mut self, now: Instant) {
        let mut bytes = [0; 256];
        while matches!(self.signals.read(&mut bytes), Ok(count) if count == bytes.len()) {}
        if self.is_terminated.load(Ordering::Relaxed) {
            self.is_closed = true;
            self.commands.values_mut().for_each(|command| command.cancel(now));
        }
        self.reap(now);
    }

    /// Notices which commands have ended.
    fn reap(&mut self, now: Instant) {
        self.commands.values_mut().for_each(Command::sweep);
        loop {
            let (pid, exit) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, Exit::Code(code)),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, Exit::Signal(signal as i32)),
                Ok(WaitStatus::StillAlive) | Err(_) => return,
                Ok(_) => continue,
            };
            if let Some(command) = self.commands.values_mut().find(|command| command.pid() == pid) {
                command.ended(exit, now);
            }
        }
    }

    fn read_streams(&mut self, ready: &[bool]) {
        let mut ready = ready.iter().copied();
        for command in self.commands.values_mut() {
            let open = command.streams().count();
            command.read(ready.by_ref().take(open), &mut self.buffer);
        }
    }

    fn hear(&mut self, now: Instant) {
        let Some(runner) = &mut self.runner else { return };
        let Ok(lines) = runner.hear(&mut self.buffer) else {
            self.runner = None;
            return;
        };
        for line in lines {
            match serde_json::from_slice(&line) {
                Ok(Order::Run { attempt, fencing, job }) => self.run(attempt, fencing, *job, now),
                Ok(Order::Cancel { attempt }) => self.cancel(attempt, now),
                // A line that makes no sense was cut off or is from another version.
                Err(_) => self.runner = None,
            }
        }
    }

    fn cancel(&mut self, attempt: u64, now: Instant) {
        if let Some(command) = self.commands.get_mut(&attempt) {
            command.cancel(now);
        }
    }

    /// Claims an attempt and starts its command.
    fn run(&mut self, attempt: u64, fencing: u64, job: Job, now: Instant) {
        if let Err(reason) = self.claim(attempt, fencing, now) {
            self.say(&Record::Refused { attempt, reason }.line());
            return;
        }
        let since = ticks();
        match Command::start(job, Instant::now()) {
            Ok(command) => {
                let pid = u32::try_from(command.pid().as_raw()).unwrap_or(0);
                let process = Identity::started_since(pid, since);
                self.commands.insert(attempt, command);
                // Only needed should this keeper be killed.
                self.write(&Record::Command { attempt, process }.line(), now);
            }
            Err(reason) => self.tell(attempt, Ending::NotStarted(reason), Output::default(), now),
        }
    }

    fn claim(&mut self, attempt: u64, fencing: u64, now: Instant) -> Result<(), String> {
        if fencing != self.fencing {
            return Err(format!("it is of session {fencing}, its keeper of session {}", self.fencing));
        }
        let unwritable = |error: io::Error| format!("the keeper cannot write its log: {error}");
        // Before the claim: a claim without a result says that the command may have run.
        self.log.reserve(self.commands.len() + 1).map_err(unwritable)?;
        if !self.is_closed {
            let others = self.log.append(&Record::Claimed { attempt }).map_err(unwritable)?;
            self.obey(others, now);
        }
        if self.is_closed {
            return Err("its keeper starts nothing any more".to_owned());
        }
        Ok(())
    }

    /// Does what a later session has written in the log.
    fn obey(&mut self, records: Vec<Record>, now: Instant) {
        for record in records {
            match record {
                Record::Closed { .. } => self.is_closed = true,
                Record::Cancel { attempt } => self.cancel(attempt, now),
                _ => {}
            }
        }
    }

    /// Tells of the commands that are over.
    fn finish(&mut self, now: Instant) {
        self.commands.values_mut().for_each(|command| command.tick(now));
        let over = |(id, command): (&u64, &Command)| command.is_over(now).then_some(*id);
        let over: Vec<u64> = self.commands.iter().filter_map(over).collect();
        for attempt in over {
            if let Some(command) = self.commands.remove(&attempt) {
                let (ending, output) = command.outcome();
                self.tell(attempt, ending, output, now);
            }
        }
    }

    fn tell(&mut self, attempt: u64, ending: Ending, output: Output, now: Instant) {
        let line = Record::Ended { attempt, ending: ending.clone(), output }.line();
        if !self.write(&line, now) {
            // The output is worth less than the result: where there is no room for it, it is left out.
            let bare = Record::Ended { attempt, ending, output: Output::default() };
            self.write(&bare.line(), now);
        }
        self.say(&line);
    }

    /// Writes a line into the log; whether that went well.
    fn write(&mut self, line: &[u8], now: Instant) -> bool {
        let Ok(others) = self.log.append_line(line) else { return false };
        self.obey(others, now);
        true
    }

    fn say(&mut self, line: &[u8]) {
        if let Some(runner) = &mut self.runner {
            runner.say(line);
        }
    }
}

/// The time in whole milliseconds, none of them too early.
fn rounded_up(time: Duration) -> PollTimeout {
    let millis = time.as_nanos().div_ceil(1_000_000);
    i32::try_from(millis)
        .ok()
        .and_then(|millis| PollTimeout::try_from(millis).ok())
        .unwrap_or(PollTimeout::MAX)
}
