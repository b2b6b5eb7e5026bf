//! The state space under construction: packed markings, compiled transitions, visited set.
//!
//! Expanding markings first computes all their successors and only then stores them: if one does
//! not fit the encoding, the encoding is corrected, everything stored is repacked, and the
//! expansion starts anew with nothing half done. Numbers of markings never change.

use super::batch::{Batch, Expanded};
use super::encoding::Encoding;
use super::fresh::Fresh;
use super::layout::Layout;
use super::predicate::Deadness;
use super::program::{Overflow, Program};
use super::store::Store;
use super::stubborn::Counts;
use pn_logic::Reason;
use pn_net::{MAX_TOKENS, Net, PlaceId, TransitionId};
use std::num::NonZeroUsize;

/// One firing from the marking that was expanded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Step {
    pub(super) transition: TransitionId,
    /// The number of the marking that it leads to.
    pub(super) target: usize,
    /// Whether that marking was unknown before.
    pub(super) is_new: bool,
}

/// A packed marking, with what is needed to understand it.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a> {
    layout: &'a Layout,
    program: &'a Program,
    words: &'a [u64],
}

impl<'a> Packed<'a> {
    /// The tokens on `place`.
    pub(super) fn tokens(&self, place: PlaceId) -> u64 {
        self.layout.tokens(self.words, place)
    }

    /// The tokens on all places together.
    pub(super) fn total(&self) -> u128 {
        self.layout.total(self.words)
    }

    /// Whether `transition` is enabled.
    pub(super) fn is_enabled(&self, transition: TransitionId) -> bool {
        self.program.is_enabled(self.words, transition)
    }

    /// The places that gain tokens when `transition` fires.
    pub(super) fn raised(self, transition: TransitionId) -> impl Iterator<Item = PlaceId> + use<'a> {
        self.program.raised(transition)
    }
}

impl Counts for Packed<'_> {
    fn tokens(&self, place: PlaceId) -> u64 {
        self.layout.tokens(self.words, place)
    }
}

/// Visited markings of one net, numbered in the order of discovery; 0 is the initial one.
pub(super) struct Space<'n> {
    net: &'n Net,
    encoding: Encoding,
    layout: Layout,
    program: Program,
    store: Store,
    limit: usize,
    /// The marking expanded last, alone.
    latest: Batch,
}

impl<'n> Space<'n> {
    /// The space that holds only the initial marking, to stay below `limit` bytes.
    pub(super) fn new(net: &'n Net, limit: usize) -> Result<Self, Reason> {
        let encoding = Encoding::of(net);
        let layout = Layout::new(net, &encoding);
        let program = Program::compile(net, &layout);
        let store = Store::new(layout.stored_words(), layout.stored_bits());
        let mut space = Self { net, encoding, layout, program, store, limit, latest: Batch::default() };
        let mut words = vec![0; space.layout.words()];
        space.layout.pack(net.initial().counts(), &mut words);
        let root = space.store.fold_new(&words, space.room(0))?;
        space.store.insert(root, space.room(0))?;
        Ok(space)
    }

    /// Markings found so far.
    pub(super) const fn len(&self) -> usize {
        self.store.len()
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.store.bytes() + self.program.bytes() + self.latest.bytes()
    }

    /// Bytes that the store may take in addition, while others hold `others`.
    fn room(&self, others: usize) -> usize {
        self.limit.saturating_sub(self.bytes() + others)
    }

    pub(super) const fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(super) const fn program(&self) -> &Program {
        &self.program
    }

    pub(super) const fn store(&self) -> &Store {
        &self.store
    }

    /// The packed marking `words`.
    pub(super) const fn packed<'a>(&'a self, words: &'a [u64]) -> Packed<'a> {
        Packed { layout: &self.layout, program: &self.program, words }
    }

    /// Reads marking `number` into `scratch`.
    pub(super) fn marking<'a>(&'a self, number: usize, scratch: &'a mut Scratch) -> Packed<'a> {
        scratch.words.resize(self.layout.words(), 0);
        scratch.nodes.resize(self.store.nodes(), 0);
        self.store.read(number, &mut scratch.words, &mut scratch.nodes);
        self.layout.derive(&mut scratch.words);
        self.packed(&scratch.words)
    }

    /// Fires every enabled transition of marking `number` and stores what it leads to.
    /// `steps` receives the firings, in an order that the marking alone determines.
    pub(super) fn expand(&mut self, number: usize, steps: &mut Vec<Step>) -> Result<(), Reason> {
        self.expand_some(number, &mut |_, _| {}, steps).map(|_| ())
    }

