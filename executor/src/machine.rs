//! The step machine: a deployment net, its marking, and what to do next.
//!
//! It does no input or output and reads no clock: observations and the time come in, commands go
//! out, and the same inputs give the same commands. Time is counted from the start of the run.
//! Every change of the marking is one firing by [`pn_net::firing`], so what happened is a firing
//! sequence of the net. The rules are those of `docs/spec/execution.md`.
//!
//! A call costs O(transitions · arcs) per firing that it makes.

mod activity;
mod guard;
mod livelock;
mod staging;
mod step;

pub use step::{Attempt, AttemptId, Cause, Command, EndState, Freeze, Refusal, Stage};

use activity::{Activation, Activity};
use guard::{Blocked, Guard};
use livelock::LoopWatch;
use pn_deployment::{Deployment, Outcome, Retry, Role};
use pn_logic::holds_in;
use pn_net::{Marking, TransitionId, firing};
use staging::Staging;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// How often an activation may come back as *unknown* before it is frozen.
const INTERRUPTIONS: u32 = 10;

/// Why a deployment cannot be run, or a journal does not fit it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MachineError {
    /// The net waits for outside events, which `run` cannot watch yet.
    #[error("{} transition(s) wait for outside events, which `run` cannot watch yet", .0.len())]
    Events(Vec<TransitionId>),
    /// These actions have no outcome transition: the deployment is not expanded.
    #[error("{} action(s) have no outcome transition: the deployment is not expanded", .0.len())]
    NotExpanded(Vec<TransitionId>),
    /// The invariant with this index does not hold initially.
    #[error("invariant {0} does not hold in the initial marking")]
    Invariant(usize),
    /// A recorded firing is not possible here.
    #[error("recorded firing {0} does not fit the net")]
    Replay(usize),
}

/// A firing as the journal has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// When, in time since the start of the run.
    pub at: Duration,
    /// What fired.
    pub transition: TransitionId,
    /// Why.
    pub cause: Cause,
}

/// How far a stop has been asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stop {
    No,
    Drain,
    Cancel,
}

/// The transitions that the machine looks at, by who fires them, ascending.
#[derive(Debug, Default)]
struct Agenda {
    controls: Vec<TransitionId>,
    actions: Vec<TransitionId>,
    timers: Vec<TransitionId>,
    retries: Vec<TransitionId>,
    approvals: Vec<TransitionId>,
}

/// The state of a run.
#[derive(Debug)]
pub struct Machine {
    deployment: Arc<Deployment>,
    agenda: Agenda,
    guard: Guard,
    staging: Staging,
    jobs: NonZeroUsize,
    marking: Marking,
    in_flight: BTreeMap<AttemptId, Attempt>,
    /// The attempts in flight whose difference is recorded.
    applying: BTreeSet<AttemptId>,
    frozen: BTreeMap<AttemptId, (Attempt, Outcome)>,
    attempts: u64,
    activities: BTreeMap<TransitionId, Activity>,
    /// Since when each enabled timer has been enabled.
    clocks: BTreeMap<TransitionId, Duration>,
    granted: VecDeque<(TransitionId, String)>,
    asked: BTreeSet<TransitionId>,
    /// Whether it is not known which of the approvals in `asked` an earlier session has told of.
    asked_earlier: bool,
    held: BTreeMap<TransitionId, Refusal>,
    stop: Stop,
    livelock: Option<Vec<TransitionId>>,
    end: Option<EndState>,
}

