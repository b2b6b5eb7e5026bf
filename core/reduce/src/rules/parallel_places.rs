//! A place that always holds enough where another does.
//!
//! **Condition.** p₂ ∉ V; p₂• ⊆ p₁•, •p₁ ⊆ •p₂; with d = max Pre(p₂,t)/Pre(p₁,t) over t ∈ p₂• and
//! f = min Post(t,p₂)/Post(t,p₁) over t ∈ •p₁: d ≤ f and m₀(p₂) ≥ d·m₀(p₁). p₂ is dropped.
//! Fractions are compared by cross-multiplication in 128 bits.
//!
//! **Proof.** m(p₂) ≥ d·m(p₁) is invariant: a firing of t takes from p₂ at most d times what it
//! takes from p₁, and gives at least f ≥ d times. So a transition that p₁ does not hinder, p₂ does
//! not either: m(p₂) ≥ d·Pre(p₁,t) ≥ Pre(p₂,t). Bisimulation, p₂ forgotten.
//!
//! **Source.** Rule B of Bønneland et al. (2019). Places with more than 64 arcs are passed over.

use super::Rule;
use crate::Questions;
use crate::draft::Draft;
use pn_net::PlaceId;

/// The rule.
pub static RULE: Rule = Rule { name: "parallel places", preserves: Questions::ALL, apply };

const ARCS: usize = 64;
const CANDIDATES: usize = 32;

fn apply(draft: &mut Draft, since: u32) -> usize {
    let mut dropped = 0;
    for place in draft.places_since(since) {
        if draft.place(place).alive && is_implied(draft, place) {
            draft.drop_place(place);
            dropped += 1;
        }
    }
    dropped
}

fn is_implied(draft: &Draft, place: PlaceId) -> bool {
    let consumers = draft.consumer_count(place);
    if draft.place(place).observed || consumers == 0 || consumers > ARCS {
        return false;
    }
    let (narrowest, _) = draft
        .consumers(place)
        .min_by_key(|(t, _)| draft.transition(*t).pre.len())
        .expect("the place has consumers");
    let beside = draft.transition(narrowest).pre.iter().map(|(other, _)| *other);
    beside.filter(|other| *other != place).take(CANDIDATES).any(|other| implies(draft, other, place))
}

/// Whether `first` (p₁) makes `second` (p₂) superfluous.
fn implies(draft: &Draft, first: PlaceId, second: PlaceId) -> bool {
    if draft.consumer_count(second) > draft.consumer_count(first)
        || draft.producer_count(first) > draft.producer_count(second)
        || draft.producer_count(first) > ARCS
    {
        return false;
    }
    // d as numerator and denominator.
    let mut d = (0u128, 1u128);
    for (t, takes) in draft.consumers(second) {
        let (takes, beside) = (u128::from(takes), u128::from(draft.transition(t).takes(first)));
        if beside == 0 {
            return false;
        }
        if takes * d.1 > d.0 * beside {
            d = (takes, beside);
        }
    }
    let covers = |of_second: u64, of_first: u64| u128::from(of_second) * d.1 >= d.0 * u128::from(of_first);
    covers(draft.place(second).tokens, draft.place(first).tokens)
        && draft.producers(first).all(|(t, gives)| covers(draft.transition(t).gives(second), gives))
}
