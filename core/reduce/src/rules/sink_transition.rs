//! A transition that only destroys tokens, none of them observed.
//!
//! **Condition.** Post(t,·) = ∅; •t ∩ V = ∅; t is not observed.
//!
//! **Proof.** A run without its firings of t is still a run, ends with more tokens, and with the
//! same on V. Not for `Deadlock`, `Return` and `Liveness`: t may destroy what is needed.
//!
//! **Source.** Thierry-Mieg (2020). O(arcs).

use super::Rule;
use crate::draft::Draft;
use crate::{Question, Questions};
use pn_net::TransitionId;

/// The rule.
pub static RULE: Rule = Rule {
    name: "sink transition",
    preserves: Questions::of(&[Question::Reachability, Question::Bounds, Question::QuasiLiveness]),
    apply,
};

fn apply(draft: &mut Draft, since: u32) -> usize {
    let is_sink = |t: &TransitionId| {
        let t = draft.transition(*t);
        t.post.is_empty() && !t.observed && t.pre.iter().all(|(place, _)| !draft.place(*place).observed)
    };
    let sinks: Vec<TransitionId> = draft.transitions_since(since).into_iter().filter(is_sink).collect();
    sinks.iter().for_each(|t| draft.drop_transition(*t));
    sinks.len()
}
