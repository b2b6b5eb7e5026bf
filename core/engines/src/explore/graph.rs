//! Properties of the whole reachability graph: from where can a goal still be reached?
//!
//! AG (ψ ∨ EF φ) fails in the markings that do not satisfy ψ and from which no φ marking can be
//! reached. The set from which φ can be reached is the backward closure of φ over the reversed
//! graph. Edges are recomputed, not kept during the search: two passes, 4 bytes an edge and 8 a
//! marking, O(edges).

use super::block::Site;
use super::breadth_first::Explored;
use super::predicate::{Deadness, holds_in};
use super::space::Scratch;
use crate::{Progress, Run};
use pn_logic::{Formula, Property, Reason};
use rustc_hash::FxHashMap;

/// Where a property of the form AG (ψ ∨ EF φ) first fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NoReturn {
    /// It holds.
    Nowhere,
    /// The first marking, in the order of discovery, from which there is no way back.
    At(usize),
    /// A limit was reached.
    Limit(Reason),
}

/// The markings to which the answers need a run.
pub(super) fn witnesses(backs: &FxHashMap<usize, NoReturn>) -> impl Iterator<Item = Site> + '_ {
    backs.values().filter_map(|back| match back {
        NoReturn::At(number) => Some(Site::at(*number)),
        _ => None,
    })
}

/// Decides each `inevitably back to` property on a completely explored space, by index.
pub(super) fn points_of_no_return(
    explored: &mut Explored<'_>,
    properties: &[&Property],
    run: &mut Run<'_>,
) -> FxHashMap<usize, NoReturn> {
    let asked: Vec<(usize, &Formula, &Formula)> = properties
        .iter()
        .enumerate()
        .filter_map(|(index, property)| match property {
            Property::InevitablyBackTo { goal, unless } => Some((index, goal, unless)),
            _ => None,
        })
        .collect();
    if asked.is_empty() {
        return FxHashMap::default();
    }
    let reversed = match Reversed::build(explored, run) {
        Ok(reversed) => reversed,
        Err(reason) => return asked.iter().map(|(i, ..)| (*i, NoReturn::Limit(reason))).collect(),
    };
    asked
        .into_iter()
        .map(|(index, goal, unless)| match tick(explored, 0, run) {
            Ok(()) => (index, reversed.first_lost(explored, goal, unless)),
            Err(reason) => (index, NoReturn::Limit(reason)),
        })
        .collect()
}

/// The reachability graph with its edges reversed, in compressed rows.
struct Reversed {
    starts: Vec<u32>,
    sources: Vec<u32>,
    dead: Vec<bool>,
}

impl Reversed {
    fn build(explored: &mut Explored<'_>, run: &mut Run<'_>) -> Result<Self, Reason> {
        let states = explored.space.len();
        let edges = usize::try_from(explored.exploration.edges).map_err(|_| Reason::Memory)?;
        let needed = 4 * edges + 11 * states + explored.space.bytes();
        if needed > run.memory() || u32::try_from(edges).is_err() {
            return Err(Reason::Memory);
        }
        let mut firings = Vec::new();
        let mut starts = vec![0u32; states + 1];
        let mut dead = Vec::with_capacity(states);
        for source in 0..states {
            tick(explored, source, run)?;
            explored.space.recall(source, &mut firings);
            dead.push(firings.is_empty());
            firings.iter().for_each(|(_, target)| starts[*target + 1] += 1);
        }
        for number in 0..states {
            starts[number + 1] += starts[number];
        }
        let mut next = starts.clone();
        let mut sources = vec![0u32; edges];
        for source in 0..states {
            tick(explored, source, run)?;
            explored.space.recall(source, &mut firings);
            for (_, target) in &firings {
                let slot = &mut next[*target];
                sources[*slot as usize] = u32::try_from(source).expect("a store numbers markings in 32 bits");
                *slot += 1;
            }
        }
        Ok(Self { starts, sources, dead })
    }

    fn first_lost(&self, explored: &Explored<'_>, goal: &Formula, unless: &Formula) -> NoReturn {
        let states = self.dead.len();
        let mut scratch = Scratch::default();
        let mut holds = |number: usize, formula: &Formula| {
            let dead = if self.dead[number] { Deadness::Dead } else { Deadness::Alive };
            holds_in(&explored.space.marking(number, &mut scratch), dead, formula)
        };
        let mut can_reach: Vec<bool> = (0..states).map(|number| holds(number, goal)).collect();
        let mut work: Vec<usize> = (0..states).filter(|number| can_reach[*number]).collect();
        while let Some(number) = work.pop() {
            let row = self.starts[number] as usize..self.starts[number + 1] as usize;
            for source in &self.sources[row] {
                let source = *source as usize;
                if !can_reach[source] {
                    can_reach[source] = true;
                    work.push(source);
                }
            }
        }
        let lost = (0..states).find(|number| !can_reach[*number] && !holds(*number, unless));
        lost.map_or(NoReturn::Nowhere, NoReturn::At)
    }
}

fn tick(explored: &Explored<'_>, done: usize, run: &mut Run<'_>) -> Result<(), Reason> {
    if !done.is_multiple_of(1024) {
        return Ok(());
    }
    run.tick(Progress {
        states: explored.exploration.states,
        expanded: explored.exploration.states,
        edges: explored.exploration.edges,
        bytes: explored.space.bytes() as u64,
    })
}
