//! Which invariants a firing can break, and whether it does.
//!
//! An invariant over token counts can only change its value when a place that it mentions changes;
//! one that speaks of enabledness is looked at after every firing. O(size of those invariants).

use super::step::Refusal;
use pn_deployment::Deployment;
use pn_logic::{Formula, holds_in};
use pn_net::firing::{self, FiringError};
use pn_net::{Marking, PlaceId, TransitionId, effect};
use std::collections::BTreeSet;

/// For every transition the invariants to look at after its firing.
#[derive(Debug)]
pub(super) struct Guard {
    touched: Vec<Vec<usize>>,
}

/// Why a transition did not fire.
pub(super) enum Blocked {
    /// It is not enabled.
    Disabled,
    /// It is enabled and may not fire.
    Refused(Refusal),
}

impl Guard {
    pub(super) fn new(deployment: &Deployment) -> Self {
        let supports: Vec<Option<BTreeSet<PlaceId>>> =
            deployment.invariants.iter().map(|invariant| support(&invariant.formula)).collect();
        let touches = |transition: TransitionId, support: &Option<BTreeSet<PlaceId>>| match support {
            None => true,
            Some(places) => effect(&deployment.net, transition).any(|(p, _)| places.contains(&p)),
        };
        let touched = deployment
            .net
            .transitions()
            .map(|t| (0..supports.len()).filter(|index| touches(t, &supports[*index])).collect())
            .collect();
        Self { touched }
    }

    /// Fires the transition unless that would break an invariant or overflow a place; `marking`
    /// is then unchanged.
    pub(super) fn fire(
        &self,
        deployment: &Deployment,
        marking: &mut Marking,
        transition: TransitionId,
    ) -> Result<(), Blocked> {
        let net = &deployment.net;
        firing::fire(net, marking, transition).map_err(|error| match error {
            FiringError::NotEnough { .. } => Blocked::Disabled,
            FiringError::Overflow { place, .. } => Blocked::Refused(Refusal::Overflow(place)),
        })?;
        let broken = self.touched[transition.index()]
            .iter()
            .find(|index| !holds_in(net, marking, &deployment.invariants[**index].formula));
        match broken {
            None => Ok(()),
            Some(index) => {
                firing::unfire(net, marking, transition).expect("it has just fired");
                Err(Blocked::Refused(Refusal::Invariant(*index)))
            }
        }
    }
}

/// The places that decide the formula; `None` when enabledness does.
fn support(formula: &Formula) -> Option<BTreeSet<PlaceId>> {
    match formula {
        Formula::True | Formula::False => Some(BTreeSet::new()),
        Formula::Compare(left, _, right) => {
            Some(left.terms().iter().chain(right.terms()).map(|(place, _)| *place).collect())
        }
        Formula::Fireable(_) | Formula::Dead => None,
        Formula::Not(inner) => support(inner),
        Formula::And(parts) | Formula::Or(parts) => {
            let mut places = BTreeSet::new();
            for part in parts {
                places.extend(support(part)?);
            }
            Some(places)
        }
    }
}
