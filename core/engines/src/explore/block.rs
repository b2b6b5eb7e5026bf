//! Many markings expanded at the same time, with results that do not depend on how many threads
//! do it.
//!
//! A block is a range of markings that wait for their expansion. Threads take batches of it in
//! turn, expand and visit them; the state space is only read meanwhile. Then everything
//! unknown is stored in the order of the block, so that every marking has the number that it has in
//! a sequential search, where each block would be one marking long.

use super::batch::{Batch, Expanded, Fresh};
use super::program::Overflow;
use super::space::Space;
use crate::run::Stop;
use pn_logic::Reason;
use pn_net::TransitionId;
use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Markings of a batch: their successors stay in the nearest cache.
const BATCH: usize = 64;

/// What a search shows each marking to. Each thread has a copy of its own for every block; at the
/// end they are joined, and the result is as if one had seen everything in the order of numbers.
pub(super) trait Visitor: Clone + Send + Sync {
    /// Looks at a marking and its firings; breaks when nothing is left to look for.
    fn visit(&mut self, at: Expanded<'_>) -> ControlFlow<()>;

    /// Whether nothing is left to look for.
    fn is_satisfied(&self) -> bool;

    /// Takes over what a copy has seen in other markings, before and after those of `self`.
    fn join(&mut self, other: Self);
}

/// Wants all markings to be expanded and looks at none.
#[derive(Clone, Copy)]
pub(super) struct Everything;

impl Visitor for Everything {
    fn visit(&mut self, _: Expanded<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn is_satisfied(&self) -> bool {
        false
    }

    fn join(&mut self, _: Self) {}
}

/// A marking, or what a firing leads to from there. In the order in which a search sees them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Site {
    number: u32,
    then: Option<TransitionId>,
}

impl Site {
    /// Marking `number` itself.
    pub(super) fn at(number: usize) -> Self {
        Self { number: u32::try_from(number).expect("numbers have 31 bits"), then: None }
    }

    /// What `transition` leads to from marking `number`.
    pub(super) fn after(number: usize, transition: TransitionId) -> Self {
        Self { then: Some(transition), ..Self::at(number) }
    }

    /// The number of the marking.
    pub(super) const fn number(self) -> usize {
        self.number as usize
    }

    /// The firing from there, if there is one.
    pub(super) const fn then(self) -> Option<TransitionId> {
        self.then
    }
}

/// Why a block was not expanded to its end.
pub(super) enum Interrupted {
    /// The encoding has to be corrected; nothing was visited.
    Overflow(Overflow),
    /// A limit was reached.
    Limit(Reason),
}

/// Expands the markings of `block` and shows them to `visitor`; what has to be stored, in order.
/// Less than all of it if the visitor is satisfied.
pub(super) fn expand_block<V: Visitor>(
    space: &Space<'_>,
    block: Range<usize>,
    visitor: &mut V,
    stop: &Stop<'_>,
    threads: NonZeroUsize,
) -> Result<Vec<Fresh>, Interrupted> {
    let queue =
        Queue { next: AtomicUsize::new(block.start), end: block.end, is_closed: AtomicBool::new(false) };
    let helpers = threads.get().min(block.len().div_ceil(BATCH)) - 1;
    let work = |visitor: V| queue.work(space, visitor, stop);
    let results: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (0..helpers).map(|_| visitor.clone()).map(|v| scope.spawn(|| work(v))).collect();
        let own = work(visitor.clone());
        let others = others.into_iter().map(|other| match other.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        std::iter::once(own).chain(others).collect()
    });
    let mut found = Vec::with_capacity(block.len().div_ceil(BATCH));
    let mut visitors = Vec::with_capacity(results.len());
    for result in results {
        let (visitor, fresh) = result?;
        visitors.push(visitor);
        found.extend(fresh);
    }
    visitors.into_iter().for_each(|copy| visitor.join(copy));
    found.sort_unstable_by_key(|fresh| fresh.first);
    Ok(found)
}

/// The batches of a block that nobody has taken yet.
struct Queue {
    next: AtomicUsize,
    end: usize,
    is_closed: AtomicBool,
}

impl Queue {
    /// Works until nothing is left. Whoever comes to an end early closes the queue; every batch
    /// before it was taken, and will be finished.
    fn work<V: Visitor>(
        &self,
        space: &Space<'_>,
        mut visitor: V,
        stop: &Stop<'_>,
    ) -> Result<(V, Vec<Fresh>), Interrupted> {
        let mut batch = Batch::default();
        let mut found = Vec::new();
        while !self.is_closed.load(Ordering::Relaxed) {
            let start = self.next.fetch_add(BATCH, Ordering::Relaxed);
            if start >= self.end {
                break;
            }
            let expanded = stop.check().map_err(Interrupted::Limit).and_then(|()| {
                batch.expand(space, start..self.end.min(start + BATCH)).map_err(Interrupted::Overflow)
            });
            if let Err(interrupted) = expanded {
                self.is_closed.store(true, Ordering::Relaxed);
                return Err(interrupted);
            }
            for at in 0..batch.len() {
                if visitor.visit(batch.expanded(space, at)).is_break() {
                    self.is_closed.store(true, Ordering::Relaxed);
                    return Ok((visitor, found));
                }
            }
            found.push(batch.fresh());
        }
        Ok((visitor, found))
    }
}
