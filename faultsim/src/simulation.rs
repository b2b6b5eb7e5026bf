//! One simulated run: the queue of what happens, the sessions of the runner, crashes and the end.

use crate::Bug;
use crate::chance::Chance;
use crate::checker::Checker;
use crate::disk::{Crash, Disk, Row};
use crate::plan::{Kind, Plan, plan};
use crate::world::{Key, Process, World};
use pn_executor::machine::{Attempt, AttemptId, Compared, EndState, Machine};
use pn_executor::session::{self, Booked, Observation};
use pn_net::TransitionId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// A run that handles more than this does not end.
const EVENTS: u64 = 50_000;

/// Whether the log of a run is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Log {
    /// Every event, a line each.
    Kept,
    /// Nothing.
    Dropped,
}

/// How a simulated run went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figures {
    /// How it ended.
    pub end: EndState,
    /// How many firings its journal has.
    pub firings: usize,
    /// How many crashes it went through.
    pub crashes: u32,
    /// The log, if it was kept.
    pub log: Vec<String>,
}

/// A property that a run broke.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The seed of the run.
    pub seed: u64,
    /// What went wrong.
    pub what: String,
    /// The log, if it was kept.
    pub log: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}: {}", self.seed, self.what)
    }
}

/// What happens in a session's own process, for one attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Thread {
    Recover,
    Check,
    Apply,
    Effect,
    Waited,
    Hear,
    Look(pn_deployment::Outcome),
    Done(pn_deployment::Outcome),
}

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    /// In the process of a session; nothing once that is over.
    Session(u64, AttemptId, Thread),
    /// The clock of a session, or its look for approvals.
    Wake(u64),
    /// A supervisor claims its attempt.
    Claim(AttemptId),
    /// A command takes effect.
    Effect(AttemptId),
    /// A command ends.
    Ends(AttemptId, pn_deployment::Outcome),
    /// A supervisor is asked to stop its command.
    Terminate(AttemptId),
    /// A supervisor is killed.
    Orphan(AttemptId),
    /// What an action has done is found to be no longer so.
    Drift(TransitionId),
    /// A person approves.
    Approve(TransitionId),
    /// A person asks for a stop.
    Stop,
    /// The runner or the machine dies, between two events.
    Crash(Crash),
    /// A new session begins.
    Resume,
}

/// How likely faults are in this run, in a thousand, and how many there are left.
#[derive(Debug)]
pub(crate) struct Faults {
    pub(crate) crash: u32,
    pub(crate) crashes_left: u32,
    pub(crate) orphan: u32,
    pub(crate) orphans_left: u32,
    pub(crate) fails: u32,
    pub(crate) check_fails: u32,
    pub(crate) disk_full: u32,
    /// The longest that a command takes, in milliseconds.
    pub(crate) longest: u32,
}

impl Faults {
    const NONE: Self = Self {
        crash: 0,
        crashes_left: 0,
        orphan: 0,
        orphans_left: 0,
        fails: 0,
        check_fails: 0,
        disk_full: 0,
        longest: 300,
    };

    fn random(chance: &mut Chance) -> Self {
        if chance.happens(200) {
            return Self::NONE;
        }
        Self {
            crash: chance.one_of(&[0, 5, 30]),
            crashes_left: chance.below(6),
            orphan: chance.one_of(&[0, 100, 400]),
            orphans_left: 5,
            fails: chance.one_of(&[0, 0, 30, 150]),
            check_fails: chance.one_of(&[0, 0, 20]),
            disk_full: chance.one_of(&[0, 0, 20]),
            longest: chance.one_of(&[300, 700]),
        }
    }
}

/// The state of a simulated run.
#[derive(Debug)]
pub(crate) struct Simulation {
    pub(crate) plan: Plan,
    pub(crate) bug: Option<Bug>,
    pub(crate) chance: Chance,
    pub(crate) faults: Faults,
    pub(crate) disk: Disk,
    pub(crate) world: World,
    pub(crate) checker: Checker,
    pub(crate) machine: Machine<Compared>,
    pub(crate) clock: Duration,
    queue: BTreeMap<(Duration, u64), Event>,
    queued: u64,
    /// The number of the session, and whether its process lives.
    pub(crate) session: u64,
    pub(crate) is_up: bool,
    /// The process has died in the middle of something.
    pub(crate) dying: Option<Crash>,
    /// The run's time when `epoch` was.
    base: Duration,
    epoch: Duration,
    wake: Option<Duration>,
    /// What attempts have told and nobody has heard yet.
    pub(crate) mailbox: Vec<Observation>,
    /// Attempts of which recovery has yet to hear.
    pub(crate) unsettled: Option<BTreeSet<AttemptId>>,
    pub(crate) started: BTreeMap<AttemptId, (Attempt, Duration)>,
    pub(crate) attended: BTreeSet<AttemptId>,
    pub(crate) cancelled: BTreeSet<AttemptId>,
    pub(crate) gates: BTreeSet<TransitionId>,
    seen_approvals: BTreeSet<i64>,
    pub(crate) broken: Option<String>,
    pub(crate) stops: u32,
    crashes: u32,
    end: Option<EndState>,
    log: Option<Vec<String>>,
}

