//! The net itself: an immutable weighted place/transition net.
//!
//! Both directions of both incidence relations are kept in compressed rows, so that the preset
//! and the postset of every node are slices. For `a` arcs the structure takes about 24·`a` bytes.

use crate::arcs::Arcs;
use crate::names::Names;
use crate::{Marking, Nupn, PlaceId, TransitionId};

/// A place/transition net with weights and an initial marking. Built by [`crate::NetBuilder`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Net {
    pub(crate) name: String,
    pub(crate) places: Names,
    pub(crate) transitions: Names,
    pub(crate) initial: Marking,
    /// Transition to its input places.
    pub(crate) pre: Arcs<PlaceId>,
    /// Transition to its output places.
    pub(crate) post: Arcs<PlaceId>,
    /// Place to the transitions that consume from it.
    pub(crate) consumers: Arcs<TransitionId>,
    /// Place to the transitions that produce on it.
    pub(crate) producers: Arcs<TransitionId>,
    pub(crate) nupn: Option<Nupn>,
}

impl Net {
    /// The identifier of the net in its file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of places.
    #[must_use]
    pub fn place_count(&self) -> usize {
        self.places.len()
    }

    /// Number of transitions.
    #[must_use]
    pub fn transition_count(&self) -> usize {
        self.transitions.len()
    }

    /// Number of arcs, input and output.
    #[must_use]
    pub fn arc_count(&self) -> usize {
        self.pre.len() + self.post.len()
    }

    /// All places in order.
    pub fn places(&self) -> impl ExactSizeIterator<Item = PlaceId> + DoubleEndedIterator + Clone + use<> {
        (0..self.place_count()).map(PlaceId::new)
    }

    /// All transitions in order.
    pub fn transitions(
        &self,
    ) -> impl ExactSizeIterator<Item = TransitionId> + DoubleEndedIterator + Clone + use<> {
        (0..self.transition_count()).map(TransitionId::new)
    }

    /// The identifier of a place, unique among places.
    #[must_use]
    pub fn place_name(&self, place: PlaceId) -> &str {
        self.places.id(place.index())
    }

    /// The identifier of a transition, unique among transitions.
    #[must_use]
    pub fn transition_name(&self, transition: TransitionId) -> &str {
        self.transitions.id(transition.index())
    }

    /// The display name of a place; its identifier unless the author gave another.
    #[must_use]
    pub fn place_label(&self, place: PlaceId) -> &str {
        self.places.label(place.index())
    }

    /// The display name of a transition; its identifier unless the author gave another.
    #[must_use]
    pub fn transition_label(&self, transition: TransitionId) -> &str {
        self.transitions.label(transition.index())
    }

    /// The place with this identifier.
    #[must_use]
    pub fn find_place(&self, id: &str) -> Option<PlaceId> {
        self.places.find(id).map(PlaceId::new)
    }

    /// The transition with this identifier.
    #[must_use]
    pub fn find_transition(&self, id: &str) -> Option<TransitionId> {
        self.transitions.find(id).map(TransitionId::new)
    }

    /// The marking in which the net starts.
    #[must_use]
    pub fn initial(&self) -> &Marking {
        &self.initial
    }

    /// The input arcs of a transition: place and weight (at least 1), by ascending place.
    pub fn pre(&self, transition: TransitionId) -> impl ExactSizeIterator<Item = (PlaceId, u64)> + Clone {
        self.pre.row(transition.index())
    }

    /// The output arcs of a transition: place and weight (at least 1), by ascending place.
    pub fn post(&self, transition: TransitionId) -> impl ExactSizeIterator<Item = (PlaceId, u64)> + Clone {
        self.post.row(transition.index())
    }

    /// The preset •t: the places from which the transition consumes.
    #[must_use]
    pub fn preset(&self, transition: TransitionId) -> &[PlaceId] {
        self.pre.ends(transition.index())
    }

    /// The postset t•: the places on which the transition produces.
    #[must_use]
    pub fn postset(&self, transition: TransitionId) -> &[PlaceId] {
        self.post.ends(transition.index())
    }

    /// p•: the transitions that consume from a place, with weights, ascending.
    pub fn consumers(&self, place: PlaceId) -> impl ExactSizeIterator<Item = (TransitionId, u64)> + Clone {
        self.consumers.row(place.index())
    }

    /// •p: the transitions that produce on a place, with weights, ascending.
    pub fn producers(&self, place: PlaceId) -> impl ExactSizeIterator<Item = (TransitionId, u64)> + Clone {
        self.producers.row(place.index())
    }

    /// Weight of the arc from `place` to `transition`, 0 where there is none.
    #[must_use]
    pub fn input_weight(&self, place: PlaceId, transition: TransitionId) -> u64 {
        self.pre.weight(transition.index(), place)
    }

    /// Weight of the arc from `transition` to `place`, 0 where there is none.
    #[must_use]
    pub fn output_weight(&self, transition: TransitionId, place: PlaceId) -> u64 {
        self.post.weight(transition.index(), place)
    }

    /// The nested units that the file declares, if any.
    #[must_use]
    pub fn nupn(&self) -> Option<&Nupn> {
        self.nupn.as_ref()
    }
}
