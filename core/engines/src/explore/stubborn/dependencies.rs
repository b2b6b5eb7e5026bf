//! Which transitions a stubborn set must contain because of one that it contains, as a graph.
//!
//! An enabled transition t of the set must not disable what is fired outside the set: where t
//! takes more from a place than it gives, all consumers of the place are in the set too. For a
//! key, nothing outside may take t's input away: where t gives as much as it takes, the consumers
//! that lower the place are in the set. A disabled transition must not be enabled from outside:
//! all transitions that raise one of its short places are in the set. Each implies D1 (or D2) by
//! comparing what is on the places, one place at a time: a place that t lowers is read by nothing
//! outside, every other place holds at least as much after t as before.
//!
//! The three lists of a place are nodes of the graph beside the transitions, so that each is gone
//! through at most once in a marking: the graph has as many edges as the net has arcs.

use super::Counts;
use pn_net::{Net, PlaceId, TransitionId};
use std::slice;

/// The graph of one net. Nodes are numbered: transitions first, then the lists of places.
#[derive(Debug)]
pub(super) struct Dependencies {
    transitions: usize,
    places: usize,
    /// For each transition its input places with weights.
    inputs: Rows<(u32, u64)>,
    /// For each transition, what it depends on while it is enabled: lists of places.
    while_enabled: Rows<u32>,
    /// For each list of a place, its transitions.
    lists: Rows<u32>,
    /// Every number, to make slices of one node.
    identity: Vec<u32>,
    /// The marking at which a transition was last seen enabled.
    enabled_at: Vec<u32>,
    now: u32,
}

/// Rows of different lengths in one vector.
#[derive(Debug)]
struct Rows<T> {
    ends: Vec<u32>,
    items: Vec<T>,
}

impl<T> Rows<T> {
    fn new(rows: impl Iterator<Item = Vec<T>>) -> Self {
        let (mut ends, mut items) = (vec![0], Vec::new());
        for row in rows {
            items.extend(row);
            ends.push(short(items.len()));
        }
        Self { ends, items }
    }

    fn row(&self, number: usize) -> &[T] {
        &self.items[self.ends[number] as usize..self.ends[number + 1] as usize]
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.ends) + size_of_val(&*self.items)
    }
}

/// Whether every enabled transition of a set is to be a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    Every,
    None,
}

impl Dependencies {
    /// The graph in which every enabled transition of a closed set is a key.
    pub(super) fn with_keys(net: &Net) -> Self {
        Self::new(net, Keys::Every)
    }

    /// The graph for D1 alone.
    pub(super) fn without_keys(net: &Net) -> Self {
        Self::new(net, Keys::None)
    }

    fn new(net: &Net, keys: Keys) -> Self {
        let (transitions, places) = (net.transition_count(), net.place_count());
        let inputs = Rows::new(
            net.transitions()
                .map(|t| net.pre(t).map(|(place, weight)| (short(place.index()), weight)).collect()),
        );
        let while_enabled = Rows::new(net.transitions().map(|t| {
            let lists = net.pre(t).filter_map(|(place, weight)| {
                match (weight > net.output_weight(t, place), keys) {
                    (true, _) => Some(List::Consumers),
                    (false, Keys::Every) => Some(List::Lowering),
                    (false, Keys::None) => None,
                }
                .map(|list| short(transitions + list as usize * places + place.index()))
            });
            lists.collect()
        }));
        let change = |t: TransitionId, place| (net.input_weight(place, t), net.output_weight(t, place));
        let numbers = |all: &mut dyn Iterator<Item = TransitionId>| all.map(|t| short(t.index())).collect();
        let consumers = net.places().map(|p| numbers(&mut net.consumers(p).map(|(t, _)| t)));
        let lowering = net.places().map(|p| {
            let lowers = |t: &TransitionId| matches!(change(*t, p), (taken, given) if taken > given);
            numbers(&mut net.consumers(p).map(|(t, _)| t).filter(lowers))
        });
        let raising = net.places().map(|p| {
            let raises = |t: &TransitionId| matches!(change(*t, p), (taken, given) if given > taken);
            numbers(&mut net.producers(p).map(|(t, _)| t).filter(raises))
        });
        Self {
            transitions,
            places,
            inputs,
            while_enabled,
            lists: Rows::new(consumers.chain(lowering).chain(raising)),
            identity: (0..short(transitions + 3 * places)).collect(),
            enabled_at: vec![0; transitions],
            now: 0,
        }
    }