/// Runs the deployment of this seed to its end, with the faults of this seed.
///
/// # Errors
///
/// When a property is broken.
pub fn simulate(seed: u64, bug: Option<Bug>, log: Log) -> Result<Figures, Failure> {
    let mut chance = Chance::new(seed);
    let plan = plan(&mut chance, bug);
    let failed = |what, log| Failure { seed, what, log };
    let machine = match Machine::with_store(plan.deployment.clone(), plan.jobs) {
        Ok(machine) => stays(machine, plan.stays),
        Err(error) => return Err(failed(error.to_string(), Vec::new())),
    };
    let mut simulation = Simulation {
        faults: Faults::random(&mut chance),
        checker: Checker::new(&plan),
        plan,
        bug,
        chance,
        disk: Disk::default(),
        world: World::default(),
        machine,
        clock: Duration::ZERO,
        queue: BTreeMap::new(),
        queued: 0,
        session: 1,
        is_up: true,
        dying: None,
        base: Duration::ZERO,
        epoch: Duration::ZERO,
        wake: None,
        mailbox: Vec::new(),
        unsettled: None,
        started: BTreeMap::new(),
        attended: BTreeSet::new(),
        cancelled: BTreeSet::new(),
        gates: BTreeSet::new(),
        seen_approvals: BTreeSet::new(),
        broken: None,
        stops: 0,
        crashes: 0,
        end: None,
        log: (log == Log::Kept).then(Vec::new),
    };
    let outcome = simulation.run();
    let log = simulation.log.take().unwrap_or_default();
    match outcome {
        Ok(end) => Ok(Figures { end, firings: simulation.checker.firings, crashes: simulation.crashes, log }),
        Err(what) => Err(failed(what, log)),
    }
}

fn stays(machine: Machine<Compared>, stays: Option<Duration>) -> Machine<Compared> {
    match stays {
        Some(rest) => machine.watching(Some(rest)),
        None => machine,
    }
}

impl Simulation {
    fn run(&mut self) -> Result<EndState, String> {
        if self.log.is_some() {
            self.describe();
        }
        self.schedule_outside();
        self.disk.append(vec![Row::Session]);
        self.disk.sync();
        self.advance()?;
        for _ in 0..EVENTS {
            if let Some(end) = self.end {
                self.check_end(end)?;
                return Ok(end);
            }
            let Some(((at, _), event)) = self.queue.pop_first() else {
                return Err("nothing is left to happen, and the run has not ended".into());
            };
            self.clock = at;
            self.happen(event)?;
            if let Some(broken) = self.broken.take() {
                return Err(broken);
            }
            if let Some(complaint) = self.machine.complaint() {
                return Err(complaint.to_owned());
            }
            if self.is_up && self.machine.marking() != &self.checker.marking {
                return Err("the machine's marking is not that of the journal".into());
            }
        }
        Err(format!("the run has not ended after {EVENTS} events"))
    }

    fn describe(&mut self) {
        let net = &self.plan.deployment.net;
        let mut lines = Vec::new();
        for transition in net.transitions() {
            let names = |arcs: Vec<_>| {
                let name = |(place, weight)| match weight {
                    1 => net.place_name(place).to_owned(),
                    weight => format!("{weight} {}", net.place_name(place)),
                };
                arcs.into_iter().map(name).collect::<Vec<_>>().join(" + ")
            };
            let (pre, post) = (names(net.pre(transition).collect()), names(net.post(transition).collect()));
            let kind = self.plan.kinds.get(&transition).map_or(String::new(), |kind| format!("  {kind:?}"));
            lines.push(format!("{}: {pre} -> {post}{kind}", net.transition_name(transition)));
        }
        lines.push(format!("jobs {}, {:?}", self.plan.jobs, self.faults));
        self.log.get_or_insert_default().extend(lines);
    }

    pub(crate) fn note(&mut self, text: impl FnOnce(&Self) -> String) {
        if self.log.is_some() {
            let line = format!("{:>10.3}s  {}", self.clock.as_secs_f64(), text(self));
            self.log.get_or_insert_default().push(line);
        }
    }

    pub(crate) fn after(&mut self, delay: Duration, event: Event) {
        self.queued += 1;
        self.queue.insert((self.clock + delay, self.queued), event);
    }

