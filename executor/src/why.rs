//! Why a transition does not fire: which places are short, who could fill them, and what those
//! wait for in turn.
//!
//! A walk backwards along the arcs from the live marking, bounded in depth; what has been told
//! already is not told again. O(depth · arcs).

use pn_deployment::{Deployment, Role};
use pn_net::{Marking, PlaceId, TransitionId, firing};
use std::collections::{BTreeMap, BTreeSet};

/// Why a transition does not fire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Why {
    /// The transition.
    pub transition: TransitionId,
    /// How it stands.
    pub standing: Standing,
    /// The input places that are short. Empty when it is enabled or not looked at further.
    pub missing: Vec<Missing>,
}

/// How a transition stands in the marking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It is enabled.
    Enabled,
    /// It is an outcome, and an attempt at its action is in flight.
    InFlight,
    /// It is not enabled, and [`Why::missing`] says why.
    Disabled,
    /// It is not enabled, and was told of before.
    ToldBefore,
    /// It is not enabled, and the depth is reached.
    TooDeep,
}

/// A place that is short.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    /// The place.
    pub place: PlaceId,
    /// The tokens that it holds.
    pub holds: u64,
    /// The tokens that are needed.
    pub needs: u64,
    /// Who could fill it, ascending. Empty: nothing ever will.
    pub producers: Vec<Why>,
}

/// Why `transition` does not fire in `marking`, `depth` transitions deep. `in_flight` tells how
/// many attempts of each action are in flight.
#[must_use]
pub fn why(
    deployment: &Deployment,
    marking: &Marking,
    in_flight: &BTreeMap<TransitionId, usize>,
    transition: TransitionId,
    depth: usize,
) -> Why {
    Walk { deployment, marking, in_flight, told: BTreeSet::new() }.why(transition, depth)
}

struct Walk<'a> {
    deployment: &'a Deployment,
    marking: &'a Marking,
    in_flight: &'a BTreeMap<TransitionId, usize>,
    told: BTreeSet<TransitionId>,
}

impl Walk<'_> {
    fn why(&mut self, transition: TransitionId, depth: usize) -> Why {
        let net = &self.deployment.net;
        let standing = self.standing(transition, depth);
        let mut missing = Vec::new();
        if standing == Standing::Disabled {
            self.told.insert(transition);
            for (place, holds, needs) in firing::missing(net, self.marking, transition) {
                let fills = |producer: &TransitionId| {
                    net.output_weight(*producer, place) > net.input_weight(place, *producer)
                };
                let producers: Vec<TransitionId> =
                    net.producers(place).map(|(producer, _)| producer).filter(fills).collect();
                let producers = producers.into_iter().map(|t| self.why(t, depth - 1)).collect();
                missing.push(Missing { place, holds, needs, producers });
            }
        }
        Why { transition, standing, missing }
    }

    fn standing(&self, transition: TransitionId, depth: usize) -> Standing {
        let running = |of: &TransitionId| self.in_flight.get(of).is_some_and(|count| *count > 0);
        match self.deployment.role(transition) {
            Role::Outcome { of, .. } if running(of) => Standing::InFlight,
            _ if firing::is_enabled(&self.deployment.net, self.marking, transition) => Standing::Enabled,
            _ if self.told.contains(&transition) => Standing::ToldBefore,
            _ if depth == 0 => Standing::TooDeep,
            _ => Standing::Disabled,
        }
    }
}