impl Machine {
    /// The machine at the start of a run of an expanded deployment, of which at most `jobs`
    /// attempts run at the same time.
    ///
    /// # Errors
    ///
    /// When the deployment waits for events, is not expanded, or starts with a broken invariant.
    pub fn new(deployment: Arc<Deployment>, jobs: NonZeroUsize) -> Result<Self, MachineError> {
        let agenda = agenda(&deployment)?;
        let marking = deployment.net.initial().clone();
        let broken = |formula| !holds_in(&deployment.net, &marking, formula);
        if let Some(index) = deployment.invariants.iter().position(|i| broken(&i.formula)) {
            return Err(MachineError::Invariant(index));
        }
        let mut machine = Self {
            guard: Guard::new(&deployment),
            staging: Staging::new(&deployment),
            agenda,
            jobs,
            marking,
            in_flight: BTreeMap::new(),
            applying: BTreeSet::new(),
            frozen: BTreeMap::new(),
            attempts: 0,
            activities: BTreeMap::new(),
            clocks: BTreeMap::new(),
            granted: VecDeque::new(),
            asked: BTreeSet::new(),
            asked_earlier: false,
            held: BTreeMap::new(),
            stop: Stop::No,
            livelock: None,
            end: None,
            deployment,
        };
        for timer in machine.agenda.timers.clone() {
            machine.wind(timer, Duration::ZERO);
        }
        Ok(machine)
    }

    /// The marking of the net now.
    #[must_use]
    pub fn marking(&self) -> &Marking {
        &self.marking
    }

    /// The attempts that have started and not ended, by number.
    pub fn in_flight(&self) -> impl Iterator<Item = &Attempt> {
        self.in_flight.values()
    }

    /// How far an attempt in flight has come.
    #[must_use]
    pub fn stage(&self, id: AttemptId) -> Stage {
        if self.applying.contains(&id) { Stage::Applying } else { Stage::Checking }
    }

    /// Whether attempts at the action check first, and apply only once the difference is recorded.
    #[must_use]
    pub fn is_staged(&self, action: TransitionId) -> bool {
        self.staging.is_staged(action)
    }

    /// The attempts whose result the net could not take, by number.
    pub fn frozen(&self) -> impl Iterator<Item = (&Attempt, Outcome)> {
        self.frozen.values().map(|(attempt, result)| (attempt, *result))
    }

    /// The enabled transitions that are not fired, and why.
    #[must_use]
    pub fn held(&self) -> &BTreeMap<TransitionId, Refusal> {
        &self.held
    }

    /// The control transitions that fire without end, when the run stopped for that.
    #[must_use]
    pub fn livelock(&self) -> Option<&[TransitionId]> {
        self.livelock.as_deref()
    }

    /// How the run ended, once it has.
    #[must_use]
    pub fn end(&self) -> Option<EndState> {
        self.end
    }

    /// Does everything that can be done now; returns what the shell has to do.
    pub fn step(&mut self, now: Duration) -> Vec<Command> {
        let mut commands = Vec::new();
        if self.end.is_some() {
            return commands;
        }
        let mut watch = LoopWatch::default();
        let mut scan = Scan::default();
        self.lapse(&mut commands);
        while self.may_go_on() {
            let Some((transition, cause)) = self.choose(now, &mut scan) else { break };
            if self.is_immediate(transition) {
                self.livelock = watch.fired(transition, &self.marking, scan.control);
            } else {
                watch.reset();
            }
            commands.push(Command::Fire { transition, cause });
            self.lapse(&mut commands);
        }
        self.tell_changes(&mut commands);
        if let Some(end) = self.end_state() {
            self.end = Some(end);
            commands.push(Command::Finish(end));
        }
        commands
    }