    /// Something happens within the present session soon.
    pub(crate) fn soon(&mut self, millis: u32, id: AttemptId, thread: Thread) {
        let delay = self.chance.time(millis);
        self.after(delay, Event::Session(self.session, id, thread));
    }

    pub(crate) fn run_time(&self) -> Duration {
        self.base + self.clock.saturating_sub(self.epoch)
    }

    pub(crate) fn kind(&self, id: AttemptId) -> Kind {
        self.plan.kinds[&self.started[&id].0.action]
    }

    pub(crate) fn key(&self, id: AttemptId) -> Key {
        let attempt = &self.started[&id].0;
        (attempt.action, attempt.activation)
    }

    pub(crate) fn crash_kind(&mut self) -> Crash {
        if self.chance.happens(300) { Crash::Power } else { Crash::Runner }
    }

    fn happen(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Session(session, id, thread) => {
                if self.is_up && session == self.session {
                    self.note(|_| format!("attempt {id}: {thread:?}"));
                    return self.thread(id, thread);
                }
            }
            Event::Wake(session) => {
                if self.is_up && session == self.session {
                    self.wake = None;
                    return self.go_on();
                }
            }
            Event::Approve(transition) => return self.approve(transition),
            Event::Drift(action) => self.drift(action),
            Event::Stop => return self.stop(),
            Event::Crash(crash) => {
                if self.is_up && self.faults.crashes_left > 0 {
                    self.faults.crashes_left -= 1;
                    return self.crash(crash);
                }
            }
            Event::Resume => return self.resume(),
            outside => self.outside(outside),
        }
        Ok(())
    }

    /// The ended attempt is heard of.
    pub(crate) fn heard(&mut self, id: AttemptId) -> Result<(), String> {
        if let Some(unsettled) = &mut self.unsettled {
            unsettled.remove(&id);
        }
        self.go_on()
    }

    /// The loop of the runner, after anything was heard.
    pub(crate) fn go_on(&mut self) -> Result<(), String> {
        if !self.is_up || self.unsettled.as_ref().is_some_and(|open| !open.is_empty()) {
            return Ok(());
        }
        self.unsettled = None;
        if !self.gates.is_empty() {
            let unused = self.disk.book.approvals.iter();
            let mut unused: Vec<_> = unused.map(|a| (a.id, a.transition, a.who.clone())).collect();
            if self.bug == Some(Bug::ApprovedAgain) {
                let gates = self.gates.iter().map(|gate| (-1, *gate, "ann".to_owned()));
                unused.extend(gates.filter(|_| self.session > 1));
            }
            session::take_approvals(&mut self.machine, unused, &mut self.seen_approvals);
        }
        self.advance()
    }

    fn advance(&mut self) -> Result<(), String> {
        let result = {
            let observed = std::mem::take(&mut self.mailbox);
            session::advance(self, observed)
        };
        let Some(end) = self.survive(result)? else { return Ok(()) };
        if let Some(state) = end {
            return self.finish(state);
        }
        let now = self.run_time();
        if let Some(deadline) = self.machine.deadline() {
            let at = self.clock + deadline.saturating_sub(now);
            if self.wake.is_none_or(|wake| at < wake) {
                self.wake = Some(at);
                self.after(deadline.saturating_sub(now), Event::Wake(self.session));
            }
        }
        Ok(())
    }

    fn finish(&mut self, state: EndState) -> Result<(), String> {
        self.note(|_| format!("the session ends: {}", state.word()));
        self.checker.may_end(&self.plan, state, self.stops)?;
        let rested = self.run_time().saturating_sub(self.checker.last) + Duration::from_millis(1);
        if state != EndState::Stopped && self.plan.stays.is_some_and(|rest| rested < rest) {
            return Err(format!("the run ends {} and has not rested", state.word()));
        }
        if state.is_resumable() && self.chance.happens(700) {
            self.is_up = false;
            self.leave();
            let delay = self.chance.time(3000);
            self.after(delay, Event::Resume);
        } else {
            self.end = Some(state);
        }
        Ok(())
    }

    /// What a call of the session returned, unless the process died in it.
    pub(crate) fn survive<T>(&mut self, result: Result<T, Crash>) -> Result<Option<T>, String> {
        match (result, self.dying.take()) {
            (Ok(value), None) => Ok(Some(value)),
            (Err(crash), _) | (_, Some(crash)) => self.crash(crash).map(|()| None),
        }
    }

    /// An attempt tells something.
    pub(crate) fn observed(&mut self, observation: Observation) -> Result<(), String> {
        if self.unsettled.as_ref().is_none_or(BTreeSet::is_empty) {
            // What comes meanwhile is taken together.
            self.mailbox.push(observation);
            let delay = self.chance.time(20);
            self.after(delay, Event::Wake(self.session));
            return Ok(());
        }
        let heard = match &observation {
            Observation::Ended(id, _) => Some(*id),
            _ => None,
        };
        let result = session::hear(self, vec![observation]);
        self.survive(result)?;
        match heard {
            Some(id) => self.heard(id),
            None => self.go_on(),
        }
    }

    fn crash(&mut self, crash: Crash) -> Result<(), String> {
        self.crashes += 1;
        self.note(|_| format!("crash: {crash:?}"));
        self.is_up = false;
        let rows = self.disk.crash(crash, &mut self.chance, self.bug);
        self.checker.written(&self.plan, &rows)?;
        self.leave();
        match crash {
            Crash::Power => self.world.lose_power(),
            Crash::Runner => {
                // The job of a supervisor that was just being started may be cut off.
                for folder in self.world.folders.values_mut() {
                    if folder.supervisor == Process::NotYet && self.chance.happens(300) {
                        folder.supervisor = Process::Gone;
                    }
                }
            }
        }
        let delay = self.chance.time(2000);
        self.after(delay, Event::Resume);
        Ok(())
    }

    /// The process of the session is gone, with all that it did itself.
    fn leave(&mut self) {
        self.attended.clear();
        self.cancelled.clear();
        self.gates.clear();
        self.seen_approvals.clear();
        self.unsettled = None;
        self.wake = None;
        self.mailbox.clear();
        self.dying = None;
        let plan = &self.plan;
        self.world.at_work.retain(|(action, _), _| plan.kinds[action].is_command());
    }

    fn resume(&mut self) -> Result<(), String> {
        if self.disk.full_until > self.clock {
            let delay = self.disk.full_until.saturating_sub(self.clock);
            self.after(delay, Event::Resume);
            return Ok(());
        }
        if let Some(state) = self.disk.book.last_end.filter(|state| !state.is_resumable()) {
            self.checker.may_end(&self.plan, state, self.stops)?;
            self.end = Some(state);
            return Ok(());
        }
        let (deployment, jobs, records) = (&self.plan.deployment, self.plan.jobs, &self.disk.book.records);
        let rebuild = |snapshot, records: &[_]| {
            session::rebuild(deployment, jobs, snapshot, records)
                .map_err(|error| format!("the journal does not replay: {error}"))
        };
        let (mut machine, last): (Machine<Compared>, _) = rebuild(None, records)?;
        if let Some((known, snapshot)) = self.disk.book.snapshot.clone() {
            let (quick, _) = rebuild(Some(snapshot), &records[known..])?;
            if quick.snapshot() != machine.snapshot() {
                return Err("a snapshot and what follows it lead elsewhere than the whole record".into());
            }
            machine = quick;
        }
        self.machine = stays(machine, self.plan.stays);
        self.session += 1;
        // The machine's clock may have been set meanwhile, the run's own never goes back.
        let skew = if self.chance.happens(200) { self.chance.time(3000) } else { Duration::ZERO };
        self.base = session::time_of_resumption(self.run_time().saturating_sub(skew), last);
        self.epoch = self.clock;
        self.is_up = true;
        self.note(|s| format!("session {} begins at {:?} of the run", s.session, s.base));
        self.disk.append(vec![Row::Session]);
        self.synced()?;
        if self.bug == Some(Bug::Forgotten) {
            return self.advance();
        }
        let booked: BTreeMap<AttemptId, Booked> = self.disk.book.attempts.clone();
        let result = session::settle(self, &booked);
        self.unsettled = self.survive(result)?;
        self.go_on()?;
        if self.is_up {
            self.after(Duration::from_millis(100), Event::Wake(self.session));
        }
        Ok(())
    }

    /// Syncs the disk and tells the checker what counts now.
    pub(crate) fn synced(&mut self) -> Result<(), String> {
        let rows = self.disk.sync();
        self.checker.written(&self.plan, &rows)
    }

    /// How the attempt is heard of without its end.
    pub(crate) fn settled(&mut self, id: AttemptId) -> Result<(), String> {
        self.heard(id)
    }

    /// Every success took effect, and those that can be checked took effect once.
    fn check_end(&self, end: EndState) -> Result<(), String> {
        if end == EndState::Complete && !self.checker.open.is_empty() {
            return Err("the run is complete, and something is in flight".into());
        }
        let net = &self.plan.deployment.net;
        for key in self.checker.succeeded.keys() {
            let kind = self.plan.kinds[&key.0];
            let name = net.transition_name(key.0);
            match (kind, self.world.effects.get(key).copied().unwrap_or(0)) {
                (Kind::Waits, _) | (_, 1) => {}
                (_, 0) => {
                    return Err(format!("`{name}`, activation {}, succeeded without effect", key.1));
                }
                (kind, count) if kind.can_check() => {
                    return Err(format!("`{name}`, activation {}, took effect {count} times", key.1));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
