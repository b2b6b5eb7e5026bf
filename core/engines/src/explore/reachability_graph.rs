//! The reachability graph of a small net, whole, to be looked at.
//!
//! Breadth-first search with all edges kept. O(edges), and 16 bytes each.

use super::space::{Scratch, Space};
use crate::{Progress, Run};
use pn_logic::{Formula, Reason, holds_in};
use pn_net::{Marking, Net, Trace, TransitionId};

/// All reachable markings with the firings between them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReachabilityGraph {
    /// The markings, the initial one first, nearer ones before farther ones.
    pub markings: Vec<Marking>,
    /// For each marking its firings, by ascending transition: transition and number of the marking
    /// that it leads to.
    pub steps: Vec<Vec<(TransitionId, usize)>>,
}

/// Why there is no graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GraphError {
    /// There are more markings than were allowed.
    #[error("there are more than {0} reachable markings")]
    TooLarge(usize),
    /// Another limit was reached.
    #[error("{0}")]
    Limit(Reason),
}

/// The reachability graph of `net`, if it has at most `most` markings.
///
/// # Errors
///
/// That it has more, or the limit that was reached.
pub fn reachability_graph(
    net: &Net,
    most: usize,
    run: &mut Run<'_>,
) -> Result<ReachabilityGraph, GraphError> {
    let mut space = Space::new(net, run.memory()).map_err(GraphError::Limit)?;
    let (mut steps, mut found) = (Vec::new(), Vec::new());
    while steps.len() < space.len() {
        let progress = Progress { states: space.len() as u64, ..Progress::default() };
        run.tick(progress).map_err(GraphError::Limit)?;
        space.expand(steps.len(), &mut found).map_err(GraphError::Limit)?;
        if space.len() > most {
            return Err(GraphError::TooLarge(most));
        }
        let mut firings: Vec<_> = found.iter().map(|step| (step.transition, step.target)).collect();
        firings.sort_unstable();
        steps.push(firings);
    }
    let mut scratch = Scratch::default();
    let markings = (0..space.len()).map(|number| {
        let marking = space.marking(number, &mut scratch);
        Marking::new(net.places().map(|place| marking.tokens(place)).collect::<Vec<u64>>())
    });
    Ok(ReachabilityGraph { markings: markings.collect(), steps })
}

impl ReachabilityGraph {
    /// For each marking the length of a shortest run to it.
    #[must_use]
    pub fn depths(&self) -> Vec<usize> {
        let mut depths = vec![usize::MAX; self.markings.len()];
        depths[0] = 0;
        // Markings come in the order of their depths.
        for (number, steps) in self.steps.iter().enumerate() {
            for (_, target) in steps {
                depths[*target] = depths[*target].min(depths[number].saturating_add(1));
            }
        }
        depths
    }

    /// A shortest run to a marking, by its number; `None` if there is no such marking. O(edges).
    #[must_use]
    pub fn run_to(&self, number: usize) -> Option<Trace> {
        // The marking and the firing that each marking was found by.
        let mut found: Vec<Option<(usize, TransitionId)>> = vec![None; self.markings.len()];
        for (from, steps) in self.steps.iter().enumerate() {
            for (transition, to) in steps {
                if *to != 0 && found[*to].is_none() {
                    found[*to] = Some((from, *transition));
                }
            }
        }
        let mut at = number;
        let mut firings = Vec::new();
        while let Some((from, transition)) = *found.get(at)? {
            firings.push(transition);
            at = from;
        }
        firings.reverse();
        Some(Trace { firings })
    }

    /// For each marking, whether one that satisfies `goal` can be reached from it.
    #[must_use]
    pub fn can_reach(&self, net: &Net, goal: &Formula) -> Vec<bool> {
        let mut sources = vec![Vec::new(); self.markings.len()];
        for (number, steps) in self.steps.iter().enumerate() {
            steps.iter().for_each(|(_, target)| sources[*target].push(number));
        }
        let mut can: Vec<bool> = self.markings.iter().map(|marking| holds_in(net, marking, goal)).collect();
        let mut work: Vec<usize> = (0..can.len()).filter(|number| can[*number]).collect();
        while let Some(number) = work.pop() {
            for source in &sources[number] {
                if !std::mem::replace(&mut can[*source], true) {
                    work.push(*source);
                }
            }
        }
        can
    }
}
