//! What the structure of a net promises, as a job: invariants, cycles, siphons that stay empty.
//!
//! Place invariants are semiflows of `pn-structure`: weighted sums of tokens that no firing
//! changes. Cycles are its transition semiflows: firings that together change nothing. The
//! arithmetic is exact; what would take too long is said to.

use pn_net::{Net, PlaceId};
use pn_structure::{
    Effort, Incomplete, PlaceFlow, TransitionFlow, greatest_trap, place_semiflows, transition_semiflows,
};
use std::sync::mpsc::{Receiver, channel};

/// How much work each of the two lists may take: seconds.
const EFFORT: Effort = Effort(50_000_000);

/// What the structure promises.
#[derive(Clone, PartialEq, Debug)]
pub struct Structure {
    /// Sums of tokens that stay the same.
    pub invariants: Result<Vec<PlaceFlow>, Incomplete>,
    /// Firings that together change nothing.
    pub cycles: Result<Vec<TransitionFlow>, Incomplete>,
    /// The greatest siphon without tokens: these places never get one.
    pub empty: Vec<PlaceId>,
    /// The greatest trap, if it has tokens: it keeps at least one for ever.
    pub trap: Vec<PlaceId>,
}

/// An analysis: running, or finished.
pub struct Analysis {
    news: Receiver<Structure>,
    result: Option<Structure>,
}

impl Analysis {
    /// Starts a thread that analyses the net. `wake` is called when it is done.
    pub fn start(net: Net, wake: impl Fn() + Send + 'static) -> Self {
        let (sender, news) = channel();
        std::thread::spawn(move || {
            // Nobody listens any more when the analysis was dropped.
            let _ = sender.send(structure(&net));
            wake();
        });
        Self { news, result: None }
    }

    /// The result, once there is one.
    pub fn result(&mut self) -> Option<&Structure> {
        if self.result.is_none() {
            self.result = self.news.try_recv().ok();
        }
        self.result.as_ref()
    }
}

/// What the structure of a net promises.
#[must_use]
pub fn structure(net: &Net) -> Structure {
    let trap = greatest_trap(net, |_| true);
    let is_marked = trap.iter().any(|place| net.initial().tokens(*place) > 0);
    Structure {
        invariants: place_semiflows(net, EFFORT),
        cycles: transition_semiflows(net, EFFORT),
        empty: super::hints::empty_siphon(net),
        trap: if is_marked { trap } else { Vec::new() },
    }
}

/// `2 a + b = 3`.
#[must_use]
pub fn invariant_in_words(net: &Net, flow: &PlaceFlow) -> String {
    let sum = flow.in_words(|place| net.place_label(place));
    format!("{sum} = {}", flow.value(net.initial()))
}

/// `2 go + come`.
#[must_use]
pub fn cycle_in_words(net: &Net, flow: &TransitionFlow) -> String {
    flow.in_words(|transition| net.transition_label(transition))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pn_net::NetBuilder;

    #[test]
    fn the_structure_of_a_small_net_is_told_in_words() {
        let mut builder = NetBuilder::new("net");
        let [a, b, c] = [("a", 2), ("b", 0), ("c", 0)].map(|(id, n)| builder.place(id, None, n).unwrap());
        for (id, from, to) in [("go", a, b), ("come", b, a), ("never", c, c)] {
            let transition = builder.transition(id, None).unwrap();
            builder.input(from, transition, 1).unwrap();
            builder.output(transition, to, 1).unwrap();
        }
        let net = builder.build().unwrap();
        let found = structure(&net);
        let words = |flow| invariant_in_words(&net, flow);
        assert_eq!(found.invariants.unwrap().iter().map(words).collect::<Vec<_>>(), ["a + b = 2", "c = 0"]);
        let words = |flow| cycle_in_words(&net, flow);
        assert_eq!(found.cycles.unwrap().iter().map(words).collect::<Vec<_>>(), ["go + come", "never"]);
        assert_eq!((found.empty, found.trap), (vec![c], vec![a, b, c]));
    }
}
