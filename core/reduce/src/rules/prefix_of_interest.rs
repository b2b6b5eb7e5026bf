//! What observed places and transitions do not depend on.
//!
//! **Condition.** K is the least set of places with V ⊆ K, •t ⊆ K for every observed t, and •t ⊆ K
//! for every t that changes a place of K. Places outside K are dropped, and transitions that
//! change nothing in K and are not observed.
//!
//! **Proof.** Transitions that change K depend on K alone, so projecting runs to K and to these
//! transitions gives the runs of N', and every run of N' is one of N. Markings of N and their
//! projections have the same V and the same ahead of them. Not for `Deadlock`: what is dropped may
//! run for ever.
//!
//! **Source.** The prefix of interest of Thierry-Mieg (2020); the cone of influence of model
//! checking. O(arcs).

use super::Rule;
use super::suffix::{Closure, drop_outside};
use crate::draft::Draft;
use crate::{Question, Questions};

/// The rule.
pub static RULE: Rule = Rule {
    name: "prefix of interest",
    preserves: Questions::of(&[
        Question::Reachability,
        Question::Bounds,
        Question::QuasiLiveness,
        Question::Liveness,
        Question::Return,
    ]),
    apply,
};

fn apply(draft: &mut Draft, since: u32) -> usize {
    if draft.places_since(since).is_empty() && draft.transitions_since(since).is_empty() {
        return 0;
    }
    let mut closure = Closure::of_the_observed(draft);
    while let Some(place) = closure.next() {
        for (t, gives) in draft.producers(place) {
            if gives != draft.transition(t).takes(place) {
                closure.add_inputs(draft, t);
            }
        }
        for (t, takes) in draft.consumers(place) {
            if takes != draft.transition(t).gives(place) {
                closure.add_inputs(draft, t);
            }
        }
    }
    let kept = closure.kept();
    let idle = draft.transitions().filter(|t| {
        let transition = draft.transition(*t);
        !transition.observed && transition.effect().iter().all(|(place, _)| !kept[place.index()])
    });
    let idle = idle.collect();
    drop_outside(draft, &kept, idle)
}
