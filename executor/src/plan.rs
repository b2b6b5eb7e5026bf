//! What a run would find: which actions have nothing to do, which would change something, and
//! which nobody can know before; and which of their outcomes are then possible.
//!
//! What a check finds now is what the run will find unless something that runs before changes what
//! the check looks at. What may run before is asked of the net, what an action changes and looks
//! at of its [`Footprint`](crate::footprint). *Firm* is the largest set of actions that are as
//! wanted now and are looked at before anything not firm could have changed that; by induction
//! over a run, none of them does anything. O(actions²).

use crate::footprint::Overlap;
use crate::survey::{Now, Sighting};
use pn_deployment::{Deployment, Outcome, Role};
use pn_net::{Marking, Net, TransitionId};
use std::collections::BTreeSet;

/// What is planned for an action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Planned {
    /// What was seen of it.
    pub sighting: Sighting,
    /// What a run would find.
    pub expected: Expected,
    /// Why that cannot be known, where it cannot.
    pub doubt: Option<Doubt>,
    /// The outcomes that it can have, failures included.
    pub outcomes: BTreeSet<Outcome>,
}

impl Planned {
    /// Whether the action certainly does nothing.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.outcomes.len() == 1 && self.outcomes.contains(&Outcome::Same)
    }
}

/// What a run would find.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// Nothing to do.
    Same,
    /// Something to change.
    Change,
    /// It cannot be known before.
    Unknown,
}

/// What may change behind the check of an action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Doubt {
    /// This action runs before and changes what is looked at.
    Changes {
        /// The action.
        by: TransitionId,
        /// What it changes.
        what: String,
    },
    /// These actions may run before, and nobody knows what they change.
    MayChange(Vec<TransitionId>),
}

/// The results that are no success.
pub const FAILURES: [Outcome; 4] = [Outcome::Failed, Outcome::Timeout, Outcome::Unknown, Outcome::Cancelled];

/// Plans what was seen. `before` tells, for an action, which actions may have started in a run
/// before its outcome is known; itself, if it may start twice.
#[must_use]
pub fn plan(
    deployment: &Deployment,
    sightings: Vec<Sighting>,
    before: impl Fn(TransitionId) -> Vec<TransitionId>,
) -> Vec<Planned> {
    let before: Vec<Vec<TransitionId>> = sightings.iter().map(|sighting| before(sighting.action)).collect();
    let earlier = |index: usize| -> Vec<usize> {
        let is_earlier = |other: &usize| *other != index && before[index].contains(&sightings[*other].action);
        (0..sightings.len()).filter(is_earlier).collect()
    };
    let earlier: Vec<Vec<usize>> = (0..sightings.len()).map(earlier).collect();
    // Of what differs now, whether a second look may follow on a first attempt.
    let again: Vec<bool> = sightings
        .iter()
        .zip(&before)
        .map(|(sighting, before)| {
            before.contains(&sighting.action) || is_retried(deployment, sighting.action)
        })
        .collect();
    // What may do something: at first what is not as wanted now, then whoever looks after it.
    let mut active: Vec<bool> = sightings.iter().map(|sighting| sighting.now != Now::Same).collect();
    let overlap = |first: usize, second: usize| sightings[first].writes.overlap(&sightings[second].reads);
    loop {
        let unsettled = |index: &usize| {
            !active[*index]
                && earlier[*index].iter().any(|e| active[*e] && overlap(*e, *index) > Overlap::None)
        };
        let more: Vec<usize> = (0..sightings.len()).filter(unsettled).collect();
        if more.is_empty() {
            break;
        }
        more.into_iter().for_each(|index| active[index] = true);
    }
    let doubts: Vec<Option<Doubt>> = (0..sightings.len())
        .map(|index| {
            let mut possible = Vec::new();
            for first in earlier[index].iter().filter(|first| active[**first]) {
                match overlap(*first, index) {
                    Overlap::None => {}
                    Overlap::Possible => possible.push(sightings[*first].action),
                    Overlap::At(what) => return Some(Doubt::Changes { by: sightings[*first].action, what }),
                }
            }
            (!possible.is_empty()).then_some(Doubt::MayChange(possible))
        })
        .collect();
    sightings
        .into_iter()
        .zip(doubts)
        .zip(again)
        .map(|((sighting, doubt), again)| {
            let is_firm = doubt.is_none() && (sighting.now == Now::Same || !again);
            let expected = match (sighting.now, &doubt) {
                (Now::Same | Now::Differs, Some(Doubt::Changes { .. })) => Expected::Unknown,
                (Now::Same, _) => Expected::Same,
                (Now::Differs, _) => Expected::Change,
                (Now::OnlyDoing | Now::Later | Now::Unseen, _) => Expected::Unknown,
            };
            let outcomes = outcomes(deployment, &sighting, is_firm);
            Planned { expected, doubt, outcomes, sighting }
        })
        .collect()
}

