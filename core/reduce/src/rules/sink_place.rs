//! A place from which nothing consumes.
//!
//! **Condition.** p• = ∅, p ∉ V.
//!
//! **Proof.** No transition asks for tokens on p. Bisimulation, p forgotten.
//!
//! **Source.** Bønneland et al. (2019), rule E. Constant time for each place.

use super::Rule;
use crate::Questions;
use crate::draft::Draft;

/// The rule.
pub static RULE: Rule = Rule { name: "sink place", preserves: Questions::ALL, apply };

fn apply(draft: &mut Draft, since: u32) -> usize {
    let is_sink = |p: &_| draft.consumer_count(*p) == 0 && !draft.place(*p).observed;
    let sinks: Vec<_> = draft.places_since(since).into_iter().filter(is_sink).collect();
    sinks.iter().for_each(|place| draft.drop_place(*place));
    sinks.len()
}