    /// When the clock makes something possible next, if it does.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        if !self.may_go_on() || self.end.is_some() {
            return None;
        }
        let enabled = |t: &&TransitionId| {
            firing::is_enabled(&self.deployment.net, &self.marking, **t) && !self.held.contains_key(t)
        };
        let timers = self.agenda.timers.iter().filter(enabled).filter_map(|t| self.timer_due(*t));
        let free = self.in_flight.len() < self.jobs.get();
        let retries = self.agenda.retries.iter().filter(|_| free).filter(enabled);
        timers.chain(retries.filter_map(|t| self.retry_due(*t))).min()
    }

    /// The check of a staged attempt found a difference. Without effect when the attempt is not in
    /// flight, or has said so already.
    pub fn differs(&mut self, id: AttemptId, now: Duration) -> Vec<Command> {
        let Some(attempt) = self.in_flight.get(&id).copied() else { return Vec::new() };
        if self.applying.contains(&id) {
            return Vec::new();
        }
        let claims = self.staging.claims(&self.deployment, &attempt, Outcome::Diff, Stage::Checking);
        match self.fire_first(claims, now) {
            Ok(transition) => {
                self.applying.insert(id);
                let mut commands = vec![Command::Fire { transition, cause: Cause::Differs { attempt: id } }];
                self.lapse(&mut commands);
                commands
            }
            Err(why) => {
                self.in_flight.remove(&id);
                self.freeze(attempt, Outcome::Diff, why)
            }
        }
    }

    /// An attempt ended. Without effect when it is not in flight.
    pub fn finished(&mut self, id: AttemptId, result: Outcome, now: Duration) -> Vec<Command> {
        let Some(attempt) = self.in_flight.remove(&id) else { return Vec::new() };
        let stage = if self.applying.remove(&id) { Stage::Applying } else { Stage::Checking };
        if result == Outcome::Unknown && attempt.interruptions >= INTERRUPTIONS {
            return self.freeze(attempt, result, Freeze::Interrupted(attempt.interruptions));
        }
        let claims = self.staging.claims(&self.deployment, &attempt, result, stage);
        match self.fire_first(claims, now) {
            Ok(transition) => {
                let retry = self.settle(attempt, result, transition, now);
                let cause = Cause::End { attempt: id, result };
                let mut commands = vec![Command::Fire { transition, cause }];
                self.lapse(&mut commands);
                commands.extend(retry.map(|at| Command::Retry { action: attempt.action, at }));
                commands
            }
            Err(why) => self.freeze(attempt, result, why),
        }
    }

    /// Fires the first of the transitions that is enabled.
    fn fire_first(&mut self, claims: Vec<TransitionId>, now: Duration) -> Result<TransitionId, Freeze> {
        let mut why = if claims.is_empty() { Freeze::Unclaimed } else { Freeze::Disabled };
        for transition in claims {
            match self.fire(transition, now) {
                Ok(()) => return Ok(transition),
                Err(Blocked::Disabled) => {}
                Err(Blocked::Refused(refusal)) => {
                    why = Freeze::Refused(transition, refusal);
                    break;
                }
            }
        }
        Err(why)
    }

    /// A person approved. The approval is used when the transition next fires.
    pub fn approved(&mut self, transition: TransitionId, by: &str) {
        self.granted.push_back((transition, by.to_owned()));
    }

    /// A stop is asked for: at first nothing new starts, then what runs is cancelled.
    pub fn stop(&mut self) -> Vec<Command> {
        match self.stop {
            Stop::No => {
                self.stop = Stop::Drain;
                Vec::new()
            }
            Stop::Drain => {
                self.stop = Stop::Cancel;
                self.in_flight.keys().map(|id| Command::Cancel(*id)).collect()
            }
            Stop::Cancel => Vec::new(),
        }
    }

    /// Puts a recorded firing into effect again, as the `index`-th of the record.
    ///
    /// # Errors
    ///
    /// When the firing is not possible, or is not what this machine would have recorded.
    pub fn replay(&mut self, index: usize, recorded: &Recorded) -> Result<(), MachineError> {
        let misfit = MachineError::Replay(index);
        let Recorded { at, transition, ref cause } = *recorded;
        if transition.index() >= self.deployment.net.transition_count() {
            return Err(misfit);
        }
        self.fire(transition, at).map_err(|_| misfit.clone())?;
        match cause {
            Cause::Control | Cause::Timer | Cause::Approval { .. } => Ok(()),
            Cause::Start(attempt) => {
                let begun = self.begin(transition).ok_or(misfit.clone())?;
                // Interruptions are counted by session, so the record knows better.
                if (Attempt { interruptions: attempt.interruptions, ..begun }) != *attempt {
                    return Err(misfit);
                }
                self.in_flight.insert(attempt.id, *attempt);
                Ok(())
            }
            Cause::Differs { attempt } => {
                let known = self.in_flight.contains_key(attempt);
                if known && self.applying.insert(*attempt) { Ok(()) } else { Err(misfit) }
            }
            Cause::End { attempt, result } => {
                let ended = self.in_flight.remove(attempt).ok_or(misfit)?;
                self.applying.remove(attempt);
                self.settle(ended, *result, transition, at);
                Ok(())
            }
        }
    }

    /// A new session takes the run up: what was interrupted in earlier ones does not count. Every
    /// approval may have been asked for when the last session broke off; the first step withdraws
    /// those that are not enabled, and asks anew for those that are.
    pub fn begin_session(&mut self) {
        self.asked = self.agenda.approvals.iter().copied().collect();
        self.asked_earlier = true;
        self.in_flight.values_mut().for_each(|attempt| attempt.interruptions = 0);
        self.activities.values_mut().for_each(Activity::forgive);
    }

    /// Whether anything may be chosen at all.
    fn may_go_on(&self) -> bool {
        self.stop == Stop::No && self.livelock.is_none() && !(self.in_flight.is_empty() && self.goal_holds())
    }

    fn goal_holds(&self) -> bool {
        let Deployment { net, goal, .. } = &*self.deployment;
        goal.as_ref().is_some_and(|goal| holds_in(net, &self.marking, goal))
    }

    /// Fires the next transition that it is ours, the clock's or an approver's to fire: control
    /// first, then what was approved, timers, retries, actions; each in the order of the net,
    /// going on behind the last one chosen.
    fn choose(&mut self, now: Duration, scan: &mut Scan) -> Option<(TransitionId, Cause)> {
        if let Some(transition) = self.next_of(|a| &a.controls, &mut scan.control, now) {
            return Some((transition, Cause::Control));
        }
        for index in 0..self.granted.len() {
            let transition = self.granted[index].0;
            if self.fire(transition, now).is_ok() {
                let (_, by) = self.granted.remove(index).expect("the index is in range");
                return Some((transition, Cause::Approval { by }));
            }
        }
        for index in 0..self.agenda.timers.len() {
            let timer = self.agenda.timers[index];
            if self.timer_due(timer).is_some_and(|due| due <= now) && self.fire(timer, now).is_ok() {
                return Some((timer, Cause::Timer));
            }
        }
        if self.in_flight.len() >= self.jobs.get() {
            return None;
        }
        for index in 0..self.agenda.retries.len() {
            let retry = self.agenda.retries[index];
            if self.retry_due(retry).is_some_and(|due| due <= now) && self.fire(retry, now).is_ok() {
                return self.begin(retry).map(|attempt| (retry, Cause::Start(attempt)));
            }
        }
        let action = self.next_of(|a| &a.actions, &mut scan.action, now)?;
        self.begin(action).map(|attempt| (action, Cause::Start(attempt)))
    }

    fn next_of(
        &mut self,
        list: impl Fn(&Agenda) -> &Vec<TransitionId>,
        scan: &mut usize,
        now: Duration,
    ) -> Option<TransitionId> {
        let count = list(&self.agenda).len();
        for step in 0..count {
            let index = (*scan + step) % count;
            let transition = list(&self.agenda)[index];
            if self.fire(transition, now).is_ok() {
                *scan = index + 1;
                return Some(transition);
            }
        }
        None
    }

    /// Fires a transition if it may, and keeps the clocks.
    fn fire(&mut self, transition: TransitionId, now: Duration) -> Result<(), Blocked> {
        self.guard.fire(&self.deployment, &mut self.marking, transition)?;
        self.clocks.remove(&transition);
        let deployment = Arc::clone(&self.deployment);
        let net = &deployment.net;
        for place in net.preset(transition).iter().chain(net.postset(transition)) {
            for (consumer, _) in net.consumers(*place) {
                if matches!(deployment.role(consumer), Role::Timer { .. }) {
                    self.wind(consumer, now);
                }
            }
        }
        Ok(())
    }

    /// Starts or clears the clock of a timer, as it is enabled or not.
    fn wind(&mut self, timer: TransitionId, now: Duration) {
        if firing::is_enabled(&self.deployment.net, &self.marking, timer) {
            self.clocks.entry(timer).or_insert(now);
        } else {
            self.clocks.remove(&timer);
        }
    }

    fn timer_due(&self, timer: TransitionId) -> Option<Duration> {
        let Role::Timer { after } = self.deployment.role(timer) else { return None };
        self.clocks.get(&timer).map(|since| since.saturating_add(*after))
    }

    fn retry_due(&self, retry: TransitionId) -> Option<Duration> {
        let Role::Retry { of } = self.deployment.role(retry) else { return None };
        let due = self.activities.get(of).and_then(Activity::due);
        Some(due.unwrap_or(Duration::ZERO))
    }

    /// Whether the transition fires without anything being observed and without time passing.
    fn is_immediate(&self, transition: TransitionId) -> bool {
        match self.deployment.role(transition) {
            Role::Control | Role::Refresh { .. } => true,
            Role::Timer { after } => after.is_zero(),
            _ => false,
        }
    }

    /// Puts the attempt in flight that the firing of an action or retry starts.
    fn begin(&mut self, transition: TransitionId) -> Option<Attempt> {
        let (action, activation) = match *self.deployment.role(transition) {
            Role::Action(_) => (transition, self.activities.entry(transition).or_default().begin()),
            Role::Retry { of } => (of, self.activities.entry(of).or_default().resume()),
            _ => return None,
        };
        self.attempts += 1;
        let Activation { number, failures, interruptions } = activation;
        let id = AttemptId(self.attempts);
        let attempt = Attempt { id, action, activation: number, failures, interruptions };
        self.in_flight.insert(id, attempt);
        Some(attempt)
    }

    /// Books what follows an outcome; when the next attempt starts, if one does.
    fn settle(
        &mut self,
        attempt: Attempt,
        result: Outcome,
        by: TransitionId,
        now: Duration,
    ) -> Option<Duration> {
        let activity = self.activities.entry(attempt.action).or_default();
        let mut activation = Activation {
            number: attempt.activation,
            failures: attempt.failures,
            interruptions: attempt.interruptions,
        };
        let net = &self.deployment.net;
        let waits = self.agenda.retries.iter().any(|retry| {
            matches!(self.deployment.role(*retry), Role::Retry { of } if *of == attempt.action)
                && net.preset(*retry).iter().any(|place| net.postset(by).contains(place))
        });
        if waits {
            return Some(activity.pause(activation, retry_of(&self.deployment, attempt.action), now));
        }
        if matches!(result, Outcome::Unknown | Outcome::Cancelled) {
            activation.interruptions += u32::from(result == Outcome::Unknown);
            activity.interrupt(activation);
        }
        None
    }

    fn freeze(&mut self, attempt: Attempt, result: Outcome, why: Freeze) -> Vec<Command> {
        self.frozen.insert(attempt.id, (attempt, result));
        vec![Command::Freeze { attempt, result, why }]
    }

    /// Withdraws what is no longer enabled, if only by one firing: approvals given for it lapse.
    fn lapse(&mut self, commands: &mut Vec<Command>) {
        let (net, marking) = (&self.deployment.net, &self.marking);
        let disabled = |t: &TransitionId| !firing::is_enabled(net, marking, *t);
        for transition in self.asked.extract_if(.., disabled) {
            self.granted.retain(|(granted, _)| *granted != transition);
            commands.push(Command::Withdraw(transition));
        }
    }

    /// Tells which approvals and held transitions have come and gone.
    fn tell_changes(&mut self, commands: &mut Vec<Command>) {
        let held = self.refused();
        for (transition, refusal) in &held {
            if self.held.get(transition) != Some(refusal) {
                commands.push(Command::Hold(*transition, *refusal));
            }
        }
        let net = &self.deployment.net;
        let approvals = self.agenda.approvals.iter().copied();
        let asked: BTreeSet<TransitionId> = approvals
            .filter(|t| firing::is_enabled(net, &self.marking, *t) && !held.contains_key(t))
            .collect();
        commands.extend(self.asked.difference(&asked).map(|t| Command::Withdraw(*t)));
        self.granted.retain(|(transition, _)| asked.contains(transition));
        let unasked = asked.iter().filter(|t| self.asked_earlier || !self.asked.contains(t));
        commands.extend(unasked.map(|t| Command::Ask(*t)));
        self.asked_earlier = false;
        self.asked = asked;
        self.held = held;
    }

    /// The enabled transitions that may not fire.
    fn refused(&self) -> BTreeMap<TransitionId, Refusal> {
        let Agenda { controls, actions, timers, retries, approvals } = &self.agenda;
        let ours = [controls, actions, timers, retries, approvals].into_iter().flatten();
        let mut marking = self.marking.clone();
        let mut refused = BTreeMap::new();
        for transition in ours {
            match self.guard.fire(&self.deployment, &mut marking, *transition) {
                Ok(()) => firing::unfire(&self.deployment.net, &mut marking, *transition)
                    .expect("it has just fired"),
                Err(Blocked::Disabled) => {}
                Err(Blocked::Refused(refusal)) => {
                    refused.insert(*transition, refusal);
                }
            }
        }
        refused
    }

    /// Whether the clock or a person may still bring the run forward.
    fn waits(&self) -> bool {
        let Agenda { timers, retries, approvals, .. } = &self.agenda;
        [timers, retries, approvals].into_iter().flatten().any(|t| {
            firing::is_enabled(&self.deployment.net, &self.marking, *t) && !self.held.contains_key(t)
        })
    }

    /// How the run ends here, if it does.
    fn end_state(&self) -> Option<EndState> {
        let Deployment { net, goal, failure, roles, .. } = &*self.deployment;
        if !self.in_flight.is_empty() {
            return None;
        }
        if self.goal_holds() {
            return Some(if self.frozen.is_empty() { EndState::Complete } else { EndState::Frozen });
        }
        if self.livelock.is_some() {
            return Some(EndState::Livelock);
        }
        if self.stop != Stop::No {
            return Some(EndState::Stopped);
        }
        if self.waits() {
            return None;
        }
        if !self.frozen.is_empty() {
            return Some(EndState::Frozen);
        }
        if holds_in(net, &self.marking, failure) {
            return Some(EndState::DeclaredFailure);
        }
        let only_undo =
            firing::enabled(net, &self.marking).all(|t| matches!(roles[t.index()], Role::Undo { .. }));
        Some(if goal.is_none() && only_undo { EndState::Complete } else { EndState::Stuck })
    }
}

