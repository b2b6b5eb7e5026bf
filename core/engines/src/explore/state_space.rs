//! The figures of the whole state space, as the contest's StateSpace examination asks for them.

use super::batch::Expanded;
use super::block::Visitor;
use super::breadth_first::{End, explore};
use crate::Run;
use pn_logic::Reason;
use pn_net::Net;
use std::ops::ControlFlow;

/// Size and bounds of a completely explored state space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StateSpace {
    /// Reachable markings.
    pub states: u64,
    /// Firings: one for each enabled transition of each reachable marking.
    pub edges: u64,
    /// The most tokens in one marking, over all places.
    pub max_tokens_per_marking: u128,
    /// The most tokens on one place.
    pub max_tokens_in_place: u64,
    /// Bytes that the search held at its end.
    pub bytes: u64,
}

/// Explores everything. O(edges).
///
/// # Errors
///
/// The limit that was reached.
pub fn state_space(net: &Net, run: &mut Run<'_>) -> Result<StateSpace, Reason> {
    let initial = net.initial().counts().iter().copied().max().unwrap_or(0);
    let mut largest = Largest { per_marking: 0, in_place: initial };
    let explored = explore(net, run, &mut largest)?;
    match explored.end {
        End::Limit(reason) => Err(reason),
        End::Complete | End::Stopped => Ok(StateSpace {
            states: explored.exploration.states,
            edges: explored.exploration.edges,
            max_tokens_per_marking: largest.per_marking,
            max_tokens_in_place: largest.in_place,
            bytes: explored.bytes(),
        }),
    }
}

/// The largest numbers of tokens seen.
#[derive(Clone)]
struct Largest {
    per_marking: u128,
    in_place: u64,
}

impl Visitor for Largest {
    fn visit(&mut self, at: Expanded<'_>) -> ControlFlow<()> {
        self.per_marking = at.marking.total().max(self.per_marking);
        for (transition, marking) in at.discoveries() {
            for place in marking.raised(transition) {
                self.in_place = marking.tokens(place).max(self.in_place);
            }
        }
        ControlFlow::Continue(())
    }

    fn is_satisfied(&self) -> bool {
        false
    }

    fn join(&mut self, other: Self) {
        self.per_marking = other.per_marking.max(self.per_marking);
        self.in_place = other.in_place.max(self.in_place);
    }
}
