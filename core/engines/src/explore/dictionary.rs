//! Numbered values: a set of 64-bit values, each with its rank of arrival.
//!
//! The values lie in arrival order in chunks, with as many bytes each as they need. A hash table of
//! 32-bit slots leads from a value to its number: as many low bits as numbers need, and above them
//! a tag of the value's hash, so that hardly any other value is looked at. Collisions go to the
//! next slot; the table is at most 75 % full, doubles, and is rebuilt from the values in their order,
//! in the same memory, so that old and new table never exist together. b + 5.3 to 10.7 bytes for a
//! value of b bytes; towards the end of memory the table gets what there is.
//!
//! Open addressing: Knuth, "The Art of Computer Programming", volume 3, 6.4. Tags in the slots of a
//! table of states: Laarman, van de Pol and Weber, "Boosting multi-core reachability performance
//! with shared hash tables", 2010.

use super::prefetch::prefetch;
use pn_logic::Reason;
use std::num::NonZeroUsize;
use std::thread;

/// Values numbered from 0 in the order in which they came.
#[derive(Clone, Debug)]
pub(super) struct Dictionary {
    /// Bytes of a value, 1 to 8.
    width: usize,
    chunk_shift: u32,
    chunks: Vec<Box<[u8]>>,
    count: usize,
    slots: Vec<u32>,
    shape: Shape,
    /// With so many values there is no space for another one.
    full_at: usize,
}

/// Where hashes lead to in a table, and what its slots are.
#[derive(Clone, Copy, Debug, Default)]
struct Shape {
    /// Logarithm of the number of shards: equal parts of the table that probing never leaves.
    shard_bits: u32,
    /// Slots of a shard.
    shard_len: usize,
    /// How many bits of a slot are a number.
    number_bits: u32,
}

/// A slot without a value.
const EMPTY: u32 = u32::MAX;

/// What [`Dictionary::find_all`] gives for a value that is not there.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// The table is at most `FULL / 100` full.
const FULL: usize = 75;

const SMALLEST: usize = 64;
const SHARD_BITS: u32 = 4;
/// A table with fewer slots is not worth dividing.
const WORTH_SHARDING: usize = 1 << 14;

/// A table with fewer slots may move.
const WORTH_RESERVING: usize = 1 << 18;
/// No computer has as many bytes.
const UNLIMITED: usize = 1 << 46;

/// Fewer new values are not worth sharing among threads.
const WORTH_SHARING: usize = 1 << 10;

/// How many values are looked for at the same time.
const TOGETHER: usize = 64;

enum Probe {
    Found(u32),
    /// The slot where it belongs.
    Missing(usize),
    /// Its shard has no slot left.
    Full,
}

