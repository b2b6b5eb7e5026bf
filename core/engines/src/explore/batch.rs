//! Markings that are expanded together: read, fired and looked up, and nothing numbered yet.
//!
//! A batch only reads the state space, so several can be at work at the same time. Looking up many
//! successors at once also lets the processor wait for many parts of the table at once.

use super::dictionary::{Claimer, Exhausted, UNKNOWN};
use super::predicate::Deadness;
use super::program::Overflow;
use super::space::{Packed, Space};
use pn_net::TransitionId;
use std::convert::Infallible;
use std::ops::Range;

/// Stands for the number of a successor that has no root, like [`UNKNOWN`] of one that has.
const ROOTLESS: u32 = UNKNOWN - 1;

/// With so many words of successors a batch takes no further marking: they stay in a near cache,
/// and batches of large nets take little memory.
const MOST_WORDS: usize = 1 << 15;

/// Some markings, in the order of their numbers, with all their firings.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    first: usize,
    /// Length of a packed marking.
    width: usize,
    sources: Vec<u64>,
    nodes: Vec<u32>,
    /// The firings of marking `i` are those up to `ends[i]`.
    ends: Vec<u32>,
    fired: Vec<TransitionId>,
    successors: Vec<u64>,
    /// The roots of the successors, 0 where some part is in no stored marking.
    roots: Vec<u64>,
    /// The successors without root, ascending.
    rootless: Vec<u32>,
    /// The numbers of the successors, from `stored` on those of claims, [`UNKNOWN`] or [`ROOTLESS`].
    known: Vec<u32>,
    stored: u32,
    scratch: Vec<u32>,
    /// The transitions that are enabled in the marking at hand.
    enabled: Vec<TransitionId>,
}

/// A marking with its firings.
#[derive(Clone, Copy)]
pub(super) struct Expanded<'a> {
    pub(super) number: usize,
    pub(super) marking: Packed<'a>,
    space: &'a Space<'a>,
    batch: &'a Batch,
}

/// A firing of an expanded marking.
#[derive(Clone, Copy)]
pub(super) struct Firing<'a> {
    pub(super) transition: TransitionId,
    /// The packed marking that it leads to.
    pub(super) words: &'a [u64],
    /// The number of that marking; `None` if it was not stored when it was looked up.
    pub(super) known: Option<usize>,
}

impl<'a> Expanded<'a> {
    /// The transitions that fire.
    pub(super) fn fired(self) -> &'a [TransitionId] {
        &self.batch.fired[self.batch.range(self.number - self.batch.first)]
    }

    /// The markings that firings may discover, each with the transition.
    pub(super) fn discoveries(self) -> impl Iterator<Item = (TransitionId, Packed<'a>)> {
        let fresh =
            self.batch.firings(self.number - self.batch.first).filter(|firing| firing.known.is_none());
        fresh.map(move |firing| (firing.transition, self.space.packed(firing.words)))
    }
}

