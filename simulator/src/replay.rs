//! Stepping through a recorded trace, forwards and back, with the marking at every step.
//!
//! Going back un-fires, so a replay holds one marking, however long the trace is.

use pn_net::{Marking, Net, ReplayError, Trace, TransitionId, firing};

/// A position in a trace of a net. A step is O(|•t| + |t•|).
#[derive(Clone, Debug)]
pub struct Replay<'a> {
    net: &'a Net,
    trace: &'a Trace,
    marking: Marking,
    position: usize,
}

impl<'a> Replay<'a> {
    /// Stands before the first firing of `trace`, in `start`.
    #[must_use]
    pub fn new(net: &'a Net, start: Marking, trace: &'a Trace) -> Self {
        Self { net, trace, marking: start, position: 0 }
    }

    /// The marking here.
    #[must_use]
    pub fn marking(&self) -> &Marking {
        &self.marking
    }

    /// The number of firings before this position.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Fires the next transition and returns it, `None` at the end of the trace.
    ///
    /// # Errors
    ///
    /// When that firing is not possible; the position does not change.
    pub fn forward(&mut self) -> Result<Option<TransitionId>, ReplayError> {
        let Some(transition) = self.trace.firings.get(self.position).copied() else { return Ok(None) };
        firing::fire(self.net, &mut self.marking, transition)
            .map_err(|error| ReplayError { step: self.position, error })?;
        self.position += 1;
        Ok(Some(transition))
    }

    /// Takes the previous firing back and returns it, `None` at the start of the trace.
    pub fn back(&mut self) -> Option<TransitionId> {
        let position = self.position.checked_sub(1)?;
        let transition = self.trace.firings[position];
        firing::unfire(self.net, &mut self.marking, transition).expect("it was fired to come here");
        self.position = position;
        Some(transition)
    }
}
