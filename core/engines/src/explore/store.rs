//! The set of visited markings: vectors of words, folded into one word each.
//!
//! A vector of one word is stored as it is, in as many bytes as it needs. Of a longer one, each
//! word is numbered in a dictionary of its position, numbers are joined in pairs and numbered
//! again, and so on up to a last pair, the root. Markings have most words in common, so the roots
//! are nearly all that is stored: 8 bytes a marking and its slot in the table of roots. A marking's
//! number is its root's. When a firing changes few words, only the numbers above those are looked
//! up again.
//!
//! Tree compression: Blom, Lisser, van de Pol and Weber, "A database approach to distributed
//! state-space generation", 2009; Laarman, van de Pol and Weber, "Parallel recursive state
//! compression for free", 2011.

use super::dictionary::{Claimer, Dictionary, Exhausted};
use pn_logic::Reason;
use std::num::NonZeroUsize;

/// Chunks of the roots: some dozen kilobytes.
const ROOT_CHUNK_SHIFT: u32 = 13;
/// Chunks of inner nodes, of which there are many dictionaries: some kilobytes.
const INNER_CHUNK_SHIFT: u32 = 9;

/// Visited markings, numbered from 0 in the order of discovery.
#[derive(Debug)]
pub(super) struct Store {
    words: usize,
    /// Where the levels of a tree lie that have another one above them, below the root.
    levels: Vec<Level>,
    /// How many nodes a tree has but for its root: words, and pairs level by level.
    nodes: usize,
    /// The dictionaries of the words, then those of the pairs above them, level by level.
    inner: Vec<Dictionary>,
    inner_bytes: usize,
    roots: Dictionary,
}

/// Nodes side by side in a tree.
#[derive(Clone, Copy, Debug)]
struct Level {
    start: usize,
    width: usize,
    /// The first dictionary of its pairs.
    dictionary: usize,
}

impl Store {
    /// An empty set of vectors of `words` words, the last of which has `bits` bits that are used.
    pub(super) fn new(words: usize, bits: u32) -> Self {
        let root_width = if words == 1 { bits.div_ceil(8) as usize } else { 8 };
        let roots = Dictionary::new(root_width, ROOT_CHUNK_SHIFT);
        if words == 1 {
            return Self { words, levels: Vec::new(), nodes: 0, inner: Vec::new(), inner_bytes: 0, roots };
        }
        let (mut levels, mut level) = (Vec::new(), Level { start: 0, width: words, dictionary: words });
        while level.width > 2 {
            levels.push(level);
            let Level { start, width, dictionary } = level;
            let dictionary = dictionary + width / 2;
            level = Level { start: start + width, width: width.div_ceil(2), dictionary };
        }
        let inner = (0..level.dictionary).map(|_| Dictionary::new(8, INNER_CHUNK_SHIFT)).collect();
        Self { words, levels, nodes: level.start + 2, inner, inner_bytes: 0, roots }
    }

    pub(super) const fn len(&self) -> usize {
        self.roots.len()
    }

    /// Bytes held.
    pub(super) const fn bytes(&self) -> usize {
        self.inner_bytes + self.roots.bytes()
    }

    /// How many nodes a vector has.
    pub(super) const fn nodes(&self) -> usize {
        self.nodes
    }

    /// Reads vector `number`, and the numbers of its nodes.
    pub(super) fn read(&self, number: usize, words: &mut [u64], nodes: &mut [u32]) {
        let root = self.roots.get(u32::try_from(number).expect("numbers have 31 bits"));
        if self.words == 1 {
            words[0] = root;
            return;
        }
        (nodes[self.nodes - 2], nodes[self.nodes - 1]) = halves(root);
        for Level { start, width, dictionary } in self.levels.iter().rev().copied() {
            let above = start + width;
            for pair in 0..width / 2 {
                let joined = self.inner[dictionary + pair].get(nodes[above + pair]);
                (nodes[start + 2 * pair], nodes[start + 2 * pair + 1]) = halves(joined);
            }
            if width % 2 == 1 {
                nodes[start + width - 1] = nodes[above + width / 2];
            }
        }
        for ((word, node), dictionary) in words.iter_mut().zip(&*nodes).zip(&self.inner[..self.words]) {
            *word = dictionary.get(*node);
        }
    }

