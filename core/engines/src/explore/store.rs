//! The set of visited markings: an arena of packed vectors behind a hash table.
//!
//! A marking's number is its rank of discovery; the arena is an array indexed by it, in chunks of
//! about a megabyte so that growing copies nothing. The table holds 32-bit numbers and one tag
//! byte a slot, and is split into shards that grow one by one: no growth takes long or needs much
//! memory at once. Cost: 8·w + 5.7 to 11.4 bytes a marking of w words.

use hashbrown::HashTable;
use pn_logic::Reason;

/// Visited markings, numbered from 0 in the order of discovery.
#[derive(Debug)]
pub(super) struct Store {
    width: usize,
    chunk_shift: u32,
    chunks: Vec<Box<[u64]>>,
    count: usize,
    shards: Vec<HashTable<u32>>,
    /// Bytes of all shards.
    shard_bytes: usize,
}

const SHARDS: usize = 256;
const CHUNK_WORDS: usize = 1 << 17;

impl Store {
    /// An empty set of vectors of `width` words, at least 1.
    pub(super) fn new(width: usize) -> Self {
        let chunk_shift = (CHUNK_WORDS / width).max(1).ilog2();
        let shards = vec![HashTable::new(); SHARDS];
        Self { width, chunk_shift, chunks: Vec::new(), count: 0, shards, shard_bytes: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.count
    }

    pub(super) fn get(&self, number: usize) -> &[u64] {
        get(&self.chunks, self.chunk_shift, self.width, number)
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.chunks.len() * (self.width << self.chunk_shift) * size_of::<u64>() + self.shard_bytes
    }

    /// The number of a vector that is in the set.
    pub(super) fn find(&self, words: &[u64]) -> Option<usize> {
        let hash = hash(words);
        self.shards[shard(hash)].find(hash, |n| self.get(*n as usize) == words).map(|n| *n as usize)
    }

    /// Adds a vector; returns its number and whether it is new.
    ///
    /// # Errors
    ///
    /// [`Reason::Memory`] when the set would exceed `limit` bytes or 2³² vectors.
    pub(super) fn insert(&mut self, words: &[u64], limit: usize) -> Result<(usize, bool), Reason> {
        let fingerprint = hash(words);
        self.admit_growth(shard(fingerprint), limit)?;
        let Self { width, chunk_shift, chunks, count, shards, shard_bytes } = self;
        let table = &mut shards[shard(fingerprint)];
        let same = |n: &u32| get(chunks, *chunk_shift, *width, *n as usize) == words;
        if let Some(known) = table.find(fingerprint, same) {
            return Ok((*known as usize, false));
        }
        let number = *count;
        let slot = u32::try_from(number).map_err(|_| Reason::Memory)?;
        *shard_bytes -= table.allocation_size();
        table.insert_unique(fingerprint, slot, |n| hash(get(chunks, *chunk_shift, *width, *n as usize)));
        *shard_bytes += table.allocation_size();
        if number >> *chunk_shift == chunks.len() {
            chunks.push(vec![0; *width << *chunk_shift].into_boxed_slice());
        }
        let chunk = chunks.last_mut().expect("a chunk was just made sure of");
        let offset = (number & ((1 << *chunk_shift) - 1)) * *width;
        chunk[offset..offset + *width].copy_from_slice(words);
        *count += 1;
        Ok((number, true))
    }

    /// Whether what the next vector may allocate stays within `limit`. A shard that doubles holds
    /// its old and its new slots at once.
    fn admit_growth(&self, shard: usize, limit: usize) -> Result<(), Reason> {
        let table = &self.shards[shard];
        let table_is_full = table.len() == table.capacity();
        let chunk_is_full = self.count >> self.chunk_shift == self.chunks.len();
        if !table_is_full && !chunk_is_full {
            return Ok(());
        }
        let chunk = (self.width << self.chunk_shift) * size_of::<u64>();
        let table = if table_is_full { 2 * table.allocation_size() } else { 0 };
        if self.bytes() + chunk + table > limit { Err(Reason::Memory) } else { Ok(()) }
    }
}

/// The shard for a hash: by bits that a shard's own slots and tags do not use.
const fn shard(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}

fn get(chunks: &[Box<[u64]>], chunk_shift: u32, width: usize, number: usize) -> &[u64] {
    let offset = (number & ((1 << chunk_shift) - 1)) * width;
    &chunks[number >> chunk_shift][offset..offset + width]
}

/// A folded multiplication a word: both halves of the product mix into every bit of the result,
/// as the table needs, whose tags are the top bits and whose slots are the bottom ones.
fn hash(words: &[u64]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    const START: u64 = 0xD1B5_4A32_D192_ED03;
    words.iter().fold(START, |state, word| {
        let product = u128::from(state ^ word) * u128::from(FACTOR);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
        let folded = (product as u64) ^ ((product >> 64) as u64);
        folded.wrapping_add(FACTOR)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ranks_of_discovery() {
        let mut store = Store::new(2);
        for n in 0..100_000u64 {
            assert_eq!(store.insert(&[n, n % 7], usize::MAX), Ok((n as usize, true)));
        }
        assert_eq!(store.insert(&[5, 5], usize::MAX), Ok((5, false)));
        assert_eq!(store.find(&[99_999, 99_999 % 7]), Some(99_999));
        assert_eq!(store.find(&[1, 0]), None);
        assert_eq!(store.get(3), [3, 3]);
    }

    #[test]
    fn a_full_store_says_memory() {
        let mut store = Store::new(1);
        let full = (0..).find_map(|n| store.insert(&[n], 1 << 21).err());
        assert_eq!(full, Some(Reason::Memory));
        assert!(store.bytes() <= 1 << 21);
    }
}
