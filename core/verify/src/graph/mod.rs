//! The reachability graph of a small net as a picture: what its markings are, and where they and
//! the firings between them are drawn.
//!
//! The graph itself is [`pn_engines::explore::reachability_graph`]'s; colours and words are those
//! of whoever shows it.

mod course;
mod layout;
mod mark;

pub use course::{Course, course};
pub use layout::{Rectangle, placed, room, shortened, written};
pub use mark::{Mark, foremost, marks};

use pn_engines::explore::ReachabilityGraph;
use pn_net::TransitionId;
use std::collections::BTreeMap;

/// What fires between two markings, by their numbers.
#[must_use]
pub fn steps(graph: &ReachabilityGraph) -> BTreeMap<(usize, usize), Vec<TransitionId>> {
    let mut steps: BTreeMap<_, Vec<TransitionId>> = BTreeMap::new();
    for (from, row) in graph.steps.iter().enumerate() {
        row.iter().for_each(|(transition, to)| steps.entry((from, *to)).or_default().push(*transition));
    }
    steps
}
