//! What a deployment says once and for all: who fires which transition, what a firing changes,
//! what follows an outcome. O(size of the net) once; every question is answered in O(answer).

use super::MachineError;
use pn_deployment::{Deployment, Outcome, Role};
use pn_net::{PlaceId, TransitionId, effect};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who fires a transition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Who {
    /// We, at once.
    Control,
    /// We, at once: an action is applied once more.
    Refresh,
    /// We; it starts an attempt.
    Action,
    /// The clock.
    Timer,
    /// The clock; it starts an attempt.
    Retry,
    /// A person.
    Approval,
    /// Whatever is observed outside, or nobody.
    World,
}

impl Who {
    /// How many there are.
    pub(super) const COUNT: usize = 7;

    /// Those that it is ours, the clock's or a person's to fire.
    pub(super) const OURS: [Self; 6] =
        [Self::Control, Self::Refresh, Self::Action, Self::Timer, Self::Retry, Self::Approval];

    /// Those for which a run waits: the clock and people.
    pub(super) const WAITING: [Self; 3] = [Self::Timer, Self::Retry, Self::Approval];
}

/// The deployment, read for the machine.
#[derive(Debug)]
pub struct Rules {
    pub(super) deployment: Arc<Deployment>,
    who: Vec<Who>,
    effects: Vec<Box<[(PlaceId, i64)]>>,
    /// By action: its outcome transitions, ascending.
    outcomes: BTreeMap<TransitionId, Vec<TransitionId>>,
    /// The outcome transitions after which an attempt waits for its retry.
    pausing: BTreeSet<TransitionId>,
    retries: BTreeMap<TransitionId, Vec<TransitionId>>,
    drifts: BTreeMap<TransitionId, Vec<TransitionId>>,
    approvals: Vec<TransitionId>,
}

impl Rules {
    pub(super) fn new(deployment: Arc<Deployment>) -> Result<Self, MachineError> {
        let net = &deployment.net;
        let mut rules = Self {
            who: deployment.roles.iter().map(who).collect(),
            effects: net.transitions().map(|t| effect(net, t).map(narrow).collect()).collect(),
            outcomes: BTreeMap::new(),
            pausing: BTreeSet::new(),
            retries: BTreeMap::new(),
            drifts: BTreeMap::new(),
            approvals: Vec::new(),
            deployment: Arc::clone(&deployment),
        };
        let mut actions = Vec::new();
        for transition in net.transitions() {
            match deployment.role(transition) {
                Role::Action(_) => actions.push(transition),
                Role::Outcome { of, .. } => rules.outcomes.entry(*of).or_default().push(transition),
                Role::Retry { of } => rules.retries.entry(*of).or_default().push(transition),
                Role::Drift { of } => rules.drifts.entry(*of).or_default().push(transition),
                Role::Approval { .. } => rules.approvals.push(transition),
                _ => {}
            }
        }
        for (action, retries) in &rules.retries {
            // What the start takes as well, such as a lock, says nothing of a pause.
            let started = net.preset(*action);
            let places = retries.iter().flat_map(|retry| net.preset(*retry));
            let places: BTreeSet<&PlaceId> = places.filter(|place| !started.contains(place)).collect();
            let outcomes = rules.outcomes.get(action).into_iter().flatten();
            let leads = |t: &&TransitionId| net.postset(**t).iter().any(|place| places.contains(place));
            rules.pausing.extend(outcomes.filter(leads));
        }
        actions.retain(|action| !rules.outcomes.contains_key(action));
        if actions.is_empty() { Ok(rules) } else { Err(MachineError::NotExpanded(actions)) }
    }

    pub(super) fn who(&self, transition: TransitionId) -> Who {
        self.who[transition.index()]
    }

    /// The places that a firing changes, ascending, with the change.
    pub(super) fn effect(&self, transition: TransitionId) -> &[(PlaceId, i64)] {
        &self.effects[transition.index()]
    }

    /// The transitions that claim a result of the action, or where none does, its fallback.
    pub(super) fn claims(&self, action: TransitionId, result: Outcome) -> Vec<TransitionId> {
        let claim = |wanted: Outcome| -> Vec<TransitionId> {
            let all = self.outcomes.get(&action).into_iter().flatten().copied();
            all.filter(|t| matches!(self.deployment.role(*t), Role::Outcome { results, .. } if results.contains(&wanted)))
                .collect()
        };
        let own = claim(result);
        match result.fallback() {
            Some(fallback) if own.is_empty() => claim(fallback),
            _ => own,
        }
    }

    /// Whether the attempt waits for its retry after this outcome.
    pub(super) fn pauses(&self, outcome: TransitionId) -> bool {
        self.pausing.contains(&outcome)
    }

    pub(super) fn retries(&self, action: TransitionId) -> &[TransitionId] {
        self.retries.get(&action).map_or(&[], Vec::as_slice)
    }

    pub(super) fn drifts(&self, action: TransitionId) -> &[TransitionId] {
        self.drifts.get(&action).map_or(&[], Vec::as_slice)
    }

    pub(super) fn approvals(&self) -> &[TransitionId] {
        &self.approvals
    }
}

fn who(role: &Role) -> Who {
    match role {
        Role::Control => Who::Control,
        Role::Refresh { .. } => Who::Refresh,
        Role::Action(_) => Who::Action,
        Role::Timer { .. } => Who::Timer,
        Role::Retry { .. } => Who::Retry,
        Role::Approval { .. } => Who::Approval,
        Role::Outcome { .. } | Role::Undo { .. } | Role::Drift { .. } | Role::Event { .. } => Who::World,
    }
}

fn narrow((place, change): (PlaceId, i128)) -> (PlaceId, i64) {
    (place, i64::try_from(change).expect("weights are below 2^63"))
}
