//! What the agglomerations share: composing producers of a place with its consumers.

use crate::draft::{Draft, New};
use crate::vector::sum_without;
use pn_net::{PlaceId, TransitionId};

/// Transitions next to a place, with the weights of their arcs.
pub(super) type Arcs = Vec<(TransitionId, u64)>;

/// How many transitions may take the place of the old ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Size {
    /// One producer or one consumer: never more transitions than before.
    Simple,
    /// A few more.
    Complex,
}

const COMPLEX: usize = 32;
/// Products may have so many times as many arcs as their factors, and a few.
const ARCS: usize = 4;
const FEW_ARCS: usize = 64;

/// The producers and the consumers of an unobserved place, if there are both, no transition is
/// both, and their product is small enough.
pub(super) fn around(draft: &Draft, place: PlaceId, size: Size) -> Option<(Arcs, Arcs)> {
    let node = draft.place(place);
    let (h, f) = (draft.producer_count(place), draft.consumer_count(place));
    let fits = h == 1 || f == 1 || (size == Size::Complex && h * f < COMPLEX);
    if !node.alive || node.observed || h == 0 || f == 0 || !fits {
        return None;
    }
    let producers: Vec<_> = draft.producers(place).collect();
    if producers.iter().any(|(t, _)| draft.transition(*t).takes(place) > 0) {
        return None;
    }
    Some((producers, draft.consumers(place).collect()))
}

/// Each producer followed by each consumer, as often as its tokens allow: `times` of the weights.
/// `None` when a weight is too large, or there are too many arcs.
pub(super) fn products(
    draft: &mut Draft,
    place: PlaceId,
    producers: &[(TransitionId, u64)],
    consumers: &[(TransitionId, u64)],
) -> Option<Vec<New>> {
    let arcs = |draft: &Draft, t| draft.transition(t).pre.len() + draft.transition(t).post.len();
    let before: usize = producers.iter().chain(consumers).map(|(t, _)| arcs(draft, *t)).sum();
    let after: usize = producers
        .iter()
        .map(|(h, _)| consumers.iter().map(|(f, _)| arcs(draft, *h) + arcs(draft, *f)).sum::<usize>())
        .sum();
    if after > ARCS * before + FEW_ARCS {
        return None;
    }
    let mut products = Vec::with_capacity(producers.len() * consumers.len());
    for (h, gives) in producers {
        for (f, takes) in consumers {
            let times = gives / takes;
            let (first, second) = (draft.transition(*h), draft.transition(*f));
            let pre = sum_without(&first.pre, &second.pre, times, place)?;
            let post = sum_without(&first.post, &second.post, times, place)?;
            let observed = first.observed || second.observed;
            let recipe = (first.recipe, second.recipe);
            products.push((New { pre, post, recipe: recipe.0, observed }, recipe.1, times));
        }
    }
    let finished = products.into_iter().map(|(mut new, second, times)| {
        new.recipe = draft.recipes.then(new.recipe, second, times);
        new
    });
    Some(finished.collect())
}

/// Puts the products in place of the place and its transitions.
pub(super) fn replace(
    draft: &mut Draft,
    place: PlaceId,
    producers: &[(TransitionId, u64)],
    consumers: &[(TransitionId, u64)],
    products: Vec<New>,
) {
    for new in products {
        draft.add_transition(new);
    }
    producers.iter().chain(consumers).for_each(|(t, _)| draft.drop_transition(*t));
    draft.drop_place(place);
}

/// Whether some of these places is observed.
pub(super) fn sees(draft: &Draft, weights: &[(PlaceId, u64)]) -> bool {
    weights.iter().any(|(place, _)| draft.place(*place).observed)
}
