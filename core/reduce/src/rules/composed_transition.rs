//! A transition that two others, one after the other, replace.
//!
//! **Condition.** effect(t) = effect(u) + effect(v); Pre(·,u) ≤ Pre(·,t); Pre(p,v) ≤ Pre(p,t) −
//! Pre(p,u) + Post(u,p) for p ∈ •v; t ≠ u, t ≠ v; t is not observed. t is dropped.
//!
//! **Proof.** Where t is enabled, u is, and then v; they lead to the same marking. So from every
//! marking the same are reachable, and where t is enabled, u is.
//!
//! **Source.** Bønneland et al. (2019); Thierry-Mieg (2020). Effects are hashed; pairs are tried
//! where v takes what u gives, through the input of v with the fewest producers; at most
//! 2,000,000 pairs.

use super::Rule;
use crate::Questions;
use crate::draft::Draft;
use crate::vector::{Effect, is_below, sum_of_effects};
use pn_net::TransitionId;
use rustc_hash::FxHashMap;

/// The rule.
pub static RULE: Rule = Rule { name: "composed transition", preserves: Questions::ALL, apply };

const PAIRS: usize = 2_000_000;

fn apply(draft: &mut Draft, since: u32) -> usize {
    if draft.transitions_since(since).is_empty() {
        return 0;
    }
    let mut by_effect: FxHashMap<Effect, Vec<TransitionId>> = FxHashMap::default();
    let mut effects: FxHashMap<TransitionId, Effect> = FxHashMap::default();
    for t in draft.transitions() {
        let effect = draft.transition(t).effect();
        by_effect.entry(effect.clone()).or_default().push(t);
        effects.insert(t, effect);
    }
    let all: Vec<TransitionId> = draft.transitions().collect();
    let (mut pairs, mut dropped) = (0, 0);
    for v in all {
        let inputs = draft.transition(v).pre.iter();
        let Some((rarest, _)) = inputs.min_by_key(|(place, _)| draft.producer_count(*place)) else {
            continue;
        };
        let producers: Vec<TransitionId> = draft.producers(*rarest).map(|(u, _)| u).collect();
        for u in producers {
            pairs += 1;
            if pairs > PAIRS {
                return dropped;
            }
            // An earlier pair may have replaced one of these.
            if !draft.transition(u).alive || !draft.transition(v).alive {
                continue;
            }
            let Some(same) = by_effect.get(&sum_of_effects(&effects[&u], &effects[&v])) else { continue };
            for t in same {
                if replaces(draft, u, v, *t) {
                    draft.drop_transition(*t);
                    dropped += 1;
                }
            }
        }
    }
    dropped
}

fn replaces(draft: &Draft, u: TransitionId, v: TransitionId, t: TransitionId) -> bool {
    let [first, second, whole] = [u, v, t].map(|t| draft.transition(t));
    let reached = |(place, weight): &(_, u64)| {
        // Both are below 2^63, and the difference is not negative once the first is below.
        whole.takes(*place) - first.takes(*place) + first.gives(*place) >= *weight
    };
    whole.alive
        && !whole.observed
        && t != u
        && t != v
        && is_below(&first.pre, &whole.pre)
        && second.pre.iter().all(reached)
}
