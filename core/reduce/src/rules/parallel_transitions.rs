//! A transition that does at once what another does in several firings.
//!
//! **Condition.** Pre(·,t) = k·Pre(·,u) and Post(t,·) = k·Post(u,·), k ≥ 2; t is dropped. t is not
//! observed.
//!
//! **Proof.** Where t is enabled, u fires k times in a row: after i firings k−i times Pre(·,u) is
//! left. The same markings are reachable from everywhere, and where t is enabled, u is.
//!
//! **Source.** Rule D of Bønneland et al. (2019). Transitions are hashed by their arcs divided by
//! their greatest common divisor. (k = 1 is a dominated transition.)

use super::Rule;
use crate::Questions;
use crate::draft::Draft;
use crate::vector::{Weights, gcd};
use pn_net::TransitionId;
use rustc_hash::FxHashMap;

/// The rule.
pub static RULE: Rule = Rule { name: "parallel transitions", preserves: Questions::ALL, apply };

fn apply(draft: &mut Draft, since: u32) -> usize {
    if draft.transitions_since(since).is_empty() {
        return 0;
    }
    let mut classes: FxHashMap<(Weights, Weights), Vec<(u64, TransitionId)>> = FxHashMap::default();
    for t in draft.transitions() {
        let transition = draft.transition(t);
        let divisor = transition.pre.iter().chain(&transition.post).fold(0, |g, (_, w)| gcd(g, *w));
        if divisor == 0 {
            continue;
        }
        let divided = |weights: &Weights| weights.iter().map(|(p, w)| (*p, w / divisor)).collect();
        let class = (divided(&transition.pre), divided(&transition.post));
        classes.entry(class).or_default().push((divisor, t));
    }
    let mut dropped = Vec::new();
    for class in classes.values_mut().filter(|class| class.len() > 1) {
        class.sort_unstable();
        for (position, (multiple, t)) in class.iter().enumerate() {
            let divides = |(other, _): &&(u64, TransitionId)| multiple % other == 0 && multiple > other;
            if !draft.transition(*t).observed && class[..position].iter().any(|other| divides(&other)) {
                dropped.push(*t);
            }
        }
    }
    dropped.iter().for_each(|t| draft.drop_transition(*t));
    dropped.len()
}
