//! Many markings expanded at the same time, with results that do not depend on how many threads
//! do it.
//!
//! A block is a range of markings that wait for their expansion. Threads take batches of it in
//! turn, expand and visit them, and claim what they find unknown; no marking gets a number
//! meanwhile. Then everything unknown is numbered in the order of the block, so that every marking
//! has the number that it has in a sequential search. With one thread a block is a batch: what was
//! looked up for it is still in the nearest cache when it is stored.

use super::batch::{Batch, Expanded};
use super::dictionary::{Claimer, Exhausted};
use super::fresh::Fresh;
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
pub(super) const BATCH: usize = 64;

/// Fewer markings are not worth starting a thread.
const WORTH_A_THREAD: usize = 4 * BATCH;

/// What a search shows each marking to. Of several threads each has a copy of its own for every
/// block; at the end they are joined, and the result is as if one had seen everything in the order
/// of numbers. What does not fit the encoding is shown again, from the block's beginning.
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
    /// The encoding has to be corrected; nothing was stored.
    Overflow(Overflow),
    /// More was claimed than was provided for; nothing was stored.
    Exhausted,
    /// A limit was reached.
    Limit(Reason),
}

/// The threads' memory, kept from block to block.
#[derive(Default)]
pub(super) struct Crew {
    workers: Vec<Worker>,
    /// What the latest block found.
    pub(super) fresh: Fresh,
}

/// What one thread works with.
#[derive(Default)]
struct Worker {
    batch: Batch,
    claimer: Claimer,
    fresh: Fresh,
}

impl Crew {
    /// As many workers as there may be threads.
    pub(super) fn of(threads: NonZeroUsize) -> Self {
        let workers = (0..threads.get()).map(|_| Worker::default());
        Self { workers: workers.collect(), fresh: Fresh::default() }
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        let bytes = |worker: &Worker| worker.batch.bytes() + worker.fresh.bytes();
        self.fresh.bytes() + self.workers.iter().map(bytes).sum::<usize>()
    }

    /// Expands the markings of `block` and shows them to `visitor`. Ends early if the visitor is
    /// satisfied, when it has found `most` unknown successors or when claims run short.
    pub(super) fn expand<V: Visitor>(
        &mut self,
        space: &Space<'_>,
        block: Range<usize>,
        most: usize,
        visitor: &mut V,
        stop: &Stop<'_>,
    ) -> Result<(), Interrupted> {
        for worker in &mut self.workers {
            worker.fresh.clear();
            worker.claimer = Claimer::default();
        }
        let busy = self.workers.len().min(block.len().div_ceil(WORTH_A_THREAD));
        let queue = Queue::of(block, most);
        match &mut self.workers[..busy] {
            [own] => {
                queue.work(space, own, visitor, stop)?;
                std::mem::swap(&mut self.fresh, &mut own.fresh);
            }
            workers => {
                for copy in queue.share(space, workers, &*visitor, stop)? {
                    visitor.join(copy);
                }
                let found: Vec<&Fresh> = workers.iter().map(|worker| &worker.fresh).collect();
                self.fresh.clear();
                self.fresh.merge(&found);
            }
        }
        Ok(())
    }
}

/// The batches of a block that nobody has taken yet.
struct Queue {
    next: AtomicUsize,
    end: usize,
    /// How many unknown successors there are already, and with how many it is enough.
    found: AtomicUsize,
    most: usize,
    is_closed: AtomicBool,
}

impl Queue {
    const fn of(block: Range<usize>, most: usize) -> Self {
        let (next, found) = (AtomicUsize::new(block.start), AtomicUsize::new(0));
        Self { next, end: block.end, found, most, is_closed: AtomicBool::new(false) }
    }

    /// Has each worker work in a thread of its own, with a copy of `visitor` that it gives back.
    fn share<V: Visitor>(
        &self,
        space: &Space<'_>,
        workers: &mut [Worker],
        visitor: &V,
        stop: &Stop<'_>,
    ) -> Result<Vec<V>, Interrupted> {
        let work = |worker: &mut Worker| {
            let mut copy = visitor.clone();
            self.work(space, worker, &mut copy, stop).map(|()| copy)
        };
        let (own, others) = workers.split_first_mut().expect("the caller's thread is one");
        thread::scope(|scope| {
            let others: Vec<_> = others.iter_mut().map(|worker| scope.spawn(|| work(worker))).collect();
            let own = work(own);
            let others = others.into_iter().map(|other| match other.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            std::iter::once(own).chain(others).collect()
        })
    }

    /// Works until nothing is left. Whoever comes to an end early closes the queue; every batch
    /// before it was taken, and will be finished.
    fn work<V: Visitor>(
        &self,
        space: &Space<'_>,
        Worker { batch, claimer, fresh }: &mut Worker,
        visitor: &mut V,
        stop: &Stop<'_>,
    ) -> Result<(), Interrupted> {
        while !self.is_closed.load(Ordering::Relaxed) {
            let mut start = self.next.fetch_add(BATCH, Ordering::Relaxed);
            let end = self.end.min(start + BATCH);
            while start < end {
                let expanded = stop
                    .check()
                    .map_err(Interrupted::Limit)
                    .and_then(|()| batch.expand(space, start..end).map_err(Interrupted::Overflow))
                    .and_then(|()| {
                        batch.find_or_claim(space, claimer).map_err(|Exhausted| Interrupted::Exhausted)
                    });
                if let Err(interrupted) = expanded {
                    self.close();
                    return Err(interrupted);
                }
                for at in 0..batch.len() {
                    if visitor.visit(batch.expanded(space, at)).is_break() {
                        self.close();
                        return Ok(());
                    }
                }
                let before = fresh.numbers.len();
                fresh.add(batch);
                let found = fresh.numbers.len() - before;
                let found = self.found.fetch_add(found, Ordering::Relaxed) + found;
                if found >= self.most || space.store().is_nearly_exhausted() {
                    self.close();
                }
                start += batch.len();
            }
            if end == self.end {
                break;
            }
        }
        Ok(())
    }

    fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }
}
