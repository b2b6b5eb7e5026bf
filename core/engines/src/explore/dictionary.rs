//! Numbered values: a set of 64-bit values, each with its rank of arrival.
//!
//! The values lie in arrival order in chunks, with as many bytes each as they need. A [`Table`] leads
//! from a value's hash to its number. The table is at most 75 % full, doubles, and is rebuilt from
//! the values in their order, in the same memory, so that old and new table never exist together.
//! b + 5.3 to 10.7 bytes for a value of b bytes; towards the end of memory the table gets what there
//! is.
//!
//! Many values, known and new ones, are looked up by several threads together. Who meets a new one
//! first *claims* it: takes the next free number beyond those that are given, and puts it into the
//! table. Which number that is depends on chance; so afterwards, while nobody looks anything up, the
//! claims get their ranks, in an order that the caller knows, or are withdrawn.

use super::prefetch::prefetch;
use super::table::{Probe, Table};
use pn_logic::Reason;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Values numbered from 0 in the order in which they came.
#[derive(Debug)]
pub(super) struct Dictionary {
    /// Bytes of a value, 1 to 8.
    width: usize,
    chunk_shift: u32,
    chunks: Vec<Box<[u8]>>,
    count: usize,
    table: Table,
    /// With so many values there is no space for another one.
    full_at: usize,
    claims: Claims,
}

/// Values that are in the table under the number of values plus their index here.
#[derive(Debug, Default)]
struct Claims {
    values: Vec<AtomicU64>,
    /// The slots of claims that have no rank yet, else [`SETTLED`].
    slots: Vec<AtomicU32>,
    /// The ranks of those that have one, until they are in the table, else [`UNKNOWN`].
    ranks: Vec<u32>,
    /// How many indices threads have taken for themselves.
    taken: AtomicU32,
}

/// Not the slot of a claim: it has a rank, or there is none.
const SETTLED: u32 = u32::MAX;

/// What a claim takes.
const CLAIM_BYTES: usize = size_of::<u64>() + 2 * size_of::<u32>();

/// Fewer claims are not worth starting a thread to settle them.
const WORTH_A_THREAD: usize = 1 << 12;

/// How many indices a thread takes at once.
const AT_ONCE: u32 = 64;

/// The indices of claims that a thread has taken and not used yet.
#[derive(Debug, Default)]
pub(super) struct Claimer {
    next: u32,
    end: u32,
}

/// There are more new values than was provided for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Exhausted;

/// What [`Dictionary::find_all`] gives for a value that is not there.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// The table is at most `FULL / 100` full.
const FULL: usize = 75;

const SMALLEST: usize = 64;

/// How many values are looked for at the same time.
const TOGETHER: usize = 64;

impl Dictionary {
    /// An empty set of values below 2^(8 · `width`), `width` from 1 to 8, in chunks of
    /// 2^`chunk_shift` values, at least 8.
    pub(super) fn new(width: usize, chunk_shift: u32) -> Self {
        let (chunks, table, claims) = (Vec::new(), Table::default(), Claims::default());
        Self { width, chunk_shift, chunks, count: 0, table, full_at: 0, claims }
    }

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// Bytes held.
    pub(super) const fn bytes(&self) -> usize {
        let claims = self.claims.values.len() * CLAIM_BYTES;
        self.chunks.len() * self.chunk_bytes() + self.table.bytes() + claims
    }

    const fn chunk_bytes(&self) -> usize {
        self.width << self.chunk_shift
    }

    /// The value with this number.
    #[inline]
    pub(super) fn get(&self, number: u32) -> u64 {
        let (chunk, offset) = self.place(number);
        let chunk = &self.chunks[chunk];
        // Eight bytes are read in one piece; at the end of the chunk, with some before.
        let start = offset.min(chunk.len() - 8);
        let bits = u64::from_le_bytes(chunk[start..start + 8].try_into().expect("there are eight bytes"));
        (bits >> (8 * (offset - start))) & (u64::MAX >> (64 - 8 * self.width))
    }

    /// The chunk of the value with this number, and where in it.
    #[inline]
    const fn place(&self, number: u32) -> (usize, usize) {
        let number = number as usize;
        (number >> self.chunk_shift, (number & ((1 << self.chunk_shift) - 1)) * self.width)
    }

    /// The number of a value.
    #[inline]
    pub(super) fn find(&self, value: u64) -> Option<u32> {
        if self.table.len() == 0 {
            return None;
        }
        match self.table.probe(hash_of(value), |number| self.get(number) == value) {
            Probe::Found(number) => Some(number),
            Probe::Missing(_) => None,
        }
    }