impl Batch {
    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        (self.sources.capacity() + self.successors.capacity() + self.roots.capacity()) * size_of::<u64>()
            + (self.nodes.capacity()
                + self.ends.capacity()
                + self.fired.capacity()
                + self.rootless.capacity()
                + self.known.capacity()
                + self.scratch.capacity())
                * size_of::<u32>()
    }

    /// How many markings there are.
    pub(super) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Expands these markings, whose successors are to be looked up then, or the first ones if they have very many successors.
    ///
    /// # Errors
    ///
    /// The first overflow.
    pub(super) fn expand(&mut self, space: &Space<'_>, numbers: Range<usize>) -> Result<(), Overflow> {
        self.expand_some(space, numbers, &mut |_, _| {}).map(|_| ())
    }

    /// As [`Self::expand`], but fires of the enabled transitions only those that `choose` retains.
    /// Tells whether any was enabled in the last marking.
    pub(super) fn expand_some(
        &mut self,
        space: &Space<'_>,
        numbers: Range<usize>,
        choose: &mut impl FnMut(&Packed<'_>, &mut Vec<TransitionId>),
    ) -> Result<Deadness, Overflow> {
        let (layout, program, store) = (space.layout(), space.program(), space.store());
        let (width, depth) = (layout.words(), store.nodes());
        self.first = numbers.start;
        self.width = width;
        self.sources.resize(numbers.len() * width, 0);
        self.nodes.resize(numbers.len() * depth, 0);
        self.scratch.resize(depth, 0);
        self.ends.clear();
        self.fired.clear();
        self.successors.clear();
        self.roots.clear();
        self.rootless.clear();
        let mut dead = Deadness::Dead;
        for (at, number) in numbers.enumerate() {
            let words = &mut self.sources[at * width..(at + 1) * width];
            let nodes = &mut self.nodes[at * depth..(at + 1) * depth];
            store.read(number, words, nodes);
            layout.derive(words);
            self.enabled.clear();
            let Ok(()) = program.for_each_enabled(words, |transition| {
                self.enabled.push(transition);
                Ok::<_, Infallible>(())
            });
            // In file order, so that of the shortest runs the first in that order is told.
            self.enabled.sort_unstable();
            dead = if self.enabled.is_empty() { Deadness::Dead } else { Deadness::Alive };
            choose(&space.packed(words), &mut self.enabled);
            self.fired.extend_from_slice(&self.enabled);
            for transition in &self.enabled {
                let start = self.successors.len();
                match words {
                    [word] => self.successors.push(*word),
                    _ => self.successors.extend_from_slice(words),
                }
                let successor = &mut self.successors[start..];
                program.fire(successor, *transition)?;
                let root = store.fold(successor, (words, nodes), &mut self.scratch);
                match root {
                    Some(root) => store.prepare(root),
                    None => self.rootless.push(short(self.roots.len())),
                }
                self.roots.push(root.unwrap_or(0));
            }
            self.ends.push(short(self.fired.len()));
            if self.successors.len() >= MOST_WORDS {
                break;
            }
        }
        Ok(dead)
    }

    /// Looks up the successors.
    pub(super) fn find(&mut self, space: &Space<'_>) {
        space.store().find_all(&self.roots, &mut self.known);
        self.mark(space);
    }

    /// Looks up the successors and claims those that are not known.
    pub(super) fn find_or_claim(
        &mut self,
        space: &Space<'_>,
        claimer: &mut Claimer,
    ) -> Result<(), Exhausted> {
        space.store().find_or_claim_all(&self.roots, &mut self.known, claimer)?;
        self.mark(space);
        Ok(())
    }

    fn mark(&mut self, space: &Space<'_>) {
        self.rootless.iter().for_each(|at| self.known[*at as usize] = ROOTLESS);
        self.stored = short(space.len());
    }

    /// The `at`-th marking.
    pub(super) fn expanded<'a>(&'a self, space: &'a Space<'_>, at: usize) -> Expanded<'a> {
        Expanded {
            number: self.first + at,
            marking: space.packed(&self.sources[at * self.width..(at + 1) * self.width]),
            space,
            batch: self,
        }
    }

    /// All firings of the `at`-th marking, in an order that the marking alone determines.
    pub(super) fn firings(&self, at: usize) -> impl ExactSizeIterator<Item = Firing<'_>> {
        let range = self.range(at);
        range.map(|at| Firing {
            transition: self.fired[at],
            words: &self.successors[at * self.width..(at + 1) * self.width],
            known: (self.known[at] < self.stored).then_some(self.known[at] as usize),
        })
    }

    fn range(&self, at: usize) -> Range<usize> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        start..self.ends[at] as usize
    }

    /// The number of the first marking.
    pub(super) const fn first(&self) -> usize {
        self.first
    }

    /// How many firings there are.
    pub(super) const fn edges(&self) -> usize {
        self.fired.len()
    }

    /// The successors of the `at`-th marking that were not stored when they were looked up, each with
    /// the number of its claim; `None` where some part of it is in no stored marking.
    pub(super) fn unknown(&self, at: usize) -> impl Iterator<Item = (&[u64], Option<u32>)> {
        self.range(at).filter(|at| self.known[*at] >= self.stored).map(|at| {
            let words = &self.successors[at * self.width..(at + 1) * self.width];
            (words, Some(self.known[at]).filter(|claim| *claim != ROOTLESS))
        })
    }
}

fn short(number: usize) -> u32 {
    u32::try_from(number).expect("a batch is small")
}
