//! Breadth-first search: shortest witnesses, exact bounds, and the whole reachability graph.
//!
//! Markings are expanded in the order of discovery, so the first marking that settles a question
//! is as near to the initial one as any. Time O(edges · words), memory that of the store and two
//! bits a marking.

use super::block::{BATCH, Crew, Interrupted, Site, Visitor};
use super::discovery::Discovery;
use super::graph;
use super::space::Space;
use super::watch::Watch;
use crate::{Engine, Progress, Run};
use pn_logic::{Answer, Exploration, Property, Reason};
use pn_net::{Net, Trace, TransitionId};
use rustc_hash::FxHashMap;
use std::num::NonZeroUsize;

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
        let mut explored = match explore(net, run, &mut watch) {
            Ok(explored) => explored,
            Err(reason) => return vec![Answer::unknown(reason); properties.len()],
        };
        let backs = match explored.end {
            End::Complete => graph::points_of_no_return(&mut explored, properties, run),
            End::Stopped | End::Limit(_) => FxHashMap::default(),
        };
        let witnesses: Vec<Site> = watch.witnesses().chain(graph::witnesses(&backs)).collect();
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

/// The most markings that a thread of several expands before anything is stored: enough to be busy
/// for many milliseconds.
const LARGEST_BLOCK: usize = 1 << 14;

/// The most unknown successors of a block, about. Each takes a few [`BYTES_EACH`] until it is stored.
const MOST_UNKNOWN: usize = 1 << 21;
const BYTES_EACH: usize = 16;
/// They take at most so small a part of the memory.
const PART_OF_MEMORY: usize = 128;

/// Claims that are provided for at least, for each thread.
const FEWEST_CLAIMS: usize = 1 << 10;

/// Expands markings in the order of discovery until none is left, `visitor` is satisfied or a limit
/// is reached. What it finds does not depend on the number of threads.
pub(super) fn explore<'n, V: Visitor>(
    net: &'n Net,
    run: &mut Run<'_>,
    visitor: &mut V,
) -> Result<Explored<'n>, Reason> {
    let mut search = Search {
        space: Space::new(net, run.memory())?,
        crew: Crew::of(run.threads()),
        is_new: Vec::new(),
        discovery: Discovery::default(),
        expanded: 0,
        edges: 0,
    };
    let mut end = End::Complete;
    while search.expanded < search.space.len() {
        match search.advance(run, visitor) {
            Ok(()) if visitor.is_satisfied() => {
                end = End::Stopped;
                break;
            }
            Ok(()) => {}
            Err(reason) => {
                end = End::Limit(reason);
                break;
            }
        }
    }
    let Search { space, discovery, edges, .. } = search;
    let exploration = Exploration { states: space.len() as u64, edges, of: pn_logic::Explored::Itself };
    Ok(Explored { space, exploration, end, discovery })
}

struct Search<'n> {
    space: Space<'n>,
    crew: Crew,
    is_new: Vec<bool>,
    discovery: Discovery,
    expanded: usize,
    edges: u64,
}

impl Search<'_> {
    /// Expands the next block.
    fn advance<V: Visitor>(&mut self, run: &mut Run<'_>, visitor: &mut V) -> Result<(), Reason> {
        let Self { space, crew, is_new, discovery, expanded, edges } = self;
        let bytes = (space.bytes() + discovery.bytes()) as u64;
        run.tick(Progress { states: space.len() as u64, expanded: *expanded as u64, edges: *edges, bytes })?;
        let end = space.len().min(*expanded + block_size(*expanded, run.threads()));
        let most = MOST_UNKNOWN.min(run.memory() / PART_OF_MEMORY / BYTES_EACH);
        // A block is cut short where there are more new markings than expected.
        let new_each = space.len() / (*expanded).max(1) + 1;
        let mut claims = (new_each * (end - *expanded)).min(most) + FEWEST_CLAIMS * run.threads().get();
        loop {
            let others = discovery.bytes() + crew.bytes();
            space.provide(claims, others, run.threads())?;
            let ended = crew.expand(space, *expanded..end, most, visitor, &run.stop());
            if ended.is_err() || visitor.is_satisfied() {
                space.withdraw();
            }
            match ended {
                Ok(()) => break,
                Err(Interrupted::Limit(reason)) => return Err(reason),
                Err(Interrupted::Exhausted) => claims *= 2,
                Err(Interrupted::Overflow(overflow)) => space.correct(overflow, others)?,
            }
        }
        if visitor.is_satisfied() {
            return Ok(());
        }
        let others = discovery.bytes() + crew.bytes();
        if let Err(reason) = space.settle(&mut crew.fresh, others, run.threads(), is_new) {
            space.withdraw();
            return Err(reason);
        }
        let mut is_new = is_new.iter();
        for count in &crew.fresh.counts {
            discovery.expansion();
            let new = is_new.by_ref().take(*count as usize).filter(|is_new| **is_new);
            new.for_each(|_| discovery.discovery());
        }
        *edges += crew.fresh.edges;
        *expanded += crew.fresh.counts.len();
        Ok(())
    }
}

/// How many markings to expand together: a batch with one thread, and with several few at first, so
/// that little is done that is not wanted.
fn block_size(expanded: usize, threads: NonZeroUsize) -> usize {
    match threads.get() {
        1 => BATCH,
        threads => threads * (expanded / 8).clamp(BATCH, LARGEST_BLOCK),
    }
}

impl Explored<'_> {
    /// Bytes held.
    pub(super) fn bytes(&self) -> u64 {
        (self.space.bytes() + self.discovery.bytes()) as u64
    }

    /// Shortest runs to the given sites; as many as fit in `memory` bytes.
    pub(super) fn runs_to(&mut self, sites: &[Site], memory: usize) -> FxHashMap<Site, Trace> {
        let mut steps: FxHashMap<(usize, usize), TransitionId> = FxHashMap::default();
        let mut firings = Vec::new();
        let mut sites = sites.to_vec();
        sites.sort_unstable();
        sites.dedup();
        let free = memory.saturating_sub(self.space.bytes());
        let targets: Vec<usize> = sites.iter().map(|site| site.number()).collect();
        let paths = self.discovery.paths(&targets, free / (2 * size_of::<usize>()));
        let mut runs = FxHashMap::default();
        for (site, path) in sites.into_iter().zip(paths) {
            let Some(path) = path else { continue };
            let on_path = path.windows(2).map(|edge| {
                let (from, to) = (edge[0], edge[1]);
                *steps.entry((from, to)).or_insert_with(|| {
                    self.space.recall(from, &mut firings);
                    let first = firings.iter().find(|(_, target)| *target == to);
                    first.expect("the search tree has this edge").0
                })
            });
            runs.insert(site, Trace { firings: on_path.chain(site.then()).collect() });
        }
        runs
    }
}
