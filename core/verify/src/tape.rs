//! A run of which many claims use the beginning. For every stretch of it one marking is kept, which
//! is moved forth and back within: a claim costs the way from the last one nearby, and no marking is
//! copied.

use pn_net::{Marking, Net, ReplayError, Trace, firing};
use std::sync::Arc;

/// At most so many markings are kept.
const MARKS: usize = 256;

/// A run, replayed once as far as it can be fired.
pub(crate) struct Tape {
    pub(crate) run: Arc<Trace>,
    stride: usize,
    /// For each stretch a marking within it, after so many firings.
    marks: Vec<(usize, Marking)>,
    /// Where the run cannot be fired.
    broken: Option<ReplayError>,
}

impl Tape {
    pub(crate) fn new(net: &Net, run: &Arc<Trace>) -> Self {
        let stride = run.firings.len().div_ceil(MARKS).max(MARKS);
        let mut marking = net.initial().clone();
        let mut tape = Self { run: Arc::clone(run), stride, marks: vec![(0, marking.clone())], broken: None };
        for (step, transition) in run.firings.iter().enumerate() {
            if let Err(error) = firing::fire(net, &mut marking, *transition) {
                tape.broken = Some(ReplayError { step, error });
                break;
            }
            if (step + 1).is_multiple_of(stride) {
                tape.marks.push((step + 1, marking.clone()));
            }
        }
        tape
    }

    /// The marking after so many firings; `None` where the run has fewer.
    pub(crate) fn after(&mut self, net: &Net, length: usize) -> Option<Result<&Marking, ReplayError>> {
        if length > self.run.firings.len() {
            return None;
        }
        if let Some(error) = self.broken.filter(|error| length > error.step) {
            return Some(Err(error));
        }
        let (at, marking) = &mut self.marks[length / self.stride];
        let firings = &self.run.firings;
        while *at != length {
            let (step, moved) = match *at < length {
                true => (*at, firing::fire(net, marking, firings[*at])),
                false => (*at - 1, firing::unfire(net, marking, firings[*at - 1])),
            };
            if let Err(error) = moved {
                return Some(Err(ReplayError { step, error }));
            }
            *at = if *at < length { step + 1 } else { step };
        }
        Some(Ok(marking))
    }
}
