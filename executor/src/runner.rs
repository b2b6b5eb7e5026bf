//! The shell around the step machine: journal, clock, attempts, approvals, events.
//!
//! One loop: let the machine do what it can, write that down, act on it, tell it, wait for
//! whatever comes first. Attempts run on threads of their own and report through a channel; only
//! this loop writes the journal.

mod commit;
mod excuses;
mod recovery;
mod watching;
mod workers;

use crate::attempt::Recovered;
use crate::config::{ResumeConfig, RunConfig, RunMode, Settings};
use crate::error::ExecutorError;
use crate::event::{Control, RunEvent, StopKind};
use crate::journal::{Birth, Journal, LastingValue, wall_clock};
use crate::keeper::Keepers;
use crate::lock::{self, RunLock};
use crate::machine::{Attempt, AttemptId, Command, EndState, Ledger, Machine, Refusal, Stage};
use crate::rollback;
use crate::run_id::run_id;
use crate::secret;
use crate::session::{self, Booked, News, Observation, Session};
use crate::validate::{validate, with_defaults};
use crate::values::Values;
pub use commit::{freeze_in_words, refusal_in_words};
use crossbeam_channel::{Receiver, Sender, never, select, unbounded};
use pn_deployment::{Deployment, Outcome};
use pn_net::{Marking, TransitionId, net_hash};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use watching::Eyes;
use workers::Workers;

/// How often the journal is asked for approvals while some transition waits for one.
const APPROVAL_POLL: Duration = Duration::from_millis(100);

/// How many observations one transaction takes at most: what waits longer is not lost, and the
/// run is told of something now and then.
const TOGETHER: usize = 1000;

/// How a run ended, when this returns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunReport {
    /// The run.
    pub run: String,
    /// Its journal.
    pub journal: PathBuf,
    /// How it ended.
    pub state: EndState,
    /// The marking in which it ended.
    pub marking: Marking,
    /// Enabled transitions that were not fired, and why.
    pub held: BTreeMap<TransitionId, Refusal>,
    /// Attempts whose result the net could not take.
    pub frozen: Vec<(Attempt, Outcome)>,
    /// The control transitions that fired without end, for [`EndState::Livelock`].
    pub livelock: Vec<TransitionId>,
    /// How long it had been at rest, for a run that ended for that.
    pub converged: Option<Duration>,
    /// How many transactions this session has written.
    pub transactions: u64,
}

/// What an attempt's thread says.
enum Progress {
    Recovered(AttemptId, Recovered),
    Observed(Observation),
}

/// A run in this process.
struct Runner<'a> {
    deployment: Arc<Deployment>,
    settings: Settings,
    mode: RunMode,
    environment: Arc<BTreeMap<String, String>>,
    parameters: Arc<BTreeMap<String, String>>,
    /// What no attempt may let out.
    secrets: Vec<String>,
    keepers: Arc<Keepers>,
    machine: Machine,
    journal: Journal,
    run: String,
    fencing: u64,
    /// The run's time when `epoch` was.
    base: Duration,
    epoch: Instant,
    values: Values,
    cancels: BTreeMap<AttemptId, Arc<AtomicBool>>,
    /// Where attempts are told that their difference is recorded.
    permits: BTreeMap<AttemptId, Sender<()>>,
    started: BTreeMap<AttemptId, (Attempt, Duration)>,
    /// The attempts in flight that have lost what they build on.
    groundless: BTreeSet<AttemptId>,
    /// How often a stop has been asked for.
    stops: u32,
    gates: BTreeSet<TransitionId>,
    eyes: Eyes,
    seen_approvals: BTreeSet<i64>,
    sender: Sender<Progress>,
    progress: Receiver<Progress>,
    workers: Workers,
    observer: &'a mut dyn FnMut(&RunEvent),
    _lock: RunLock,
}

/// Runs a deployment to its end, which may be a stop.
///
/// # Errors
///
/// When it cannot be run as it is, or its journal cannot be written.
pub fn start(
    config: RunConfig,
    observer: &mut dyn FnMut(&RunEvent),
    control: Receiver<Control>,
) -> Result<RunReport, ExecutorError> {
    start_as(config, &|_, _| Ok(()), observer, control)
}