fn is_retried(deployment: &Deployment, action: TransitionId) -> bool {
    deployment.roles.iter().any(|role| matches!(role, Role::Retry { of } if *of == action))
}

fn outcomes(deployment: &Deployment, sighting: &Sighting, is_firm: bool) -> BTreeSet<Outcome> {
    let claims = |wanted: Outcome| {
        let claims =
            |t| matches!(deployment.role(t), Role::Outcome { results, .. } if results.contains(&wanted));
        deployment.outcomes_of(sighting.action).any(claims)
    };
    // As in a run: it only checks where the net draws `diff` and not `ok`, and tells a difference
    // before it applies where the net draws both.
    let only_checks = claims(Outcome::Diff) && !claims(Outcome::Ok);
    let changes: &[Outcome] = match (claims(Outcome::Diff), only_checks) {
        (_, true) => &[Outcome::Diff],
        (true, false) => &[Outcome::Diff, Outcome::Ok],
        (false, false) => &[Outcome::Ok],
    };
    let mut outcomes = BTreeSet::from(FAILURES);
    match (sighting.now, is_firm) {
        (Now::Same, true) => return BTreeSet::from([Outcome::Same]),
        (Now::OnlyDoing, _) if only_checks => {}
        (Now::OnlyDoing, _) | (Now::Differs, true) => outcomes.extend(changes),
        _ => outcomes.extend(changes.iter().chain(&[Outcome::Same])),
    }
    outcomes
}

/// The transitions in the order in which they can first come: by the number of firings that have
/// to lie before one of them if every place keeps its tokens (the relaxation of planners: Bonet,
/// Geffner, "Planning as heuristic search", 2001), then in the order of the net. Those that never
/// can come last. O(arcs · depth).
#[must_use]
pub fn dependency_order(net: &Net, start: &Marking) -> Vec<TransitionId> {
    let mut places: Vec<Option<usize>> =
        net.places().map(|place| (start.tokens(place) > 0).then_some(0)).collect();
    let mut levels: Vec<Option<usize>> = vec![None; net.transition_count()];
    let mut changed = true;
    while std::mem::take(&mut changed) {
        for transition in net.transitions().filter(|t| levels[t.index()].is_none()).collect::<Vec<_>>() {
            let inputs: Option<Vec<usize>> =
                net.preset(transition).iter().map(|p| places[p.index()]).collect();
            if let Some(inputs) = inputs {
                levels[transition.index()] = Some(inputs.into_iter().max().unwrap_or(0));
                changed = true;
            }
        }
        for transition in net.transitions() {
            let Some(level) = levels[transition.index()] else { continue };
            for place in net.postset(transition) {
                let known = &mut places[place.index()];
                *known = Some(known.map_or(level + 1, |known| known.min(level + 1)));
            }
        }
    }
    let mut order: Vec<TransitionId> = net.transitions().collect();
    order.sort_by_key(|transition| (levels[transition.index()].unwrap_or(usize::MAX), *transition));
    order
}