impl Dictionary {
    /// An empty set of values below 2^(8 · `width`), `width` from 1 to 8, in chunks of
    /// 2^`chunk_shift` values, at least 8.
    pub(super) fn new(width: usize, chunk_shift: u32) -> Self {
        let (chunks, slots, shape) = (Vec::new(), Vec::new(), Shape::default());
        Self { width, chunk_shift, chunks, count: 0, slots, shape, full_at: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    /// Bytes held.
    pub(super) const fn bytes(&self) -> usize {
        self.chunks.len() * self.chunk_bytes() + size_of::<u32>() * self.slots.len()
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
        self.look(hash_of(value), value)
    }

    /// The numbers of many values, [`UNKNOWN`] for those that are not there. Best done soon after
    /// [`Self::prepare`].
    pub(super) fn find_all(&self, values: &[u64], numbers: &mut Vec<u32>) {
        numbers.clear();
        if self.slots.is_empty() {
            numbers.resize(values.len(), UNKNOWN);
            return;
        }
        numbers.resize(values.len(), UNKNOWN);
        for (values, numbers) in values.chunks(TOGETHER).zip(numbers.chunks_mut(TOGETHER)) {
            self.find_together(values, numbers);
        }
    }

    /// Has what a lookup of `value` needs first loaded.
    #[inline]
    pub(super) fn prepare(&self, value: u64) {
        prefetch(&self.slots, self.shape.home(hash_of(value)));
    }

    /// Finds up to [`TOGETHER`] values for which the table is prepared: what all of them need next
    /// is loaded before any of it is looked at.
    fn find_together(&self, values: &[u64], numbers: &mut [u32]) {
        for (value, number) in values.iter().zip(&mut *numbers) {
            // The first slot with this tag: hardly ever is it another value's.
            *number = match self.shape.probe(&self.slots, 0, hash_of(*value), |_| true) {
                Probe::Found(number) => {
                    let (chunk, offset) = self.place(number);
                    prefetch(&self.chunks[chunk], offset);
                    number
                }
                Probe::Missing(_) | Probe::Full => UNKNOWN,
            };
        }
        for (value, number) in values.iter().zip(numbers) {
            if *number != UNKNOWN && self.get(*number) != *value {
                *number = self.look(hash_of(*value), *value).unwrap_or(UNKNOWN);
            }
        }
    }

    fn look(&self, hash: u64, value: u64) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        match self.shape.probe(&self.slots, 0, hash, |number| self.get(number) == value) {
            Probe::Found(number) => Some(number),
            Probe::Missing(_) | Probe::Full => None,
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
        let slot = loop {
            match self.shape.probe(&self.slots, 0, hash, |number| self.get(number) == value) {
                Probe::Found(number) => return Ok((number, false)),
                Probe::Missing(slot) => break slot,
                Probe::Full => self.grow(larger(self.slots.len()), room, NonZeroUsize::MIN),
            }
        };
        let number = short(self.count);
        self.slots[slot] = self.shape.tag(hash) | number;
        self.push(value);
        Ok((number, true))
    }

    /// Adds values of which none is there yet, though one may occur several times among `values`;
    /// tells in `is_new` for each whether it was added. They are numbered in their order, whatever
    /// `threads`.
    ///
    /// Of several threads each inserts what belongs into its part of the table, under the index in
    /// `values` instead of a number; numbers are given when all is known.
    ///
    /// # Errors
    ///
    /// As [`Self::insert`].
    pub(super) fn insert_all(
        &mut self,
        values: &[u64],
        room: usize,
        threads: NonZeroUsize,
        is_new: &mut Vec<bool>,
    ) -> Result<(), Reason> {
        is_new.clear();
        if threads == NonZeroUsize::MIN || values.len() < WORTH_SHARING {
            let most = self.bytes().saturating_add(room);
            for value in values {
                is_new.push(self.insert(*value, most - self.bytes())?.1);
            }
            return Ok(());
        }
        self.reserve(values.len(), room, threads)?;
        let parts = loop {
            match self.insert_provisionally(values, threads) {
                Some(parts) => break parts,
                // A shard is full though the table is not: hashes do not spread that evenly.
                None => self.grow(larger(self.slots.len()), room, threads),
            }
        };
        is_new.resize(values.len(), false);
        parts.iter().flatten().for_each(|(index, _)| is_new[*index as usize] = true);
        let mut numbers = Vec::with_capacity(values.len());
        for (value, is_new) in values.iter().zip(&*is_new) {
            numbers.push(short(self.count));
            if *is_new {
                self.push(*value);
            }
        }
        let mask = self.shape.number_mask();
        self.in_parts(threads, |_, number, part| {
            for (index, slot) in &parts[number] {
                let slot = &mut part.slots[*slot as usize];
                *slot = (*slot & !mask) | numbers[*index as usize];
            }
        });
        Ok(())
    }

    /// The indices of the first occurrences with their slots in the part of the table, by part;
    /// `None` if a shard is full.
    fn insert_provisionally(
        &mut self,
        values: &[u64],
        threads: NonZeroUsize,
    ) -> Option<Vec<Vec<(u32, u32)>>> {
        let base = short(self.count);
        let shape = self.shape;
        let parts = self.in_parts(threads, |_, _, part| {
            let mut new = Vec::new();
            for (start, values_here) in (0u32..).step_by(TOGETHER).zip(values.chunks(TOGETHER)) {
                let homes = shape.prepare(part, values_here.iter().map(|value| hash_of(*value)));
                for (index, hash) in homes {
                    let value = values_here[index as usize];
                    // What was there before is not among `values`.
                    let same = |n: u32| n >= base && values[(n - base) as usize] == value;
                    match shape.probe(part.slots, part.first, hash, same) {
                        Probe::Found(_) => {}
                        Probe::Missing(slot) => {
                            let slot = slot - part.first;
                            part.slots[slot] = shape.tag(hash) | (base + start + index);
                            new.push((start + index, short(slot)));
                        }
                        Probe::Full => return None,
                    }
                }
            }
            Some(new)
        });
        parts.into_iter().collect()
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
        if needed > self.slots.len() {
            // Towards the end of memory, the table gets no more than it needs for as many values as
            // will fit beside it.
            let slot = size_of::<u32>() * 100 / FULL;
            let last = count
                + room.saturating_sub(needed.saturating_sub(self.slots.len()) * 4) / (slot + self.width);
            let wanted = larger(self.slots.len()).min(last.saturating_mul(100) / FULL).max(needed);
            let wanted = wanted.next_multiple_of(1 << SHARD_BITS);
            let growth = wanted - self.slots.len();
            // Rebuilding it for less than a hundredth would take forever.
            if growth * size_of::<u32>() > room || growth < self.slots.len() / 100 {
                return Err(Reason::Memory);
            }
            self.grow(wanted, room, threads);
        }
        let bytes = self.chunk_bytes();
        self.chunks.extend((0..chunks).map(|_| vec![0; bytes].into_boxed_slice()));
        self.full_at = (self.chunks.len() << self.chunk_shift).min(self.slots.len() * FULL / 100);
        Ok(())
    }

    fn push(&mut self, value: u64) {
        let offset = (self.count & ((1 << self.chunk_shift) - 1)) * self.width;
        let chunk = &mut self.chunks[self.count >> self.chunk_shift];
        chunk[offset..offset + self.width].copy_from_slice(&value.to_le_bytes()[..self.width]);
        self.count += 1;
    }

    /// Makes the table one of at least `wanted` slots, in the memory that it has, if it can.
    fn grow(&mut self, wanted: usize, room: usize, threads: NonZeroUsize) {
        let mut wanted = wanted.max(SMALLEST).next_multiple_of(1 << SHARD_BITS);
        self.reserve_addresses(wanted, room);
        loop {
            self.slots.clear();
            self.slots.resize(wanted, EMPTY);
            let shard_bits = if wanted < WORTH_SHARDING { 0 } else { SHARD_BITS };
            let number_bits = (usize::BITS - wanted.leading_zeros()).min(31);
            let shape = Shape { shard_bits, shard_len: wanted >> shard_bits, number_bits };
            self.shape = shape;
            let fits = self.in_parts(threads, |table, _, part| {
                let count = short(table.count);
                (0..count).step_by(TOGETHER).all(|start| {
                    let numbers = start..count.min(start + TOGETHER as u32);
                    let homes = shape.prepare(part, numbers.map(|number| hash_of(table.get(number))));
                    homes.into_iter().all(|(index, hash)| {
                        let probe = shape.probe(part.slots, part.first, hash, |_| false);
                        let Probe::Missing(slot) = probe else { return false };
                        part.slots[slot - part.first] = shape.tag(hash) | (start + index);
                        true
                    })
                })
            });
            if fits.into_iter().all(|fits| fits) {
                return;
            }
            wanted = larger(wanted).next_multiple_of(1 << SHARD_BITS);
        }
    }

    /// Sees to it that a table of `wanted` slots need not move when it grows later: a freed one may
    /// stay with the allocator while the next one is filled. Addresses take no memory before they
    /// are written to.
    fn reserve_addresses(&mut self, wanted: usize, room: usize) {
        if wanted <= self.slots.capacity() {
            return;
        }
        let most = (self.slots.len() + room / size_of::<u32>()).min((1 << 31) / FULL * 100);
        self.slots = Vec::new();
        if wanted < WORTH_RESERVING || room >= UNLIMITED || self.slots.try_reserve_exact(most).is_err() {
            self.slots.reserve_exact(wanted);
        }
    }

    /// Does `work` on each of as many parts of the table as there are threads, at the same time.
    /// The dictionary that `work` sees has its values but no table; parts are numbered.
    fn in_parts<R: Send>(
        &mut self,
        threads: NonZeroUsize,
        work: impl Fn(&Self, usize, &mut Part<'_>) -> R + Sync,
    ) -> Vec<R> {
        let mut slots = std::mem::take(&mut self.slots);
        let shards = 1usize << self.shape.shard_bits;
        let shards_each = shards.div_ceil(threads.get());
        let parts = slots.chunks_mut((shards_each * self.shape.shard_len).max(1)).enumerate();
        let parts = parts.map(|(n, slots)| Part { first: n * shards_each * self.shape.shard_len, slots });
        let mut parts: Vec<Part<'_>> = parts.collect();
        let (values, work) = (&*self, &work);
        let results = match &mut *parts {
            [] => Vec::new(),
            [only] => vec![work(values, 0, only)],
            [own, others @ ..] => thread::scope(|scope| {
                let others = (1..).zip(others);
                let others: Vec<_> =
                    others.map(|(n, part)| scope.spawn(move || work(values, n, part))).collect();
                let own = work(values, 0, own);
                let others = others.into_iter().map(|other| match other.join() {
                    Ok(result) => result,
                    Err(panic) => std::panic::resume_unwind(panic),
                });
                std::iter::once(own).chain(others).collect()
            }),
        };
        self.slots = slots;
        results
    }
}

/// Up to [`TOGETHER`] items, without allocation.
struct ArrayOf<T> {
    items: [T; TOGETHER],
    length: usize,
}

impl<T: Copy> IntoIterator for ArrayOf<T> {
    type Item = T;
    type IntoIter = std::iter::Take<std::array::IntoIter<T, TOGETHER>>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter().take(self.length)
    }
}

/// Some shards of a table.
struct Part<'a> {
    slots: &'a mut [u32],
    /// The position of the first slot in the table.
    first: usize,
}

impl Part<'_> {
    const fn owns(&self, slot: usize) -> bool {
        slot.wrapping_sub(self.first) < self.slots.len()
    }
}

