//! Transitions compiled to tests and sums on packed markings.
//!
//! A transition is filed under one of its input places, its *trigger*: only the transitions filed
//! under marked places are tested at all. Inputs of weight 1 from one-bit fields are tested a
//! whole word at a time. Firing adds one wrapping constant to each word that changes, which is
//! exact because every field stays within its width.

use super::layout::Layout;
use pn_net::{Net, PlaceId, TransitionId, effect};

/// A conjunction of conditions on one word: all bits of `mask` are set.
#[derive(Clone, Copy, Debug)]
struct BitsSet {
    word: u32,
    mask: u64,
}

/// One condition on a field: the count is at least `least`, or at most `most`.
#[derive(Clone, Copy, Debug)]
struct FieldTest {
    word: u32,
    shift: u8,
    max: u64,
    bound: u64,
}

/// A place gains `gain` tokens; its count must not exceed `test.bound` before.
#[derive(Clone, Copy, Debug)]
struct Gain {
    place: PlaceId,
    test: FieldTest,
    gain: u64,
}

/// The places that gain tokens from transition `i` are `raised[ends[i]..ends[i + 1]]`.
#[derive(Clone, Debug, Default)]
struct Raised {
    ends: Vec<u32>,
    places: Vec<PlaceId>,
}

/// The compiled form of all transitions of a net under one layout.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// For each bit of a packed marking, its place and the bits of that place's field.
    bits: Vec<(u32, u64)>,
    /// For each place, the range of `filed` that it triggers.
    triggers: Vec<(u32, u32)>,
    filed: Vec<u32>,
    /// Transitions without inputs.
    sources: Vec<u32>,
    code: Vec<Code>,
    bits_set: Vec<BitsSet>,
    field_tests: Vec<FieldTest>,
    bits_clear: Vec<BitsSet>,
    gains: Vec<Gain>,
    sums: Vec<(u32, u64)>,
    raised: Raised,
}

/// Where each list of a transition ends in the shared arrays; it starts where the previous ends.
#[derive(Clone, Copy, Debug, Default)]
struct Code {
    bits_set: u32,
    field_tests: u32,
    bits_clear: u32,
    gains: u32,
    sums: u32,
}

/// A place that cannot hold what a firing would put on it, under the present layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Overflow {
    pub(super) place: PlaceId,
    /// What the place would hold.
    pub(super) count: u64,
}

impl Program {
    pub(super) fn compile(net: &Net, layout: &Layout) -> Self {
        let mut program = Self {
            bits: bit_table(net, layout),
            triggers: Vec::with_capacity(net.place_count()),
            filed: Vec::with_capacity(net.transition_count()),
            sources: Vec::new(),
            code: vec![Code::default()],
            bits_set: Vec::new(),
            field_tests: Vec::new(),
            bits_clear: Vec::new(),
            gains: Vec::new(),
            sums: Vec::new(),
            raised: Raised { ends: vec![0], places: Vec::new() },
        };
        program.file_under_triggers(net);
        for transition in net.transitions() {
            program.compile_inputs(net, layout, transition);
            program.compile_effect(net, layout, transition);
            program.raised.ends.push(index(program.raised.places.len()));
            program.code.push(Code {
                bits_set: index(program.bits_set.len()),
                field_tests: index(program.field_tests.len()),
                bits_clear: index(program.bits_clear.len()),
                gains: index(program.gains.len()),
                sums: index(program.sums.len()),
            });
        }
        program
    }

    /// Files each transition under its input place with the fewest consumers, preferring places
    /// that start empty: those are marked least often.
    fn file_under_triggers(&mut self, net: &Net) {
        let mut by_place: Vec<Vec<u32>> = vec![Vec::new(); net.place_count()];
        for transition in net.transitions() {
            let rarity = |p: &&PlaceId| (net.initial().tokens(**p) > 0, net.consumers(**p).len(), p.index());
            match net.preset(transition).iter().min_by_key(rarity) {
                Some(trigger) => by_place[trigger.index()].push(index(transition.index())),
                None => self.sources.push(index(transition.index())),
            }
        }
        for filed in by_place {
            let start = index(self.filed.len());
            self.filed.extend(filed);
            self.triggers.push((start, index(self.filed.len())));
        }
    }

    fn compile_inputs(&mut self, net: &Net, layout: &Layout, transition: TransitionId) {
        let first = self.bits_set.len();
        for (place, weight) in net.pre(transition) {
            let field = layout.field(place);
            if field.width == 1 && weight == 1 {
                merge(&mut self.bits_set, first, field.word, field.mask());
            } else {
                let (word, shift, max) = (field.word, field.shift, field.max());
                self.field_tests.push(FieldTest { word, shift, max, bound: weight });
            }
        }
    }