    /// Has what a lookup of `value` needs first loaded.
    #[inline]
    pub(super) fn prepare(&self, value: u64) {
        self.table.prepare(hash_of(value));
    }

    /// The numbers of many values, [`UNKNOWN`] for those that are not there. Best done soon after
    /// [`Self::prepare`]. Nothing is claimed.
    pub(super) fn find_all(&self, values: &[u64], numbers: &mut Vec<u32>) {
        let find = |value| Ok::<_, Infallible>(self.find(value).unwrap_or(UNKNOWN));
        let Ok(()) = self.find_each(values, numbers, find);
    }

    /// The numbers of many values; those that are not there are claimed, unless another thread has,
    /// and have the number of their claim, which is [`Self::len`] at least.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when more are claimed than [`Self::provide`] was told.
    pub(super) fn find_or_claim_all(
        &self,
        values: &[u64],
        numbers: &mut Vec<u32>,
        claimer: &mut Claimer,
    ) -> Result<(), Exhausted> {
        self.find_each(values, numbers, |value| self.find_or_claim(value, claimer))
    }

    /// Up to [`TOGETHER`] at a time: what all of them need next is loaded before any of it is
    /// looked at. Few of those that are there are left to `find`.
    fn find_each<E>(
        &self,
        values: &[u64],
        numbers: &mut Vec<u32>,
        mut find: impl FnMut(u64) -> Result<u32, E>,
    ) -> Result<(), E> {
        numbers.clear();
        numbers.resize(values.len(), UNKNOWN);
        if self.table.len() == 0 {
            return Ok(());
        }
        for (values, numbers) in values.chunks(TOGETHER).zip(numbers.chunks_mut(TOGETHER)) {
            for (value, number) in values.iter().zip(&mut *numbers) {
                // The first slot with this tag: hardly ever is it another value's.
                let may_be = |number: u32| self.is_given(number) || self.is(number, *value);
                if let Probe::Found(found) = self.table.probe(hash_of(*value), may_be) {
                    *number = found;
                    if self.is_given(found) {
                        let (chunk, offset) = self.place(found);
                        prefetch(&self.chunks[chunk], offset);
                    }
                }
            }
            for (value, number) in values.iter().zip(numbers) {
                if *number == UNKNOWN || self.is_given(*number) && self.get(*number) != *value {
                    *number = find(*value)?;
                }
            }
        }
        Ok(())
    }

    fn find_or_claim(&self, value: u64, claimer: &mut Claimer) -> Result<u32, Exhausted> {
        let hash = hash_of(value);
        loop {
            let slot = match self.table.probe(hash, |number| self.is(number, value)) {
                Probe::Found(number) => return Ok(number),
                Probe::Missing(slot) => slot,
            };
            let index = claimer.index(&self.claims)?;
            self.claims.values[index as usize].store(value, Ordering::Relaxed);
            let number = short(self.count) + index;
            if self.table.try_put(slot, hash, number) {
                self.claims.slots[index as usize].store(short(slot), Ordering::Relaxed);
                claimer.next += 1;
                return Ok(number);
            }
        }
    }

    /// Whether a number is a value's rank, and not a claim.
    const fn is_given(&self, number: u32) -> bool {
        (number as usize) < self.count
    }

    /// Whether a number that is in the table is that of `value`.
    fn is(&self, number: u32, value: u64) -> bool {
        match (number as usize).checked_sub(self.count) {
            None => self.get(number) == value,
            Some(claim) => self.claims.values[claim].load(Ordering::Relaxed) == value,
        }
    }

    /// Makes sure of space for so many claims. There are none yet.
    ///
    /// # Errors
    ///
    /// [`Reason::Memory`] when that would take more than `room` bytes, or for more than 2³¹ values.
    pub(super) fn provide(
        &mut self,
        claims: usize,
        room: usize,
        threads: NonZeroUsize,
    ) -> Result<(), Reason> {
        let held = self.claims.values.len();
        // Doubled, so that an allocator is not left with many a piece that has become too small.
        let claims = if claims > held { claims.next_power_of_two() } else { held };
        let room = room.checked_sub((claims - held) * CLAIM_BYTES).ok_or(Reason::Memory)?;
        if self.count + claims > self.full_at {
            self.reserve(claims, room, threads)?;
        }
        if claims > held {
            self.claims = Claims::default();
            self.claims.values.reserve_exact(claims);
            self.claims.slots.reserve_exact(claims);
            self.claims.ranks.reserve_exact(claims);
            (0..claims).for_each(|_| self.claims.add());
        }
        *self.claims.taken.get_mut() = 0;
        Ok(())
    }

