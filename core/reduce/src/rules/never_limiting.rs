//! An arc that never keeps its transition from firing.
//!
//! **Condition.** low(p) = min(m₀(p), min{Post(t,p) : Post(t,p) < Pre(p,t)}); an arc from p to t
//! with Pre(p,t) ≤ low(p) and Pre(p,t) ≤ Post(t,p). The arc is taken away and Post(t,p) lowered by
//! as much. A place whose arcs all go this way is then a sink.
//!
//! **Proof.** m(p) ≥ low(p) in every reachable marking: only a t with Post(t,p) < Pre(p,t) lowers
//! m(p), and right after it m(p) ≥ Post(t,p). So the arc limits nothing; the effect is the same.
//! Bisimulation. (An arc that takes more than it gives would need Pre ≤ low ≤ Post.)
//!
//! **Source.** The never-limiting places of Thierry-Mieg (2020), for single arcs. O(arcs of p).

use super::Rule;
use crate::Questions;
use crate::draft::{Draft, Side};
use pn_net::PlaceId;

/// The rule.
pub static RULE: Rule = Rule { name: "never-limiting arc", preserves: Questions::ALL, apply };

fn apply(draft: &mut Draft, since: u32) -> usize {
    draft.places_since(since).into_iter().map(|place| at(draft, place)).sum()
}

fn at(draft: &mut Draft, place: PlaceId) -> usize {
    let arcs: Vec<_> =
        draft.consumers(place).map(|(t, takes)| (t, takes, draft.transition(t).gives(place))).collect();
    let after = arcs.iter().filter(|(_, takes, gives)| gives < takes).map(|(_, _, gives)| *gives);
    let low = after.chain([draft.place(place).tokens]).min().expect("there is one element at least");
    let mut applied = 0;
    for (t, takes, gives) in arcs {
        if takes <= low && takes <= gives {
            draft.set_weight(place, t, Side::Consumers, 0);
            draft.set_weight(place, t, Side::Producers, gives - takes);
            applied += 1;
        }
    }
    applied
}
