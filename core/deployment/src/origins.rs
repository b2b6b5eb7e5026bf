//! Where the nodes of an expanded net come from.

use crate::Role;
use pn_net::{Net, PlaceId, TransitionId};

/// The origin of every place and transition of an expanded net.
///
/// The author's nodes keep their ids and come first, so the author's transition that a part
/// belongs to is named by the same id in both nets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origins {
    pub(crate) places: Vec<PlaceOrigin>,
    pub(crate) transitions: Vec<TransitionOrigin>,
}

/// Where a place of an expanded net comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PlaceOrigin {
    /// The author drew it.
    Author,
    /// It belongs to the subnet of an action.
    Part {
        /// The action or undo.
        of: TransitionId,
        /// In which of its rounds.
        round: Round,
        /// What a token on it says.
        part: PlacePart,
    },
    /// It counts the drifts that may still come.
    Budget,
}

/// Where a transition of an expanded net comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TransitionOrigin {
    /// The author drew it, and it starts no action.
    Author,
    /// It belongs to an action. The start of an action is the author's own transition.
    Part {
        /// The action or undo.
        of: TransitionId,
        /// In which of its rounds.
        round: Round,
        /// What its firing means.
        part: StepPart,
    },
}

/// Whether an action is done, or what it did is repaired beside the author's tokens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Round {
    /// The author's transition fires.
    First,
    /// Its repair fires.
    Repair,
}

/// What a token on a place of an expanded action says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PlacePart {
    /// The check of an attempt is being made.
    Checking,
    /// The check found a difference, and the action is being applied.
    Applying,
    /// It failed and is not tried again.
    Failed,
    /// It failed and pauses before the next attempt.
    Waiting,
    /// One more attempt is left.
    Tries,
    /// One repeated attempt is used up.
    Spent,
    /// It has succeeded, and gets the attempts back that failures had used up.
    Settling,
    /// Nothing has drifted since the attempt started.
    Calm,
    /// Something has drifted since the attempt started.
    Touched,
    /// What it did is no longer so, and is due for repair.
    Dirty,
    /// What it did is still so.
    Kept,
    /// No attempt is being made; one at a time may.
    Free,
    /// No attempt has begun to change anything since the last success.
    Unchanged,
    /// An attempt has begun to change something and none has succeeded since.
    Changed,
    /// It has changed something and told everyone.
    AllTold,
    /// It has changed something and is about to tell this action.
    Telling(TransitionId),
    /// It asks for no refresh of this action.
    Idle(TransitionId),
    /// It asks for a refresh of this action.
    Pending(TransitionId),
    /// This action is being refreshed because of it.
    Refreshing(TransitionId),
}

/// What the firing of a transition of an expanded action means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StepPart {
    /// The first attempt starts.
    Started,
    /// The check finds nothing to do.
    Same,
    /// The check finds nothing to do, but an earlier attempt has changed something.
    SameChanged,
    /// The check finds a difference.
    Differs,
    /// The check finds a difference, and an earlier attempt has changed something.
    DiffersAgain,
    /// It is applied.
    Succeeds,
    /// After a failed attempt, the check finds nothing to do.
    SameAtLast,
    /// After a failed attempt, it is applied.
    SucceedsAtLast,
    /// It succeeded, and gets an attempt back that a failure had used up.
    Forgives,
    /// It has all its attempts again, or has told everyone of its success.
    Settles(After),
    /// The attempt succeeds, but something has drifted meanwhile: it starts anew.
    Again(During),
    /// The attempt failed; with attempts left it is tried again, otherwise this is final.
    Fails(During, Then),
    /// The next attempt starts.
    Retries,
    /// The last attempt failed.
    GivesUp(During),
    /// Nobody knows how the attempt ended, or it was cancelled: its start is taken back.
    Interrupted(During),
    /// What it did is no longer so.
    Drifts,
    /// Something drifts during an attempt.
    DriftsBusy(During),
    /// It asks for a refresh of this action.
    Marks(TransitionId),
    /// It asks for a refresh of this action, which is asked for already.
    Merges(TransitionId),
    /// It asks for another refresh of this action, which is being refreshed.
    Remarks(TransitionId),
    /// The refresh of this action that it asked for becomes due.
    Refreshes(TransitionId),
    /// The refresh of this action that it asked for is done.
    Refreshed(TransitionId),
}

/// In which stage of an attempt something happens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum During {
    /// While it is checked.
    Check,
    /// While it is applied.
    Apply,
    /// While it tells of its success.
    Telling,
}