/// Runs a deployment that undoes an earlier run, whose journal is `original`. Both journals name
/// the other run, and the earlier run cannot be resumed from then on.
///
/// # Errors
///
/// When the earlier run goes on, when the deployment cannot be run as it is, or when a journal
/// cannot be written.
pub fn roll_back(
    config: RunConfig,
    original: &Path,
    observer: &mut dyn FnMut(&RunEvent),
    control: Receiver<Control>,
) -> Result<RunReport, ExecutorError> {
    let first = Journal::open(original)?.meta_text("run")?;
    let rest = std::cell::Cell::new(Some(lock::take(original, &first)?));
    rollback::settle(original, config.settings.grace)?;
    let link = |journal: &mut Journal, run: &str| {
        journal.write(0, |writer| writer.meta("rolls_back", &first))?;
        rollback::supersede(original, run)?;
        // Whoever wants to resume it finds out now.
        drop(rest.take());
        Ok(())
    };
    start_as(config, &link, observer, control)
}

/// Starts a run; `link` is told its journal and its name before anything happens in it.
fn start_as(
    config: RunConfig,
    link: &dyn Fn(&mut Journal, &str) -> Result<(), ExecutorError>,
    observer: &mut dyn FnMut(&RunEvent),
    control: Receiver<Control>,
) -> Result<RunReport, ExecutorError> {
    let RunConfig { deployment, mut source, folder, mode, settings } = config;
    let problems = validate(&deployment, &source.parameters, &settings.hosts);
    if !problems.is_empty() {
        return Err(ExecutorError::Problems(problems));
    }
    let machine = watching(Machine::new(Arc::clone(&deployment), settings.jobs)?, mode);
    source.parameters = with_defaults(&deployment, &source.parameters);
    let created = wall_clock();
    let (run, path) = new_run(&folder, created)?;
    let lock = lock::take(&path, &run)?;
    let birth = Birth {
        run: &run,
        created,
        tool_version: &settings.tool_version,
        source: &source,
        deployment: &deployment,
        mode,
    };
    let mut journal = Journal::create(&path, &birth).inspect_err(|_| abandon(&path))?;
    link(&mut journal, &run)?;
    let parts =
        Parts { deployment, settings, mode, machine, journal, run, base: Duration::ZERO, tail: 0, lock };
    let mut runner = Runner::new(parts, source.parameters, BTreeMap::new(), observer)?;
    let _span = runner.span().entered();
    runner.go_on(&control)
}

/// Takes up a run whose runner ended or was stopped.
///
/// # Errors
///
/// When the run is over or runs already, when the deployment is not the journal's, or when the
/// journal cannot be written.
pub fn resume(
    config: ResumeConfig,
    observer: &mut dyn FnMut(&RunEvent),
    control: Receiver<Control>,
) -> Result<RunReport, ExecutorError> {
    let ResumeConfig { deployment, journal: path, settings } = config;
    // Without the lock of a run that exists, nothing is created.
    let run = Journal::open(&path)?.meta_text("run")?;
    let lock = lock::take(&path, &run)?;
    let journal = Journal::open_for_writing(&path)?;
    recovery::check_identity(&journal, &deployment)?;
    recovery::check_open(&journal, &run)?;
    let parameters = journal.source()?.parameters;
    let problems = validate(&deployment, &parameters, &settings.hosts);
    if !problems.is_empty() {
        return Err(ExecutorError::Problems(problems));
    }
    let mark = journal.snapshot(&deployment.net)?;
    let (seq, marked) = mark.as_ref().map_or((0, Duration::ZERO), |mark| (mark.seq, mark.at));
    let records = journal.records_after(&deployment.net, seq)?;
    let snapshot = mark.map(|mark| mark.snapshot);
    let (machine, last) = session::rebuild(&deployment, settings.jobs, snapshot, &records)?;
    let mode = journal.mode()?;
    let machine = watching(machine, mode);
    let since_creation = wall_clock().saturating_sub(journal.created()?);
    let base = session::time_of_resumption(since_creation, last.max(marked));
    let values = journal.lasting_values()?;
    let tail = records.len() as u64;
    let parts = Parts { deployment, settings, mode, machine, journal, run, base, tail, lock };
    let mut runner = Runner::new(parts, parameters, values, observer)?;
    let _span = runner.span().entered();
    runner.recover(&control)?;
    runner.go_on(&control)
}

fn watching(machine: Machine, mode: RunMode) -> Machine {
    match mode {
        RunMode::Watch { converged } => machine.watching(converged),
        RunMode::Once | RunMode::Noop => machine,
    }
}

