//! A place whose consumers need nothing else: they fire right after its producers.
//!
//! **Condition.** H = •p and F = p• are not empty, H ∩ F = ∅, p ∉ V; Pre(·,f) = {p} for f ∈ F.
//! Either all weights at p are the same and m₀(p) = 0, or F = {f}, Pre(p,f) divides all Post(h,p)
//! and m₀(p), and f is not observed unless m₀(p) = 0. No f is visible, where markings on the way
//! are looked at. Then f first fires as often as m₀(p) allows; each h becomes transitions
//! h·fᵏ for all f ∈ F, k = Post(h,p)/Pre(p,f); p, H and F are dropped.
//!
//! **Proof.** Every marking of N' is one of N, with p empty. In a run of N each f takes tokens that
//! an earlier h gave (or m₀); moving f to right after it keeps the run possible, as f needs
//! nothing else and its outputs only come earlier. What h gave and no f has taken yet can be taken
//! at any time; V does not change by that. So from a marking m of N one m' of N' is reached by
//! firing f's, with the same on V; what is ahead of m' is ahead of m, and what is ahead of m for V
//! or as a firing is, for some choice of the f's, ahead of some such m'. Each m' is a marking of
//! N, so "everywhere something is ahead" carries over both ways. A dead marking has p empty. Both
//! h and f fire in N if and only if a product does. (With |F| > 1 and k > 1 tokens of one h could
//! be shared among different f: excluded.)
//!
//! **Source.** Berthelot (1986); Haddad and Pradat-Peyre (2006); Bønneland et al. (2019).

use super::Rule;
use super::agglomerate::{Size, around, products, replace, sees};
use super::initial_firing::fire_ahead;
use crate::Questions;
use crate::draft::Draft;
use pn_net::PlaceId;

/// With one producer or one consumer.
pub static SIMPLE: Rule = Rule {
    name: "post-agglomeration",
    preserves: Questions::ALL,
    apply: |d, since| apply(d, since, Size::Simple),
};

/// With a few of each.
pub static COMPLEX: Rule = Rule {
    name: "post-agglomeration of many",
    preserves: Questions::ALL,
    apply: |d, since| apply(d, since, Size::Complex),
};

fn apply(draft: &mut Draft, since: u32, size: Size) -> usize {
    draft.places_since(since).into_iter().filter(|place| at(draft, *place, size).is_some()).count()
}

fn at(draft: &mut Draft, place: PlaceId, size: Size) -> Option<()> {
    let (producers, consumers) = around(draft, place, size)?;
    let tokens = draft.place(place).tokens;
    let (f, takes) = consumers[0];
    let divides = producers.iter().all(|(_, gives)| gives % takes == 0);
    let fits = if consumers.len() == 1 {
        divides && tokens.is_multiple_of(takes) && (tokens == 0 || !draft.transition(f).observed)
    } else {
        tokens == 0 && producers.iter().chain(&consumers).all(|(_, weight)| *weight == takes)
    };
    let alone = consumers.iter().all(|(t, _)| draft.transition(*t).pre.len() == 1);
    let hidden = !draft.looks_at_every_marking()
        || consumers.iter().all(|(t, _)| !sees(draft, &draft.transition(*t).post));
    if !fits || !alone || !hidden {
        return None;
    }
    let products = products(draft, place, &producers, &consumers)?;
    fire_ahead(draft, f, if tokens == 0 { 0 } else { tokens / takes })?;
    replace(draft, place, &producers, &consumers, products);
    Some(())
}