    /// Whether most of the claims that are provided for are made.
    pub(super) fn is_nearly_exhausted(&self) -> bool {
        self.claims.taken.load(Ordering::Relaxed) as usize >= self.claims.values.len() / 4 * 3
    }

    /// Claims a value when all threads are done; its number, as of [`Self::find_or_claim_all`].
    ///
    /// # Errors
    ///
    /// As [`Self::provide`].
    pub(super) fn claim_late(&mut self, value: u64, room: usize) -> Result<u32, Reason> {
        let taken = *self.claims.taken.get_mut();
        let most = taken as usize + 1;
        if self.count + most > self.full_at {
            self.reserve(most, room, NonZeroUsize::MIN)?;
        }
        while self.claims.values.len() < most {
            self.claims.add();
        }
        let mut claimer = Claimer { next: taken, end: taken + 1 };
        let number = self.find_or_claim(value, &mut claimer).expect("there is a free index");
        *self.claims.taken.get_mut() = claimer.next;
        Ok(number)
    }

    /// Gives the claimed values with these numbers their ranks, in this order; tells in `is_new` of
    /// each whether it was its first occurrence. These are all claims that there are.
    pub(super) fn settle(&mut self, numbers: &[u32], threads: NonZeroUsize, is_new: &mut Vec<bool>) {
        is_new.clear();
        let base = self.count;
        for number in numbers {
            let claim = *number as usize - base;
            let is_first = self.claims.ranks[claim] == UNKNOWN;
            is_new.push(is_first);
            if is_first {
                self.claims.ranks[claim] = short(self.count);
                let value = *self.claims.values[claim].get_mut();
                self.push(value);
            }
        }
        let (table, Claims { slots, ranks, .. }) = (&self.table, &mut self.claims);
        let share = slots.len().div_ceil(threads.get()).max(WORTH_A_THREAD);
        let mut parts = slots.chunks_mut(share).zip(ranks.chunks_mut(share));
        let own = parts.next();
        std::thread::scope(|scope| {
            for (slots, ranks) in parts {
                scope.spawn(move || renumber(table, slots, ranks));
            }
            own.into_iter().for_each(|(slots, ranks)| renumber(table, slots, ranks));
        });
    }

    /// Forgets all claims.
    pub(super) fn withdraw(&mut self) {
        for slot in &mut self.claims.slots {
            let slot = std::mem::replace(slot.get_mut(), SETTLED);
            if slot != SETTLED {
                self.table.vacate(slot as usize);
            }
        }
    }

    /// Adds a value; its number, and whether it is new. Holds at most `room` bytes more afterwards.
    ///
    /// # Errors
    ///
    /// [`Reason::Memory`] when it would need more, or for more than 2³¹ values.
    pub(super) fn insert(&mut self, value: u64, room: usize) -> Result<(u32, bool), Reason> {
        if self.count == self.full_at {
            if let Some(known) = self.find(value) {
                return Ok((known, false));
            }
            self.reserve(1, room, NonZeroUsize::MIN)?;
        }
        let hash = hash_of(value);
        let slot = match self.table.probe(hash, |number| self.get(number) == value) {
            Probe::Found(number) => return Ok((number, false)),
            Probe::Missing(slot) => slot,
        };
        let number = short(self.count);
        self.table.put(slot, hash, number);
        self.push(value);
        Ok((number, true))
    }

    /// Makes sure of space for `additional` values.
    fn reserve(&mut self, additional: usize, room: usize, threads: NonZeroUsize) -> Result<(), Reason> {
        let count = self.count + additional;
        if count >= 1 << 31 {
            return Err(Reason::Memory);
        }
        let chunks = count.div_ceil(1 << self.chunk_shift).saturating_sub(self.chunks.len());
        let new_chunks = chunks * self.chunk_bytes();
        let room = room.checked_sub(new_chunks).ok_or(Reason::Memory)?;
        let needed = (count * 100).div_ceil(FULL).max(SMALLEST);
        let slots = self.table.len();
        if needed > slots {
            // Towards the end of memory, the table gets no more than it needs for as many values as
            // will fit beside it.
            let slot = size_of::<u32>() * 100 / FULL;
            let last = count + room.saturating_sub((needed - slots) * size_of::<u32>()) / (slot + self.width);
            let wanted = (2 * slots).min(last.saturating_mul(100) / FULL).max(needed);
            let growth = wanted - slots;
            // Rebuilding it for less than a hundredth would take forever.
            if growth * size_of::<u32>() > room || growth < slots / 100 {
                return Err(Reason::Memory);
            }
            self.grow(wanted, room, threads);
        }
        let bytes = self.chunk_bytes();
        self.chunks.extend((0..chunks).map(|_| vec![0; bytes].into_boxed_slice()));
        self.full_at = (self.chunks.len() << self.chunk_shift).min(self.table.len() * FULL / 100);
        Ok(())
    }