/// Where the scans of one step stand.
#[derive(Debug, Default)]
struct Scan {
    control: usize,
    action: usize,
}

fn retry_of(deployment: &Deployment, action: TransitionId) -> Retry {
    match deployment.role(action) {
        Role::Action(action) => action.retry,
        _ => Retry::ONCE,
    }
}

/// Sorts the transitions by who fires them.
fn agenda(deployment: &Deployment) -> Result<Agenda, MachineError> {
    let mut agenda = Agenda::default();
    let (mut events, mut bare) = (Vec::new(), Vec::new());
    let with_outcomes: BTreeSet<TransitionId> = deployment
        .roles
        .iter()
        .filter_map(|role| if let Role::Outcome { of, .. } = role { Some(*of) } else { None })
        .collect();
    for transition in deployment.net.transitions() {
        match deployment.role(transition) {
            Role::Control | Role::Refresh { .. } => agenda.controls.push(transition),
            Role::Action(_) => {
                agenda.actions.push(transition);
                if !with_outcomes.contains(&transition) {
                    bare.push(transition);
                }
            }
            Role::Timer { .. } => agenda.timers.push(transition),
            Role::Retry { .. } => agenda.retries.push(transition),
            Role::Approval { .. } => agenda.approvals.push(transition),
            Role::Event { .. } => events.push(transition),
            Role::Outcome { .. } | Role::Undo { .. } | Role::Drift { .. } => {}
        }
    }
    match (events.is_empty(), bare.is_empty()) {
        (false, _) => Err(MachineError::Events(events)),
        (_, false) => Err(MachineError::NotExpanded(bare)),
        _ => Ok(agenda),
    }
}
