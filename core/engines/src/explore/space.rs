//! The state space under construction: packed markings, compiled transitions, visited set.
//!
//! Expanding a marking first computes all its successors and only then stores them: if one
//! overflows a field, the field is widened, everything stored is repacked, and the expansion
//! starts anew with nothing half done. Numbers of markings never change.

use super::layout::Layout;
use super::predicate::Deadness;
use super::program::{Overflow, Program};
use super::store::Store;
use super::stubborn::Counts;
use pn_logic::Reason;
use pn_net::{MAX_TOKENS, Net, PlaceId, TransitionId};
use std::convert::Infallible;

/// One firing from the marking that was expanded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Step {
    pub(super) transition: TransitionId,
    /// The number of the marking that it leads to.
    pub(super) target: usize,
    /// Whether that marking was unknown before.
    pub(super) is_new: bool,
}

/// The marking that is being expanded.
pub(super) struct Packed<'a> {
    layout: &'a Layout,
    words: &'a [u64],
}

impl Counts for Packed<'_> {
    fn tokens(&self, place: PlaceId) -> u64 {
        self.layout.tokens(self.words, place)
    }
}

/// Visited markings of one net, numbered in the order of discovery; 0 is the initial one.
pub(super) struct Space<'n> {
    net: &'n Net,
    layout: Layout,
    program: Program,
    store: Store,
    limit: usize,
    current: Vec<u64>,
    successors: Vec<u64>,
    fired: Vec<TransitionId>,
}

impl<'n> Space<'n> {
    /// The space that holds only the initial marking, to stay below `limit` bytes.
    pub(super) fn new(net: &'n Net, limit: usize) -> Result<Self, Reason> {
        let layout = Layout::fitting(net.initial().counts());
        let program = Program::compile(net, &layout);
        let mut store = Store::new(layout.words());
        let mut current = vec![0; layout.words()];
        layout.pack(net.initial().counts(), &mut current);
        store.insert(&current, limit.saturating_sub(program.bytes()))?;
        Ok(Self { net, layout, program, store, limit, current, successors: Vec::new(), fired: Vec::new() })
    }

    /// Markings found so far.
    pub(super) const fn len(&self) -> usize {
        self.store.len()
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.store.bytes() + self.program.bytes() + size_of_val(&*self.successors)
    }

    /// The tokens on `place` in marking `number`.
    pub(super) fn tokens(&self, number: usize, place: PlaceId) -> u64 {
        self.layout.tokens(self.store.get(number), place)
    }

    /// The tokens on all places of marking `number` together.
    pub(super) fn total(&self, number: usize) -> u128 {
        self.layout.total(self.store.get(number))
    }

    /// Whether `transition` is enabled in marking `number`.
    pub(super) fn is_enabled(&self, number: usize, transition: TransitionId) -> bool {
        self.program.is_enabled(self.store.get(number), transition)
    }

    /// The places that gain tokens when `transition` fires.
    pub(super) fn raised(&self, transition: TransitionId) -> impl Iterator<Item = PlaceId> + '_ {
        self.program.raised(transition)
    }

    /// Fires every enabled transition of marking `number` and stores what it leads to.
    /// `steps` receives the firings, in an order that the marking alone determines.
    pub(super) fn expand(&mut self, number: usize, steps: &mut Vec<Step>) -> Result<(), Reason> {
        while let Err(overflow) = self.compute_successors(number) {
            self.widen(overflow)?;
        }
        self.keep_successors(steps)
    }

    /// As [`Self::expand`], but fires of the enabled transitions only those that `choose` retains.
    pub(super) fn expand_some(
        &mut self,
        number: usize,
        choose: &mut impl FnMut(&Packed<'_>, &mut Vec<TransitionId>),
        steps: &mut Vec<Step>,
    ) -> Result<Deadness, Reason> {
        let dead = loop {
            match self.compute_some_successors(number, choose) {
                Ok(dead) => break dead,
                Err(overflow) => self.widen(overflow)?,
            }
        };
        self.keep_successors(steps)?;
        Ok(dead)
    }

    fn keep_successors(&mut self, steps: &mut Vec<Step>) -> Result<(), Reason> {
        let width = self.layout.words();
        let limit = self.limit.saturating_sub(self.program.bytes());
        steps.clear();
        for (transition, words) in self.fired.iter().zip(self.successors.chunks_exact(width)) {
            let (target, is_new) = self.store.insert(words, limit)?;
            steps.push(Step { transition: *transition, target, is_new });
        }
        Ok(())
    }

    fn compute_successors(&mut self, number: usize) -> Result<(), Overflow> {
        let Self { program, store, current, successors, fired, .. } = self;
        current.copy_from_slice(store.get(number));
        successors.clear();
        fired.clear();
        program.for_each_enabled(current, |transition| {
            let start = successors.len();
            successors.extend_from_slice(current);
            fired.push(transition);
            program.fire(&mut successors[start..], transition)
        })
    }

    fn compute_some_successors(
        &mut self,
        number: usize,
        choose: &mut impl FnMut(&Packed<'_>, &mut Vec<TransitionId>),
    ) -> Result<Deadness, Overflow> {
        let Self { layout, program, store, current, successors, fired, .. } = self;
        current.copy_from_slice(store.get(number));
        successors.clear();
        fired.clear();
        let all = program.for_each_enabled(current, |transition| {
            fired.push(transition);
            Ok::<_, Infallible>(())
        });
        let Ok(()) = all;
        let dead = if fired.is_empty() { Deadness::Dead } else { Deadness::Alive };
        choose(&Packed { layout, words: current }, fired);
        for transition in fired {
            let start = successors.len();
            successors.extend_from_slice(current);
            program.fire(&mut successors[start..], *transition)?;
        }
        Ok(dead)
    }

    /// Fills `firings` with the firings from marking `number` and the markings they lead to, all
    /// of which are stored already.
    pub(super) fn recall(&mut self, number: usize, firings: &mut Vec<(TransitionId, usize)>) {
        self.compute_successors(number).expect("an expanded marking has no overflow left");
        firings.clear();
        for (transition, words) in self.fired.iter().zip(self.successors.chunks_exact(self.layout.words())) {
            let target = self.store.find(words).expect("the successors of an expanded marking are stored");
            firings.push((*transition, target));
        }
    }

    fn widen(&mut self, overflow: Overflow) -> Result<(), Reason> {
        if overflow.count > MAX_TOKENS {
            return Err(Reason::TokenOverflow);
        }
        let layout = self.layout.widened(overflow.place, overflow.count);
        let mut store = Store::new(layout.words());
        let mut words = vec![0; layout.words()];
        let limit = self.limit.saturating_sub(self.store.bytes());
        for number in 0..self.store.len() {
            self.layout.repack(self.store.get(number), &layout, &mut words);
            store.insert(&words, limit)?;
        }
        self.program = Program::compile(self.net, &layout);
        self.current = words;
        self.store = store;
        self.layout = layout;
        Ok(())
    }
}