    /// Number of nodes.
    pub(super) const fn len(&self) -> usize {
        self.identity.len()
    }

    /// The node of a list of `place`.
    pub(super) const fn list(&self, list: List, place: PlaceId) -> usize {
        self.transitions + list as usize * self.places + place.index()
    }

    /// Notes which transitions are enabled in the marking that is looked at next.
    pub(super) fn enter(&mut self, enabled: &[TransitionId]) {
        if self.now == u32::MAX {
            self.enabled_at.fill(0);
            self.now = 0;
        }
        self.now += 1;
        enabled.iter().for_each(|transition| self.enabled_at[transition.index()] = self.now);
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.inputs.bytes()
            + self.while_enabled.bytes()
            + self.lists.bytes()
            + size_of_val(&*self.identity)
            + size_of_val(&*self.enabled_at)
    }
}

/// A list of transitions of a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum List {
    /// Those that take from it.
    Consumers,
    /// Those that take more than they give.
    Lowering,
    /// Those that give more than they take.
    Raising,
}

/// The graph in one marking.
pub(super) struct Situation<'a, M> {
    pub(super) dependencies: &'a Dependencies,
    pub(super) marking: &'a M,
}

impl<M: Counts> Situation<'_, M> {
    pub(super) fn is_enabled(&self, transition: usize) -> bool {
        self.dependencies.enabled_at[transition] == self.dependencies.now
    }

    /// Whether `node` is a transition that is enabled.
    pub(super) fn is_enabled_transition(&self, node: usize) -> bool {
        node < self.dependencies.transitions && self.is_enabled(node)
    }

    /// What a set that contains `node` must contain as well, given the [`Self::choice`] for it.
    pub(super) fn needs(&self, node: usize, choice: u32) -> &[u32] {
        let Dependencies { transitions, while_enabled, lists, identity, .. } = self.dependencies;
        match node.checked_sub(*transitions) {
            Some(list) => lists.row(list),
            None if self.is_enabled(node) => while_enabled.row(node),
            None => slice::from_ref(&identity[choice as usize]),
        }
    }

    /// The list that a disabled transition depends on; for other nodes it does not matter.
    pub(super) fn choice(&self, node: usize, is_in: impl Fn(usize) -> bool) -> u32 {
        match node < self.dependencies.transitions && !self.is_enabled(node) {
            true => short(self.scapegoat(node, is_in)),
            false => 0,
        }
    }

    /// The list of transitions that raise one place which keeps `transition` from being enabled:
    /// of several such places one whose list is in the set already, as `is_in` says, or else the
    /// one with the shortest list.
    pub(super) fn scapegoat(&self, transition: usize, is_in: impl Fn(usize) -> bool) -> usize {
        let Dependencies { transitions, places, inputs, lists, .. } = self.dependencies;
        let mut best = None;
        for (place, weight) in inputs.row(transition) {
            if self.marking.tokens(PlaceId::new(*place as usize)) >= *weight {
                continue;
            }
            let row = List::Raising as usize * places + *place as usize;
            if is_in(transitions + row) {
                return transitions + row;
            }
            let length = lists.row(row).len();
            if best.is_none_or(|(shortest, _)| length < shortest) {
                best = Some((length, transitions + row));
            }
        }
        best.expect("a disabled transition has a short place").1
    }

    /// The transitions on a list.
    pub(super) fn list_length(&self, list: usize) -> usize {
        self.dependencies.lists.row(list - self.dependencies.transitions).len()
    }

    /// The input places of a transition.
    pub(super) fn inputs(&self, transition: usize) -> impl Iterator<Item = PlaceId> + '_ {
        let inputs = self.dependencies.inputs.row(transition).iter();
        inputs.map(|(place, _)| PlaceId::new(*place as usize))
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).expect("a net has fewer than 2^32 nodes and arcs")
}
