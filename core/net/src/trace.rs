//! Traces: firing sequences, and the replay that makes them evidence.

use crate::firing::{self, FiringError};
use crate::{Marking, Net, TransitionId};

/// A firing sequence, from the net's initial marking unless said otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Default, Hash)]
pub struct Trace {
    /// The transitions in the order in which they fire.
    pub firings: Vec<TransitionId>,
}

/// The first firing of a trace that is not possible.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("firing {step} of the trace is not possible: {error}")]
pub struct ReplayError {
    /// Index into [`Trace::firings`].
    pub step: usize,
    /// Why that firing is not possible.
    #[source]
    pub error: FiringError,
}

/// Fires a whole trace from `start` and returns the marking that it leads to. O(length · degree).
///
/// # Errors
///
/// When a firing is not possible.
pub fn replay(net: &Net, start: &Marking, trace: &Trace) -> Result<Marking, ReplayError> {
    let mut marking = start.clone();
    for (step, transition) in trace.firings.iter().enumerate() {
        firing::fire(net, &mut marking, *transition).map_err(|error| ReplayError { step, error })?;
    }
    Ok(marking)
}
