//! A hash table of numbers, which several threads may add to at the same time.
//!
//! A slot has 32 bits: as many low bits as numbers need, and above them a tag of the hash, so that
//! hardly any other value than the one that is looked for is looked at. Collisions go to the next
//! slot. Nothing moves while threads are at work: an empty slot is taken by exchanging its content,
//! once for all. The table knows no values; what a number stands for is its owner's affair.
//!
//! Open addressing: Knuth, "The Art of Computer Programming", volume 3, 6.4. Tags in the slots of a
//! table of states that threads share: Laarman, van de Pol and Weber, "Boosting multi-core
//! reachability performance with shared hash tables", 2010.

use super::prefetch::prefetch;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

/// A slot without a number.
const EMPTY: u32 = u32::MAX;

/// Fewer numbers are not worth starting a thread.
const WORTH_A_THREAD: usize = 1 << 14;
/// A table with fewer slots may move.
const WORTH_RESERVING: usize = 1 << 18;
/// No computer has as many bytes.
const UNLIMITED: usize = 1 << 46;
/// The most slots that numbers of 31 bits can need.
const MOST_SLOTS: usize = 3 << 30;

/// How many numbers are added at the same time.
const TOGETHER: usize = 64;

/// The slots; at least one of them is always empty, unless there is none at all.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<AtomicU32>,
    /// How many bits of a slot are a number.
    number_bits: u32,
}

/// Where a search for a hash ends.
pub(super) enum Probe {
    /// At this number.
    Found(u32),
    /// At this empty slot.
    Missing(usize),
}

impl Table {
    pub(super) const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Bytes held.
    pub(super) const fn bytes(&self) -> usize {
        size_of::<u32>() * self.slots.len()
    }

    const fn number_mask(&self) -> u32 {
        (1 << self.number_bits) - 1
    }

    /// The low bits of the hash, above the number. Positions come from its high bits.
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are meant")]
    const fn tag(&self, hash: u64) -> u32 {
        (hash as u32) << self.number_bits
    }

    /// The slot where the search for a hash begins.
    #[inline]
    const fn home(&self, hash: u64) -> usize {
        (((hash >> 32) * self.slots.len() as u64) >> 32) as usize
    }

    /// Has the slot loaded where the search for a hash begins.
    #[inline]
    pub(super) fn prepare(&self, hash: u64) {
        prefetch(&self.slots, self.home(hash));
    }

    /// Has this slot loaded.
    #[inline]
    pub(super) fn prepare_slot(&self, slot: usize) {
        prefetch(&self.slots, slot);
    }

    /// Looks for a number with this hash that is the `same`. The table has slots.
    #[inline]
    pub(super) fn probe(&self, hash: u64, mut same: impl FnMut(u32) -> bool) -> Probe {
        let (mask, tag) = (self.number_mask(), self.tag(hash));
        let (before, after) = self.slots.split_at(self.home(hash));
        for (part, first) in [(after, before.len()), (before, 0)] {
            for (step, slot) in part.iter().enumerate() {
                let slot = slot.load(Ordering::Acquire);
                if slot == EMPTY {
                    return Probe::Missing(first + step);
                }
                if slot & !mask == tag && same(slot & mask) {
                    return Probe::Found(slot & mask);
                }
            }
        }
        unreachable!("some slot is empty")
    }

    /// Puts a number into an empty slot that a probe for its hash ended at. No other thread is at
    /// work.
    pub(super) fn put(&self, slot: usize, hash: u64, number: u32) {
        self.slots[slot].store(self.tag(hash) | number, Ordering::Relaxed);
    }

    /// The same unless another thread was faster; whether it is there.
    pub(super) fn try_put(&self, slot: usize, hash: u64, number: u32) -> bool {
        let content = self.tag(hash) | number;
        self.slots[slot].compare_exchange(EMPTY, content, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Changes the number in a slot. No other thread is at work.
    pub(super) fn renumber(&self, slot: usize, number: u32) {
        let tag = self.slots[slot].load(Ordering::Relaxed) & !self.number_mask();
        self.slots[slot].store(tag | number, Ordering::Relaxed);
    }

    /// Empties a slot to which what was put into others does not owe its place. No other thread is
    /// at work.
    pub(super) fn vacate(&self, slot: usize) {
        self.slots[slot].store(EMPTY, Ordering::Relaxed);
    }

    /// Makes the table one of `wanted` slots, in the memory that it has, if it can, and puts the
    /// numbers below `count` into it; `room` is what it may take in all.
    pub(super) fn rebuild(
        &mut self,
        wanted: usize,
        room: usize,
        count: u32,
        hash_of: impl Fn(u32) -> u64 + Sync,
        threads: NonZeroUsize,
    ) {
        self.reserve_addresses(wanted, room);
        self.slots.clear();
        self.slots.resize_with(wanted, || AtomicU32::new(EMPTY));
        self.number_bits = (usize::BITS - wanted.leading_zeros()).min(31);
        let busy = threads.get().min(count as usize / WORTH_A_THREAD).max(1);
        let share = count.div_ceil(u32::try_from(busy).expect("threads are few"));
        let (table, hash_of) = (&*self, &hash_of);
        let fill = |first: u32| table.fill(first..count.min(first + share), hash_of);
        thread::scope(|scope| {
            for first in (0..count).step_by(share.max(1) as usize).skip(1) {
                scope.spawn(move || fill(first));
            }
            fill(0);
        });
    }

    fn fill(&self, numbers: std::ops::Range<u32>, hash_of: impl Fn(u32) -> u64) {
        let mut hashes = [0; TOGETHER];
        for start in numbers.clone().step_by(TOGETHER) {
            let some = start..numbers.end.min(start + TOGETHER as u32);
            for (hash, number) in hashes.iter_mut().zip(some.clone()) {
                *hash = hash_of(number);
                self.prepare(*hash);
            }
            for (hash, number) in hashes.iter().zip(some) {
                let is_there = || match self.probe(*hash, |_| false) {
                    Probe::Missing(slot) => self.try_put(slot, *hash, number),
                    Probe::Found(_) => unreachable!("nothing is the same"),
                };
                while !is_there() {}
            }
        }
    }

    /// Sees to it that a table of `wanted` slots need not move when it grows later: a freed one may
    /// stay with the allocator while the next one is filled. Addresses take no memory before they
    /// are written to.
    fn reserve_addresses(&mut self, wanted: usize, room: usize) {
        if wanted <= self.slots.capacity() {
            return;
        }
        let most = (room / size_of::<u32>()).min(MOST_SLOTS);
        self.slots = Vec::new();
        if wanted < WORTH_RESERVING || room >= UNLIMITED || self.slots.try_reserve_exact(most).is_err() {
            self.slots.reserve_exact(wanted);
        }
    }
}
