//! The runner's side: starts keepers, hands them commands, waits for their ends.

use super::log::{Log, Record};
use super::order::Order;
use super::recovery::{Older, adopt, is_forbidden, logs};
use super::{Job, report};
use crate::machine::AttemptId;
use crate::report::Report;
use crate::resource::Context;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use pn_deployment::Outcome;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// A keeper whose log is longer gets no more commands; the next one begins a new log.
const LONG: u64 = 8 << 20;

/// How often an attempt that waits for its command looks whether it is to be cancelled.
const LOOK: Duration = Duration::from_millis(20);

/// How often a command is handed to another keeper when one does not take it.
const KEEPERS: usize = 3;

/// The keepers of a session, and what those of earlier sessions have left.
#[derive(Debug)]
pub(crate) struct Keepers {
    /// The command that becomes a keeper.
    command: Vec<OsString>,
    /// Where their logs are.
    folder: PathBuf,
    run: String,
    fencing: u64,
    current: Mutex<Current>,
    older: OnceLock<Result<Vec<Older>, String>>,
}

#[derive(Debug, Default)]
struct Current {
    /// How many were started.
    number: u64,
    /// The one that gets the next command.
    keeper: Option<Arc<Keeper>>,
    /// Those whose log holds attempts that the journal may not have.
    retired: Vec<Arc<Keeper>>,
}

/// A keeper of this session.
#[derive(Debug)]
struct Keeper {
    socket: UnixStream,
    child: Mutex<Child>,
    log: PathBuf,
    /// The length of its log, nearly.
    written: AtomicU64,
    is_gone: AtomicBool,
    /// Orders are written whole, one after the other.
    orders: Mutex<()>,
    waiting: Mutex<BTreeMap<u64, Sender<Record>>>,
    /// Attempts that are not settled: the journal may not have their end.
    open: Mutex<BTreeSet<u64>>,
}

impl Keepers {
    /// The keepers of a session, none of them started. `folder` is where their logs are.
    pub(crate) fn new(command: Vec<OsString>, folder: PathBuf, run: String, fencing: u64) -> Self {
        let (current, older) = (Mutex::default(), OnceLock::new());
        Self { command, folder, run, fencing, current, older }
    }

    /// None, and none can be started: for attempts that only look.
    pub(crate) fn none() -> Self {
        Self::new(Vec::new(), PathBuf::new(), String::new(), 0)
    }

    /// Runs a command under a keeper and waits for its end.
    pub(crate) fn run(&self, job: &Job, context: &Context) -> Report {
        let mut refusal = String::new();
        for _ in 0..KEEPERS {
            let keeper = match self.keeper() {
                Ok(keeper) => keeper,
                Err(error) => {
                    return Report::new(Outcome::Failed, format!("cannot start a keeper: {error}"));
                }
            };
            let Some(end) = keeper.order(context.attempt, self.fencing, job) else { continue };
            match attend(&keeper, &end, context) {
                End::Ended(report) => return *report,
                End::Lost => return adopt(&keeper.log, context),
                End::Refused(reason) => refusal = reason,
            }
            // It starts nothing any more, and this attempt it has not begun.
            keeper.is_gone.store(true, Ordering::Relaxed);
        }
        Report::new(Outcome::Failed, format!("no keeper takes the command: {refusal}"))
    }

    /// What earlier sessions have left. Their keepers start nothing once this has returned.
    pub(crate) fn older(&self) -> Result<&[Older], String> {
        let read = || Older::all(&self.folder, self.fencing).map_err(|error| error.to_string());
        self.older.get_or_init(read).as_deref().map_err(Clone::clone)
    }

    /// The journal has the end of the attempt.
    pub(crate) fn settled(&self, attempt: AttemptId) {
        let mut current = lock(&self.current);
        if let Some(keeper) = &current.keeper {
            lock(&keeper.open).remove(&attempt.0);
        }
        current.retired.retain(|keeper| {
            lock(&keeper.open).remove(&attempt.0);
            let is_needed = !lock(&keeper.open).is_empty();
            if !is_needed {
                keeper.dismiss();
            }
            is_needed
        });
    }

    /// Ends the keepers and removes all logs: nothing is in flight, and the journal has every end.
    pub(crate) fn dismiss(&self) {
        let mut current = lock(&self.current);
        let keepers = std::mem::take(&mut current.retired);
        keepers.into_iter().chain(current.keeper.take()).for_each(|keeper| keeper.dismiss());
        for log in logs(&self.folder).unwrap_or_default() {
            let _ = std::fs::remove_file(log.path);
        }
        let _ = std::fs::remove_dir(&self.folder);
    }

    /// The keeper that gets the next command.
    fn keeper(&self) -> io::Result<Arc<Keeper>> {
        let mut current = lock(&self.current);
        if let Some(keeper) = &current.keeper
            && keeper.is_of_use()
        {
            return Ok(Arc::clone(keeper));
        }
        let retired = current.keeper.take();
        current.retired.extend(retired);
        current.number += 1;
        let path = self.folder.join(format!("keeper.{}.{}.log", self.fencing, current.number));
        let keeper = self.start(path)?;
        current.keeper = Some(Arc::clone(&keeper));
        Ok(keeper)
    }

