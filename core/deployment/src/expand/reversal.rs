//! Which action ends what another has done, so that from then on nobody keeps it.
//!
//! U *reverses* T when U gives back what T took: a place that T alone takes from gets a token from
//! U, and U cannot happen before T. A host that leaves the balancer takes the token "in the
//! balancer", and the one that puts it back gives that token: keeping it out is over then.
//!
//! That U comes after T is found in the relaxation in which tokens are never used up (the
//! delete relaxation of planning, Bonet and Geffner, 2001): what cannot happen there without T
//! cannot happen without T at all. O(size of the net) for a T with such a place, and O(1) for one
//! without.

use super::division::Division;
use pn_net::{Net, PlaceId, TransitionId};
use std::collections::BTreeMap;

/// The transitions that reverse the action, each with the place that it fills again. `undoes` are
/// those that are drawn as its undo.
pub(super) fn reversals(
    net: &Net,
    action: TransitionId,
    arcs: &Division,
    undoes: impl Fn(TransitionId) -> bool,
) -> BTreeMap<TransitionId, PlaceId> {
    let mut back: BTreeMap<TransitionId, PlaceId> = BTreeMap::new();
    for (place, _) in &arcs.take {
        let takers = net.consumers(*place).filter(|(t, _)| takes(net, *t, *place)).count();
        let fillers: Vec<TransitionId> =
            net.producers(*place).map(|(t, _)| t).filter(|t| gives(net, *t, *place)).collect();
        // What fills an empty place alone comes before the action that takes from it.
        let is_before = net.initial().tokens(*place) == 0 && fillers.len() == 1;
        if takers == 1 && !is_before {
            let others = fillers.into_iter().filter(|t| *t != action && !undoes(*t));
            back.extend(others.map(|filler| (filler, *place)));
        }
    }
    if !back.is_empty() {
        let possible = possible_without(net, action);
        back.retain(|filler, _| !possible[filler.index()]);
    }
    back
}

/// Whether somebody takes tokens from the place and does not give them back.
pub(super) fn is_taken(net: &Net, place: PlaceId) -> bool {
    net.consumers(place).any(|(t, _)| takes(net, t, place))
}

fn takes(net: &Net, transition: TransitionId, place: PlaceId) -> bool {
    net.input_weight(place, transition) > net.output_weight(transition, place)
}

fn gives(net: &Net, transition: TransitionId, place: PlaceId) -> bool {
    net.output_weight(transition, place) > net.input_weight(place, transition)
}

/// By transition: whether it can happen without the action, if tokens were never used up.
fn possible_without(net: &Net, action: TransitionId) -> Vec<bool> {
    let mut possible = vec![false; net.transition_count()];
    let mut missing: Vec<usize> = net.transitions().map(|t| net.preset(t).len()).collect();
    let mut marked: Vec<bool> = net.places().map(|p| net.initial().tokens(p) > 0).collect();
    let mut places: Vec<PlaceId> = net.places().filter(|p| marked[p.index()]).collect();
    let mut ready: Vec<TransitionId> = net.transitions().filter(|t| missing[t.index()] == 0).collect();
    loop {
        while let Some(transition) = ready.pop() {
            if transition == action || std::mem::replace(&mut possible[transition.index()], true) {
                continue;
            }
            for place in net.postset(transition) {
                if !std::mem::replace(&mut marked[place.index()], true) {
                    places.push(*place);
                }
            }
        }
        let Some(place) = places.pop() else { return possible };
        for (transition, _) in net.consumers(place) {
            missing[transition.index()] -= 1;
            if missing[transition.index()] == 0 {
                ready.push(transition);
            }
        }
    }
}
