//! The classes that a net belongs to by its structure (Murata 1989, section III-F; Desel and
//! Esparza, "Free Choice Petri Nets", 1995; Best, "Structure theory of Petri nets: the free choice
//! hiatus", 1987, for asymmetric choice). O(arcs · degree).

use pn_net::{Net, PlaceId, TransitionId};
use std::fmt;

/// A class of nets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NetClass {
    /// Every arc weighs 1.
    Ordinary,
    /// No place is both input and output of a transition.
    Pure,
    /// Ordinary, and every transition has one input and one output.
    StateMachine,
    /// Ordinary, and every place has one input and one output.
    MarkedGraph,
    /// Ordinary, and a place with several consumers is the only input of each.
    FreeChoice,
    /// Ordinary, and places that share a consumer share all.
    ExtendedFreeChoice,
    /// Ordinary, and of two places that share a consumer one has all consumers of the other.
    AsymmetricChoice,
}

impl NetClass {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Ordinary,
        Self::Pure,
        Self::StateMachine,
        Self::MarkedGraph,
        Self::FreeChoice,
        Self::ExtendedFreeChoice,
        Self::AsymmetricChoice,
    ];
}

impl fmt::Display for NetClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ordinary => "ordinary",
            Self::Pure => "pure",
            Self::StateMachine => "state machine",
            Self::MarkedGraph => "marked graph",
            Self::FreeChoice => "free choice",
            Self::ExtendedFreeChoice => "extended free choice",
            Self::AsymmetricChoice => "asymmetric choice",
        })
    }
}

/// The classes that the net belongs to, in the order of [`NetClass::ALL`].
#[must_use]
pub fn classes(net: &Net) -> Vec<NetClass> {
    let is_ordinary = net.transitions().all(|t| net.pre(t).chain(net.post(t)).all(|(_, weight)| weight == 1));
    let consumers = |place: PlaceId| net.consumers(place).map(|(t, _)| t).collect::<Vec<TransitionId>>();
    let within = |a: PlaceId, b: PlaceId| {
        let of_b = consumers(b);
        consumers(a).iter().all(|transition| of_b.contains(transition))
    };
    let pairs = |fits: &dyn Fn(PlaceId, PlaceId) -> bool| {
        net.transitions().all(|t| {
            let inputs = net.preset(t);
            inputs.iter().enumerate().all(|(n, a)| inputs[n + 1..].iter().all(|b| fits(*a, *b)))
        })
    };
    let belongs = |class: &NetClass| match class {
        NetClass::Ordinary => is_ordinary,
        NetClass::Pure => {
            net.transitions().all(|t| net.preset(t).iter().all(|place| !net.postset(t).contains(place)))
        }
        NetClass::StateMachine => {
            is_ordinary && net.transitions().all(|t| net.preset(t).len() == 1 && net.postset(t).len() == 1)
        }
        NetClass::MarkedGraph => {
            is_ordinary && net.places().all(|p| net.consumers(p).len() == 1 && net.producers(p).len() == 1)
        }
        NetClass::FreeChoice => {
            let is_free = |place: PlaceId| {
                net.consumers(place).len() <= 1 || net.consumers(place).all(|(t, _)| net.preset(t).len() == 1)
            };
            is_ordinary && net.places().all(is_free)
        }
        NetClass::ExtendedFreeChoice => is_ordinary && pairs(&|a, b| within(a, b) && within(b, a)),
        NetClass::AsymmetricChoice => is_ordinary && pairs(&|a, b| within(a, b) || within(b, a)),
    };
    NetClass::ALL.into_iter().filter(belongs).collect()
}
