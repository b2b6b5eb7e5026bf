//! A place whose producers do nothing else and have no rivals: they wait for its consumers.
//!
//! **Condition.** H = •p and F = p• are not empty, H ∩ F = ∅, p ∉ V, m₀(p) = 0, all weights at p
//! are 1. For h ∈ H: Post(h,·) = {p}, •h ≠ ∅, each q ∈ •h has h as its only consumer and q ∉ V, h
//! is not observed. H and F are replaced by h·f for all pairs, and p is dropped.
//!
//! **Proof.** Nothing but h takes from •h, so an enabled h stays enabled, and a run may put off h
//! to right before the f that takes its token: its tokens are needed by nobody else. Relate a
//! marking m of N with m⁻, where the firings of h whose tokens are still on p are taken back; V is
//! the same, and m⁻ is reached in N'. What is ahead of m⁻ is ahead of m: the h's that m has fired
//! already can be moved to the front, or added. What is ahead of m is ahead of m⁻. In a dead m no
//! h is enabled and each f lacks another input or p; taking h's back gives f nothing, since F
//! consumes from no •h: m⁻ is dead in N'. Conversely from a dead marking of N' firing all enabled
//! h, which ends as nothing produces on •h meanwhile, gives a dead marking.
//!
//! **Source.** Berthelot (1986); Haddad and Pradat-Peyre (2006).

use super::Rule;
use super::agglomerate::{Size, around, products, replace, sees};
use crate::Questions;
use crate::draft::Draft;
use pn_net::{PlaceId, TransitionId};

/// With one producer or one consumer.
pub static SIMPLE: Rule = Rule {
    name: "pre-agglomeration",
    preserves: Questions::ALL,
    apply: |d, since| apply(d, since, Size::Simple),
};

/// With a few of each.
pub static COMPLEX: Rule = Rule {
    name: "pre-agglomeration of many",
    preserves: Questions::ALL,
    apply: |d, since| apply(d, since, Size::Complex),
};

fn apply(draft: &mut Draft, since: u32, size: Size) -> usize {
    draft.places_since(since).into_iter().filter(|place| at(draft, *place, size).is_some()).count()
}

fn at(draft: &mut Draft, place: PlaceId, size: Size) -> Option<()> {
    let (producers, consumers) = around(draft, place, size)?;
    let ones = producers.iter().chain(&consumers).all(|(_, weight)| *weight == 1);
    if draft.place(place).tokens > 0 || !ones || !producers.iter().all(|(h, _)| waits(draft, *h)) {
        return None;
    }
    let products = products(draft, place, &producers, &consumers)?;
    replace(draft, place, &producers, &consumers, products);
    Some(())
}

fn waits(draft: &Draft, h: TransitionId) -> bool {
    let transition = draft.transition(h);
    transition.post.len() == 1
        && !transition.observed
        && !transition.pre.is_empty()
        && !sees(draft, &transition.pre)
        && transition.pre.iter().all(|(place, _)| draft.consumer_count(*place) == 1)
}
