//! Staged actions: those whose outcomes tell a difference found from a success, so that an attempt
//! at them checks, has the difference recorded, and only then applies.
//!
//! With several attempts at one action in flight, some check and some apply, and an outcome must
//! not take the token of another. What all transitions for a difference put down and do not take
//! marks applying: an attempt that checks fires none of the outcomes that take from there, one
//! that applies fires only those, if there are any. O(arcs) once.

use super::step::Stage;
use pn_deployment::{Deployment, Outcome, Role};
use pn_net::{Net, PlaceId, TransitionId};
use std::collections::{BTreeMap, BTreeSet};

/// The staged actions, with the places whose tokens say that an attempt applies.
#[derive(Debug)]
pub(super) struct Staging {
    applying: BTreeMap<TransitionId, BTreeSet<PlaceId>>,
}

impl Staging {
    pub(super) fn new(deployment: &Deployment) -> Self {
        let net = &deployment.net;
        let mut claimed: BTreeMap<TransitionId, BTreeSet<Outcome>> = BTreeMap::new();
        let mut applying: BTreeMap<TransitionId, BTreeSet<PlaceId>> = BTreeMap::new();
        for transition in net.transitions() {
            let Role::Outcome { of, results } = deployment.role(transition) else { continue };
            claimed.entry(*of).or_default().extend(results);
            if results.contains(&Outcome::Diff) && !results.contains(&Outcome::Ok) {
                let given = net.postset(transition).iter();
                let given = given.filter(|place| !net.preset(transition).contains(place)).copied();
                let given: BTreeSet<PlaceId> = given.collect();
                applying
                    .entry(*of)
                    .and_modify(|places| places.retain(|p| given.contains(p)))
                    .or_insert(given);
            }
        }
        // A transition that claims both makes no difference between them.
        applying.retain(|action, _| claimed[action].contains(&Outcome::Ok));
        Self { applying }
    }

    pub(super) fn is_staged(&self, action: TransitionId) -> bool {
        self.applying.contains_key(&action)
    }

    /// Of the transitions that claim a result, those that an attempt in this stage may fire.
    pub(super) fn fitting(
        &self,
        net: &Net,
        claims: Vec<TransitionId>,
        action: TransitionId,
        stage: Stage,
    ) -> Vec<TransitionId> {
        let Some(places) = self.applying.get(&action) else { return claims };
        let takes = |t: &TransitionId| net.preset(*t).iter().any(|place| places.contains(place));
        let (applying, checking): (Vec<_>, Vec<_>) = claims.into_iter().partition(takes);
        match stage {
            Stage::Checking => checking,
            Stage::Applying if applying.is_empty() => checking,
            Stage::Applying => applying,
        }
    }
}
