//! What a command works on: the author's deployment and its expansion, with words for both.

use pn_deployment::{Deployment, Expansion, Faults, StepPart, TransitionOrigin, default_questions, expand};
use pn_executor::RunMode;
use pn_logic::Formula;
use pn_net::{Marking, Net, PlaceId, TransitionId};

/// A deployment, as drawn and as it is verified and run.
pub(crate) struct Subject {
    /// The name of its file, as the user wrote it.
    pub(crate) name: String,
    /// As drawn.
    pub(crate) author: Deployment,
    /// As verified and run.
    pub(crate) expansion: Expansion,
}

impl Subject {
    /// As it is proved under these faults.
    pub(crate) fn under(name: String, author: Deployment, faults: Faults) -> Self {
        let expansion = expand(&author, faults);
        Self { name, author, expansion }
    }

    /// The same, as a run in this mode needs it: with drift where it watches.
    pub(crate) fn in_mode(name: String, author: Deployment, mode: RunMode) -> Self {
        let faults = match mode {
            RunMode::Watch { .. } => Faults::Any,
            RunMode::Once | RunMode::Noop => Faults::None,
        };
        Self::under(name, author, faults)
    }

    /// The expanded deployment.
    pub(crate) fn deployment(&self) -> &Deployment {
        &self.expansion.deployment
    }

    /// The expanded net.
    pub(crate) fn net(&self) -> &Net {
        &self.expansion.deployment.net
    }

    /// Whether the expansion wrote anything out.
    pub(crate) fn is_expanded(&self) -> bool {
        self.net().place_count() > self.author.net.place_count()
            || self.net().transition_count() > self.author.net.transition_count()
    }

    /// The firing of a transition in the author's names.
    pub(crate) fn step(&self, transition: TransitionId) -> String {
        self.expansion.origins.describe_transition(self.net(), transition)
    }

    /// What a token on a place says, in the author's names.
    pub(crate) fn place(&self, place: PlaceId) -> String {
        self.expansion.origins.describe_place(self.net(), place)
    }

    /// Whether the place counts something for the expansion, such as attempts.
    pub(crate) fn is_counter(&self, place: PlaceId) -> bool {
        self.expansion.origins.is_counter(place)
    }

    /// Whether a token on the place says nothing that anybody has to know.
    pub(crate) fn goes_without_saying(&self, place: PlaceId) -> bool {
        self.expansion.origins.goes_without_saying(place)
    }

    /// The action that a transition is part of, itself if it is the start of one.
    pub(crate) fn action_of(&self, transition: TransitionId) -> Option<TransitionId> {
        match self.expansion.origins.transition(transition) {
            TransitionOrigin::Part { of, .. } => Some(of),
            TransitionOrigin::Author => None,
        }
    }

    /// Whether the transition gives back what an action has taken.
    pub(crate) fn gives_back(&self, transition: TransitionId) -> bool {
        let TransitionOrigin::Part { part, .. } = self.expansion.origins.transition(transition) else {
            return false;
        };
        matches!(
            part,
            StepPart::Interrupted(_) | StepPart::Again(_) | StepPart::Drifts | StepPart::Refreshes(_)
        )
    }

    /// The marked places in the author's names, without what goes without saying.
    pub(crate) fn marked(&self, marking: &Marking) -> Vec<String> {
        let in_words = |(place, tokens): (PlaceId, u64)| match tokens {
            1 => self.place(place),
            _ => format!("{} {}", crate::report::figures::grouped(tokens), self.place(place)),
        };
        marking.marked().filter(|(place, _)| !self.goes_without_saying(*place)).map(in_words).collect()
    }

    /// What this marking is to the deployment.
    pub(crate) fn standing(&self, marking: &Marking) -> Standing {
        let (deployment, net) = (self.deployment(), self.net());
        let holds = |formula: &Formula| pn_logic::holds_in(net, marking, formula);
        if deployment.goal.as_ref().is_some_and(holds) {
            Standing::Goal
        } else if holds(&deployment.failure) {
            Standing::Failure
        } else if pn_net::firing::is_dead(net, marking) {
            Standing::Dead
        } else {
            Standing::Open
        }
    }

    /// Whether anything but the net itself says what is right.
    pub(crate) fn is_plain(&self) -> bool {
        let deployment = &self.author;
        deployment.goal.is_none() && deployment.failure == Formula::False && deployment.invariants.is_empty()
    }

    /// The default questions of the expanded deployment.
    pub(crate) fn questions(&self) -> Vec<pn_deployment::Question> {
        default_questions(self.deployment())
    }
}

/// What a marking is to a deployment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// The goal holds.
    Goal,
    /// A declared failure holds.
    Failure,
    /// Neither, and nothing can happen.
    Dead,
    /// Neither, and something can happen.
    Open,
}
