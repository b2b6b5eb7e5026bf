//! A place whose producers do nothing else: they wait for its consumers, even among rivals.
//!
//! **Condition.** As for pre-agglomeration, but the places of •h may have other consumers, and •h
//! may be empty.
//!
//! **Proof.** In a run of N put off each h to right before the f that takes its token, and leave
//! out those without one: h gives nothing to anybody else, and what it takes is there longer. V is
//! the same at the end, and the other firings are. Not for `Deadlock`, `Return` and `Liveness`: an
//! h may fire and strand.
//!
//! **Source.** Thierry-Mieg (2020), "free agglomeration".

use super::Rule;
use super::agglomerate::{Size, around, products, replace, sees};
use crate::draft::Draft;
use crate::{Question, Questions};
use pn_net::PlaceId;

/// The rule.
pub static RULE: Rule = Rule {
    name: "free agglomeration",
    preserves: Questions::of(&[Question::Reachability, Question::Bounds, Question::QuasiLiveness]),
    apply,
};

fn apply(draft: &mut Draft, since: u32) -> usize {
    draft.places_since(since).into_iter().filter(|place| at(draft, *place).is_some()).count()
}

fn at(draft: &mut Draft, place: PlaceId) -> Option<()> {
    let (producers, consumers) = around(draft, place, Size::Complex)?;
    let ones = producers.iter().chain(&consumers).all(|(_, weight)| *weight == 1);
    let unseen = producers.iter().all(|(h, _)| {
        let h = draft.transition(*h);
        h.post.len() == 1 && !h.observed && !sees(draft, &h.pre)
    });
    if draft.place(place).tokens > 0 || !ones || !unseen {
        return None;
    }
    let products = products(draft, place, &producers, &consumers)?;
    replace(draft, place, &producers, &consumers, products);
    Some(())
}
