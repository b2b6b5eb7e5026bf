//! Places from which the same can follow.
//!
//! **Condition.** p, q ∉ V, and a bijection between p• and q•: the consumers take 1 from p or q,
//! and the arcs of one become those of the other by exchanging p for q; none is observed and none
//! has arcs with both. p and q become one place with the sum of tokens; corresponding consumers
//! become one.
//!
//! **Proof.** Markings with the same sum and the same elsewhere have the same ahead of them: if
//! one enables a consumer of p, the other enables it or its counterpart, and they lead to
//! markings so related; other transitions depend on neither. Bisimulation.
//!
//! **Way back.** The one of the two whose place is marked.
//!
//! **Source.** Thierry-Mieg (2020), "future equivalent places". Places with more than 16 consumers
//! are passed over.

use super::Rule;
use super::free_component::renamed;
use crate::Questions;
use crate::draft::{Draft, New};
use crate::recipe::{Recipe, Tally};
use crate::vector::Weights;
use pn_net::{MAX_TOKENS, PlaceId, TransitionId};
use rustc_hash::FxHashMap;

/// The rule.
pub static RULE: Rule = Rule { name: "equivalent places", preserves: Questions::ALL, apply };

const CONSUMERS: usize = 16;

/// What follows from a place: for each consumer its other inputs, what it gives back, its other
/// outputs; with the consumer, ascending.
type Future = Vec<(Weights, u64, Weights)>;

fn apply(draft: &mut Draft, since: u32) -> usize {
    if draft.places_since(since).is_empty() {
        return 0;
    }
    let mut classes: FxHashMap<Future, Vec<PlaceId>> = FxHashMap::default();
    for place in draft.places() {
        if let Some((future, _)) = future(draft, place) {
            classes.entry(future).or_default().push(place);
        }
    }
    let mut classes: Vec<Vec<PlaceId>> = classes.into_values().filter(|class| class.len() > 1).collect();
    classes.sort_unstable();
    let mut applied = 0;
    for pair in classes.iter().flat_map(|class| class.chunks_exact(2)) {
        applied += usize::from(fuse(draft, pair[0], pair[1]).is_some());
    }
    applied
}

fn future(draft: &Draft, place: PlaceId) -> Option<(Future, Vec<TransitionId>)> {
    let consumers = draft.consumer_count(place);
    if !draft.place(place).alive || draft.place(place).observed || consumers == 0 || consumers > CONSUMERS {
        return None;
    }
    let others = |weights: &Weights| weights.iter().filter(|(p, _)| *p != place).copied().collect();
    let mut each = Vec::with_capacity(consumers);
    for (t, takes) in draft.consumers(place) {
        let transition = draft.transition(t);
        if takes != 1 || transition.observed {
            return None;
        }
        each.push(((others(&transition.pre), transition.gives(place), others(&transition.post)), t));
    }
    each.sort_unstable();
    Some(each.into_iter().unzip())
}

fn fuse(draft: &mut Draft, p: PlaceId, q: PlaceId) -> Option<()> {
    let (future_of_p, from_p) = future(draft, p)?;
    let (future_of_q, from_q) = future(draft, q)?;
    let tokens = draft.place(p).tokens.checked_add(draft.place(q).tokens).filter(|sum| *sum <= MAX_TOKENS)?;
    // Futures that name p or q otherwise than as the own place differ, or are refused here.
    let names_either = |(pre, _, post): &(Weights, u64, Weights)| {
        pre.iter().chain(post).any(|(place, _)| *place == p || *place == q)
    };
    if future_of_p != future_of_q || future_of_p.iter().any(names_either) {
        return None;
    }
    let new = PlaceId::new(draft.made().0);
    let is_replaced = |place| place == p || place == q;
    let mut givers: Vec<TransitionId> = [p, q]
        .iter()
        .flat_map(|place| draft.producers(*place).map(|(t, _)| t))
        .filter(|t| draft.transition(*t).takes(p) == 0 && draft.transition(*t).takes(q) == 0)
        .collect();
    givers.sort_unstable();
    givers.dedup();
    let mut news = Vec::new();
    for t in givers.iter().chain(&from_p) {
        let transition = draft.transition(*t);
        news.push(New {
            pre: renamed(&transition.pre, is_replaced, new)?,
            post: renamed(&transition.post, is_replaced, new)?,
            recipe: transition.recipe,
            observed: transition.observed,
        });
    }
    let (of_p, of_q) = (draft.place(p).tally, draft.place(q).tally);
    for ((new, t), u) in news[givers.len()..].iter_mut().zip(&from_p).zip(&from_q) {
        let ways = Box::new([(of_p, draft.transition(*t).recipe), (of_q, draft.transition(*u).recipe)]);
        new.recipe = draft.recipes.recipe(Recipe::Whichever(ways));
    }
    let tally = draft.recipes.tally(Tally::Sum(Box::new([of_p, of_q])));
    draft.add_place(tokens, tally);
    for new in news {
        draft.add_transition(new);
    }
    givers.iter().chain(&from_p).chain(&from_q).for_each(|t| draft.drop_transition(*t));
    draft.drop_place(p);
    draft.drop_place(q);
    Some(())
}
