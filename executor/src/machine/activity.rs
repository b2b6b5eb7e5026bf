//! Which activation of an action an attempt belongs to, and which failed ones pause.
//!
//! An activation begins when the action fires with fresh tokens. Its failed attempts wait out
//! their pauses here; an interrupted attempt returns its number, so that the next start goes on
//! with it and a script sees the same `PN_KEY`.

use super::step::Reason;
use pn_deployment::Retry;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// So many repairs of a resource may begin within [`WITHIN`].
pub(super) const BURST: usize = 5;

/// See [`BURST`].
pub(super) const WITHIN: Duration = Duration::from_secs(10);

/// The activations of one action.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Activity {
    pub(crate) begun: u32,
    /// Interrupted activations.
    pub(crate) returned: BTreeMap<u32, Activation>,
    /// Failed activations that pause.
    pub(crate) waiting: Vec<Paused>,
    /// How many drifts, and how many refreshes, have turned it back and not been begun.
    pub(crate) drifts: u32,
    /// See `drifts`.
    pub(crate) refreshes: u32,
    /// When the last repairs began, at most [`BURST`] of them.
    pub(crate) repairs: VecDeque<Duration>,
}

/// An activation and what became of it so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Activation {
    pub(crate) number: u32,
    pub(crate) reason: Reason,
    pub(crate) failures: u32,
    pub(crate) interruptions: u32,
}

/// A failed activation that pauses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paused {
    pub(crate) until: Duration,
    pub(crate) activation: Activation,
}

impl Activity {
    /// A start by the action itself: goes on with an interrupted activation or begins a new one.
    pub(super) fn begin(&mut self, now: Duration) -> Activation {
        if let Some((_, activation)) = self.returned.pop_first() {
            return activation;
        }
        self.begun += 1;
        let reason = match (self.refreshes, self.drifts) {
            (0, 0) => Reason::Plan,
            (0, _) => Reason::Drift,
            _ => Reason::Refresh,
        };
        match reason {
            Reason::Plan => {}
            Reason::Drift => self.drifts -= 1,
            Reason::Refresh => self.refreshes -= 1,
        }
        if reason != Reason::Plan {
            self.repairs.push_back(now);
            self.repairs.drain(..self.repairs.len().saturating_sub(BURST));
        }
        Activation { number: self.begun, reason, failures: 0, interruptions: 0 }
    }

    /// Whether a drift or a refresh has turned it back, and nothing has begun since.
    pub(super) fn is_turned_back(&self) -> bool {
        self.drifts + self.refreshes > 0
    }

    /// Whether a repair of it has not begun, or was interrupted.
    pub(super) fn is_due(&self) -> bool {
        self.is_turned_back() || self.returned.values().any(|a| a.reason != Reason::Plan)
    }

    /// Until when the next repair has to wait, for there were too many of late.
    pub(super) fn flaps_until(&self) -> Option<Duration> {
        (self.repairs.len() == BURST).then(|| self.repairs[0].saturating_add(WITHIN))
    }

    /// The activation was interrupted: the next start goes on with it.
    pub(super) fn interrupt(&mut self, activation: Activation) {
        self.returned.insert(activation.number, activation);
    }

    /// Earlier interruptions no longer count.
    pub(super) fn forgive(&mut self) {
        self.returned.values_mut().for_each(|activation| activation.interruptions = 0);
        self.waiting.iter_mut().for_each(|paused| paused.activation.interruptions = 0);
    }

    /// The activation failed once more and pauses; returns when the pause ends.
    pub(super) fn pause(&mut self, mut activation: Activation, retry: Retry, now: Duration) -> Duration {
        activation.failures += 1;
        let until = now.saturating_add(retry.pause(activation.failures));
        self.waiting.push(Paused { until, activation });
        until
    }

    /// When the first pause ends; `None` when nothing pauses.
    pub(super) fn due(&self) -> Option<Duration> {
        self.waiting.iter().map(|paused| paused.until).min()
    }

    /// A start by the end of a pause: the activation whose pause ends first.
    pub(super) fn resume(&mut self, now: Duration) -> Activation {
        let first = (0..self.waiting.len()).min_by_key(|index| self.waiting[*index].until);
        match first {
            Some(index) => self.waiting.remove(index).activation,
            None => self.begin(now),
        }
    }
}
