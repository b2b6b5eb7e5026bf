//! A transition that is always enabled: there is no dead marking.
//!
//! **Condition.** Some t with Pre(·,t) = ∅. All other transitions are dropped, and t's outputs.
//!
//! **Proof.** Neither net has a dead marking. Preserves `Deadlock` alone.
//!
//! **Source.** Folklore. O(transitions).

use super::Rule;
use crate::draft::{Draft, New};
use crate::{Question, Questions};
use pn_net::TransitionId;

/// The rule.
pub static RULE: Rule =
    Rule { name: "source transition", preserves: Questions::of(&[Question::Deadlock]), apply };

fn apply(draft: &mut Draft, since: u32) -> usize {
    if draft.alive_transitions() == 1 && draft.transitions().all(|t| draft.transition(t).has_no_effect()) {
        return 0;
    }
    let source = |t: &TransitionId| draft.transition(*t).pre.is_empty();
    let Some(source) = draft.transitions_since(since).into_iter().find(source) else { return 0 };
    let recipe = draft.transition(source).recipe;
    let all: Vec<TransitionId> = draft.transitions().collect();
    all.iter().for_each(|t| draft.drop_transition(*t));
    draft.add_transition(New { pre: Vec::new(), post: Vec::new(), recipe, observed: false });
    all.len()
}