    fn push(&mut self, value: u64) {
        let offset = (self.count & ((1 << self.chunk_shift) - 1)) * self.width;
        let chunk = &mut self.chunks[self.count >> self.chunk_shift];
        chunk[offset..offset + self.width].copy_from_slice(&value.to_le_bytes()[..self.width]);
        self.count += 1;
    }

    /// Makes the table one of `wanted` slots.
    fn grow(&mut self, wanted: usize, room: usize, threads: NonZeroUsize) {
        let mut table = std::mem::take(&mut self.table);
        let most = room.saturating_add(table.bytes());
        table.rebuild(wanted, most, short(self.count), |number| hash_of(self.get(number)), threads);
        for (index, slot) in (0..).zip(&mut self.claims.slots) {
            let value = *self.claims.values[index as usize].get_mut();
            let probe = || table.probe(hash_of(value), |_| false);
            if *slot.get_mut() != SETTLED
                && let Probe::Missing(free) = probe()
            {
                table.put(free, hash_of(value), short(self.count) + index);
                *slot.get_mut() = short(free);
            }
        }
        self.table = table;
    }
}

/// Puts the ranks of claims into their slots.
fn renumber(table: &Table, slots: &mut [AtomicU32], ranks: &mut [u32]) {
    for at in 0..slots.len() {
        if let Some(soon) = slots.get(at + TOGETHER / 2) {
            table.prepare_slot(soon.load(Ordering::Relaxed) as usize);
        }
        let slot = std::mem::replace(slots[at].get_mut(), SETTLED);
        if slot != SETTLED {
            table.renumber(slot as usize, std::mem::replace(&mut ranks[at], UNKNOWN));
        }
    }
}

impl Claims {
    /// Makes one more possible.
    fn add(&mut self) {
        self.values.push(AtomicU64::new(0));
        self.slots.push(AtomicU32::new(SETTLED));
        self.ranks.push(UNKNOWN);
    }
}

impl Claimer {
    /// The index for the next claim; it stays the same until it is used.
    fn index(&mut self, claims: &Claims) -> Result<u32, Exhausted> {
        if self.next == self.end {
            self.next = claims.taken.fetch_add(AT_ONCE, Ordering::Relaxed);
            self.end = self.next + AT_ONCE;
        }
        if (self.next as usize) < claims.values.len() { Ok(self.next) } else { Err(Exhausted) }
    }
}

/// A folded multiplication: both halves of the product mix into every bit of the result, whose high
/// bits choose the slot and whose low bits are the tag.
#[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
const fn hash_of(value: u64) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    const START: u64 = 0xD1B5_4A32_D192_ED03;
    let product = ((value ^ START) as u128) * (FACTOR as u128);
    let folded = (product as u64) ^ ((product >> 64) as u64);
    folded.wrapping_mul(FACTOR) ^ (folded >> 32)
}

