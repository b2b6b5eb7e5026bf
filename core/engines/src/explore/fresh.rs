//! What batches found that is not stored yet, in the order in which it will be.

use super::batch::Batch;

/// The successors in some batches that were not stored when they were looked up.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    /// The batches, with where their parts of the lists begin.
    batches: Vec<Start>,
    /// For each marking of the batches, how many of the successors it has.
    pub(super) counts: Vec<u32>,
    /// The numbers of their claims; anything where there is none yet.
    pub(super) numbers: Vec<u32>,
    /// The indices in `numbers` of those that have none yet, ascending.
    pub(super) rootless: Vec<u32>,
    /// The words of those, one after the other.
    pub(super) words: Vec<u64>,
    /// All firings, also those to markings that are known.
    pub(super) edges: u64,
}

/// The number of a batch's first marking, and the lengths of the lists before it.
#[derive(Clone, Copy, Debug)]
struct Start {
    first: usize,
    counts: usize,
    numbers: usize,
    rootless: usize,
    words: usize,
}

impl Fresh {
    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.batches.capacity() * size_of::<Start>()
            + (self.counts.capacity() + self.numbers.capacity() + self.rootless.capacity()) * size_of::<u32>()
            + self.words.capacity() * size_of::<u64>()
    }

    pub(super) fn clear(&mut self) {
        self.batches.clear();
        self.counts.clear();
        self.numbers.clear();
        self.rootless.clear();
        self.words.clear();
        self.edges = 0;
    }

    /// Adds what `batch` found.
    pub(super) fn add(&mut self, batch: &Batch) {
        self.batches.push(self.end(batch.first()));
        for at in 0..batch.len() {
            let before = self.numbers.len();
            for (words, claim) in batch.unknown(at) {
                if claim.is_none() {
                    self.rootless.push(short(self.numbers.len()));
                    self.words.extend_from_slice(words);
                }
                self.numbers.push(claim.unwrap_or(0));
            }
            self.counts.push(short(self.numbers.len() - before));
        }
        self.edges += batch.edges() as u64;
    }

    /// Takes over what others found, batch by batch in the order of their markings.
    pub(super) fn merge(&mut self, others: &[&Self]) {
        let mut order: Vec<(usize, usize, usize)> = Vec::new();
        for (which, other) in others.iter().enumerate() {
            order.extend(other.batches.iter().enumerate().map(|(index, start)| (start.first, which, index)));
            self.edges += other.edges;
        }
        order.sort_unstable();
        for (first, which, index) in order {
            let other = others[which];
            let (from, own) = (other.batches[index], self.end(first));
            let to = other.batches.get(index + 1).copied().unwrap_or_else(|| other.end(0));
            self.batches.push(own);
            self.counts.extend_from_slice(&other.counts[from.counts..to.counts]);
            self.numbers.extend_from_slice(&other.numbers[from.numbers..to.numbers]);
            let moved = other.rootless[from.rootless..to.rootless].iter();
            self.rootless.extend(moved.map(|at| short(*at as usize - from.numbers + own.numbers)));
            self.words.extend_from_slice(&other.words[from.words..to.words]);
        }
    }

    /// Where the lists end.
    const fn end(&self, first: usize) -> Start {
        let (counts, numbers) = (self.counts.len(), self.numbers.len());
        Start { first, counts, numbers, rootless: self.rootless.len(), words: self.words.len() }
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).expect("a block is small")
}
