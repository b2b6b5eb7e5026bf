//! The store that keeps its answers up to date: a firing costs what it touches.
//!
//! For every transition the number of its unsatisfied inputs is counted; a firing revisits the
//! consumers of the places that it changes. The enabled transitions stand in sets by who fires
//! them. One that an invariant refuses is put aside until a place of that invariant changes.
//! Cost of a firing: O(what it changes and what consumes there, times log of the net).

use super::alarms::Alarms;
use super::conditions::Conditions;
use super::rules::{Rules, Who};
use super::step::Refusal;
use super::store::{Blocked, Store};
use pn_deployment::Role;
use pn_net::{MAX_TOKENS, Marking, PlaceId, TransitionId, firing};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// A marking and everything that the machine wants to know of it.
#[derive(Debug)]
pub struct Ledger {
    rules: Arc<Rules>,
    marking: Marking,
    /// By transition: how many of its inputs hold too few tokens.
    unsatisfied: Vec<u32>,
    /// By who fires them: the enabled transitions that are not known to be refused.
    ready: [BTreeSet<TransitionId>; Who::COUNT],
    /// The enabled ones that are known to be refused.
    refused: BTreeSet<TransitionId>,
    barred: BTreeMap<TransitionId, Refusal>,
    invariants: Conditions,
    /// By conjunct of the invariants: the enabled transitions of ours that touch it.
    guarded: BTreeMap<usize, BTreeSet<TransitionId>>,
    goal: Option<Conditions>,
    since: BTreeMap<TransitionId, Duration>,
    pauses: BTreeMap<TransitionId, Duration>,
    timers: Alarms,
    retries: Alarms,
    changed: BTreeSet<TransitionId>,
    /// The conjuncts that firings have touched since `changed` was last asked for.
    touched: BTreeSet<usize>,
}

impl Ledger {
    fn is_enabled(&self, transition: TransitionId) -> bool {
        self.unsatisfied[transition.index()] == 0
    }

    fn ready(&mut self, transition: TransitionId) -> &mut BTreeSet<TransitionId> {
        &mut self.ready[self.rules.who(transition) as usize]
    }

    /// Why an enabled transition is refused, if it is.
    fn refusal(&self, transition: TransitionId) -> Option<Refusal> {
        if let Some(why) = self.barred.get(&transition) {
            return Some(*why);
        }
        for (place, change) in self.rules.effect(transition) {
            let after = self.marking.tokens(*place).saturating_add_signed(*change);
            if *change > 0 && after > MAX_TOKENS {
                return Some(Refusal::Overflow(*place));
            }
        }
        let broken = self.invariants.first_broken_after(&self.rules, &self.marking, transition);
        broken.map(Refusal::Invariant)
    }

    fn enabled(&mut self, transition: TransitionId, now: Duration) {
        self.ready(transition).insert(transition);
        if self.rules.who(transition) == Who::World {
            return;
        }
        self.changed.insert(transition);
        for conjunct in self.invariants.touched_by(transition) {
            self.guarded.entry(conjunct).or_default().insert(transition);
        }
        if self.rules.who(transition) == Who::Timer {
            self.since.insert(transition, now);
        }
        self.set_alarm(transition);
    }

    fn disabled(&mut self, transition: TransitionId) {
        self.ready(transition).remove(&transition);
        if self.rules.who(transition) == Who::World {
            return;
        }
        self.refused.remove(&transition);
        self.changed.insert(transition);
        for conjunct in self.invariants.touched_by(transition) {
            self.guarded.entry(conjunct).or_default().remove(&transition);
        }
        self.since.remove(&transition);
        self.set_alarm(transition);
    }

    /// The alarm of a timer or a retry follows from its clock, or from the pause of its action.
    fn set_alarm(&mut self, transition: TransitionId) {
        match self.rules.deployment.role(transition) {
            Role::Timer { after } => {
                let since = self.since.get(&transition);
                self.timers.set(transition, since.map(|since| since.saturating_add(*after)));
            }
            Role::Retry { of } => {
                let until = self.pauses.get(of).copied().unwrap_or(Duration::ZERO);
                let at = self.is_enabled(transition).then_some(until);
                self.retries.set(transition, at);
            }
            _ => {}
        }
    }

    /// What is known to be refused and touches these conjuncts may be possible now.
    fn reconsider(&mut self, conjuncts: impl Iterator<Item = usize>) {
        for conjunct in conjuncts {
            let again: Vec<TransitionId> = match self.guarded.get(&conjunct) {
                Some(guarded) if !self.refused.is_empty() => {
                    guarded.intersection(&self.refused).copied().collect()
                }
                _ => continue,
            };
            again.into_iter().for_each(|transition| self.unrefuse(transition));
        }
    }

    fn unrefuse(&mut self, transition: TransitionId) {
        if self.refused.remove(&transition) {
            self.ready(transition).insert(transition);
        }
    }

    fn place_changed(&mut self, place: PlaceId, change: i64, now: Duration) {
        let after = self.marking.tokens(place);
        let before = after.wrapping_sub_signed(change);
        let rules = Arc::clone(&self.rules);
        for (consumer, weight) in rules.deployment.net.consumers(place) {
            match (before >= weight, after >= weight) {
                (false, true) => {
                    self.unsatisfied[consumer.index()] -= 1;
                    if self.is_enabled(consumer) {
                        self.enabled(consumer, now);
                    }
                }
                (true, false) => {
                    let was_enabled = self.is_enabled(consumer);
                    self.unsatisfied[consumer.index()] += 1;
                    if was_enabled {
                        self.disabled(consumer);
                    }
                }
                _ => {}
            }
        }
        // Only a nearly full place can overflow.
        if before.max(after) > MAX_TOKENS / 2 {
            for (producer, _) in rules.deployment.net.producers(place) {
                if self.is_enabled(producer) && rules.who(producer) != Who::World {
                    self.unrefuse(producer);
                    self.changed.insert(producer);
                }
            }
        }
    }