/// What a runner is made of.
struct Parts {
    deployment: Arc<Deployment>,
    settings: Settings,
    mode: RunMode,
    machine: Machine,
    journal: Journal,
    run: String,
    base: Duration,
    /// How many firings the journal has after its last snapshot.
    tail: u64,
    lock: RunLock,
}

impl<'a> Runner<'a> {
    fn new(
        parts: Parts,
        parameters: BTreeMap<String, String>,
        values: BTreeMap<String, LastingValue>,
        observer: &'a mut dyn FnMut(&RunEvent),
    ) -> Result<Self, ExecutorError> {
        let Parts { deployment, settings, mode, machine, mut journal, run, base, tail, lock } = parts;
        let fencing = journal.begin_session(base, &settings.tool_version, tail)?;
        let folder = journal.path().with_extension("d");
        let keepers = Arc::new(Keepers::new(settings.keeper.clone(), folder, run.clone(), fencing));
        let (sender, progress) = unbounded();
        observer(&RunEvent::Began {
            run: run.clone(),
            journal: journal.path().to_owned(),
            fencing,
            marking: machine.marking().clone(),
        });
        let runner = Self {
            environment: Arc::new(settings.environment.clone()),
            secrets: secret::all_of(&deployment, &parameters, &settings.environment),
            parameters: Arc::new(parameters),
            values: Values::default(),
            deployment,
            settings,
            mode,
            machine,
            journal,
            run,
            fencing,
            base,
            epoch: Instant::now(),
            cancels: BTreeMap::new(),
            permits: BTreeMap::new(),
            started: BTreeMap::new(),
            groundless: BTreeSet::new(),
            stops: 0,
            gates: BTreeSet::new(),
            eyes: Eyes::closed(),
            seen_approvals: BTreeSet::new(),
            sender,
            progress,
            keepers,
            workers: Workers::new(),
            observer,
            _lock: lock,
        };
        for (name, (text, until)) in values {
            runner.values.put(name, text, until.map(|until| runner.instant(until)));
        }
        Ok(runner)
    }

    /// When this time of the run is, or was at the latest.
    fn instant(&self, at: Duration) -> Instant {
        self.epoch + at.saturating_sub(self.base)
    }

    /// What everything that is logged of this run belongs to.
    fn span(&self) -> tracing::Span {
        tracing::info_span!("run", run = %self.run, session = self.fencing)
    }

    /// Runs to the end.
    fn go_on(&mut self, control: &Receiver<Control>) -> Result<RunReport, ExecutorError> {
        let mut control = control.clone();
        let mut observed = Vec::new();
        self.open_eyes()?;
        loop {
            if !self.eyes.are_quiet() {
                self.machine.disturbed();
            }
            if let Some(state) = session::advance(self, observed)? {
                return Ok(self.report(state));
            }
            observed = self.wait(&mut control)?;
        }
    }

    /// Waits for what comes first: an attempt, a word from outside, an approval, the clock. What
    /// attempts tell at the same time is taken together, so that one transaction holds it.
    fn wait(&mut self, control: &mut Receiver<Control>) -> Result<Vec<Observation>, ExecutorError> {
        let deadline = self.machine.deadline().map(|at| at.saturating_sub(self.now()));
        let poll = (!self.gates.is_empty()).then_some(APPROVAL_POLL);
        let timeout = deadline.into_iter().chain(poll).min();
        let timer = timeout.map_or_else(never, crossbeam_channel::after);
        let (progress, notices) = (self.progress.clone(), self.eyes.notices.clone());
        let mut observed = Vec::new();
        select! {
            recv(progress) -> message => {
                let first = message.expect("this runner holds a sender");
                observed.extend(self.told(first));
                while observed.len() < TOGETHER && let Ok(next) = progress.try_recv() {
                    observed.extend(self.told(next));
                }
            }
            recv(notices) -> message => match message {
                Ok(first) => {
                    observed.extend(self.noticed(first)?);
                    while observed.len() < TOGETHER && let Ok(next) = notices.try_recv() {
                        observed.extend(self.noticed(next)?);
                    }
                }
                // The hub has ended; it says why on standard error when it panics.
                Err(_) => self.eyes.notices = never(),
            },
            recv(control) -> message => match message {
                Ok(Control::Stop) => self.stop()?,
                // Nobody is left who could ask for a stop.
                Err(_) => *control = never(),
            },
            recv(timer) -> _ => {}
        }
        self.collect_approvals()?;
        Ok(observed)
    }

