//! What a run tells while it goes on: one enum for every reporter.

use crate::attempt::Recovered;
use crate::machine::{Attempt, EndState, Freeze, Refusal};
use crate::report::Report;
use pn_net::{Marking, TransitionId};
use std::path::PathBuf;
use std::time::Duration;

/// Something that happened in a run. It has been recorded when it is told.
#[derive(Clone, PartialEq, Debug)]
pub enum RunEvent {
    /// The run begins, or goes on.
    Began {
        /// Its name.
        run: String,
        /// Its journal.
        journal: PathBuf,
        /// Which start or resumption this is, from 1.
        fencing: u64,
        /// The marking that it begins in. Every event that tells of a firing leads on from it.
        marking: Marking,
    },
    /// An attempt that was in flight before is taken up again.
    Recovered {
        /// The attempt.
        attempt: Attempt,
        /// How.
        how: Recovered,
    },
    /// A control or timer transition fired.
    Fired {
        /// The transition.
        transition: TransitionId,
    },
    /// An attempt started.
    Started {
        /// The attempt.
        attempt: Attempt,
        /// What fired: the action, or a retry of it.
        transition: TransitionId,
    },
    /// The check of an attempt found a difference, and the attempt goes on to apply.
    Differs {
        /// The attempt.
        attempt: Attempt,
        /// In what the resource differs.
        what: String,
        /// The outcome transition that fired.
        transition: TransitionId,
    },
    /// An attempt ended, and its outcome fired.
    Ended {
        /// The attempt.
        attempt: Attempt,
        /// What became of it.
        report: Report,
        /// How long it took.
        took: Duration,
        /// The outcome transition that fired.
        transition: TransitionId,
    },
    /// The failed action is tried again.
    RetryIn {
        /// The action.
        action: TransitionId,
        /// After this pause.
        pause: Duration,
    },
    /// A person has to approve.
    Waiting {
        /// The transition.
        transition: TransitionId,
    },
    /// A person no longer has to approve.
    WaitingEnded {
        /// The transition.
        transition: TransitionId,
    },
    /// A person approved, and the transition fired.
    Approved {
        /// The transition.
        transition: TransitionId,
        /// Who.
        who: String,
    },
    /// An enabled transition is not fired.
    Held {
        /// The transition.
        transition: TransitionId,
        /// Why.
        why: Refusal,
    },
    /// An attempt ended with a result that the net cannot take.
    Frozen {
        /// The attempt.
        attempt: Attempt,
        /// What became of it.
        report: Report,
        /// Why the net cannot take it.
        why: Freeze,
    },
    /// A stop was asked for.
    StopRequested {
        /// Whether what runs is waited for or cancelled.
        how: StopKind,
        /// How many attempts are in flight.
        running: usize,
    },
    /// What an action has done was found to be no longer so, or an event that the net waits for has
    /// come.
    Observed {
        /// The action, or the event.
        of: TransitionId,
        /// What was found.
        what: String,
        /// What fired: the drift, or the event.
        transition: TransitionId,
    },
    /// That was found and has no place in the net now. Nothing starts that takes or reads what has
    /// drifted as long as the net refuses to take it in.
    Pending {
        /// The action, or the event.
        of: TransitionId,
        /// Why the net refuses it; `None` when it is only not enabled.
        why: Option<Refusal>,
    },
    /// A resource cannot be looked at, or not be watched; it is tried again.
    Unseen {
        /// The action, or the event.
        transition: TransitionId,
        /// Why not.
        why: String,
    },
    /// The run is over.
    Finished {
        /// How it ended.
        state: EndState,
    },
}

/// How a run stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopKind {
    /// Nothing new starts; what runs is waited for.
    Drain,
    /// What runs is cancelled.
    Cancel,
}

/// What a run is told from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Control {
    /// Stop: once to start nothing new, twice to cancel what runs.
    Stop,
}
