//! Transitions that never fire, and places that never change.
//!
//! **Condition.** The least set F of transitions with: t ∈ F if for every p, Pre(p,t) ≤ m₀(p) or
//! some u ∈ F gains on p (Post(u,p) > Pre(p,u)). Transitions outside F are dropped; then places
//! on which no transition has an effect.
//!
//! **Proof.** By induction over a run every fired transition is in F: a place holds more than
//! m₀(p) only after a gain. So transitions outside F fire in no run. A place without effects keeps
//! m₀(p), and the remaining consumers, being in F, ask for no more than that. Bisimulation.
//!
//! **Source.** The fixpoint is the relaxed reachability of planning; as a rule for nets in
//! Thierry-Mieg, "Structural reductions revisited" (2020), section 3. O(arcs).

use super::Rule;
use crate::Questions;
use crate::draft::Draft;
use pn_net::{PlaceId, TransitionId};

/// The rule.
pub static RULE: Rule = Rule { name: "dead transitions", preserves: Questions::ALL, apply };

fn apply(draft: &mut Draft, since: u32) -> usize {
    if draft.places_since(since).is_empty() && draft.transitions_since(since).is_empty() {
        return 0;
    }
    let fires = firing(draft);
    let dead: Vec<TransitionId> = draft.transitions().filter(|t| !fires[t.index()]).collect();
    dead.iter().for_each(|t| draft.drop_transition(*t));
    let mut changes = vec![false; draft.made().0];
    for t in draft.transitions() {
        draft.transition(t).effect().iter().for_each(|(place, _)| changes[place.index()] = true);
    }
    // An observed place without arcs says nothing more when it is a number.
    let constant: Vec<PlaceId> = draft.places().filter(|place| !changes[place.index()]).collect();
    constant.iter().for_each(|place| draft.drop_constant(*place));
    dead.len() + constant.len()
}

/// By transition, whether it is in F.
fn firing(draft: &Draft) -> Vec<bool> {
    let (places, transitions) = draft.made();
    let mut gains = vec![false; places];
    let mut short = vec![0usize; transitions];
    let mut open = Vec::new();
    for t in draft.transitions() {
        let inputs = draft.transition(t).pre.iter();
        short[t.index()] = inputs.filter(|(place, weight)| *weight > draft.place(*place).tokens).count();
        if short[t.index()] == 0 {
            open.push(t);
        }
    }
    let mut fires = vec![false; transitions];
    while let Some(t) = open.pop() {
        fires[t.index()] = true;
        for (place, change) in draft.transition(t).effect() {
            if change <= 0 || std::mem::replace(&mut gains[place.index()], true) {
                continue;
            }
            for (consumer, weight) in draft.consumers(place) {
                if weight > draft.place(place).tokens {
                    short[consumer.index()] -= 1;
                    if short[consumer.index()] == 0 {
                        open.push(consumer);
                    }
                }
            }
        }
    }
    fires
}
