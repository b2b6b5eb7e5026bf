//! The figures of the whole state space, as the contest's StateSpace examination asks for them.

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
    let mut per_marking = 0;
    let mut in_place = net.initial().counts().iter().copied().max().unwrap_or(0);
    let explored = explore(net, run, |space, number, steps| {
        per_marking = space.total(number).max(per_marking);
        for step in steps.iter().filter(|step| step.is_new) {
            for place in space.raised(step.transition) {
                in_place = space.tokens(step.target, place).max(in_place);
            }
        }
        ControlFlow::Continue(())
    })?;
    match explored.end {
        End::Limit(reason) => Err(reason),
        End::Complete | End::Stopped => Ok(StateSpace {
            states: explored.exploration.states,
            edges: explored.exploration.edges,
            max_tokens_per_marking: per_marking,
            max_tokens_in_place: in_place,
            bytes: explored.bytes(),
        }),
    }
}
