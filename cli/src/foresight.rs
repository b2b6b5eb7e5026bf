//! What lies ahead of a deployment: its actions, its failures, and which of its transitions take
//! part in a forward run.

use crate::subject::Subject;
use pn_deployment::{Deployment, Outcome, Role};
use pn_executor::FAILURES;
use pn_net::TransitionId;
use std::collections::BTreeSet;

/// All actions of the deployment, ascending.
pub(crate) fn actions(deployment: &Deployment) -> Vec<TransitionId> {
    let is_action = |t: &TransitionId| matches!(deployment.role(*t), Role::Action(_));
    deployment.net.transitions().filter(is_action).collect()
}

/// What no forward run fires: undo belongs to rollback.
pub(crate) fn undos(deployment: &Deployment) -> BTreeSet<TransitionId> {
    let is_undo = |t: &TransitionId| matches!(deployment.role(*t), Role::Undo { .. });
    deployment.net.transitions().filter(is_undo).collect()
}

/// The outcome transitions of an action that none of these results fires.
pub(crate) fn excluded(
    deployment: &Deployment,
    action: TransitionId,
    results: impl IntoIterator<Item = Outcome>,
) -> BTreeSet<TransitionId> {
    let possible: BTreeSet<TransitionId> =
        results.into_iter().flat_map(|result| deployment.transitions_for(action, result)).collect();
    deployment.outcomes_of(action).filter(|t| !possible.contains(t)).collect()
}

/// The outcome transitions of the actions that fire only where something fails.
pub(crate) fn failures(deployment: &Deployment, actions: &[TransitionId]) -> BTreeSet<TransitionId> {
    let successes = Outcome::ALL.into_iter().filter(|result| !FAILURES.contains(result));
    actions.iter().flat_map(|action| excluded(deployment, *action, successes.clone())).collect()
}

/// The names of transitions.
pub(crate) fn names(subject: &Subject, transitions: &[TransitionId]) -> Vec<String> {
    transitions.iter().map(|t| subject.net().transition_name(*t).to_owned()).collect()
}