    /// The root of a vector; `None` if some part of it is in no stored vector. `near` is another
    /// vector with its nodes: what they have in common is not looked up. `nodes` is scratch.
    #[inline]
    pub(super) fn fold(&self, words: &[u64], near: (&[u64], &[u32]), nodes: &mut [u32]) -> Option<u64> {
        if self.words == 1 {
            return Some(words[0]);
        }
        self.fold_by(words, near, nodes, |dictionary, value| self.inner[dictionary].find(value).ok_or(()))
            .ok()
    }

    /// The same, after all of its parts were stored.
    ///
    /// # Errors
    ///
    /// [`Reason::Memory`] when they would take more than `room` bytes.
    pub(super) fn fold_new(&mut self, words: &[u64], room: usize) -> Result<u64, Reason> {
        if self.words == 1 {
            return Ok(words[0]);
        }
        let (mut inner, mut held) = (std::mem::take(&mut self.inner), self.inner_bytes);
        let mut nodes = vec![0; self.nodes];
        let most = self.inner_bytes.saturating_add(room);
        let root = self.fold_by(words, (&[], &[]), &mut nodes, |dictionary, value| {
            let dictionary = &mut inner[dictionary];
            let before = dictionary.bytes();
            let number = dictionary.insert(value, most.saturating_sub(held));
            held = held - before + dictionary.bytes();
            number.map(|(number, _)| number)
        });
        (self.inner, self.inner_bytes) = (inner, held);
        root
    }

    fn fold_by<E>(
        &self,
        words: &[u64],
        near: (&[u64], &[u32]),
        nodes: &mut [u32],
        mut number: impl FnMut(usize, u64) -> Result<u32, E>,
    ) -> Result<u64, E> {
        let (near_words, near_nodes) = near;
        for (at, word) in words[..self.words].iter().enumerate() {
            nodes[at] = match near_words.get(at) {
                Some(near) if near == word => near_nodes[at],
                _ => number(at, *word)?,
            };
        }
        for Level { start, width, dictionary } in self.levels.iter().copied() {
            let above = start + width;
            for pair in 0..width / 2 {
                let children = start + 2 * pair..start + 2 * pair + 2;
                nodes[above + pair] = match near_nodes.get(children.clone()) {
                    Some(near) if *near == nodes[children.clone()] => near_nodes[above + pair],
                    _ => number(dictionary + pair, joined(&nodes[children]))?,
                };
            }
            if width % 2 == 1 {
                nodes[above + width / 2] = nodes[start + width - 1];
            }
        }
        Ok(joined(&nodes[self.nodes - 2..]))
    }

    /// Has what a lookup of this root needs first loaded.
    #[inline]
    pub(super) fn prepare(&self, root: u64) {
        self.roots.prepare(root);
    }

    /// The numbers of the vectors with these roots, [`super::dictionary::UNKNOWN`] where there is
    /// none.
    pub(super) fn find_all(&self, roots: &[u64], numbers: &mut Vec<u32>) {
        self.roots.find_all(roots, numbers);
    }

    /// The same, but claims the vectors that are not there: they have numbers from [`Self::len`] on
    /// until they are settled.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when more are claimed than was provided for.
    pub(super) fn find_or_claim_all(
        &self,
        roots: &[u64],
        numbers: &mut Vec<u32>,
        claimer: &mut Claimer,
    ) -> Result<(), Exhausted> {
        self.roots.find_or_claim_all(roots, numbers, claimer)
    }

    /// Makes sure of space for so many claims.
    ///
    /// # Errors
    ///
    /// [`Reason::Memory`] when they would take more than `room` bytes.
    pub(super) fn provide(
        &mut self,
        claims: usize,
        room: usize,
        threads: NonZeroUsize,
    ) -> Result<(), Reason> {
        self.roots.provide(claims, room, threads)
    }

