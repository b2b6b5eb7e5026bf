//! Which activation of an action an attempt belongs to, and which failed ones pause.
//!
//! An activation begins when the action fires with fresh tokens. Its failed attempts wait out
//! their pauses here; an interrupted attempt returns its number, so that the next start goes on
//! with it and a script sees the same `PN_KEY`.

use pn_deployment::Retry;
use std::collections::BTreeMap;
use std::time::Duration;

/// The activations of one action.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Activity {
    begun: u32,
    /// Interrupted activations, with their failures and interruptions.
    returned: BTreeMap<u32, (u32, u32)>,
    /// Failed activations that pause, by the end of their pause.
    waiting: Vec<Paused>,
}

/// An activation and what became of it so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Activation {
    pub(super) number: u32,
    pub(super) failures: u32,
    pub(super) interruptions: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Paused {
    until: Duration,
    activation: Activation,
}

impl Activity {
    /// A start by the action itself: goes on with an interrupted activation or begins a new one.
    pub(super) fn begin(&mut self) -> Activation {
        if let Some((number, (failures, interruptions))) = self.returned.pop_first() {
            return Activation { number, failures, interruptions };
        }
        self.begun += 1;
        Activation { number: self.begun, failures: 0, interruptions: 0 }
    }

    /// The activation was interrupted: the next start goes on with it.
    pub(super) fn interrupt(&mut self, activation: Activation) {
        self.returned.insert(activation.number, (activation.failures, activation.interruptions));
    }

    /// Earlier interruptions no longer count.
    pub(super) fn forgive(&mut self) {
        self.returned.values_mut().for_each(|(_, interruptions)| *interruptions = 0);
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
    pub(super) fn resume(&mut self) -> Activation {
        let first = (0..self.waiting.len()).min_by_key(|index| self.waiting[*index].until);
        match first {
            Some(index) => self.waiting.remove(index).activation,
            None => self.begin(),
        }
    }
}
