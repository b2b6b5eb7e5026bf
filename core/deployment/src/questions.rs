//! The questions that every deployment answers, asked of its expanded net.
//!
//! Can it get stuck, can it always finish, what bounds it, can every transition fire, do the
//! invariants hold (`docs/spec/deployment.md`, rules D40 to D46). A net without annotations gets
//! those that make sense for it. O(nodes).

use crate::Deployment;
use pn_logic::{Formula, Linear, Property};
use pn_net::{PlaceId, TransitionId};

/// A default question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// What is asked, in the deployment's terms.
    pub kind: QuestionKind,
    /// The property of the net that answers it.
    pub property: Property,
}

/// What a default question asks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum QuestionKind {
    /// Does every run that ends end in the goal or in a failure?
    Stuck,
    /// Does the goal stay reachable, failures aside?
    Finish,
    /// How many tokens does the place hold at most?
    Bound(PlaceId),
    /// Is there a run in which the transition fires?
    Fires(TransitionId),
    /// Does the invariant with this index in [`Deployment::invariants`] hold?
    Invariant(usize),
}

impl QuestionKind {
    /// The sentence that holds or fails, without the answer's details.
    #[must_use]
    pub fn statement(self, deployment: &Deployment) -> String {
        let has_failure = deployment.failure != Formula::False;
        match self {
            Self::Stuck => match (deployment.goal.is_some(), has_failure) {
                (true, true) => "It cannot get stuck: every end is the goal or a declared failure.".into(),
                (true, false) => "It cannot get stuck: every end is the goal.".into(),
                (false, true) => "It cannot get stuck: every end is a declared failure.".into(),
                (false, false) => "It cannot get stuck: something can always happen.".into(),
            },
            Self::Finish if has_failure => {
                "It can always finish: the goal stays within reach, declared failures aside.".into()
            }
            Self::Finish => "It can always finish: the goal stays within reach.".into(),
            Self::Bound(_) => "It is bounded.".into(),
            Self::Fires(_) => "Every transition can fire.".into(),
            Self::Invariant(index) => {
                let invariant = &deployment.invariants[index];
                format!("Invariant `{}`: {}", invariant.name, invariant.formula.display(&deployment.net))
            }
        }
    }
}

/// The default questions, in the order in which they are reported.
#[must_use]
pub fn default_questions(deployment: &Deployment) -> Vec<Question> {
    let ask = |kind, property| Question { kind, property };
    let mut questions = vec![ask(QuestionKind::Stuck, never_stuck(deployment))];
    if let Some(goal) = &deployment.goal {
        let (goal, unless) = (goal.clone(), deployment.failure.clone());
        questions.push(ask(QuestionKind::Finish, Property::InevitablyBackTo { goal, unless }));
    }
    let net = &deployment.net;
    questions.extend(
        net.places().map(|place| ask(QuestionKind::Bound(place), Property::Bound(Linear::tokens(place)))),
    );
    questions.extend(net.transitions().map(|transition| {
        let fires = Property::Possibly(Formula::Fireable(vec![transition]));
        ask(QuestionKind::Fires(transition), fires)
    }));
    let invariants = deployment.invariants.iter().enumerate();
    questions.extend(invariants.map(|(index, invariant)| {
        ask(QuestionKind::Invariant(index), Property::Always(invariant.formula.clone()))
    }));
    questions
}

/// `always (not dead or goal or failure)`, without the parts that the deployment does not have.
fn never_stuck(deployment: &Deployment) -> Property {
    let mut parts = vec![Formula::Dead.negated()];
    parts.extend(deployment.goal.clone());
    if deployment.failure != Formula::False {
        parts.push(deployment.failure.clone());
    }
    Property::Always(match parts.len() {
        1 => parts.remove(0),
        _ => Formula::Or(parts),
    })
}