    /// What a thread says: an observation, or something only to be told.
    fn told(&mut self, message: Progress) -> Option<Observation> {
        match message {
            Progress::Recovered(id, how) => {
                if let Some((attempt, _)) = self.started.get(&id) {
                    (self.observer)(&RunEvent::Recovered { attempt: *attempt, how });
                }
                None
            }
            Progress::Observed(Observation::Ended(id, report)) if self.groundless.contains(&id) => {
                Some(Observation::Ended(id, excuses::excused(report)))
            }
            Progress::Observed(observation) => Some(observation),
        }
    }

    fn stop(&mut self) -> Result<(), ExecutorError> {
        self.stops += 1;
        let (how, text) = match self.stops {
            1 => (StopKind::Drain, "a stop was asked for; nothing new starts"),
            2 => (StopKind::Cancel, "a second stop was asked for; what runs is cancelled"),
            _ => return Ok(()),
        };
        let (now, running) = (self.now(), self.machine.in_flight().count());
        self.journal.write(running, |writer| writer.note(now, "stop", None, None, text))?;
        (self.observer)(&RunEvent::StopRequested { how, running });
        session::stop(self)
    }

    fn collect_approvals(&mut self) -> Result<(), ExecutorError> {
        if self.gates.is_empty() {
            return Ok(());
        }
        let net = &self.deployment.net;
        let unused = self.journal.unused_approvals()?.into_iter();
        let unused = unused.filter_map(|(id, name, who)| Some((id, net.find_transition(&name)?, who)));
        session::take_approvals(&mut self.machine, unused, &mut self.seen_approvals);
        Ok(())
    }

    fn report(&self, state: EndState) -> RunReport {
        self.keepers.dismiss();
        RunReport {
            run: self.run.clone(),
            journal: self.journal.path().to_owned(),
            state,
            marking: self.machine.marking().clone(),
            held: self.machine.held().clone(),
            frozen: self.machine.frozen().map(|(attempt, result)| (*attempt, result)).collect(),
            livelock: self.machine.livelock().unwrap_or_default().to_vec(),
            converged: match self.mode {
                RunMode::Watch { converged } if state != EndState::Stopped => converged,
                _ => None,
            },
            transactions: self.journal.transactions(),
        }
    }
}

impl Session for Runner<'_> {
    type Error = ExecutorError;
    type Store = Ledger;

    fn machine(&mut self) -> &mut Machine {
        &mut self.machine
    }

    fn now(&self) -> Duration {
        self.base.saturating_add(self.epoch.elapsed())
    }

    fn write(&mut self, commands: &[Command], news: &News, now: Duration) -> Result<(), ExecutorError> {
        self.commit(commands, news, now)
    }

    fn act(&mut self, command: Command, news: &mut News, now: Duration) {
        self.do_and_tell(command, news, now);
    }

    fn take_up(&mut self, attempt: Attempt, stage: Stage, booked: Booked) {
        self.started.insert(attempt.id, (attempt, booked.started));
        if booked.ended.is_none() {
            let before = self.now().saturating_sub(booked.started);
            self.spawn_recovery(attempt, stage, before);
        }
    }
}

/// A name for a new run that no run in the folder has, and the path of its journal.
fn new_run(folder: &Path, created: Duration) -> Result<(String, PathBuf), ExecutorError> {
    let unusable = |source| ExecutorError::File { what: "make", path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(unusable)?;
    let folder = fs::canonicalize(folder).map_err(unusable)?;
    loop {
        let run = run_id(created);
        let path = folder.join(format!("{run}.db"));
        if !path.with_extension("lock").exists() && !path.exists() {
            return Ok((run, path));
        }
    }
}

/// Removes what is left of a run that could not be made.
fn abandon(path: &Path) {
    for extension in ["db", "db-wal", "db-shm", "lock"] {
        let _ = fs::remove_file(path.with_extension(extension));
    }
}

/// The hash of the net and of the deployment, as the journal has them.
fn hashes(deployment: &Deployment) -> [(&'static str, &'static str, String); 2] {
    [
        ("net", "net_hash", net_hash(&deployment.net).to_string()),
        ("deployment", "deployment_hash", pn_deployment::deployment_hash(deployment).to_string()),
    ]
}
