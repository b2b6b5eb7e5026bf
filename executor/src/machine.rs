//! The step machine: a deployment net, its marking, and what to do next.
//!
//! It does no input or output and reads no clock: observations and the time come in, commands go
//! out, and the same inputs give the same commands. Time is counted from the start of the run.
//! Every change of the marking is one firing by [`pn_net::firing`], so what happened is a firing
//! sequence of the net. The rules are those of `docs/spec/execution.md`.
//!
//! A call costs, for each firing that it makes, what that firing touches.

mod activity;
mod alarms;
mod choice;
mod compared;
mod conditions;
mod ledger;
mod livelock;
mod record;
mod rules;
mod scan;
mod staging;
mod step;
mod store;
mod watching;

pub use activity::{Activation, Activity, Paused};
pub use compared::Compared;
pub use ledger::Ledger;
pub use record::{Recorded, Snapshot};
pub use rules::{Rules, Who};
pub use scan::Scan;
pub use step::{Attempt, AttemptId, Cause, Command, EndState, Freeze, Reason, Refusal, Stage};
pub use store::{Blocked, Store};

use activity::Activity as Activities;
use livelock::{Fingerprint, LoopWatch};
use pn_deployment::{Deployment, Outcome, Retry, Role};
use pn_logic::holds_in;
use pn_net::{Marking, TransitionId};
use staging::Staging;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;
use watching::Watching;

/// How often an activation may come back as *unknown* before it is frozen.
const INTERRUPTIONS: u32 = 10;

/// Why a deployment cannot be run, or a journal does not fit it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MachineError {
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

/// How far a stop has been asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stop {
    No,
    Drain,
    Cancel,
}

/// The state of a run.
#[derive(Debug)]
pub struct Machine<S = Ledger> {
    rules: Arc<Rules>,
    staging: Staging,
    store: S,
    fingerprint: Fingerprint,
    jobs: NonZeroUsize,
    in_flight: BTreeMap<AttemptId, Attempt>,
    /// The attempts in flight whose difference is recorded.
    applying: BTreeSet<AttemptId>,
    frozen: BTreeMap<AttemptId, (Attempt, Outcome, Stage)>,
    attempts: u64,
    activities: BTreeMap<TransitionId, Activities>,
    granted: VecDeque<(TransitionId, String)>,
    asked: BTreeSet<TransitionId>,
    /// Whether it is not known which of the approvals in `asked` an earlier session has told of.
    asked_earlier: bool,
    /// Approvals in `asked` that a firing may have disabled.
    lapsing: BTreeSet<TransitionId>,
    held: BTreeMap<TransitionId, Refusal>,
    watching: Watching,
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
    /// When the deployment is not expanded, or starts with a broken invariant.
    pub fn new(deployment: Arc<Deployment>, jobs: NonZeroUsize) -> Result<Self, MachineError> {
        Self::with_store(deployment, jobs)
    }
}

impl<S: Store> Machine<S> {
    /// The same, with another store.
    ///
    /// # Errors
    ///
    /// Those of [`Machine::new`].
    pub fn with_store(deployment: Arc<Deployment>, jobs: NonZeroUsize) -> Result<Self, MachineError> {
        let marking = deployment.net.initial().clone();
        let broken = |formula| !holds_in(&deployment.net, &marking, formula);
        if let Some(index) = deployment.invariants.iter().position(|i| broken(&i.formula)) {
            return Err(MachineError::Invariant(index));
        }
        let rules = Arc::new(Rules::new(deployment)?);
        let store = S::new(&rules, marking, Duration::ZERO);
        Ok(Self::of(rules, store, jobs))
    }

    fn of(rules: Arc<Rules>, store: S, jobs: NonZeroUsize) -> Self {
        Self {
            staging: Staging::new(&rules.deployment),
            rules,
            store,
            fingerprint: Fingerprint::default(),
            jobs,
            in_flight: BTreeMap::new(),
            applying: BTreeSet::new(),
            frozen: BTreeMap::new(),
            attempts: 0,
            activities: BTreeMap::new(),
            granted: VecDeque::new(),
            asked: BTreeSet::new(),
            asked_earlier: false,
            lapsing: BTreeSet::new(),
            held: BTreeMap::new(),
            watching: Watching::default(),
            stop: Stop::No,
            livelock: None,
            end: None,
        }
    }

    fn deployment(&self) -> &Deployment {
        &self.rules.deployment
    }