    fn alarms(&self, who: Who) -> &Alarms {
        if who == Who::Timer { &self.timers } else { &self.retries }
    }
}

impl Store for Ledger {
    fn new(rules: &Arc<Rules>, marking: Marking, now: Duration) -> Self {
        let net = &rules.deployment.net;
        let missing = |t| u32::try_from(firing::missing(net, &marking, t).count());
        let invariants = rules.deployment.invariants.iter().map(|invariant| &invariant.formula);
        let goal = rules.deployment.goal.as_ref();
        let mut ledger = Self {
            unsatisfied: net.transitions().map(|t| missing(t).expect("a net has < 2^32 arcs")).collect(),
            ready: Default::default(),
            refused: BTreeSet::new(),
            barred: BTreeMap::new(),
            invariants: Conditions::new(rules, &marking, invariants),
            guarded: BTreeMap::new(),
            goal: goal.map(|goal| Conditions::new(rules, &marking, [goal])),
            since: BTreeMap::new(),
            pauses: BTreeMap::new(),
            timers: Alarms::default(),
            retries: Alarms::default(),
            changed: BTreeSet::new(),
            touched: BTreeSet::new(),
            rules: Arc::clone(rules),
            marking,
        };
        for transition in net.transitions() {
            if ledger.is_enabled(transition) {
                ledger.enabled(transition, now);
            }
        }
        ledger
    }

    fn marking(&self) -> &Marking {
        &self.marking
    }

    fn fire(&mut self, transition: TransitionId, now: Duration) -> Result<(), Blocked> {
        self.may_fire(transition)?;
        let rules = Arc::clone(&self.rules);
        firing::fire(&rules.deployment.net, &mut self.marking, transition).expect("it may fire");
        self.invariants.fired(transition);
        if let Some(goal) = &mut self.goal {
            goal.fired(transition);
        }
        for (place, change) in rules.effect(transition) {
            self.place_changed(*place, *change, now);
        }
        let touched: Vec<usize> = self.invariants.touched_by(transition).collect();
        self.reconsider(touched.iter().copied());
        self.touched.extend(touched);
        // A timer that is enabled again at once begins anew.
        if rules.who(transition) == Who::Timer && self.is_enabled(transition) {
            self.since.insert(transition, now);
            self.set_alarm(transition);
        }
        Ok(())
    }

    fn may_fire(&self, transition: TransitionId) -> Result<(), Blocked> {
        if !self.is_enabled(transition) {
            return Err(Blocked::Disabled);
        }
        self.refusal(transition).map_or(Ok(()), |why| Err(Blocked::Refused(why)))
    }

    fn next(&mut self, who: Who, from: usize) -> Option<TransitionId> {
        loop {
            let ready = &self.ready[who as usize];
            let behind = ready.range(TransitionId::new(from)..).next();
            let transition = *behind.or_else(|| ready.first())?;
            if self.refusal(transition).is_none() {
                return Some(transition);
            }
            self.ready[who as usize].remove(&transition);
            self.refused.insert(transition);
        }
    }

    fn due(&mut self, who: Who, now: Duration) -> Option<TransitionId> {
        let mut alarms = std::mem::take(if who == Who::Timer { &mut self.timers } else { &mut self.retries });
        let found = alarms.due(now).find(|t| self.refusal(*t).is_none());
        *(if who == Who::Timer { &mut self.timers } else { &mut self.retries }) = alarms;
        found
    }

    fn alarm(&self, who: Who) -> Option<Duration> {
        self.alarms(who).first(|transition| self.refusal(transition).is_none())
    }

    fn pause(&mut self, action: TransitionId, until: Option<Duration>) {
        match until {
            Some(until) => self.pauses.insert(action, until),
            None => self.pauses.remove(&action),
        };
        let rules = Arc::clone(&self.rules);
        rules.retries(action).iter().for_each(|retry| self.set_alarm(*retry));
    }

    fn bar(&mut self, transition: TransitionId, why: Option<Refusal>) {
        match why {
            Some(why) => self.barred.insert(transition, why),
            None => self.barred.remove(&transition),
        };
        self.unrefuse(transition);
        self.changed.insert(transition);
    }

    fn goal_holds(&self) -> bool {
        self.goal.as_ref().is_some_and(|goal| goal.hold(&self.rules, &self.marking))
    }

    fn waits(&self) -> bool {
        let waiting = Who::WAITING.map(|who| &self.ready[who as usize]);
        waiting.into_iter().flatten().any(|t| self.refusal(*t).is_none())
    }

    fn changed(&mut self) -> BTreeSet<TransitionId> {
        for conjunct in std::mem::take(&mut self.touched) {
            self.changed.extend(self.guarded.get(&conjunct).into_iter().flatten());
        }
        std::mem::take(&mut self.changed)
    }

    fn clocks(&self) -> BTreeMap<TransitionId, Duration> {
        self.since.clone()
    }

    fn set_clocks(&mut self, clocks: &BTreeMap<TransitionId, Duration>) {
        for (timer, since) in clocks {
            if self.since.contains_key(timer) {
                self.since.insert(*timer, *since);
                self.set_alarm(*timer);
            }
        }
    }
}
