//! A transition beside one that does the same and asks for no more.
//!
//! **Condition.** effect(t) = effect(u), Pre(·,u) ≤ Pre(·,t); t is dropped. t is not observed, or
//! Pre(·,u) = Pre(·,t), and then u stands for it too.
//!
//! **Proof.** Wherever t is enabled, u is, and leads to the same marking; so the reachability
//! graph loses parallel edges only, and no marking its last one.
//!
//! **Source.** Rule C of Bønneland et al. (2019); Thierry-Mieg (2020). Effects are hashed; within
//! a class each transition is compared with at most 64 that ask for less.

use super::Rule;
use crate::Questions;
use crate::draft::Draft;
use crate::recipe::Recipe;
use crate::vector::{Effect, is_below};
use pn_net::TransitionId;
use rustc_hash::FxHashMap;

/// The rule.
pub static RULE: Rule = Rule { name: "dominated transition", preserves: Questions::ALL, apply };

const COMPARED: usize = 64;

fn apply(draft: &mut Draft, since: u32) -> usize {
    if draft.transitions_since(since).is_empty() {
        return 0;
    }
    let mut classes: FxHashMap<Effect, Vec<TransitionId>> = FxHashMap::default();
    for t in draft.transitions() {
        classes.entry(draft.transition(t).effect()).or_default().push(t);
    }
    let mut classes: Vec<Vec<TransitionId>> = classes.into_values().filter(|class| class.len() > 1).collect();
    classes.sort_unstable();
    classes.into_iter().map(|class| among(draft, class)).sum()
}

/// Drops the dominated ones among transitions with the same effect.
fn among(draft: &mut Draft, mut class: Vec<TransitionId>) -> usize {
    class.sort_by_key(|t| draft.transition(*t).pre.iter().map(|(_, w)| u128::from(*w)).sum::<u128>());
    let mut kept: Vec<TransitionId> = Vec::new();
    let mut dropped = 0;
    for t in class {
        let asks = &draft.transition(t).pre;
        let may_replace = |u: &&TransitionId| {
            let other = &draft.transition(**u).pre;
            if draft.transition(t).observed { other == asks } else { is_below(other, asks) }
        };
        match kept.iter().take(COMPARED).find(may_replace).copied() {
            Some(u) => {
                merge(draft, t, u);
                dropped += 1;
            }
            None => kept.push(t),
        }
    }
    dropped
}

/// Drops `t` for `u`, which stands for it too if it is observed.
fn merge(draft: &mut Draft, t: TransitionId, u: TransitionId) {
    if draft.transition(t).observed {
        let alike = Recipe::Alike(draft.transition(u).recipe, draft.transition(t).recipe);
        let recipe = draft.recipes.recipe(alike);
        draft.set_recipe(u, recipe);
        draft.observe(u);
    }
    draft.drop_transition(t);
}
