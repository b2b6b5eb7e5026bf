//! Breadth-first search: shortest witnesses, exact bounds, and the whole reachability graph.
//!
//! Markings are expanded in the order of discovery, so the first marking that settles a question
//! is as near to the initial one as any. Time O(edges · words), memory that of the store and two
//! bits a marking.

use super::discovery::Discovery;
use super::graph;
use super::space::{Space, Step};
use super::watch::Watch;
use crate::{Engine, Progress, Run};
use pn_logic::{Answer, Exploration, Property, Reason};
use pn_net::{Net, Trace, TransitionId};
use rustc_hash::FxHashMap;
use std::ops::ControlFlow;

/// Exhaustive breadth-first search. Takes every property.
pub struct BreadthFirst;

impl Engine for BreadthFirst {
    fn name(&self) -> &'static str {
        "breadth-first search"
    }

    fn techniques(&self) -> &'static str {
        "EXPLICIT STATE_COMPRESSION"
    }

    fn takes(&self, _: &Property) -> bool {
        true
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        let mut watch = Watch::new(net, properties);
        let mut explored = match explore(net, run, |space, number, steps| watch.visit(space, number, steps)) {
            Ok(explored) => explored,
            Err(reason) => return vec![Answer::unknown(reason); properties.len()],
        };
        let backs = match explored.end {
            End::Complete => graph::points_of_no_return(&mut explored, properties, run),
            End::Stopped | End::Limit(_) => FxHashMap::default(),
        };
        let witnesses: Vec<usize> = watch.witnesses().chain(graph::witnesses(&backs)).collect();
        let runs = explored.runs_to(&witnesses, run.memory());
        watch.answers(self.name(), explored.exploration, explored.end, &backs, &runs)
    }
}

/// Why a search ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// Every reachable marking was expanded.
    Complete,
    /// The visitor had seen enough.
    Stopped,
    /// A limit was reached.
    Limit(Reason),
}

/// What a search leaves behind.
pub(super) struct Explored<'n> {
    pub(super) space: Space<'n>,
    pub(super) exploration: Exploration,
    pub(super) end: End,
    discovery: Discovery,
}

/// Expands markings in the order of discovery until none is left, `visit` breaks or a limit is
/// reached. `visit` sees each marking once, with all its firings.
pub(super) fn explore<'n>(
    net: &'n Net,
    run: &mut Run<'_>,
    mut visit: impl FnMut(&Space<'n>, usize, &[Step]) -> ControlFlow<()>,
) -> Result<Explored<'n>, Reason> {
    let mut space = Space::new(net, run.memory())?;
    let mut discovery = Discovery::default();
    let mut steps = Vec::new();
    let (mut number, mut edges) = (0, 0);
    let mut end = End::Complete;
    while number < space.len() {
        if number % 64 == 0 {
            let bytes = (space.bytes() + discovery.bytes()) as u64;
            let progress = Progress { states: space.len() as u64, expanded: number as u64, edges, bytes };
            if let Err(reason) = run.tick(progress) {
                end = End::Limit(reason);
                break;
            }
        }
        if let Err(reason) = space.expand(number, &mut steps) {
            end = End::Limit(reason);
            break;
        }
        discovery.expansion();
        steps.iter().filter(|step| step.is_new).for_each(|_| discovery.discovery());
        edges += steps.len() as u64;
        if visit(&space, number, &steps).is_break() {
            end = End::Stopped;
            break;
        }
        number += 1;
    }
    let exploration = Exploration { states: space.len() as u64, edges, of: pn_logic::Explored::Itself };
    Ok(Explored { space, exploration, end, discovery })
}

impl Explored<'_> {
    /// Bytes held.
    pub(super) fn bytes(&self) -> u64 {
        (self.space.bytes() + self.discovery.bytes()) as u64
    }

    /// Shortest runs to the given markings, by marking; as many as fit in `memory` bytes.
    pub(super) fn runs_to(&mut self, targets: &[usize], memory: usize) -> FxHashMap<usize, Trace> {
        let mut steps: FxHashMap<(usize, usize), TransitionId> = FxHashMap::default();
        let mut firings = Vec::new();
        let mut targets = targets.to_vec();
        targets.sort_unstable();
        targets.dedup();
        let free = memory.saturating_sub(self.space.bytes());
        let paths = self.discovery.paths(&targets, free / (2 * size_of::<usize>()));
        let mut runs = FxHashMap::default();
        for (target, path) in targets.iter().zip(paths) {
            let Some(path) = path else { continue };
            let firings = path.windows(2).map(|edge| {
                let (from, to) = (edge[0], edge[1]);
                *steps.entry((from, to)).or_insert_with(|| {
                    self.space.recall(from, &mut firings);
                    let first = firings.iter().find(|(_, target)| *target == to);
                    first.expect("the search tree has this edge").0
                })
            });
            runs.insert(*target, Trace { firings: firings.collect() });
        }
        runs
    }
}
