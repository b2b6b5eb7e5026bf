//! How to speak of the parts of an expanded net to an operator: in the author's names.

use crate::origins::{
    After, During, Origins, PlaceOrigin, PlacePart, Round, StepPart, Then, TransitionOrigin,
};
use pn_net::{Net, PlaceId, TransitionId};

impl Origins {
    /// Whether the place counts something for the expansion, such as attempts.
    #[must_use]
    pub fn is_counter(&self, place: PlaceId) -> bool {
        match self.place(place) {
            PlaceOrigin::Author => false,
            PlaceOrigin::Budget => true,
            PlaceOrigin::Part { part, .. } => matches!(part, PlacePart::Tries | PlacePart::Spent),
        }
    }

    /// Whether a token on the place says nothing that anybody has to know.
    #[must_use]
    pub fn goes_without_saying(&self, place: PlaceId) -> bool {
        let is_quiet = match self.place(place) {
            PlaceOrigin::Part { part, .. } => matches!(
                part,
                PlacePart::Calm
                    | PlacePart::Free
                    | PlacePart::Unchanged
                    | PlacePart::Kept
                    | PlacePart::Idle(_)
            ),
            PlaceOrigin::Author | PlaceOrigin::Budget => false,
        };
        is_quiet || self.is_counter(place)
    }

    /// The firing of `transition` in an operator's words, with the author's names. `net` is the
    /// expanded net. A transition of the author's that starts nothing is simply named.
    #[must_use]
    pub fn describe_transition(&self, net: &Net, transition: TransitionId) -> String {
        let TransitionOrigin::Part { of, round, part } = self.transition(transition) else {
            return net.transition_name(transition).to_owned();
        };
        let (action, done) = (net.transition_name(of), subject(net, of, round));
        match part {
            StepPart::Drifts => format!("{action} has drifted"),
            StepPart::Refreshes(told) => {
                format!("{}: the refresh that {action} asked for is due", net.transition_name(told))
            }
            StepPart::Refreshed(told) => {
                format!("{}: the refresh that {action} asked for is done", net.transition_name(told))
            }
            StepPart::Marks(told) => format!("{done} asks {} to refresh", net.transition_name(told)),
            StepPart::Merges(told) => {
                format!("{done} asks {} to refresh, as is asked already", net.transition_name(told))
            }
            StepPart::Remarks(told) => {
                format!("{done} asks {} to refresh once more", net.transition_name(told))
            }
            _ => format!("{}{done}{}", lead(part), step(part)),
        }
    }

    /// What a token on `place` says, in an operator's words, with the author's names. `net` is
    /// the expanded net. A place of the author's is simply named.
    #[must_use]
    pub fn describe_place(&self, net: &Net, place: PlaceId) -> String {
        let (of, round, part) = match self.place(place) {
            PlaceOrigin::Author => return net.place_name(place).to_owned(),
            PlaceOrigin::Budget => return "another drift may come".to_owned(),
            PlaceOrigin::Part { of, round, part } => (of, round, part),
        };
        let (action, done) = (net.transition_name(of), subject(net, of, round));
        let told = || part.told().map(|told| net.transition_name(told)).unwrap_or_default();
        match part {
            PlacePart::Checking => format!("{done} is checked"),
            PlacePart::Applying => format!("{done} is applied"),
            PlacePart::Failed => format!("{done} has failed for good"),
            PlacePart::Waiting => format!("{done} waits for its next attempt"),
            PlacePart::Tries => format!("{done} has another attempt left"),
            PlacePart::Spent => format!("{done} has used up an attempt"),
            PlacePart::Settling => format!("{done} has succeeded and gets its attempts back"),
            PlacePart::Calm => format!("nothing drifts while {done} is at work"),
            PlacePart::Touched => format!("something drifted while {done} was at work"),
            PlacePart::Dirty => format!("{action} is due for repair"),
            PlacePart::Kept => format!("{action} is kept"),
            PlacePart::Free => format!("{done} is not at work"),
            PlacePart::Unchanged => format!("{done} has nothing to tell"),
            PlacePart::Changed => format!("{done} has a change to tell of"),
            PlacePart::AllTold => format!("{done} has told of its change"),
            PlacePart::Telling(_) => format!("{done} is about to tell {}", told()),
            PlacePart::Idle(_) => format!("{action} asks for no refresh of {}", told()),
            PlacePart::Pending(_) => format!("{action} asks for a refresh of {}", told()),
            PlacePart::Refreshing(_) => format!("{action} has {} refreshed", told()),
        }
    }
}

/// The action, or its repair.
fn subject(net: &Net, of: TransitionId, round: Round) -> String {
    let action = net.transition_name(of);
    match round {
        Round::First => action.to_owned(),
        Round::Repair => format!("the repair of {action}"),
    }
}

const fn lead(part: StepPart) -> &'static str {
    match part {
        StepPart::Started => "start ",
        _ => "",
    }
}

/// What happens to the action, as what follows its name.
const fn step(part: StepPart) -> &'static str {
    match part {
        StepPart::Started => "",
        StepPart::Same => ": its check finds nothing to do",
        StepPart::SameChanged => ": its check finds nothing more to do",
        StepPart::Differs => ": its check finds a difference",
        StepPart::DiffersAgain => ": its check still finds a difference",
        StepPart::Succeeds => " succeeds",
        StepPart::SameAtLast => ": after a failure, its check finds nothing to do",
        StepPart::SucceedsAtLast => " succeeds after a failure",
        StepPart::Forgives => " gets an attempt back",
        StepPart::Settles(After::Telling) => " has told of its change",
        StepPart::Settles(After::Failures) => " has all its attempts again",
        StepPart::Again(During::Check) => ": its check finds nothing to do, but something drifted meanwhile",
        StepPart::Again(During::Apply) => " succeeds, but something drifted meanwhile",
        StepPart::Again(During::Telling) => " has told of its change, but something drifted meanwhile",
        StepPart::Fails(During::Check, Then::Again) => ": its check fails, will be retried",
        StepPart::Fails(_, Then::Again) => " fails, will be retried",
        StepPart::Fails(During::Check, Then::Never) | StepPart::GivesUp(During::Check) => {
            ": its check fails for good"
        }
        StepPart::Fails(_, Then::Never) | StepPart::GivesUp(_) => " fails for good",
        StepPart::Retries => " is tried again",
        StepPart::Interrupted(During::Check) => " is interrupted while it is checked",
        StepPart::Interrupted(_) => " is interrupted",
        StepPart::DriftsBusy(During::Check) => ": something drifts while it is checked",
        StepPart::DriftsBusy(_) => ": something drifts while it is applied",
        StepPart::Drifts
        | StepPart::Marks(_)
        | StepPart::Merges(_)
        | StepPart::Remarks(_)
        | StepPart::Refreshes(_)
        | StepPart::Refreshed(_) => "",
    }
}