fn short(number: usize) -> u32 {
    u32::try_from(number).expect("numbers have 31 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: NonZeroUsize = NonZeroUsize::new(2).expect("two is not zero");

    #[test]
    fn numbers_are_ranks_of_arrival() {
        let mut set = Dictionary::new(5, 10);
        for n in 0..100_000u64 {
            assert_eq!(set.insert(n * n, usize::MAX), Ok((n as u32, true)));
        }
        assert_eq!(set.insert(25, usize::MAX), Ok((5, false)));
        assert_eq!(set.find(99_999 * 99_999), Some(99_999));
        assert_eq!(set.find(2), None);
        assert_eq!(set.get(70_000), 70_000 * 70_000);
        let mut numbers = Vec::new();
        set.find_all(&[16, 3, 0, 99_998 * 99_998], &mut numbers);
        assert_eq!(numbers, [4, UNKNOWN, 0, 99_998]);
    }

    /// Looks `values` up with so many threads, in pieces, and gives the new ones their ranks.
    fn add_all(set: &mut Dictionary, values: &[u64], threads: usize) -> Vec<bool> {
        let threads = NonZeroUsize::new(threads).expect("not zero");
        set.provide(values.len() + 64 * threads.get(), usize::MAX, threads).expect("there is room");
        let (shared, each) = (&*set, values.len().div_ceil(threads.get()).max(1));
        let look_up = |values: &[u64]| {
            let (mut numbers, mut claimer) = (Vec::new(), Claimer::default());
            shared.find_or_claim_all(values, &mut numbers, &mut claimer).expect("there are enough claims");
            numbers
        };
        let numbers: Vec<u32> = std::thread::scope(|scope| {
            let pieces = values.chunks(each).map(|piece| scope.spawn(move || look_up(piece)));
            let pieces: Vec<_> = pieces.collect();
            pieces.into_iter().flat_map(|piece| piece.join().expect("lookups do not panic")).collect()
        });
        let base = set.len();
        let claims: Vec<u32> = numbers.iter().copied().filter(|number| *number as usize >= base).collect();
        let mut is_new = Vec::new();
        set.settle(&claims, threads, &mut is_new);
        let mut is_new = is_new.into_iter();
        let new = |number: &u32| *number as usize >= base && is_new.next().expect("one for each claim");
        numbers.iter().map(new).collect()
    }

    #[test]
    fn values_claimed_by_threads_have_the_numbers_that_they_have_one_by_one() {
        let mut dice = 7u64;
        let (mut one, mut many) = (Dictionary::new(8, 8), [1, 2, 5].map(|n| (n, Dictionary::new(8, 8))));
        for batch in 0..60 {
            // Many values twice, some from earlier batches.
            let values: Vec<u64> = (0..batch * batch)
                .map(|_| {
                    dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (batch - dice % 2) << 32 | dice >> 54
                })
                .collect();
            let alone: Vec<bool> =
                values.iter().map(|value| one.insert(*value, usize::MAX).expect("there is room").1).collect();
            for (threads, set) in &mut many {
                assert_eq!(add_all(set, &values, *threads), alone);
                assert_eq!(set.len(), one.len());
            }
        }
        assert!(one.len() > 20_000);
        for number in 0..one.len() as u32 {
            for (_, set) in &many {
                assert_eq!(set.get(number), one.get(number));
                assert_eq!(set.find(one.get(number)), Some(number));
            }
        }
    }

    #[test]
    fn withdrawn_claims_leave_nothing_behind_and_more_than_provided_are_refused() {
        let mut set = Dictionary::new(8, 8);
        for n in 0..1000 {
            set.insert(n * 5, usize::MAX).expect("there is room");
        }
        set.provide(640, usize::MAX, TWO).expect("there is room");
        let values: Vec<u64> = (0..3000).collect();
        let (mut numbers, mut claimer) = (Vec::new(), Claimer::default());
        assert_eq!(set.find_or_claim_all(&values, &mut numbers, &mut claimer), Err(Exhausted));
        set.withdraw();
        assert_eq!(set.len(), 1000);
        set.find_all(&values, &mut numbers);
        for (value, number) in values.iter().zip(numbers) {
            assert_eq!(number, if value % 5 == 0 { (value / 5) as u32 } else { UNKNOWN });
        }
        // What is claimed late survives that the table grows under it.
        set.provide(64, usize::MAX, TWO).expect("there is room");
        let late: Vec<u32> =
            (0..3000).map(|n| set.claim_late(n * 5 + 1, usize::MAX).expect("there is room")).collect();
        let mut is_new = Vec::new();
        set.settle(&late, TWO, &mut is_new);
        assert!(is_new.into_iter().all(|is_new| is_new));
        assert!((0..3000).all(|n| set.find(n * 5 + 1) == Some(1000 + n as u32)));
    }

    #[test]
    fn a_full_set_says_memory_when_room_is_nearly_used_up() {
        for limit in [100_000, 1_000_000, 3_333_333] {
            let mut set = Dictionary::new(6, 8);
            let full = (0..).find_map(|n| set.insert(n, limit - set.bytes()).err());
            assert_eq!(full, Some(Reason::Memory));
            assert!(set.bytes() <= limit && set.bytes() > limit / 100 * 95, "{} of {limit}", set.bytes());
            // Little of it is empty.
            assert!(set.len() * 6 + set.len() * 4 * 100 / FULL > limit / 100 * 94, "{}", set.len());
        }
    }

    #[test]
    fn a_value_takes_its_bytes_and_about_eleven_more_at_most() {
        let mut set = Dictionary::new(8, 16);
        let mut start = 0u64;
        for _ in 0..40 {
            let values: Vec<u64> = (start..start + 20_000).collect();
            start += 20_000;
            add_all(&mut set, &values, 2);
        }
        assert!(set.bytes() * 10 < set.len() * 187 + (80 << 16), "{}", set.bytes());
    }
}
