//! What the machine asks of its marking: which transitions may fire, and when.
//!
//! There are two answers to each question: [`Ledger`](super::Ledger) keeps them up to date, and
//! [`Scan`](super::Scan) looks at the whole net each time, slow and obvious. The machine decides
//! alike with either; [`Compared`](super::Compared) asks both and complains where they differ.

use super::rules::{Rules, Who};
use super::step::Refusal;
use pn_net::{Marking, TransitionId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Why a transition did not fire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blocked {
    /// It is not enabled.
    Disabled,
    /// It is enabled and may not fire.
    Refused(Refusal),
}

/// The marking of a run, and what follows from it.
pub trait Store: fmt::Debug + Sized {
    /// The store of a marking in which every clock starts now.
    fn new(rules: &Arc<Rules>, marking: Marking, now: Duration) -> Self;

    /// The marking.
    fn marking(&self) -> &Marking;

    /// Fires the transition, unless something keeps it from that; nothing changes then.
    ///
    /// # Errors
    ///
    /// What keeps it.
    fn fire(&mut self, transition: TransitionId, now: Duration) -> Result<(), Blocked>;

    /// Whether the transition may fire.
    ///
    /// # Errors
    ///
    /// What keeps it.
    fn may_fire(&self, transition: TransitionId) -> Result<(), Blocked>;

    /// The first that may fire of those that `who` fires, in the order of the net, going round
    /// from the transition with this index.
    fn next(&mut self, who: Who, from: usize) -> Option<TransitionId>;

    /// The first timer, or retry, that is due by now and may fire, in the order of the net.
    fn due(&mut self, who: Who, now: Duration) -> Option<TransitionId>;

    /// When the next timer, or retry, that may fire is due.
    fn alarm(&self, who: Who) -> Option<Duration>;

    /// Until when the failed attempts at an action pause; `None` when none does.
    fn pause(&mut self, action: TransitionId, until: Option<Duration>);

    /// Refuses a transition whatever the marking, or no longer does.
    fn bar(&mut self, transition: TransitionId, why: Option<Refusal>);

    /// Whether the goal holds. Without a goal it does not.
    fn goal_holds(&self) -> bool;

    /// Whether some timer, retry or approval may fire once the clock or a person wants.
    fn waits(&self) -> bool;

    /// The transitions that are ours, the clock's or a person's to fire and that may have become
    /// possible, impossible or refused since this was last asked.
    fn changed(&mut self) -> BTreeSet<TransitionId>;

    /// Since when each enabled timer has been enabled.
    fn clocks(&self) -> BTreeMap<TransitionId, Duration>;

    /// Sets those clocks.
    fn set_clocks(&mut self, clocks: &BTreeMap<TransitionId, Duration>);

    /// What is wrong with the store, where it looks.
    fn complaint(&self) -> Option<&str> {
        None
    }
}
