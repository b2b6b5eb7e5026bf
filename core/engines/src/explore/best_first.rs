//! Best-first search: the marking nearest to the goal is expanded next.
//!
//! Nearness is [`crate::distance`]; of markings at one distance the latest is first, so that a
//! plateau is crossed rather than mapped. A witness that lies where the distance points is found
//! among few markings, whatever the size of the state space; its run is short, not shortest. The
//! distance of a deadlock is how many transitions the marking before enables. When nothing is left
//! to expand everything reachable was looked at, and the absence of a witness is proved as by any
//! other exhaustive search. Each property has a search of its own. Memory: that of the store and
//! 8 to 24 bytes a marking.
//!
//! The scheme is that of Hart, Nilsson and Raphael, "A formal basis for the heuristic
//! determination of minimum cost paths" (1968), without the cost of the way so far.

use super::space::{Scratch, Space};
use crate::distance::Goal;
use crate::{Engine, Progress, Run};
use pn_logic::{Answer, Evidence, Exploration, Explored, Property, Reason, Verdict};
use pn_net::{Net, PlaceId, Trace, TransitionId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// Exhaustive search, nearest to the goal first. Takes what one marking can settle.
pub struct BestFirst;

/// The most properties that are worth a search each.
const MOST_APART: usize = 64;

impl Engine for BestFirst {
    fn name(&self) -> &'static str {
        "best-first search"
    }

    fn techniques(&self) -> &'static str {
        "EXPLICIT STATE_COMPRESSION"
    }

    fn takes(&self, property: &Property) -> bool {
        matches!(property, Property::Possibly(_) | Property::Always(_))
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        if properties.len() > MOST_APART {
            return vec![Answer::unknown(Reason::Unsupported); properties.len()];
        }
        let each = properties.iter().enumerate().map(|(rank, property)| {
            let left = u32::try_from(properties.len() - rank).expect("there are few");
            let now = Instant::now();
            let end = run.deadline().map(|deadline| now + deadline.saturating_duration_since(now) / left);
            let (goal, with, without) = match property {
                Property::Possibly(formula) => (Goal::of(net, formula), Verdict::Holds, Verdict::Fails),
                Property::Always(formula) => (Goal::violating(net, formula), Verdict::Fails, Verdict::Holds),
                Property::InevitablyBackTo { .. } | Property::Bound(_) => {
                    return Answer::unknown(Reason::Unsupported);
                }
            };
            let (verdict, evidence) = match Search::new(net, &goal, run.memory())
                .and_then(|search| search.go(&goal, &mut run.part(end)))
            {
                Ok(Found::Run(trace)) => (with, Evidence::Run(trace)),
                Ok(Found::Nothing(all)) => (without, Evidence::Exhaustion(all)),
                Err(reason) => return Answer::unknown(reason),
            };
            Answer { verdict, method: self.name(), evidence }
        });
        each.collect()
    }
}

/// How a search ends.
enum Found {
    /// With a run to the goal.
    Run(Trace),
    /// With everything looked at.
    Nothing(Exploration),
}

/// Markings found, and those to be expanded.
struct Search<'n> {
    space: Space<'n>,
    scratch: Scratch,
    /// For each marking the one before it and the transition between; the initial one has itself.
    origins: Vec<(u32, TransitionId)>,
    /// Distances and numbers: the smallest distance, then the largest number, comes first.
    open: BinaryHeap<(Reverse<u64>, u32)>,
    edges: u64,
    limit: usize,
}

impl<'n> Search<'n> {
    fn new(net: &'n Net, goal: &Goal, limit: usize) -> Result<Self, Reason> {
        let space = Space::new(net, limit)?;
        let scratch = Scratch::default();
        let mut search =
            Self { space, scratch, origins: Vec::new(), open: BinaryHeap::new(), edges: 0, limit };
        search.origins.push((0, TransitionId::new(0)));
        let distance = search.distance(goal, 0, 1);
        search.open.push((Reverse(distance), 0));
        Ok(search)
    }

    /// The distance of a marking, which enables about so many transitions.
    fn distance(&mut self, goal: &Goal, number: usize, enabled: usize) -> u64 {
        let marking = self.space.marking(number, &mut self.scratch);
        goal.distance(&|place| marking.tokens(PlaceId::new(place as usize)), enabled)
    }

    fn go(mut self, goal: &Goal, run: &mut Run<'_>) -> Result<Found, Reason> {
        // Whether a marking is dead is known when it is expanded, everything else when it is found.
        let is_known_early = !goal.is_about_death();
        if is_known_early && self.distance(goal, 0, 1) == 0 {
            return Ok(Found::Run(Trace::default()));
        }
        let mut steps = Vec::new();
        let mut expanded = 0u64;
        while let Some((_, number)) = self.open.pop() {
            if expanded.is_multiple_of(64) {
                run.tick(self.progress(expanded))?;
                if self.bytes() > self.limit {
                    return Err(Reason::Memory);
                }
            }
            expanded += 1;
            let number = number as usize;
            self.space.expand(number, &mut steps)?;
            self.edges += steps.len() as u64;
            if !is_known_early && self.distance(goal, number, steps.len()) == 0 {
                return Ok(Found::Run(self.run_to(number)));
            }
            for step in steps.iter().filter(|step| step.is_new) {
                debug_assert_eq!(step.target, self.origins.len());
                let short = |number: usize| u32::try_from(number).expect("a store numbers in 32 bits");
                self.origins.push((short(number), step.transition));
                let distance = self.distance(goal, step.target, steps.len());
                if is_known_early && distance == 0 {
                    return Ok(Found::Run(self.run_to(step.target)));
                }
                self.open.push((Reverse(distance), short(step.target)));
            }
        }
        let states = self.space.len() as u64;
        Ok(Found::Nothing(Exploration { states, edges: self.edges, of: Explored::Itself }))
    }

    fn bytes(&self) -> usize {
        self.space.bytes()
            + self.origins.capacity() * size_of::<(u32, TransitionId)>()
            + self.open.capacity() * size_of::<(Reverse<u64>, u32)>()
    }

    fn progress(&self, expanded: u64) -> Progress {
        let states = self.space.len() as u64;
        Progress { states, expanded, edges: self.edges, bytes: self.bytes() as u64 }
    }

    fn run_to(&self, number: usize) -> Trace {
        let mut firings = Vec::new();
        let mut at = number;
        while at != 0 {
            let (before, transition) = self.origins[at];
            firings.push(transition);
            at = before as usize;
        }
        firings.reverse();
        Trace { firings }
    }
}