    /// Whether most of the claims that are provided for are made.
    pub(super) fn is_nearly_exhausted(&self) -> bool {
        self.roots.is_nearly_exhausted()
    }

    /// Claims a vector by its root, alone; its number.
    ///
    /// # Errors
    ///
    /// As [`Self::provide`].
    pub(super) fn claim_late(&mut self, root: u64, room: usize) -> Result<u32, Reason> {
        self.roots.claim_late(root, room)
    }

    /// Adds the claimed vectors with these numbers in this order, in which they are numbered; tells
    /// in `is_new` of each whether it was its first occurrence.
    pub(super) fn settle(&mut self, numbers: &[u32], threads: NonZeroUsize, is_new: &mut Vec<bool>) {
        self.roots.settle(numbers, threads, is_new);
    }

    /// Forgets all claims.
    pub(super) fn withdraw(&mut self) {
        self.roots.withdraw();
    }

    /// Adds a vector by its root; its number, and whether it is new.
    ///
    /// # Errors
    ///
    /// [`Reason::Memory`] when it would take more than `room` bytes.
    pub(super) fn insert(&mut self, root: u64, room: usize) -> Result<(usize, bool), Reason> {
        self.roots.insert(root, room).map(|(number, is_new)| (number as usize, is_new))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "both halves are taken")]
const fn halves(joined: u64) -> (u32, u32) {
    (joined as u32, (joined >> 32) as u32)
}

fn joined(pair: &[u32]) -> u64 {
    u64::from(pair[0]) | u64::from(pair[1]) << 32
}

#[cfg(test)]
mod tests {
    use super::super::dictionary::UNKNOWN;
    use super::*;

    fn vector(length: usize, seed: u64) -> Vec<u64> {
        (0..length as u64).map(|at| seed.wrapping_mul(at + 3) % (at + 7)).collect()
    }

    #[test]
    fn vectors_of_every_length_are_what_was_stored() {
        for length in 1..20 {
            let mut store = Store::new(length, 64);
            let mut vectors: Vec<Vec<u64>> = Vec::new();
            for seed in 0..500 {
                let words = vector(length, seed);
                let is_known = vectors.iter().position(|known| *known == words);
                let root = store.fold_new(&words, usize::MAX).expect("there is room");
                let expected = (is_known.unwrap_or(vectors.len()), is_known.is_none());
                assert_eq!(store.insert(root, usize::MAX), Ok(expected));
                if is_known.is_none() {
                    vectors.push(words);
                }
            }
            assert_eq!(store.len(), vectors.len());
            let (mut words, mut nodes) = (vec![0; length], vec![0; store.nodes()]);
            let (mut other, mut scratch) = (nodes.clone(), nodes.clone());
            let mut numbers = Vec::new();
            for (number, vector) in vectors.iter().enumerate() {
                store.read(number, &mut words, &mut nodes);
                assert_eq!(&words, vector);
                // Found from a neighbour as from nothing.
                let near = (number * 7 + 1) % vectors.len();
                store.read(near, &mut words, &mut other);
                let root = store.fold(vector, (&words, &other), &mut scratch);
                assert_eq!(root, store.fold(vector, (&[], &[]), &mut scratch));
                store.find_all(&[root.expect("its parts are stored")], &mut numbers);
                assert_eq!(numbers, [number as u32]);
            }
            let mut strange = vectors[0].clone();
            strange[length - 1] = 1 << 40;
            if let Some(root) = store.fold(&strange, (&[], &[]), &mut scratch) {
                store.find_all(&[root], &mut numbers);
                assert_eq!(numbers, [UNKNOWN]);
            }
        }
    }

    #[test]
    fn a_full_store_says_memory() {
        for words in [1, 2, 9] {
            let mut store = Store::new(words, 64);
            let limit = 1 << 23;
            let full = (0..).find_map(|n| {
                let root = store.fold_new(&vec![n; words], limit - store.bytes());
                root.and_then(|root| store.insert(root, limit - store.bytes())).err()
            });
            assert_eq!(full, Some(Reason::Memory));
            assert!(store.bytes() <= limit && store.bytes() > limit / 10 * 9, "{}", store.bytes());
        }
    }
}
