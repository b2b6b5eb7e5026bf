//! What is observed beside attempts: drifts and events, their repair, and when a watched run rests.
//!
//! A drift turns its action back; the action is then started again like any other, which repairs
//! it. Repairs of one resource begin at most [`BURST`](super::activity::BURST) times within
//! [`WITHIN`](super::activity::WITHIN); the next waits. What has no place in the net when it is
//! observed stays pending, and as long as an invariant refuses it, nothing is started that takes
//! or reads what has drifted.

use super::activity::Activity;
use super::step::{Cause, Command, EndState, Refusal};
use super::store::{Blocked, Store};
use super::{Machine, Who};
use pn_deployment::Role;
use pn_net::TransitionId;
use pn_net::firing::is_enabled;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What the machine knows of the world beside its attempts.
#[derive(Debug, Default)]
pub(super) struct Watching {
    /// Whether the run stays when it has what it wants, and how long it has to rest before it ends.
    stays: Option<Option<Duration>>,
    /// The actions that were turned back and have not begun again.
    due: BTreeSet<TransitionId>,
    /// What was observed, a drift of an action or an event, and could not fire.
    pending: BTreeMap<TransitionId, Option<Refusal>>,
    /// The actions whose repair waits, for there were too many of late.
    slowed: BTreeMap<TransitionId, Duration>,
    /// What is refused whatever the marking, because of the two above.
    barred: BTreeMap<TransitionId, Refusal>,
    /// How the run would end if nobody watched it, and since when.
    rest: Option<(EndState, Duration)>,
}

impl Watching {
    pub(super) fn is_on(&self) -> bool {
        self.stays.is_some()
    }

    pub(super) fn begun(&mut self, action: TransitionId, activity: &Activity) {
        if !activity.is_due() {
            self.due.remove(&action);
        }
    }

    pub(super) fn turned_back(&mut self, action: TransitionId, activity: &Activity) {
        if activity.is_due() {
            self.due.insert(action);
        }
    }

    pub(super) fn slowed_until(&self) -> Option<Duration> {
        self.slowed.values().min().copied()
    }

    /// The run would end so if nobody watched it. How it ends.
    pub(super) fn rests(&mut self, state: Option<EndState>, now: Duration) -> Option<EndState> {
        let Some(converged) = self.stays else { return state };
        // What has no place in the net finds none any more where nothing else fires, as the drift
        // of an action that failed for good meanwhile.
        let state = state.filter(|_| !self.pending.values().any(Option::is_some));
        self.rest = state.map(|state| match self.rest {
            Some((before, since)) if before == state => (state, since),
            _ => (state, now),
        });
        let (state, since) = self.rest?;
        (now.saturating_sub(since) >= converged?).then_some(state)
    }
}

impl<S: Store> Machine<S> {
    /// The same machine of a run that stays when it has what it wants, and ends once nothing has
    /// happened for so long; never, without a time.
    #[must_use]
    pub fn watching(mut self, converged: Option<Duration>) -> Self {
        self.watching.stays = Some(converged);
        self
    }

    /// What this action has done was found to be no longer so.
    pub fn drifted(&mut self, action: TransitionId, now: Duration) -> Vec<Command> {
        self.observed(action, now)
    }

    /// What this event transition, or a drift of this action, stands for was observed.
    pub fn observed(&mut self, what: TransitionId, now: Duration) -> Vec<Command> {
        let mut commands = Vec::new();
        self.watching.rest = None;
        if !self.take_in(what, now, &mut commands) {
            self.bar_and_unbar();
        }
        commands
    }

    /// What was observed is over, before it had a place in the net.
    pub fn otherwise(&mut self, what: TransitionId) {
        self.watching.rest = None;
        if self.watching.pending.remove(&what).is_some() {
            self.bar_and_unbar();
        }
    }

    /// Something is being looked into: the run does not rest.
    pub fn disturbed(&mut self) {
        self.watching.rest = None;
    }

    /// What was observed and has no place in the net, and why.
    #[must_use]
    pub fn pending(&self) -> &BTreeMap<TransitionId, Option<Refusal>> {
        &self.watching.pending
    }

    /// When the run has rested for as long as it has to.
    pub(super) fn rests_until(&self) -> Option<Duration> {
        let converged = self.watching.stays??;
        self.watching.rest.map(|(_, since)| since.saturating_add(converged))
    }

    /// Tries what is pending again; whether something fired.
    pub(super) fn try_pending(&mut self, now: Duration, commands: &mut Vec<Command>) -> bool {
        if self.watching.pending.is_empty() {
            return false;
        }
        let pending: Vec<TransitionId> = self.watching.pending.keys().copied().collect();
        let before = commands.len();
        let fired = pending.into_iter().filter(|what| self.take_in(*what, now, commands)).count();
        if commands.len() > before {
            self.bar_and_unbar();
        }
        fired > 0
    }

