//! Notices that control transitions fire without end.
//!
//! Between two observations the machine's choices depend on the marking and on where its scan
//! stands, so the return of both proves an endless loop. Brent's scheme ("An improved Monte Carlo
//! factorization algorithm", 1980) finds the return with one stored state: it is saved after 1, 2,
//! 4, 8, … firings and compared after each. What is saved is a sum of hashes that a firing moves in
//! O(what it changes); the marking itself is kept only once that sum returns, and decides. A row
//! of firings that never returns, such as one that piles up tokens, is cut at [`BOUND`].

use pn_net::{Marking, PlaceId, TransitionId};

/// Immediate firings in a row, without anything observed, after which the run is stopped.
pub(super) const BOUND: u64 = 100_000;

/// A hash of a marking: the sum over its tokens of a number for each place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    /// A place has so many more tokens.
    pub(super) fn change(&mut self, place: PlaceId, change: i64) {
        let index = place.index() as u64;
        // The finalizer of splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
        let mut mixed = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        self.0 = self.0.wrapping_add((mixed ^ (mixed >> 31)).wrapping_mul(change.cast_unsigned()));
    }
}

/// Watches a row of immediate firings.
#[derive(Debug, Default)]
pub(super) struct LoopWatch {
    firings: u64,
    saved: Option<(Fingerprint, usize)>,
    /// The marking of the saved state, once its fingerprint has returned.
    suspect: Option<Marking>,
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
        state: (Fingerprint, usize),
    ) -> Option<Vec<TransitionId>> {
        self.firings += 1;
        self.since.push(transition);
        if self.saved == Some(state) {
            if self.suspect.as_ref() == Some(marking) {
                return Some(self.transitions());
            }
            self.suspect = Some(marking.clone());
            self.since.clear();
        }
        if self.firings >= BOUND {
            return Some(self.transitions());
        }
        if self.firings.is_power_of_two() {
            self.saved = Some(state);
            self.suspect = None;
            self.since.clear();
        }
        None
    }

    fn transitions(&mut self) -> Vec<TransitionId> {
        let mut transitions = std::mem::take(&mut self.since);
        transitions.sort_unstable();
        transitions.dedup();
        transitions
    }
}
