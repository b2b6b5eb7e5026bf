//! Traps and siphons: sets of places that stay marked, or stay empty, once they are.
//!
//! A set of places is a *trap* if every transition that consumes from it produces on it; a marked
//! trap never loses its last token. It is a *siphon* if every transition that produces on it consumes
//! from it; an empty siphon never gets a token (Commoner 1972; Murata 1989, section V-C). Siphons
//! are the traps of the reversed net. The union of traps is a trap, so every set has a greatest
//! trap inside, which is found by throwing out, again and again, the inputs of transitions that
//! consume without producing. Linear in the arcs.

use pn_net::{Net, PlaceId, TransitionId};

/// Which of the two kinds of set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Trap,
    Siphon,
}

impl Kind {
    /// The places by which a transition has to make up for those that it touches.
    fn kept_by(self, net: &Net, transition: TransitionId) -> &[PlaceId] {
        match self {
            Self::Trap => net.postset(transition),
            Self::Siphon => net.preset(transition),
        }
    }

    /// The places that a transition drops from the set, when it does not.
    fn dropped_by(self, net: &Net, transition: TransitionId) -> &[PlaceId] {
        match self {
            Self::Trap => net.preset(transition),
            Self::Siphon => net.postset(transition),
        }
    }

    /// The transitions for which a place makes up.
    fn for_each_kept_by(self, net: &Net, place: PlaceId, mut each: impl FnMut(TransitionId)) {
        match self {
            Self::Trap => net.producers(place).for_each(|(transition, _)| each(transition)),
            Self::Siphon => net.consumers(place).for_each(|(transition, _)| each(transition)),
        }
    }

    /// The transitions that drop a place.
    fn for_each_dropping(self, net: &Net, place: PlaceId, mut each: impl FnMut(TransitionId)) {
        match self {
            Self::Trap => net.consumers(place).for_each(|(transition, _)| each(transition)),
            Self::Siphon => net.producers(place).for_each(|(transition, _)| each(transition)),
        }
    }

    /// The greatest set of this kind within the places that are `kept`, which are reduced to it.
    pub(crate) fn greatest(self, net: &Net, kept: &mut [bool]) {
        // How many of the places that make up for it are kept, for each transition.
        let mut left: Vec<u32> = vec![0; net.transition_count()];
        for transition in net.transitions() {
            let places = self.kept_by(net, transition).iter();
            let count = places.filter(|place| kept[place.index()]).count();
            left[transition.index()] = u32::try_from(count).expect("a net has fewer than 2^32 places");
        }
        let mut leaking: Vec<TransitionId> = net.transitions().filter(|t| left[t.index()] == 0).collect();
        while let Some(transition) = leaking.pop() {
            for place in self.dropped_by(net, transition) {
                if std::mem::take(&mut kept[place.index()]) {
                    self.for_each_kept_by(net, *place, |transition| {
                        left[transition.index()] -= 1;
                        if left[transition.index()] == 0 {
                            leaking.push(transition);
                        }
                    });
                }
            }
        }
    }

    fn is(self, net: &Net, places: &[PlaceId]) -> bool {
        let mut inside = vec![false; net.place_count()];
        places.iter().for_each(|place| inside[place.index()] = true);
        let mut is_one = true;
        for place in places {
            self.for_each_dropping(net, *place, |transition| {
                is_one &= self.kept_by(net, transition).iter().any(|place| inside[place.index()]);
            });
        }
        is_one
    }
}

fn greatest(kind: Kind, net: &Net, inside: impl Fn(PlaceId) -> bool) -> Vec<PlaceId> {
    let mut kept: Vec<bool> = net.places().map(inside).collect();
    kind.greatest(net, &mut kept);
    net.places().filter(|place| kept[place.index()]).collect()
}

/// The greatest trap within the places that `inside` accepts, ascending; empty if there is none.
#[must_use]
pub fn greatest_trap(net: &Net, inside: impl Fn(PlaceId) -> bool) -> Vec<PlaceId> {
    greatest(Kind::Trap, net, inside)
}

/// The greatest siphon within the places that `inside` accepts, ascending; empty if there is none.
#[must_use]
pub fn greatest_siphon(net: &Net, inside: impl Fn(PlaceId) -> bool) -> Vec<PlaceId> {
    greatest(Kind::Siphon, net, inside)
}

/// Whether every transition that consumes from `places` produces on them.
#[must_use]
pub fn is_trap(net: &Net, places: &[PlaceId]) -> bool {
    Kind::Trap.is(net, places)
}

/// Whether every transition that produces on `places` consumes from them.
#[must_use]
pub fn is_siphon(net: &Net, places: &[PlaceId]) -> bool {
    Kind::Siphon.is(net, places)
}
