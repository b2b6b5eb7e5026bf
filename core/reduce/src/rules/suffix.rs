//! Parts that every run leaves behind: places outside all cycles, and what depends on them.
//!
//! **Condition.** The place graph has an edge from each input of a transition to each of its
//! outputs. K is the least set of places that contains V, the inputs of observed transitions and
//! all places on cycles, and with a place p of K the inputs of every t ∈ •p and of every t ∈ p•.
//! Places outside K are dropped, and transitions with an input outside K.
//!
//! **Proof.** A transition next to K has all its inputs in K, so N' is N projected to K as for
//! the prefix of interest. A dropped transition has inputs and outputs outside K alone. There the
//! place graph has no cycle, so firing dropped transitions ends: in a topological order each
//! replaces tokens by later ones, and multisets over it are well-founded. Hence a run of N' to a
//! dead marking, followed by dropped firings as long as there are any, ends dead in N; and a dead
//! marking of N is dead in K. (Without the closure under *co-inputs of consumers* the rule is
//! wrong: a consumer that loses an input drains what it did not.) With K = ∅ and no transition
//! without inputs every run ends.
//!
//! **Source.** The free suffix of Thierry-Mieg (2020), closed as above. O(arcs).

use super::Rule;
use super::free_component::{Graph, components};
use crate::Questions;
use crate::draft::Draft;
use pn_net::{PlaceId, TransitionId};

/// The rule.
pub static RULE: Rule = Rule { name: "suffix", preserves: Questions::ALL, apply };

/// The most edges of the place graph that are looked at.
const EDGES: usize = 20_000_000;

fn apply(draft: &mut Draft, since: u32) -> usize {
    if draft.places_since(since).is_empty() && draft.transitions_since(since).is_empty() {
        return 0;
    }
    let mut closure = Closure::of_the_observed(draft);
    let Some(cyclic) = on_cycles(draft) else { return 0 };
    cyclic.into_iter().for_each(|place| closure.add(place));
    while let Some(place) = closure.next() {
        for (t, _) in draft.producers(place).chain(draft.consumers(place)) {
            closure.add_inputs(draft, t);
        }
    }
    let kept = closure.kept();
    let outside = draft
        .transitions()
        .filter(|t| draft.transition(*t).pre.iter().any(|(place, _)| !kept[place.index()]));
    let outside = outside.collect();
    drop_outside(draft, &kept, outside)
}

/// The places on cycles of the place graph. Transitions are nodes of the graph too, so that it
/// has one edge for each arc.
fn on_cycles(draft: &Draft) -> Option<Vec<PlaceId>> {
    let (places, transitions) = draft.made();
    let mut edges = Vec::new();
    for t in draft.transitions() {
        let transition = draft.transition(t);
        edges.extend(transition.pre.iter().map(|(place, _)| (place.index(), places + t.index())));
        edges.extend(transition.post.iter().map(|(place, _)| (places + t.index(), place.index())));
    }
    if edges.len() > EDGES {
        return None;
    }
    let components = components(&Graph::new(places + transitions, &edges));
    // A self-loop of the place graph is a cycle of two nodes here.
    let mut sizes = vec![0usize; places + transitions];
    components.iter().for_each(|component| sizes[*component] += 1);
    Some(draft.places().filter(|place| sizes[components[place.index()]] > 1).collect())
}

/// A set of places that is being closed.
pub(super) struct Closure {
    kept: Vec<bool>,
    open: Vec<PlaceId>,
}

impl Closure {
    /// The observed places, and the inputs of observed transitions.
    pub(super) fn of_the_observed(draft: &Draft) -> Self {
        let mut closure = Self { kept: vec![false; draft.made().0], open: Vec::new() };
        draft.places().filter(|place| draft.place(*place).observed).for_each(|place| closure.add(place));
        let observed = draft.transitions().filter(|t| draft.transition(*t).observed);
        observed.for_each(|t| closure.add_inputs(draft, t));
        closure
    }

    pub(super) fn add(&mut self, place: PlaceId) {
        if !std::mem::replace(&mut self.kept[place.index()], true) {
            self.open.push(place);
        }
    }

    pub(super) fn add_inputs(&mut self, draft: &Draft, t: TransitionId) {
        draft.transition(t).pre.iter().for_each(|(place, _)| self.add(*place));
    }

    /// A place whose neighbourhood has not been looked at yet.
    pub(super) fn next(&mut self) -> Option<PlaceId> {
        self.open.pop()
    }

    pub(super) fn kept(self) -> Vec<bool> {
        self.kept
    }
}

/// Drops the places that are not kept, and these transitions.
pub(super) fn drop_outside(draft: &mut Draft, kept: &[bool], transitions: Vec<TransitionId>) -> usize {
    transitions.iter().for_each(|t| draft.drop_transition(*t));
    let places: Vec<PlaceId> = draft.places().filter(|place| !kept[place.index()]).collect();
    places.iter().for_each(|place| draft.drop_place(*place));
    transitions.len() + places.len()
}
