//! Depth-first search: finds deep witnesses early, such as a deadlock at the end of long runs.
//!
//! The last discovered marking is expanded next. Witnesses are not shortest; the marking's run is
//! the stack at the moment when it is expanded. Time and memory as in breadth-first search, plus
//! the stack.

use super::block::{Site, Visitor};
use super::breadth_first::End;
use super::space::Space;
use super::watch::Watch;
use crate::{Engine, Progress, Run};
use pn_logic::{Answer, Exploration, Explored, Formula, Property, Reason};
use pn_net::{Net, Trace, TransitionId};
use rustc_hash::FxHashMap;

/// Exhaustive depth-first search. Takes what one marking can settle: `possibly` and `always`, but
/// for the fireability of single transitions, whose thousands of long runs would fill memory.
pub struct DepthFirst;

impl Engine for DepthFirst {
    fn name(&self) -> &'static str {
        "depth-first search"
    }

    fn techniques(&self) -> &'static str {
        "EXPLICIT STATE_COMPRESSION"
    }

    fn takes(&self, property: &Property) -> bool {
        match property {
            Property::Possibly(Formula::Fireable(transitions)) => transitions.len() != 1,
            Property::Possibly(_) | Property::Always(_) => true,
            Property::InevitablyBackTo { .. } | Property::Bound(_) => false,
        }
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        match Search::new(net, properties, run) {
            Ok(mut search) => {
                let end = search.run(run);
                let exploration = search.exploration();
                // Marking 0 may have settled something before the search began.
                search.runs.entry(Site::at(0)).or_default();
                search.watch.answers(self.name(), exploration, end, &FxHashMap::default(), &search.runs)
            }
            Err(reason) => vec![Answer::unknown(reason); properties.len()],
        }
    }
}

/// A marking on the stack: how it was reached, and its discovered successors not yet expanded.
struct Frame {
    by: Option<TransitionId>,
    waiting: Vec<(TransitionId, usize)>,
}

struct Search<'n, 'p> {
    space: Space<'n>,
    watch: Watch<'p>,
    stack: Vec<Frame>,
    runs: FxHashMap<Site, Trace>,
    edges: u64,
    /// Bytes of the stack with all its `waiting` lists.
    stack_bytes: usize,
    /// Bytes of all `runs`.
    run_bytes: usize,
}

impl<'n, 'p> Search<'n, 'p> {
    fn new(net: &'n Net, properties: &[&'p Property], run: &Run<'_>) -> Result<Self, Reason> {
        Ok(Self {
            space: Space::new(net, run.memory())?,
            watch: Watch::new(net, properties),
            stack: Vec::new(),
            runs: FxHashMap::default(),
            edges: 0,
            stack_bytes: 0,
            run_bytes: 0,
        })
    }

    fn exploration(&self) -> Exploration {
        Exploration { states: self.space.len() as u64, edges: self.edges, of: Explored::Itself }
    }

    fn run(&mut self, run: &mut Run<'_>) -> End {
        let (mut next, mut expanded) = (Some((None, 0)), 0u64);
        let mut steps = Vec::new();
        while let Some((by, number)) = next {
            if expanded.is_multiple_of(64)
                && let Err(reason) = self.tick(expanded, run)
            {
                return End::Limit(reason);
            }
            if let Err(reason) = self.space.expand(number, &mut steps) {
                return End::Limit(reason);
            }
            expanded += 1;
            self.edges += steps.len() as u64;
            let new = steps.iter().rev().filter(|step| step.is_new);
            let waiting: Vec<_> = new.map(|step| (step.transition, step.target)).collect();
            self.stack_bytes += size_of::<Frame>() + size_of_val(&*waiting);
            self.stack.push(Frame { by, waiting });
            let seen_enough = self.watch.visit(self.space.latest()).is_break();
            self.keep_runs();
            if seen_enough {
                return End::Stopped;
            }
            next = self.descend();
        }
        End::Complete
    }

    /// Takes the next marking to expand, leaving those that are exhausted.
    fn descend(&mut self) -> Option<(Option<TransitionId>, usize)> {
        while let Some(frame) = self.stack.last_mut() {
            if let Some((transition, target)) = frame.waiting.pop() {
                self.stack_bytes -= size_of::<(TransitionId, usize)>();
                return Some((Some(transition), target));
            }
            self.stack.pop();
            self.stack_bytes -= size_of::<Frame>();
        }
        None
    }

    /// Keeps the runs to what the latest visit, to the marking on top of the stack, settled.
    fn keep_runs(&mut self) {
        for settling in self.watch.fresh() {
            self.run_bytes += self.stack.len() * size_of::<TransitionId>();
            let on_stack = self.stack.iter().filter_map(|frame| frame.by);
            let firings = on_stack.chain(settling.then()).collect();
            self.runs.insert(*settling, Trace { firings });
        }
    }

    fn tick(&self, expanded: u64, run: &mut Run<'_>) -> Result<(), Reason> {
        let bytes = self.space.bytes() + self.stack_bytes + self.run_bytes;
        if bytes > run.memory() {
            return Err(Reason::Memory);
        }
        let states = self.space.len() as u64;
        run.tick(Progress { states, expanded, edges: self.edges, bytes: bytes as u64 })
    }
}
