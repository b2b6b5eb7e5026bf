//! A transition that changes nothing.
//!
//! **Condition.** Pre(·,t) = Post(t,·); t is not observed.
//!
//! **Proof.** Firing t leads back to the marking in which it fires, so every run has one without
//! t to the same marking. Not for `Deadlock`: t alone may keep a marking alive.
//!
//! **Source.** Bønneland et al. (2019), rule C in part. O(arcs).

use super::Rule;
use crate::draft::Draft;
use crate::{Question, Questions};
use pn_net::TransitionId;

/// The rule.
pub static RULE: Rule = Rule {
    name: "no effect",
    preserves: Questions::of(&[
        Question::Reachability,
        Question::Bounds,
        Question::QuasiLiveness,
        Question::Liveness,
        Question::Return,
    ]),
    apply,
};

fn apply(draft: &mut Draft, since: u32) -> usize {
    let idle = |t: &TransitionId| !draft.transition(*t).observed && draft.transition(*t).has_no_effect();
    let idle: Vec<TransitionId> = draft.transitions_since(since).into_iter().filter(idle).collect();
    idle.iter().for_each(|t| draft.drop_transition(*t));
    idle.len()
}
