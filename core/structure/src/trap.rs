//! Traps: sets of places that stay marked once they are.
//!
//! A set of places is a trap if every transition that consumes from it produces on it; a marked
//! trap never loses its last token (Commoner 1972; Murata 1989, section V-C). The union of traps
//! is a trap, so every set has a greatest trap inside, which is found by throwing out, again and
//! again, the inputs of transitions that consume without producing. Linear in the arcs.

use pn_net::{Net, PlaceId, TransitionId};

/// The greatest trap within the places that `inside` accepts, ascending; empty if there is none.
#[must_use]
pub fn greatest_trap(net: &Net, inside: impl Fn(PlaceId) -> bool) -> Vec<PlaceId> {
    let mut kept: Vec<bool> = net.places().map(inside).collect();
    // How many of its output places are kept, for each transition.
    let mut outputs: Vec<u32> = vec![0; net.transition_count()];
    for transition in net.transitions() {
        let count = net.postset(transition).iter().filter(|place| kept[place.index()]).count();
        outputs[transition.index()] = u32::try_from(count).expect("a net has fewer than 2^32 places");
    }
    let mut leaking: Vec<TransitionId> = net.transitions().filter(|t| outputs[t.index()] == 0).collect();
    while let Some(transition) = leaking.pop() {
        for place in net.preset(transition) {
            if std::mem::take(&mut kept[place.index()]) {
                for (producer, _) in net.producers(*place) {
                    outputs[producer.index()] -= 1;
                    if outputs[producer.index()] == 0 {
                        leaking.push(producer);
                    }
                }
            }
        }
    }
    net.places().filter(|place| kept[place.index()]).collect()
}

/// Whether every transition that consumes from `places` produces on them.
#[must_use]
pub fn is_trap(net: &Net, places: &[PlaceId]) -> bool {
    let mut inside = vec![false; net.place_count()];
    places.iter().for_each(|place| inside[place.index()] = true);
    let produces = |transition: TransitionId| net.postset(transition).iter().any(|p| inside[p.index()]);
    places.iter().all(|place| net.consumers(*place).all(|(transition, _)| produces(transition)))
}
