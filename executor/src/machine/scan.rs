//! The slow and obvious store: every question looks at the whole net. Tests hold the quick one
//! against it.

use super::rules::{Rules, Who};
use super::step::Refusal;
use super::store::{Blocked, Store};
use pn_deployment::Role;
use pn_logic::holds_in;
use pn_net::firing::{self, FiringError};
use pn_net::{Marking, TransitionId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// A marking, clocks and pauses.
#[derive(Debug)]
pub struct Scan {
    rules: Arc<Rules>,
    marking: Marking,
    since: BTreeMap<TransitionId, Duration>,
    pauses: BTreeMap<TransitionId, Duration>,
    barred: BTreeMap<TransitionId, Refusal>,
}

impl Scan {
    fn of(&self, who: Who) -> Vec<TransitionId> {
        self.rules.deployment.net.transitions().filter(|t| self.rules.who(*t) == who).collect()
    }

    fn wind(&mut self, now: Duration) {
        for timer in self.of(Who::Timer) {
            if firing::is_enabled(&self.rules.deployment.net, &self.marking, timer) {
                self.since.entry(timer).or_insert(now);
            } else {
                self.since.remove(&timer);
            }
        }
    }

    fn due_at(&self, transition: TransitionId) -> Option<Duration> {
        match self.rules.deployment.role(transition) {
            Role::Timer { after } => self.since.get(&transition).map(|since| since.saturating_add(*after)),
            Role::Retry { of } => Some(self.pauses.get(of).copied().unwrap_or(Duration::ZERO)),
            _ => None,
        }
    }
}

impl Store for Scan {
    fn new(rules: &Arc<Rules>, marking: Marking, now: Duration) -> Self {
        let (since, pauses, barred) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut scan = Self { rules: Arc::clone(rules), marking, since, pauses, barred };
        scan.wind(now);
        scan
    }

    fn marking(&self) -> &Marking {
        &self.marking
    }

    fn fire(&mut self, transition: TransitionId, now: Duration) -> Result<(), Blocked> {
        self.may_fire(transition)?;
        firing::fire(&self.rules.deployment.net, &mut self.marking, transition).expect("it may fire");
        self.since.remove(&transition);
        self.wind(now);
        Ok(())
    }

    fn may_fire(&self, transition: TransitionId) -> Result<(), Blocked> {
        let net = &self.rules.deployment.net;
        let mut after = self.marking.clone();
        let fired = firing::fire(net, &mut after, transition);
        if let Err(FiringError::NotEnough { .. }) = fired {
            return Err(Blocked::Disabled);
        }
        if let Some(why) = self.barred.get(&transition) {
            return Err(Blocked::Refused(*why));
        }
        if let Err(FiringError::Overflow { place, .. }) = fired {
            return Err(Blocked::Refused(Refusal::Overflow(place)));
        }
        let broken = self.rules.deployment.invariants.iter().position(|i| !holds_in(net, &after, &i.formula));
        broken.map_or(Ok(()), |index| Err(Blocked::Refused(Refusal::Invariant(index))))
    }

    fn next(&mut self, who: Who, from: usize) -> Option<TransitionId> {
        let (before, behind): (Vec<_>, Vec<_>) = self.of(who).into_iter().partition(|t| t.index() < from);
        behind.into_iter().chain(before).find(|t| self.may_fire(*t).is_ok())
    }

    fn due(&mut self, who: Who, now: Duration) -> Option<TransitionId> {
        let is_due = |t: &TransitionId| self.due_at(*t).is_some_and(|due| due <= now);
        self.of(who).into_iter().find(|t| is_due(t) && self.may_fire(*t).is_ok())
    }

    fn alarm(&self, who: Who) -> Option<Duration> {
        self.of(who).into_iter().filter(|t| self.may_fire(*t).is_ok()).filter_map(|t| self.due_at(t)).min()
    }

    fn pause(&mut self, action: TransitionId, until: Option<Duration>) {
        match until {
            Some(until) => self.pauses.insert(action, until),
            None => self.pauses.remove(&action),
        };
    }

    fn bar(&mut self, transition: TransitionId, why: Option<Refusal>) {
        match why {
            Some(why) => self.barred.insert(transition, why),
            None => self.barred.remove(&transition),
        };
    }

    fn goal_holds(&self) -> bool {
        let deployment = &self.rules.deployment;
        deployment.goal.as_ref().is_some_and(|goal| holds_in(&deployment.net, &self.marking, goal))
    }

    fn waits(&self) -> bool {
        let all = Who::WAITING.into_iter().flat_map(|who| self.of(who));
        all.into_iter().any(|t| self.may_fire(t).is_ok())
    }

    fn changed(&mut self) -> BTreeSet<TransitionId> {
        Who::OURS.into_iter().flat_map(|who| self.of(who)).collect()
    }

    fn clocks(&self) -> BTreeMap<TransitionId, Duration> {
        self.since.clone()
    }

    fn set_clocks(&mut self, clocks: &BTreeMap<TransitionId, Duration>) {
        for (timer, since) in clocks {
            if self.since.contains_key(timer) {
                self.since.insert(*timer, *since);
            }
        }
    }
}
