//! The rules, one file each, and what a rule is.
//!
//! Notation in their files: Pre(p,t) and Post(t,p) are the weights of arcs, 0 where there is none;
//! the effect of t is Post − Pre; p• are the consumers of p, •p its producers; m₀ is the initial
//! marking; V are the observed places. A transition is *observed* if its firing is asked about,
//! and *visible* if it changes a place of V.
//!
//! What a proof has to show, with N the net before and N' after: for `Deadlock` that the
//! markings of V in dead markings are the same, for `Reachability` and `Bounds` those in all
//! reachable markings, for `QuasiLiveness` that t fires in N if and only if an image of t does in
//! N', for `Return` and `Liveness` that the relation used keeps "some such marking (firing) is
//! still ahead" in both directions for all reachable markings. Where reachable markings
//! correspond one to one with the same enabled transitions, all six follow at once; such rules
//! say *bisimulation*.
//!
//! Not here: rules that need a linear program (implicit places, redundant transitions by
//! combination), and reverse transitions, for which no condition was proved. Transitions that never
//! fire for other reasons than those of [`dead_transitions`] are handed in.

pub(crate) mod agglomerate;
pub mod composed_transition;
pub mod dead_transitions;
pub mod dominated_transition;
pub mod equivalent_places;
pub mod free_agglomeration;
pub mod free_component;
pub mod initial_firing;
pub mod never_limiting;
pub mod no_effect;
pub mod parallel_places;
pub mod parallel_transitions;
pub mod partial_agglomeration;
pub mod post_agglomeration;
pub mod pre_agglomeration;
pub mod prefix_of_interest;
pub mod scaled_place;
pub mod sink_place;
pub mod sink_transition;
pub mod source_transition;
pub mod suffix;

use crate::Questions;
use crate::draft::Draft;

/// A reduction rule.
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// The questions whose answers it does not change.
    pub preserves: Questions,
    /// Applies it wherever it can, near what changed since the given moment, and tells how often.
    pub(crate) apply: fn(&mut Draft, u32) -> usize,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rule").field("name", &self.name).field("preserves", &self.preserves).finish()
    }
}