    fn start(&self, path: PathBuf) -> io::Result<Arc<Keeper>> {
        let (program, arguments) =
            self.command.split_first().ok_or_else(|| io::Error::other("none is configured"))?;
        std::fs::create_dir_all(&self.folder)?;
        // On the disk before its first claim: without a log, no command was started.
        let log = Log::create(&path, self.fencing)?;
        if is_forbidden(&self.folder) {
            return Err(io::Error::other("the attempt is over"));
        }
        let (socket, theirs) = UnixStream::pair()?;
        let child = Command::new(program)
            .args(arguments)
            .args([&self.run, &self.fencing.to_string()])
            .stdin(OwnedFd::from(theirs))
            .stdout(log.into_file())
            .stderr(Stdio::null())
            .spawn()?;
        let ears = socket.try_clone()?;
        let keeper = Arc::new(Keeper {
            socket,
            child: Mutex::new(child),
            log: path,
            written: AtomicU64::new(0),
            is_gone: AtomicBool::new(false),
            orders: Mutex::new(()),
            waiting: Mutex::default(),
            open: Mutex::default(),
        });
        let listening = Arc::clone(&keeper);
        std::thread::Builder::new().name("keeper".into()).spawn(move || listening.listen(ears))?;
        Ok(keeper)
    }
}

impl Keeper {
    fn is_of_use(&self) -> bool {
        !self.is_gone.load(Ordering::Relaxed) && self.written.load(Ordering::Relaxed) < LONG
    }

    /// Hands it a command. `None` when it is gone: then it has not begun, as it got no whole line.
    fn order(&self, attempt: AttemptId, fencing: u64, job: &Job) -> Option<Receiver<Record>> {
        let (say, hear) = bounded(1);
        lock(&self.open).insert(attempt.0);
        lock(&self.waiting).insert(attempt.0, say);
        if self.tell(&Order::Run { attempt: attempt.0, fencing, job: Box::new(job.clone()) }) {
            if self.is_gone.load(Ordering::Acquire) {
                // Nobody listens any more who would say that it is gone.
                lock(&self.waiting).remove(&attempt.0);
            }
            return Some(hear);
        }
        self.is_gone.store(true, Ordering::Relaxed);
        lock(&self.waiting).remove(&attempt.0);
        lock(&self.open).remove(&attempt.0);
        None
    }

    /// Tells it something; whether all of it was taken.
    fn tell(&self, order: &Order) -> bool {
        let _turn = lock(&self.orders);
        (&self.socket).write_all(&order.line()).is_ok()
    }

    /// Hears what it says, until it is gone.
    fn listen(&self, mut ears: UnixStream) {
        let (mut heard, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
        while let Ok(count @ 1..) = ears.read(&mut buffer) {
            self.written.fetch_add(count as u64, Ordering::Relaxed);
            heard.extend_from_slice(&buffer[..count]);
            let Some(end) = heard.iter().rposition(|byte| *byte == b'\n') else { continue };
            for line in heard[..end].split(|byte| *byte == b'\n') {
                if let Some(record) = Record::of_line(line) {
                    self.hand_on(record);
                }
            }
            heard.drain(..=end);
        }
        self.is_gone.store(true, Ordering::Release);
        // Those who wait hear that nobody speaks any more.
        lock(&self.waiting).clear();
        // It has ended, or it no longer hears: either way it is not waited for without end.
        let _ = lock(&self.child).try_wait();
    }

    fn hand_on(&self, record: Record) {
        if let Record::Ended { attempt, .. } | Record::Refused { attempt, .. } = &record
            && let Some(waiting) = lock(&self.waiting).remove(attempt)
        {
            // Whoever has stopped waiting has the end from elsewhere.
            let _ = waiting.send(record);
        }
    }

    /// Lets it end, as it does without a runner and without commands, and removes its log.
    fn dismiss(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
        let _ = std::fs::remove_file(&self.log);
        let mut child = lock(&self.child);
        for _ in 0..1000 {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// What is heard of a command.
enum End {
    Ended(Box<Report>),
    Refused(String),
    /// The keeper is gone.
    Lost,
}

fn attend(keeper: &Keeper, end: &Receiver<Record>, context: &Context) -> End {
    let mut is_asked = false;
    loop {
        match end.recv_timeout(LOOK) {
            Ok(Record::Ended { ending, output, .. }) => return End::Ended(Box::new(report(ending, output))),
            Ok(Record::Refused { reason, .. }) => return End::Refused(reason),
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => return End::Lost,
            Err(RecvTimeoutError::Timeout) if context.is_cancelled() && !is_asked => {
                is_asked = keeper.tell(&Order::Cancel { attempt: context.attempt.0 });
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