    /// As [`Self::expand`], but fires of the enabled transitions only those that `choose` retains.
    pub(super) fn expand_some(
        &mut self,
        number: usize,
        choose: &mut impl FnMut(&Packed<'_>, &mut Vec<TransitionId>),
        steps: &mut Vec<Step>,
    ) -> Result<Deadness, Reason> {
        let mut latest = std::mem::take(&mut self.latest);
        let dead = loop {
            match latest.expand_some(self, number..number + 1, choose) {
                Ok(dead) => {
                    latest.find(self);
                    break dead;
                }
                Err(overflow) => self.correct(overflow, latest.bytes())?,
            }
        };
        steps.clear();
        let stored = self.keep_successors(&latest, steps);
        self.latest = latest;
        stored.map(|()| dead)
    }

    fn keep_successors(&mut self, batch: &Batch, steps: &mut Vec<Step>) -> Result<(), Reason> {
        let held = batch.bytes();
        for firing in batch.firings(0) {
            let (target, is_new) = match firing.known {
                Some(known) => (known, false),
                None => {
                    let root = self.store.fold_new(firing.words, self.room(held))?;
                    self.store.insert(root, self.room(held))?
                }
            };
            steps.push(Step { transition: firing.transition, target, is_new });
        }
        Ok(())
    }

    /// The marking that [`Self::expand`] expanded last, with its firings.
    pub(super) fn latest(&self) -> Expanded<'_> {
        self.latest.expanded(self, 0)
    }

    /// Makes sure of space for so many claims, while others hold `others` bytes.
    pub(super) fn provide(
        &mut self,
        claims: usize,
        others: usize,
        threads: NonZeroUsize,
    ) -> Result<(), Reason> {
        let room = self.room(others);
        self.store.provide(claims, room, threads)
    }

    /// Stores what a block found, in its order, while others hold `others` bytes; tells in `is_new`
    /// for each unknown successor whether it was new.
    pub(super) fn settle(
        &mut self,
        fresh: &mut Fresh,
        others: usize,
        threads: NonZeroUsize,
        is_new: &mut Vec<bool>,
    ) -> Result<(), Reason> {
        let width = self.layout.words();
        for (at, words) in fresh.rootless.iter().zip(fresh.words.chunks(width)) {
            let root = self.store.fold_new(words, self.room(others))?;
            let room = self.room(others);
            fresh.numbers[*at as usize] = self.store.claim_late(root, room)?;
        }
        self.store.settle(&fresh.numbers, threads, is_new);
        Ok(())
    }

    /// Forgets what was claimed and not stored.
    pub(super) fn withdraw(&mut self) {
        self.store.withdraw();
    }

    /// Fills `firings` with the firings from marking `number` and the markings they lead to, all
    /// of which are stored already.
    pub(super) fn recall(&mut self, number: usize, firings: &mut Vec<(TransitionId, usize)>) {
        let mut latest = std::mem::take(&mut self.latest);
        latest.expand(self, number..number + 1).expect("an expanded marking fits the encoding");
        latest.find(self);
        firings.clear();
        firings.extend(latest.firings(0).map(|firing| {
            (firing.transition, firing.known.expect("the successors of an expanded marking are stored"))
        }));
        self.latest = latest;
    }

    /// Changes the encoding so that it holds what it did not hold.
    pub(super) fn correct(&mut self, overflow: Overflow, others: usize) -> Result<(), Reason> {
        if let Overflow::Count { count, .. } = overflow
            && count > MAX_TOKENS
        {
            return Err(Reason::TokenOverflow);
        }
        let encoding = self.encoding.corrected(overflow);
        let layout = Layout::new(self.net, &encoding);
        let mut store = Store::new(layout.stored_words(), layout.stored_bits());
        let (mut old, mut new) = (Scratch::default(), vec![0; layout.words()]);
        for number in 0..self.store.len() {
            let words = self.marking(number, &mut old).words;
            self.layout.repack(words, &layout, &mut new);
            let room = self.room(others).saturating_sub(store.bytes());
            let root = store.fold_new(&new, room)?;
            store.insert(root, self.room(others).saturating_sub(store.bytes()))?;
        }
        self.program = Program::compile(self.net, &layout);
        self.store = store;
        self.layout = layout;
        self.encoding = encoding;
        Ok(())
    }
}

/// Memory for one marking at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    words: Vec<u64>,
    nodes: Vec<u32>,
}
