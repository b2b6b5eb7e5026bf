//! What the machine is told and what it decides: the vocabulary between it and its shell.

use pn_deployment::Outcome;
use pn_net::{PlaceId, TransitionId};
use std::fmt;
use std::time::Duration;

/// One attempt at an action, numbered from 1 within a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AttemptId(pub u64);

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An attempt at an action, and which of its attempts it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// Its number within the run.
    pub id: AttemptId,
    /// The action transition.
    pub action: TransitionId,
    /// Which activation of the action this is, from 1. Repeated and interrupted attempts belong
    /// to the activation that they go on with.
    pub activation: u32,
    /// Why the activation began.
    pub reason: Reason,
    /// How many attempts of this activation have failed before.
    pub failures: u32,
    /// How many attempts of this activation have been interrupted before.
    pub interruptions: u32,
}

/// Why an activation of an action begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// It is its turn.
    Plan,
    /// What it had done is no longer so.
    Drift,
    /// Something that it depends on has changed: it is applied whatever its check finds.
    Refresh,
}

impl Reason {
    /// One word for it, as in the journal.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Drift => "drift",
            Self::Refresh => "refresh",
        }
    }

    /// The reason with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Plan, Self::Drift, Self::Refresh].into_iter().find(|reason| reason.word() == word)
    }
}

/// How far an attempt has come, by the record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stage {
    /// It looks. It has changed nothing yet, unless its action is not staged.
    Checking,
    /// It found a difference, and that is recorded: it may have changed something.
    Applying,
}

/// Why a transition fired.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    /// It is a control or refresh transition and was enabled.
    Control,
    /// It stayed enabled for its time.
    Timer,
    /// A person approved.
    Approval {
        /// Who.
        by: String,
    },
    /// It was observed: a drift, or an event.
    Observed,
    /// An attempt started.
    Start(Attempt),
    /// The check of an attempt found a difference; the attempt goes on to apply.
    Differs {
        /// Which.
        attempt: AttemptId,
    },
    /// An attempt ended.
    End {
        /// Which.
        attempt: AttemptId,
        /// How.
        result: Outcome,
    },
}

/// What the shell has to do, in this order. Firings are recorded before anything acts on them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Record that the transition fired; for [`Cause::Start`], then start the
    /// attempt; for [`Cause::Differs`], then let it apply.
    Fire {
        /// The transition.
        transition: TransitionId,
        /// Why.
        cause: Cause,
    },
    /// Stop the attempt; its outcome is expected as `cancelled`.
    Cancel(AttemptId),
    /// Tell that the failed action is tried again.
    Retry {
        /// The action.
        action: TransitionId,
        /// When, in time since the start of the run.
        at: Duration,
    },
    /// Ask a person to approve.
    Ask(TransitionId),
    /// No more to be asked: the approval is no longer enabled.
    Withdraw(TransitionId),
    /// Tell that an enabled transition is not fired, and why.
    Hold(TransitionId, Refusal),
    /// Record that the attempt ended with a result which the net cannot take.
    Freeze {
        /// The attempt.
        attempt: Attempt,
        /// Its result.
        result: Outcome,
        /// Why the net cannot take it.
        why: Freeze,
    },
    /// Tell that what was observed, a drift of this action or this event, has no place in the net
    /// now: nothing claims it, its transition is not enabled, or its firing is refused. It is tried
    /// again whenever the marking changes.
    Pending(TransitionId, Option<Refusal>),
    /// The run is over.
    Finish(EndState),
}

/// Why an enabled transition may not fire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// It would break the invariant with this index in the deployment.
    Invariant(usize),
    /// The place would hold more tokens than a place can.
    Overflow(PlaceId),
    /// It needs what this action has done, which is no longer so, and that cannot be taken into the
    /// net.
    Drifted(TransitionId),
    /// It has been repaired so often of late that the next repair waits until then.
    Flaps(Duration),
}

/// Why an outcome cannot be taken into the net. The marking stays as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Freeze {
    /// No transition claims the result.
    Unclaimed,
    /// Transitions claim the result, but none is enabled.
    Disabled,
    /// Its firing is refused.
    Refused(TransitionId, Refusal),
    /// The action has been interrupted so often that it is not started again.
    Interrupted(u32),
}

/// How a run ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EndState {
    /// The goal holds, or the net has no goal and is dead; nothing is in flight.
    Complete,
    /// Nothing can go on, in a marking that the deployment declares a failure.
    DeclaredFailure,
    /// Nothing can go on, and neither goal nor declared failure holds.
    Stuck,
    /// It was asked to stop.
    Stopped,
    /// Some attempt ended with a result that the net could not take; nothing else can go on.
    Frozen,
    /// Control transitions fire without end.
    Livelock,
}

impl EndState {
    /// All end states, in the order of their declaration.
    pub const ALL: [Self; 6] =
        [Self::Complete, Self::DeclaredFailure, Self::Stuck, Self::Stopped, Self::Frozen, Self::Livelock];

    /// One word for it, as in the journal.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::DeclaredFailure => "failed",
            Self::Stuck => "stuck",
            Self::Stopped => "stopped",
            Self::Frozen => "frozen",
            Self::Livelock => "livelock",
        }
    }

    /// The end state with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether `resume` may go further from here: the run ended for lack of anything to do, or
    /// because it was asked to, and not because it was over.
    #[must_use]
    pub const fn is_resumable(self) -> bool {
        matches!(self, Self::Stopped | Self::Frozen)
    }
}
