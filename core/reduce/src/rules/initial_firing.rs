//! Initial tokens that can only go one way go it at once.
//!
//! **Condition.** p ∉ V; •p = ∅; p• = {t}; Pre(·,t) = {p}; t is not observed, and not visible
//! where markings on the way are looked at. t is fired ⌊m₀(p)/Pre(p,t)⌋ times in the initial
//! marking; p and t are dropped.
//!
//! **Proof.** t depends on p alone and nothing else takes from p, so its k firings can be moved to
//! the front of any run that has them all, and appended to any run that lacks some: they enable
//! and never disable. They change no place of V. A dead marking has them all. What is ahead of a
//! marking is ahead of it after the missing firings as well, and conversely through them.
//!
//! **Source.** Rule Q of Bønneland et al. (2019). Constant time for each place.

use super::Rule;
use crate::Questions;
use crate::draft::Draft;
use pn_net::{MAX_TOKENS, PlaceId};

/// The rule.
pub static RULE: Rule = Rule { name: "initial firing", preserves: Questions::ALL, apply };

fn apply(draft: &mut Draft, since: u32) -> usize {
    let places = draft.places_since(since);
    places.into_iter().filter(|place| draft.place(*place).alive && at(draft, *place).is_some()).count()
}

fn at(draft: &mut Draft, place: PlaceId) -> Option<()> {
    let node = draft.place(place);
    if node.observed || draft.producer_count(place) != 0 || draft.consumer_count(place) != 1 {
        return None;
    }
    let (t, takes) = draft.consumers(place).next()?;
    let transition = draft.transition(t);
    if transition.observed || transition.pre.len() != 1 {
        return None;
    }
    fire_ahead(draft, t, node.tokens / takes)?;
    draft.drop_transition(t);
    draft.drop_place(place);
    Some(())
}

/// Fires `t`, which consumes from an unobserved place alone, `times` times before anything else,
/// as far as its outputs are concerned; `None` if that can be seen, or overflows.
pub(crate) fn fire_ahead(draft: &mut Draft, t: pn_net::TransitionId, times: u64) -> Option<()> {
    let transition = draft.transition(t);
    let (post, recipe) = (transition.post.clone(), transition.recipe);
    let seen = post.iter().any(|(place, _)| draft.place(*place).observed);
    if times > 0 && seen && draft.looks_at_every_marking() {
        return None;
    }
    let mut counts = Vec::with_capacity(post.len());
    for (place, weight) in &post {
        let tokens = weight.checked_mul(times)?.checked_add(draft.place(*place).tokens)?;
        counts.push((*place, Some(tokens).filter(|tokens| *tokens <= MAX_TOKENS)?));
    }
    counts.into_iter().for_each(|(place, tokens)| draft.set_tokens(place, tokens));
    if times > 0 {
        let recipe = draft.recipes.repeat(recipe, times);
        draft.prefix.push(recipe);
    }
    Some(())
}
