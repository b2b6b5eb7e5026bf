//! Where the nodes of an expanded net come from, and how to speak of them to an operator.

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
        /// What a token on it says.
        part: PlacePart,
    },
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
        /// What its firing means.
        part: StepPart,
    },
}

/// What a token on a place of an expanded action says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PlacePart {
    /// An attempt is being made.
    Running,
    /// It failed and is not tried again.
    Failed,
    /// It failed and pauses before the next attempt.
    Waiting,
    /// One more attempt is left.
    Tries,
    /// One repeated attempt is used up.
    Spent,
}

/// What the firing of a transition of an expanded action means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StepPart {
    /// The first attempt starts.
    Started,
    /// The attempt succeeded.
    Succeeds,
    /// The attempt failed; with attempts left it is tried again, otherwise this is final.
    Fails(Then),
    /// The next attempt starts.
    Retries,
    /// The last attempt failed.
    GivesUp,
    /// Nobody knows how the attempt ended, or it was cancelled: its start is taken back.
    Interrupted,
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
    /// One word for it, as in the default identifier `T.running`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::Tries => "tries",
            Self::Spent => "spent",
        }
    }
}

impl StepPart {
    /// One word for it, as in the default identifier `T.gives-up`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Started => "start",
            Self::Succeeds => "ok",
            Self::Fails(_) => "fails",
            Self::Retries => "retries",
            Self::GivesUp => "gives-up",
            Self::Interrupted => "interrupted",
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

    /// The firing of `transition` in an operator's words, with the author's names. `net` is the
    /// expanded net. A transition of the author's that starts nothing is simply named.
    #[must_use]
    pub fn describe_transition(&self, net: &Net, transition: TransitionId) -> String {
        let TransitionOrigin::Part { of, part } = self.transition(transition) else {
            return net.transition_name(transition).to_owned();
        };
        let action = net.transition_name(of);
        match part {
            StepPart::Started => format!("start {action}"),
            StepPart::Succeeds => format!("{action} succeeds"),
            StepPart::Fails(Then::Again) => format!("{action} fails, will be retried"),
            StepPart::Fails(Then::Never) | StepPart::GivesUp => format!("{action} fails for good"),
            StepPart::Retries => format!("{action} is tried again"),
            StepPart::Interrupted => format!("{action} is interrupted"),
        }
    }

    /// What a token on `place` says, in an operator's words, with the author's names. `net` is
    /// the expanded net. A place of the author's is simply named.
    #[must_use]
    pub fn describe_place(&self, net: &Net, place: PlaceId) -> String {
        let PlaceOrigin::Part { of, part } = self.place(place) else {
            return net.place_name(place).to_owned();
        };
        let action = net.transition_name(of);
        match part {
            PlacePart::Running => format!("{action} is running"),
            PlacePart::Failed => format!("{action} has failed for good"),
            PlacePart::Waiting => format!("{action} waits for its next attempt"),
            PlacePart::Tries => format!("{action} has another attempt left"),
            PlacePart::Spent => format!("{action} has used up an attempt"),
        }
    }
}
