//! The store that asks the quick and the slow one and complains where they differ, for tests.

use super::ledger::Ledger;
use super::rules::{Rules, Who};
use super::scan::Scan;
use super::step::Refusal;
use super::store::{Blocked, Store};
use pn_net::{Marking, TransitionId};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// Both stores; the answers are the quick one's.
#[derive(Debug)]
pub struct Compared {
    quick: Ledger,
    slow: Scan,
    /// How each transition stood when `changed` was last asked for.
    stood: BTreeMap<TransitionId, Result<(), Blocked>>,
    complaint: OnceCell<String>,
}

impl Compared {
    fn agreed<T: PartialEq + Debug>(&self, question: &str, quick: T, slow: T) -> T {
        if quick != slow {
            self.complaint
                .get_or_init(|| format!("{question}: the ledger says {quick:?}, the scan {slow:?}"));
        }
        quick
    }
}

impl Store for Compared {
    fn new(rules: &Arc<Rules>, marking: Marking, now: Duration) -> Self {
        Self {
            quick: Ledger::new(rules, marking.clone(), now),
            slow: Scan::new(rules, marking, now),
            stood: BTreeMap::new(),
            complaint: OnceCell::new(),
        }
    }

    fn marking(&self) -> &Marking {
        self.agreed("marking", self.quick.marking(), self.slow.marking())
    }

    fn fire(&mut self, transition: TransitionId, now: Duration) -> Result<(), Blocked> {
        let (quick, slow) = (self.quick.fire(transition, now), self.slow.fire(transition, now));
        self.agreed("fire", quick, slow)
    }

    fn may_fire(&self, transition: TransitionId) -> Result<(), Blocked> {
        self.agreed("may fire", self.quick.may_fire(transition), self.slow.may_fire(transition))
    }

    fn next(&mut self, who: Who, from: usize) -> Option<TransitionId> {
        let (quick, slow) = (self.quick.next(who, from), self.slow.next(who, from));
        self.agreed("next", quick, slow)
    }

    fn due(&mut self, who: Who, now: Duration) -> Option<TransitionId> {
        let (quick, slow) = (self.quick.due(who, now), self.slow.due(who, now));
        self.agreed("due", quick, slow)
    }

    fn alarm(&self, who: Who) -> Option<Duration> {
        self.agreed("alarm", self.quick.alarm(who), self.slow.alarm(who))
    }

    fn pause(&mut self, action: TransitionId, until: Option<Duration>) {
        self.quick.pause(action, until);
        self.slow.pause(action, until);
    }

    fn bar(&mut self, transition: TransitionId, why: Option<Refusal>) {
        self.quick.bar(transition, why);
        self.slow.bar(transition, why);
    }

    fn goal_holds(&self) -> bool {
        self.agreed("goal", self.quick.goal_holds(), self.slow.goal_holds())
    }

    fn waits(&self) -> bool {
        self.agreed("waits", self.quick.waits(), self.slow.waits())
    }

    fn changed(&mut self) -> BTreeSet<TransitionId> {
        let changed = self.quick.changed();
        for transition in self.slow.changed() {
            let stands = self.slow.may_fire(transition);
            let stood = self.stood.insert(transition, stands).unwrap_or(Err(Blocked::Disabled));
            if stands != stood && !changed.contains(&transition) {
                self.agreed("changed", None, Some(transition));
            }
        }
        changed
    }

    fn clocks(&self) -> BTreeMap<TransitionId, Duration> {
        self.agreed("clocks", self.quick.clocks(), self.slow.clocks())
    }

    fn set_clocks(&mut self, clocks: &BTreeMap<TransitionId, Duration>) {
        self.quick.set_clocks(clocks);
        self.slow.set_clocks(clocks);
    }

    fn complaint(&self) -> Option<&str> {
        self.complaint.get().map(String::as_str)
    }
}
