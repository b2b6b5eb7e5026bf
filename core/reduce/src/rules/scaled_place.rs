//! A place that counts in dozens.
//!
//! **Condition.** p ∉ V; all weights at p are multiples of g > 1. Weights are divided by g, and
//! m₀(p) is divided and rounded down.
//!
//! **Proof.** m(p) ≡ m₀(p) (mod g) always, so m(p) ≥ g·w iff ⌊m(p)/g⌋ ≥ w, and ⌊m(p)/g⌋ changes by
//! a g-th of what m(p) does. Bisimulation.
//!
//! **Source.** Folklore; in ITS-Tools. O(arcs of p).

use super::Rule;
use crate::Questions;
use crate::draft::{Draft, Side};
use crate::recipe::Tally;
use crate::vector::gcd;
use pn_net::PlaceId;

/// The rule.
pub static RULE: Rule = Rule { name: "scaled place", preserves: Questions::ALL, apply };

fn apply(draft: &mut Draft, since: u32) -> usize {
    let places = draft.places_since(since);
    places.into_iter().filter(|place| !draft.place(*place).observed && at(draft, *place).is_some()).count()
}

fn at(draft: &mut Draft, place: PlaceId) -> Option<()> {
    let g = common_divisor(draft, place)?;
    let consumers: Vec<_> = draft.consumers(place).collect();
    let producers: Vec<_> = draft.producers(place).collect();
    consumers.iter().for_each(|(t, w)| draft.set_weight(place, *t, Side::Consumers, w / g));
    producers.iter().for_each(|(t, w)| draft.set_weight(place, *t, Side::Producers, w / g));
    draft.set_tokens(place, draft.place(place).tokens / g);
    let tally = draft.recipes.tally(Tally::Divided(draft.place(place).tally, g));
    draft.set_tally(place, tally);
    Some(())
}

/// The greatest common divisor of the weights at a place, if it is above 1.
fn common_divisor(draft: &Draft, place: PlaceId) -> Option<u64> {
    let mut weights = draft.consumers(place).chain(draft.producers(place)).map(|(_, weight)| weight);
    weights.try_fold(0, |g, weight| Some(gcd(g, weight)).filter(|g| *g != 1)).filter(|g| *g > 1)
}