    /// The marking of the net now.
    #[must_use]
    pub fn marking(&self) -> &Marking {
        self.store.marking()
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
        self.frozen.values().map(|(attempt, result, _)| (attempt, *result))
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

    /// What is wrong with the store, where it looks.
    #[must_use]
    pub fn complaint(&self) -> Option<&str> {
        self.store.complaint()
    }

    /// Does everything that can be done now; returns what the shell has to do.
    pub fn step(&mut self, now: Duration) -> Vec<Command> {
        let mut commands = Vec::new();
        if self.end.is_some() {
            return commands;
        }
        let mut watch = LoopWatch::default();
        let mut scan = choice::Scan::default();
        self.lapse(&mut commands);
        self.slow_down(now);
        self.try_pending(now, &mut commands);
        while self.may_go_on() {
            let Some((transition, cause)) = self.choose(now, &mut scan) else {
                if self.try_pending(now, &mut commands) { continue } else { break }
            };
            if self.is_immediate(transition) {
                let state = (self.fingerprint, scan.control);
                self.livelock = watch.fired(transition, self.store.marking(), state);
            } else {
                watch.reset();
            }
            commands.push(Command::Fire { transition, cause });
            self.lapse(&mut commands);
        }
        self.tell_changes(&mut commands);
        if let Some(end) = self.end_state(now) {
            self.end = Some(end);
            commands.push(Command::Finish(end));
        }
        commands
    }

    /// When the clock makes something possible next, if it does.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        if self.end.is_some() {
            return None;
        }
        let rest = self.rests_until();
        if !self.may_go_on() {
            return rest;
        }
        let timers = self.store.alarm(Who::Timer);
        let free = self.in_flight.len() < self.jobs.get();
        let retries = if free { self.store.alarm(Who::Retry) } else { None };
        [timers, retries, self.watching.slowed_until(), rest].into_iter().flatten().min()
    }

    /// The check of a staged attempt found a difference. Without effect when the attempt is not in
    /// flight, or has said so already.
    pub fn differs(&mut self, id: AttemptId, now: Duration) -> Vec<Command> {
        let Some(attempt) = self.in_flight.get(&id).copied() else { return Vec::new() };
        if self.applying.contains(&id) {
            return Vec::new();
        }
        let claims = self.claims(&attempt, Outcome::Diff, Stage::Checking);
        match self.fire_first(claims, now) {
            Ok(transition) => {
                self.applying.insert(id);
                let mut commands = vec![Command::Fire { transition, cause: Cause::Differs { attempt: id } }];
                self.lapse(&mut commands);
                commands
            }
            Err(why) => {
                self.in_flight.remove(&id);
                self.freeze(attempt, (Outcome::Diff, Stage::Checking), why)
            }
        }
    }

    /// An attempt ended. Without effect when it is not in flight.
    pub fn finished(&mut self, id: AttemptId, result: Outcome, now: Duration) -> Vec<Command> {
        let Some(attempt) = self.in_flight.remove(&id) else { return Vec::new() };
        let stage = if self.applying.remove(&id) { Stage::Applying } else { Stage::Checking };
        if result == Outcome::Unknown && attempt.interruptions >= INTERRUPTIONS {
            return self.freeze(attempt, (result, stage), Freeze::Interrupted(attempt.interruptions));
        }
        let claims = self.claims(&attempt, result, stage);
        match self.fire_first(claims, now) {
            Ok(transition) => {
                let retry = self.settle(attempt, result, transition, now);
                if matches!(result, Outcome::Ok | Outcome::Same) {
                    // It has just been found as wanted.
                    self.otherwise(attempt.action);
                }
                let cause = Cause::End { attempt: id, result };
                let mut commands = vec![Command::Fire { transition, cause }];
                self.lapse(&mut commands);
                commands.extend(retry.map(|at| Command::Retry { action: attempt.action, at }));
                commands
            }
            Err(why) => self.freeze(attempt, (result, stage), why),
        }
    }

    fn claims(&self, attempt: &Attempt, result: Outcome, stage: Stage) -> Vec<TransitionId> {
        let claims = self.rules.claims(attempt.action, result);
        self.staging.fitting(&self.rules.deployment.net, claims, attempt.action, stage)
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

    /// Fires a transition if it may.
    fn fire(&mut self, transition: TransitionId, now: Duration) -> Result<(), Blocked> {
        self.store.fire(transition, now)?;
        for (place, change) in self.rules.effect(transition) {
            self.fingerprint.change(*place, *change);
            if *change < 0 && !self.asked.is_empty() {
                let consumers = self.rules.deployment.net.consumers(*place).map(|(t, _)| t);
                self.lapsing.extend(consumers.filter(|t| self.asked.contains(t)));
            }
        }
        Ok(())
    }

    /// Puts the attempt in flight that the firing of an action or retry starts.
    fn begin(&mut self, transition: TransitionId, now: Duration) -> Option<Attempt> {
        let (action, activation) = match *self.rules.deployment.role(transition) {
            Role::Action(_) => {
                let activity = self.activities.entry(transition).or_default();
                let activation = activity.begin(now);
                self.watching.begun(transition, activity);
                (transition, activation)
            }
            Role::Retry { of } => {
                let activity = self.activities.entry(of).or_default();
                let activation = activity.resume(now);
                self.store.pause(of, activity.due());
                (of, activation)
            }
            _ => return None,
        };
        self.attempts += 1;
        let Activation { number, reason, failures, interruptions } = activation;
        let id = AttemptId(self.attempts);
        let attempt = Attempt { id, action, activation: number, reason, failures, interruptions };
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
        let mut activation = Activation {
            number: attempt.activation,
            reason: attempt.reason,
            failures: attempt.failures,
            interruptions: attempt.interruptions,
        };
        let activity = self.activities.entry(attempt.action).or_default();
        if self.rules.pauses(by) {
            let retry = retry_of(&self.rules.deployment, attempt.action);
            let until = activity.pause(activation, retry, now);
            self.store.pause(attempt.action, activity.due());
            return Some(until);
        }
        if matches!(result, Outcome::Unknown | Outcome::Cancelled) {
            activation.interruptions += u32::from(result == Outcome::Unknown);
            activity.interrupt(activation);
            self.watching.turned_back(attempt.action, activity);
        }
        None
    }

    fn freeze(&mut self, attempt: Attempt, (result, stage): (Outcome, Stage), why: Freeze) -> Vec<Command> {
        self.frozen.insert(attempt.id, (attempt, result, stage));
        vec![Command::Freeze { attempt, result, why }]
    }

    /// Withdraws what is no longer enabled, if only by one firing: approvals given for it lapse.
    fn lapse(&mut self, commands: &mut Vec<Command>) {
        if self.asked_earlier {
            self.lapsing = self.asked.clone();
        }
        for transition in std::mem::take(&mut self.lapsing) {
            if self.asked.contains(&transition) && self.store.may_fire(transition) == Err(Blocked::Disabled) {
                self.asked.remove(&transition);
                self.granted.retain(|(granted, _)| *granted != transition);
                commands.push(Command::Withdraw(transition));
            }
        }
    }

    /// Tells which approvals and held transitions have come and gone.
    fn tell_changes(&mut self, commands: &mut Vec<Command>) {
        let mut changed = self.store.changed();
        if self.asked_earlier {
            changed.extend(self.rules.approvals());
        }
        let (mut asks, mut withdrawn) = (Vec::new(), Vec::new());
        for transition in changed {
            let standing = self.store.may_fire(transition);
            match standing {
                Err(Blocked::Refused(why)) => {
                    if self.held.insert(transition, why) != Some(why) {
                        commands.push(Command::Hold(transition, why));
                    }
                }
                _ => {
                    self.held.remove(&transition);
                }
            }
            if self.rules.who(transition) == Who::Approval {
                let was_asked = self.asked.contains(&transition);
                match standing {
                    Ok(()) if self.asked_earlier || !was_asked => asks.push(transition),
                    Err(_) if was_asked => withdrawn.push(transition),
                    _ => {}
                }
            }
        }
        for transition in withdrawn {
            self.asked.remove(&transition);
            commands.push(Command::Withdraw(transition));
        }
        for transition in asks {
            self.asked.insert(transition);
            commands.push(Command::Ask(transition));
        }
        self.granted.retain(|(transition, _)| self.asked.contains(transition));
        self.asked_earlier = false;
    }

    /// How the run ends here, if it does.
    fn end_state(&mut self, now: Duration) -> Option<EndState> {
        let state = self.resting_state();
        if matches!(state, Some(EndState::Livelock | EndState::Stopped)) {
            return state;
        }
        self.watching.rests(state, now)
    }

    /// How a run that nobody watches would end here.
    fn resting_state(&self) -> Option<EndState> {
        let Deployment { net, goal, failure, roles, .. } = self.deployment();
        if !self.in_flight.is_empty() {
            return None;
        }
        let goal_holds = self.store.goal_holds();
        if goal_holds && (!self.watching.is_on() || self.stop == Stop::No) {
            let repairs = self.watching.is_on() && self.repairs_are_due();
            let state = if self.frozen.is_empty() { EndState::Complete } else { EndState::Frozen };
            return (!repairs).then_some(state);
        }
        if self.livelock.is_some() {
            return Some(EndState::Livelock);
        }
        if self.stop != Stop::No {
            return Some(EndState::Stopped);
        }
        if self.store.waits() || self.watching.slowed_until().is_some() {
            return None;
        }
        if !self.frozen.is_empty() {
            return Some(EndState::Frozen);
        }
        if holds_in(net, self.store.marking(), failure) {
            return Some(EndState::DeclaredFailure);
        }
        let enabled: Vec<&Role> =
            pn_net::firing::enabled(net, self.store.marking()).map(|t| &roles[t.index()]).collect();
        let waits = enabled.iter().any(|role| matches!(role, Role::Event { .. }));
        if waits && !self.watching.is_on() {
            return None;
        }
        let of_others =
            |role: &&Role| matches!(role, Role::Undo { .. } | Role::Drift { .. } | Role::Event { .. });
        let idle = enabled.iter().all(of_others);
        Some(if goal.is_none() && idle { EndState::Complete } else { EndState::Stuck })
    }
}

fn retry_of(deployment: &Deployment, action: TransitionId) -> Retry {
    match deployment.role(action) {
        Role::Action(action) => action.retry,
        _ => Retry::ONCE,
    }
}