/// What precedes that a success counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum After {
    /// It has told everyone of its change.
    Telling,
    /// It has got its attempts back.
    Failures,
}

/// What follows a failure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Then {
    /// Another attempt.
    Again,
    /// Nothing: it was the only attempt.
    Never,
}

impl PlacePart {
    /// A word for it, as in the default identifier `T.checking`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Applying => "applying",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::Tries => "tries",
            Self::Spent => "spent",
            Self::Settling => "settling",
            Self::Calm => "calm",
            Self::Touched => "touched",
            Self::Dirty => "dirty",
            Self::Kept => "kept",
            Self::Free => "free",
            Self::Unchanged => "unchanged",
            Self::Changed => "changed",
            Self::AllTold => "told",
            Self::Telling(_) => "told",
            Self::Idle(_) => "idle",
            Self::Pending(_) => "pending",
            Self::Refreshing(_) => "refreshing",
        }
    }

    /// The action that is told, for a part of a refresh edge.
    #[must_use]
    pub const fn told(self) -> Option<TransitionId> {
        match self {
            Self::Telling(told) | Self::Idle(told) | Self::Pending(told) | Self::Refreshing(told) => {
                Some(told)
            }
            _ => None,
        }
    }
}

impl StepPart {
    /// A word for it, as in the default identifier `T.gives-up`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Started => "start",
            Self::Same => "same",
            Self::SameChanged => "same-changed",
            Self::Differs => "differs",
            Self::DiffersAgain => "differs-again",
            Self::Succeeds => "ok",
            Self::SameAtLast => "same-at-last",
            Self::SucceedsAtLast => "ok-at-last",
            Self::Forgives => "forgives",
            Self::Settles(_) => "settles",
            Self::Again(During::Check) => "check-again",
            Self::Again(During::Apply | During::Telling) => "again",
            Self::Fails(During::Check, _) => "check-fails",
            Self::Fails(..) => "fails",
            Self::Retries => "retries",
            Self::GivesUp(During::Check) => "check-gives-up",
            Self::GivesUp(_) => "gives-up",
            Self::Interrupted(During::Check) => "check-interrupted",
            Self::Interrupted(_) => "interrupted",
            Self::Drifts => "drifts",
            Self::DriftsBusy(During::Check) => "check-drifts",
            Self::DriftsBusy(_) => "apply-drifts",
            Self::Marks(_) => "marks",
            Self::Merges(_) => "merges",
            Self::Remarks(_) => "remarks",
            Self::Refreshes(_) => "refreshes",
            Self::Refreshed(_) => "refreshed",
        }
    }

    /// The action that is told, for a part of a refresh edge.
    #[must_use]
    pub const fn told(self) -> Option<TransitionId> {
        match self {
            Self::Marks(told)
            | Self::Merges(told)
            | Self::Remarks(told)
            | Self::Refreshes(told)
            | Self::Refreshed(told) => Some(told),
            _ => None,
        }
    }
}

/// One line of the map from an expanded net to the author's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mapping {
    /// A place and where it comes from.
    Place(PlaceId, PlaceOrigin),
    /// A transition and where it comes from.
    Transition(TransitionId, TransitionOrigin),
}

impl Origins {
    /// The origins of a net in which nothing is expanded yet.
    pub(crate) fn of_author(net: &Net, roles: &[Role]) -> Self {
        let started = |t: TransitionId| match roles[t.index()] {
            Role::Action(_) | Role::Undo { .. } => {
                TransitionOrigin::Part { of: t, round: Round::First, part: StepPart::Started }
            }
            _ => TransitionOrigin::Author,
        };
        Self {
            places: vec![PlaceOrigin::Author; net.place_count()],
            transitions: net.transitions().map(started).collect(),
        }
    }

    /// Where a place comes from.
    #[must_use]
    pub fn place(&self, place: PlaceId) -> PlaceOrigin {
        self.places[place.index()]
    }

    /// Where a transition comes from.
    #[must_use]
    pub fn transition(&self, transition: TransitionId) -> TransitionOrigin {
        self.transitions[transition.index()]
    }

    /// The whole map: all places, then all transitions, in the order of the expanded net.
    pub fn map(&self) -> impl Iterator<Item = Mapping> + '_ {
        let places = self.places.iter().enumerate();
        let transitions = self.transitions.iter().enumerate();
        places
            .map(|(index, origin)| Mapping::Place(PlaceId::new(index), *origin))
            .chain(transitions.map(|(index, origin)| Mapping::Transition(TransitionId::new(index), *origin)))
    }
}