    fn compile_effect(&mut self, net: &Net, layout: &Layout, transition: TransitionId) {
        let (first_clear, first_sum) = (self.bits_clear.len(), self.sums.len());
        for (place, change) in effect(net, transition) {
            let field = layout.field(place);
            let magnitude = u64::try_from(change.unsigned_abs()).expect("a weight fits in 63 bits");
            let shifted = magnitude.wrapping_shl(u32::from(field.shift));
            if change < 0 {
                add(&mut self.sums, first_sum, field.word, shifted.wrapping_neg());
                continue;
            }
            add(&mut self.sums, first_sum, field.word, shifted);
            self.raised.places.push(place);
            if field.width == 1 && magnitude == 1 {
                merge(&mut self.bits_clear, first_clear, field.word, field.mask());
                continue;
            }
            let (word, shift, max) = (field.word, field.shift, field.max());
            let test = FieldTest { word, shift, max, bound: max.saturating_sub(magnitude) };
            self.gains.push(Gain { place, test, gain: magnitude });
        }
    }

    /// Calls `found` for each transition that is enabled in `words`, in an order that depends on
    /// nothing but the marking; stops at the first error.
    pub(super) fn for_each_enabled<E>(
        &self,
        words: &[u64],
        mut found: impl FnMut(TransitionId) -> Result<(), E>,
    ) -> Result<(), E> {
        for transition in &self.sources {
            found(TransitionId::new(*transition as usize))?;
        }
        for (number, word) in words.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let (place, field) = self.bits[number * 64 + rest.trailing_zeros() as usize];
                rest &= !field;
                let (start, end) = self.triggers[place as usize];
                for transition in &self.filed[start as usize..end as usize] {
                    if self.enabled(words, *transition as usize) {
                        found(TransitionId::new(*transition as usize))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether `transition` is enabled in `words`.
    pub(super) fn is_enabled(&self, words: &[u64], transition: TransitionId) -> bool {
        self.enabled(words, transition.index())
    }

    fn enabled(&self, words: &[u64], transition: usize) -> bool {
        let (from, to) = (self.code[transition], self.code[transition + 1]);
        let set = &self.bits_set[from.bits_set as usize..to.bits_set as usize];
        let tests = &self.field_tests[from.field_tests as usize..to.field_tests as usize];
        set.iter().all(|t| words[t.word as usize] & t.mask == t.mask)
            && tests.iter().all(|t| (words[t.word as usize] >> t.shift) & t.max >= t.bound)
    }

    /// Fires `transition`, which is enabled in `words`, in place.
    pub(super) fn fire(&self, words: &mut [u64], transition: TransitionId) -> Result<(), Overflow> {
        let transition = transition.index();
        let (from, to) = (self.code[transition], self.code[transition + 1]);
        for BitsSet { word, mask } in &self.bits_clear[from.bits_clear as usize..to.bits_clear as usize] {
            let occupied = words[*word as usize] & mask;
            if occupied != 0 {
                let bit = *word as usize * 64 + occupied.trailing_zeros() as usize;
                return Err(Overflow { place: PlaceId::new(self.bits[bit].0 as usize), count: 2 });
            }
        }
        for Gain { place, test, gain } in &self.gains[from.gains as usize..to.gains as usize] {
            let count = (words[test.word as usize] >> test.shift) & test.max;
            if *gain > test.max || count > test.bound {
                return Err(Overflow { place: *place, count: count + gain });
            }
        }
        for (word, sum) in &self.sums[from.sums as usize..to.sums as usize] {
            let word = &mut words[*word as usize];
            *word = word.wrapping_add(*sum);
        }
        Ok(())
    }

    /// The places that gain tokens when `transition` fires.
    pub(super) fn raised(&self, transition: TransitionId) -> impl Iterator<Item = PlaceId> + '_ {
        let (start, end) = (self.raised.ends[transition.index()], self.raised.ends[transition.index() + 1]);
        self.raised.places[start as usize..end as usize].iter().copied()
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.bits)
            + size_of_val(&*self.triggers)
            + size_of_val(&*self.filed)
            + size_of_val(&*self.code)
            + size_of_val(&*self.bits_set)
            + size_of_val(&*self.field_tests)
            + size_of_val(&*self.bits_clear)
            + size_of_val(&*self.gains)
            + size_of_val(&*self.sums)
            + size_of_val(&*self.raised.ends)
            + size_of_val(&*self.raised.places)
    }
}

fn bit_table(net: &Net, layout: &Layout) -> Vec<(u32, u64)> {
    let mut bits = vec![(0, 0); layout.words() * 64];
    for place in net.places() {
        let field = layout.field(place);
        for bit in 0..field.width {
            let position = field.word as usize * 64 + usize::from(field.shift + bit);
            bits[position] = (index(place.index()), field.mask());
        }
    }
    bits
}

fn merge(list: &mut Vec<BitsSet>, first: usize, word: u32, mask: u64) {
    match list[first..].iter_mut().find(|entry| entry.word == word) {
        Some(entry) => entry.mask |= mask,
        None => list.push(BitsSet { word, mask }),
    }
}

fn add(list: &mut Vec<(u32, u64)>, first: usize, word: u32, sum: u64) {
    match list[first..].iter_mut().find(|(existing, _)| *existing == word) {
        Some((_, total)) => *total = total.wrapping_add(sum),
        None => list.push((word, sum)),
    }
}

fn index(n: usize) -> u32 {
    u32::try_from(n).expect("a compiled net has fewer than 2^32 parts of a kind")
}
