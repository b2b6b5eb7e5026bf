//! Notices that control transitions fire without end.
//!
//! Between two observations the machine's choices depend on the marking and on where its scan
//! stands, so the return of both proves an endless loop. Brent's scheme ("An improved Monte Carlo
//! factorization algorithm", 1980) finds the return with one stored marking: the state is saved
//! after 1, 2, 4, 8, … firings and compared after each. A run of firings that never returns, such
//! as one that piles up tokens, is cut at [`BOUND`].

use pn_net::{Marking, TransitionId};

/// Immediate firings in a row, without anything observed, after which the run is stopped.
pub(super) const BOUND: u64 = 100_000;

/// Watches a row of immediate firings.
#[derive(Debug, Default)]
pub(super) struct LoopWatch {
    firings: u64,
    saved: Option<(Marking, usize)>,
    since: Vec<TransitionId>,
}

impl LoopWatch {
    /// Something else happened: a new row begins.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// A transition fired at once and led here. The transitions of the loop when it is one.
    pub(super) fn fired(
        &mut self,
        transition: TransitionId,
        marking: &Marking,
        scan: usize,
    ) -> Option<Vec<TransitionId>> {
        self.firings += 1;
        self.since.push(transition);
        let returned = self.saved.as_ref().is_some_and(|(saved, at)| saved == marking && *at == scan);
        if returned || self.firings >= BOUND {
            let mut transitions = std::mem::take(&mut self.since);
            transitions.sort_unstable();
            transitions.dedup();
            return Some(transitions);
        }
        if self.firings.is_power_of_two() {
            self.saved = Some((marking.clone(), scan));
            self.since.clear();
        }
        None
    }
}
