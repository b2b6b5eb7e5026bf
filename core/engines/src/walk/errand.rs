//! Walks by plans that somebody else makes, for one goal after the other.

use super::guide::Plan;
use super::hunt::{Hunt, SEED};
use super::random_walk::{Finding, found};
use crate::Run;
use pn_logic::{Answer, Property, Reason};
use pn_net::{Net, TransitionId};

/// The walks of a batch of goals.
pub(crate) struct Errands<'h, 'c, 'n> {
    hunt: &'h mut Hunt<'c>,
    finding: &'h mut Finding<'n>,
    seed: u64,
}

impl Errands<'_, '_, '_> {
    /// Whether no walk has met this goal so far.
    pub(crate) fn is_open(&self, goal: usize) -> bool {
        self.hunt.watch.is_open(goal)
    }

    /// Walks by the plan. Whatever goals are met on the way are closed.
    ///
    /// # Errors
    ///
    /// The limit that was reached.
    pub(crate) fn walk(&mut self, plan: &Plan, run: &mut Run<'_>) -> Result<(), Reason> {
        self.seed = self.seed.wrapping_add(1);
        self.hunt.errand(plan, self.seed, run, self.finding)
    }

    /// Fires these transitions as far as they are enabled. Whatever goals are met on the way are
    /// closed.
    pub(crate) fn follow(&mut self, firings: &[TransitionId]) {
        self.hunt.follow(firings, self.finding);
    }
}

/// Answers what walks settle, by this method; `send` sends them on their ways.
pub(crate) fn errands(
    net: &Net,
    properties: &[&Property],
    method: &'static str,
    run: &mut Run<'_>,
    send: impl FnOnce(&mut Errands<'_, '_, '_>, &mut Run<'_>) -> Result<(), Reason>,
) -> Vec<Answer> {
    found(net, properties, method, run, |hunt, finding, run| {
        hunt.look_around(finding);
        send(&mut Errands { hunt, finding, seed: SEED }, run)
    })
}