impl Shape {
    const fn number_mask(self) -> u32 {
        (1 << self.number_bits) - 1
    }

    /// The low bits of the hash, above the number. Positions come from its high bits.
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are meant")]
    const fn tag(self, hash: u64) -> u32 {
        (hash as u32) << self.number_bits
    }

    /// The slot where the search for a hash begins.
    #[inline]
    const fn home(self, hash: u64) -> usize {
        let (start, offset) = self.shard(hash);
        start + offset
    }

    /// Where the shard of a hash begins, and how far in it its home is.
    #[inline]
    const fn shard(self, hash: u64) -> (usize, usize) {
        // In two steps, as no number may be shifted by all its bits.
        let shard = ((hash >> 1) >> (63 - self.shard_bits)) as usize;
        let rest = (hash << self.shard_bits) >> 32;
        (shard * self.shard_len, ((rest * self.shard_len as u64) >> 32) as usize)
    }

    /// Those of up to [`TOGETHER`] hashes whose home is in `part`, with their indices; the slots
    /// there are being loaded.
    #[inline]
    fn prepare(self, part: &Part<'_>, hashes: impl Iterator<Item = u64>) -> ArrayOf<(u32, u64)> {
        let mut own = ArrayOf { items: [(0, 0); TOGETHER], length: 0 };
        for (index, hash) in (0..).zip(hashes) {
            let home = self.home(hash);
            if part.owns(home) {
                prefetch(part.slots, home - part.first);
                own.items[own.length] = (index, hash);
                own.length += 1;
            }
        }
        own
    }