    /// Fires what stands for an observation, or keeps it pending; whether it fired.
    fn take_in(&mut self, what: TransitionId, now: Duration, commands: &mut Vec<Command>) -> bool {
        let rules = std::sync::Arc::clone(&self.rules);
        let own = [what];
        let transitions = match rules.deployment.role(what) {
            Role::Event { .. } => own.as_slice(),
            _ => rules.drifts(what),
        };
        let mut why = None;
        for transition in transitions {
            match self.fire(*transition, now) {
                Ok(()) => {
                    self.watching.pending.remove(&what);
                    self.turn_back(*transition, now);
                    commands.push(Command::Fire { transition: *transition, cause: Cause::Observed });
                    self.lapse(commands);
                    return true;
                }
                Err(Blocked::Refused(refusal)) => why = why.or(Some(refusal)),
                Err(Blocked::Disabled) => {}
            }
        }
        if why.is_none() && self.is_under_way(what) {
            // The next attempt looks at it anyway.
            if self.watching.pending.remove(&what).flatten().is_some() {
                self.bar_and_unbar();
            }
        } else if self.watching.pending.insert(what, why) != Some(why) {
            commands.push(Command::Pending(what, why));
        }
        false
    }

    /// Whether what this action has done can drift now, or is being done.
    #[must_use]
    pub fn may_drift(&self, action: TransitionId) -> bool {
        let net = &self.rules.deployment.net;
        let drifts = self.rules.drifts(action).iter();
        drifts.copied().any(|drift| is_enabled(net, self.store.marking(), drift)) || self.is_under_way(action)
    }

    /// Whether an attempt at the action is in flight, pauses, or is due.
    fn is_under_way(&self, action: TransitionId) -> bool {
        self.activities.get(&action).is_some_and(|activity| activity.is_due() || activity.due().is_some())
            || self.in_flight.values().any(|attempt| attempt.action == action)
    }

    /// Books the firing of a drift or a refresh.
    pub(super) fn turn_back(&mut self, transition: TransitionId, now: Duration) {
        let of = match *self.rules.deployment.role(transition) {
            Role::Drift { of } => {
                self.activities.entry(of).or_default().drifts += 1;
                of
            }
            Role::Refresh { of } => {
                self.activities.entry(of).or_default().refreshes += 1;
                of
            }
            _ => return,
        };
        let activity = &self.activities[&of];
        self.watching.turned_back(of, activity);
        if let Some(until) = activity.flaps_until().filter(|until| *until > now) {
            self.watching.slowed.insert(of, until);
            self.bar_and_unbar();
        }
    }

    /// The activity of an action as a snapshot has it.
    pub(super) fn restore_watching(&mut self, action: TransitionId) {
        let activity = &self.activities[&action];
        self.watching.turned_back(action, activity);
        // An interrupted repair goes on at once, as it did before the snapshot.
        if activity.is_turned_back()
            && let Some(until) = activity.flaps_until()
        {
            self.watching.slowed.insert(action, until);
            self.bar_and_unbar();
        }
    }

    /// Lets those repairs begin that have waited long enough.
    pub(super) fn slow_down(&mut self, now: Duration) {
        let before = self.watching.slowed.len();
        self.watching.slowed.retain(|_, until| *until > now);
        if self.watching.slowed.len() < before {
            self.bar_and_unbar();
        }
    }

    /// The next action that was turned back and may begin.
    pub(super) fn next_repair(&self) -> Option<TransitionId> {
        self.watching.due.iter().copied().find(|action| self.store.may_fire(*action).is_ok())
    }

    /// Whether a repair waits for a retry, for its turn or for being slowed down.
    pub(super) fn repairs_are_due(&self) -> bool {
        self.store.alarm(Who::Retry).is_some()
            || self.watching.slowed_until().is_some()
            || self.next_repair().is_some()
    }

    /// Refuses what has to wait because of what is pending or slowed down, and nothing else.
    fn bar_and_unbar(&mut self) {
        let net = &self.rules.deployment.net;
        let mut barred: BTreeMap<TransitionId, Refusal> = BTreeMap::new();
        for (action, why) in &self.watching.pending {
            if why.is_none() {
                continue;
            }
            let places = self.rules.drifts(*action).iter().flat_map(|drift| net.preset(*drift));
            for (consumer, _) in places.flat_map(|place| net.consumers(*place)) {
                if self.rules.who(consumer) != Who::World {
                    barred.entry(consumer).or_insert(Refusal::Drifted(*action));
                }
            }
        }
        barred.extend(self.watching.slowed.iter().map(|(action, until)| (*action, Refusal::Flaps(*until))));
        let before = std::mem::replace(&mut self.watching.barred, barred);
        let now = &self.watching.barred;
        let changed = before.keys().chain(now.keys()).filter(|t| before.get(t) != now.get(t));
        for transition in changed.collect::<BTreeSet<_>>() {
            self.store.bar(*transition, now.get(transition).copied());
        }
    }
}
