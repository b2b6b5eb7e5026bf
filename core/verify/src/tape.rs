//! A run of which many claims use the beginning: markings are kept along the way, so that each
//! claim replays a short stretch.

use pn_net::{Marking, Net, ReplayError, Trace, replay};
use std::sync::Arc;

/// At most so many markings are kept.
const MARKS: usize = 256;

/// A run, replayed once as far as it can be fired.
pub(crate) struct Tape {
    pub(crate) run: Arc<Trace>,
    stride: usize,
    /// After every `stride` firings.
    marks: Vec<Marking>,
}

impl Tape {
    pub(crate) fn new(net: &Net, run: &Arc<Trace>) -> Self {
        let stride = run.firings.len().div_ceil(MARKS).max(MARKS);
        let mut marks = vec![net.initial().clone()];
        for stretch in run.firings.chunks(stride) {
            let last = marks.last().expect("there is the initial marking");
            match replay(net, last, &Trace { firings: stretch.to_vec() }) {
                Ok(next) => marks.push(next),
                Err(_) => break,
            }
        }
        Self { run: Arc::clone(run), stride, marks }
    }

    /// The marking after so many firings; `None` where the run has fewer.
    pub(crate) fn after(&self, net: &Net, length: usize) -> Option<Result<Marking, ReplayError>> {
        let mark = (length / self.stride).min(self.marks.len() - 1);
        let firings = self.run.firings.get(mark * self.stride..length)?.to_vec();
        let late = |error: ReplayError| ReplayError { step: error.step + mark * self.stride, ..error };
        Some(replay(net, &self.marks[mark], &Trace { firings }).map_err(late))
    }
}