    /// Looks through `slots`, whole shards of a table from position `first` on, among which is the
    /// home of `hash`; positions are those in the whole table.
    #[inline]
    fn probe(self, slots: &[u32], first: usize, hash: u64, same: impl Fn(u32) -> bool) -> Probe {
        let (start, offset) = self.shard(hash);
        let (mask, tag) = (self.number_mask(), self.tag(hash));
        let shard = &slots[start - first..start - first + self.shard_len];
        let (before, after) = shard.split_at(offset);
        for (part, offset) in [(after, start + offset), (before, start)] {
            for (step, slot) in part.iter().enumerate() {
                if *slot == EMPTY {
                    return Probe::Missing(offset + step);
                }
                if *slot & !mask == tag && same(*slot & mask) {
                    return Probe::Found(*slot & mask);
                }
            }
        }
        Probe::Full
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

/// How many slots a table gets that had `slots`.
const fn larger(slots: usize) -> usize {
    2 * slots
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

    #[test]
    fn values_inserted_together_by_threads_have_the_numbers_that_they_have_one_by_one() {
        let mut dice = 7u64;
        let (mut one, mut many) = (Dictionary::new(8, 8), [1, 2, 3].map(|_| Dictionary::new(8, 8)));
        let mut is_new = Vec::new();
        for batch in 0..60 {
            // Many values twice, and never one that an earlier batch had.
            let values: Vec<u64> = (0..batch * batch)
                .map(|_| {
                    dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    batch << 32 | dice >> 54
                })
                .collect();
            let alone: Vec<bool> =
                values.iter().map(|value| one.insert(*value, usize::MAX).expect("there is room").1).collect();
            for (set, threads) in many.iter_mut().zip([1, 2, 5]) {
                let threads = NonZeroUsize::new(threads).expect("not zero");
                assert_eq!(set.insert_all(&values, usize::MAX, threads, &mut is_new), Ok(()));
                assert_eq!(is_new, alone);
                assert_eq!(set.len(), one.len());
            }
        }
        assert!(one.len() > 20_000);
        for number in 0..one.len() as u32 {
            for set in &many {
                assert_eq!(set.get(number), one.get(number));
                assert_eq!(set.find(one.get(number)), Some(number));
            }
        }
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
            set.insert_all(&values, usize::MAX, TWO, &mut Vec::new()).expect("there is room");
        }
        assert!(set.bytes() * 10 < set.len() * 187 + (80 << 16), "{}", set.bytes());
    }
}
