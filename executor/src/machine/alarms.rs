//! When the clock makes transitions possible: those that wait by time, those that are due by order
//! of the net. O(log n) for each change.

use pn_net::TransitionId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Transitions with the time at which each is due.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    at: BTreeMap<TransitionId, Duration>,
    waiting: BTreeSet<(Duration, TransitionId)>,
    ripe: BTreeSet<TransitionId>,
}

impl Alarms {
    /// Sets, moves or clears the alarm of a transition.
    pub(super) fn set(&mut self, transition: TransitionId, at: Option<Duration>) {
        if self.at.get(&transition).copied() == at {
            return;
        }
        if let Some(before) = self.at.remove(&transition) {
            self.waiting.remove(&(before, transition));
            self.ripe.remove(&transition);
        }
        if let Some(at) = at {
            self.at.insert(transition, at);
            self.waiting.insert((at, transition));
        }
    }

    /// Those that are due by now, in the order of the net.
    pub(super) fn due(&mut self, now: Duration) -> impl Iterator<Item = TransitionId> + '_ {
        while let Some((at, transition)) = self.waiting.first().copied().filter(|(at, _)| *at <= now) {
            self.waiting.remove(&(at, transition));
            self.ripe.insert(transition);
        }
        self.ripe.iter().copied()
    }

    /// When the first of those that may fire is due.
    pub(super) fn first(&self, may_fire: impl Fn(TransitionId) -> bool) -> Option<Duration> {
        let ripe = self.ripe.iter().filter(|t| may_fire(**t)).map(|t| self.at[t]).min();
        let waiting = self.waiting.iter().find(|(_, t)| may_fire(*t)).map(|(at, _)| *at);
        ripe.into_iter().chain(waiting).min()
    }
}
