//! Packed markings: where and how each place's count lies in a vector of 64-bit words.
//!
//! A place either has a field of its own, which holds its count, or belongs to a unit of which one
//! place at most is marked, with one token: then a single field names the marked place by its code.
//! Fields never straddle two words. The places that place flows determine come last, in words of
//! their own: those words are computed when a marking is read and never stored. How wide fields
//! are, what the units are and which places are determined is the [`Encoding`]'s choice; firing
//! tests what has to be true for it, and changes the encoding when it is not.

use super::encoding::{Determined, Encoding};
use pn_net::{Net, PlaceId, effect};

/// Some bits of one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Field {
    pub(super) word: u32,
    pub(super) shift: u8,
    pub(super) width: u8,
}

impl Field {
    /// The largest number that fits; all ones, not shifted.
    pub(super) const fn max(self) -> u64 {
        (1 << self.width) - 1
    }

    /// The bits of the field in its word.
    pub(super) const fn mask(self) -> u64 {
        self.max() << self.shift
    }

    pub(super) const fn get(self, words: &[u64]) -> u64 {
        (words[self.word as usize] >> self.shift) & self.max()
    }
}

/// How a place's count is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slot {
    /// The field holds the count.
    Count(Field),
    /// The place has one token when the field of its unit holds this code, and else none.
    Code(Field, u64),
}

impl Slot {
    const fn get(self, words: &[u64]) -> u64 {
        match self {
            Self::Count(field) => field.get(words),
            Self::Code(field, code) => (field.get(words) == code) as u64,
        }
    }

    fn set(self, words: &mut [u64], count: u64) {
        let (field, bits) = match self {
            Self::Count(field) => (field, count),
            Self::Code(field, code) => (field, code * count),
        };
        debug_assert!(bits <= field.max());
        words[field.word as usize] |= bits << field.shift;
    }
}

/// Places of which one at most is marked, in one field.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) field: Field,
    pub(super) members: Vec<PlaceId>,
    /// The code of the first member; the others follow. 1 if 0 means that none is marked, else 0.
    pub(super) first: u64,
}

/// The places of one net in packed markings.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    slots: Vec<Slot>,
    units: Vec<Unit>,
    unit_of: Vec<Option<usize>>,
    is_bounded: Vec<bool>,
    words: usize,
    stored_words: usize,
    stored_bits: u32,
    /// In the order in which they can be computed.
    derived: Vec<Derived>,
    /// For each word, the bits that are counts of width 1.
    single_bits: Vec<u64>,
    /// The fields of wider counts.
    wide: Vec<Field>,
}

/// What has a field of its own.
enum Owner {
    Unit(usize),
    Place(PlaceId),
}

/// A count that others determine: a constant and a weighted sum, modulo 2⁶⁴.
#[derive(Clone, Debug)]
struct Derived {
    field: Field,
    constant: u64,
    /// Counts of width 1 of one word and of the same weight.
    bits: Vec<(u32, u64, u64)>,
    others: Vec<(Slot, u64)>,
}

impl Layout {
    /// The places of `net` as `encoding` has them.
    pub(super) fn new(net: &Net, encoding: &Encoding) -> Self {
        let mut is_determined = vec![false; net.place_count()];
        encoding.determined.iter().for_each(|d| is_determined[d.place.index()] = true);
        let mut unit_of = vec![None; net.place_count()];
        for (unit, members) in encoding.units.iter().enumerate() {
            members.iter().for_each(|place| unit_of[place.index()] = Some(unit));
        }
        let firsts: Vec<u64> =
            encoding.units.iter().map(|members| u64::from(!always_has_one(net, members))).collect();
        let width = |unit: usize| width_for(encoding.units[unit].len() as u64 - 1 + firsts[unit]);
        // What gets a field, in the order of its first place.
        let (mut kept, mut derived) = (Vec::new(), Vec::new());
        for place in net.places() {
            match unit_of[place.index()] {
                Some(unit) if encoding.units[unit][0] == place => kept.push((Owner::Unit(unit), width(unit))),
                Some(_) => {}
                None if is_determined[place.index()] => derived.push((place, encoding.widths[place.index()])),
                None => kept.push((Owner::Place(place), encoding.widths[place.index()])),
            }
        }
        let (stored_fields, stored_words, stored_bits) = pack(&kept);
        let (derived_fields, derived_words, _) = pack(&derived);
        let blank = Slot::Count(Field { word: 0, shift: 0, width: 1 });
        let mut slots = vec![blank; net.place_count()];
        let mut unit_fields = vec![Field { word: 0, shift: 0, width: 1 }; encoding.units.len()];
        for ((owner, _), field) in kept.iter().zip(stored_fields) {
            match owner {
                Owner::Unit(unit) => unit_fields[*unit] = field,
                Owner::Place(place) => slots[place.index()] = Slot::Count(field),
            }
        }
        for ((place, _), field) in derived.iter().zip(derived_fields) {
            let word = field.word + u32::try_from(stored_words).expect("a word has an index");
            slots[place.index()] = Slot::Count(Field { word, ..field });
        }
        let units = encoding.units.iter().zip(unit_fields).zip(firsts);
        let units: Vec<Unit> =
            units.map(|((members, field), first)| Unit { field, members: members.clone(), first }).collect();
        for unit in &units {
            for (place, code) in unit.members.iter().zip(unit.first..) {
                slots[place.index()] = Slot::Code(unit.field, code);
            }
        }
        let words = if derived.is_empty() { stored_words } else { stored_words + derived_words };
        let counts = slots.iter().filter_map(|slot| match slot {
            Slot::Count(field) => Some(*field),
            Slot::Code(..) => None,
        });
        let (single, wide): (Vec<Field>, Vec<Field>) = counts.partition(|field| field.width == 1);
        let mut single_bits = vec![0; words];
        single.iter().for_each(|field| single_bits[field.word as usize] |= field.mask());
        let derived = encoding.determined.iter().map(|d| Derived::of(d, &slots)).collect();
        let is_bounded = encoding.is_bounded.clone();
        Self {
            slots,
            units,
            unit_of,
            is_bounded,
            words,
            stored_words,
            stored_bits,
            derived,
            single_bits,
            wide,
        }
    }

    /// Length of a packed marking, in words; at least 1.
    pub(super) const fn words(&self) -> usize {
        self.words
    }

    /// How many of these words, the first ones, have to be stored; at least 1.
    pub(super) const fn stored_words(&self) -> usize {
        self.stored_words
    }

    /// How many bits of the last word that has to be stored are used, at least 1.
    pub(super) const fn stored_bits(&self) -> u32 {
        self.stored_bits
    }

    pub(super) fn slot(&self, place: PlaceId) -> Slot {
        self.slots[place.index()]
    }

    pub(super) fn units(&self) -> &[Unit] {
        &self.units
    }

    /// Whether it is proved that the count of `place` never outgrows its field.
    pub(super) fn is_bounded(&self, place: PlaceId) -> bool {
        self.is_bounded[place.index()]
    }

    /// The index of the unit that `place` belongs to.
    pub(super) fn unit_of(&self, place: PlaceId) -> Option<usize> {
        self.unit_of[place.index()]
    }

    /// The tokens on `place` in a packed marking.
    pub(super) fn tokens(&self, words: &[u64], place: PlaceId) -> u64 {
        self.slot(place).get(words)
    }

    /// The tokens on all places of a packed marking together.
    pub(super) fn total(&self, words: &[u64]) -> u128 {
        let single = words.iter().zip(&self.single_bits);
        let single: u32 = single.map(|(word, mask)| (word & mask).count_ones()).sum();
        let marked = self.units.iter().filter(|unit| unit.first == 0 || unit.field.get(words) != 0);
        u128::from(single)
            + marked.count() as u128
            + self.wide.iter().map(|field| u128::from(field.get(words))).sum::<u128>()
    }

    /// Packs `marking`, whose counts must fit, into `words`.
    pub(super) fn pack(&self, marking: &[u64], words: &mut [u64]) {
        words.fill(0);
        self.slots.iter().zip(marking).for_each(|(slot, count)| slot.set(words, *count));
    }

    /// Moves a packed marking of this layout into the `target` layout, which can hold it.
    pub(super) fn repack(&self, words: &[u64], target: &Self, target_words: &mut [u64]) {
        target_words.fill(0);
        for (from, to) in self.slots.iter().zip(&target.slots) {
            to.set(target_words, from.get(words));
        }
    }

    /// Computes the words that are not stored from those that are.
    pub(super) fn derive(&self, words: &mut [u64]) {
        words[self.stored_words..].fill(0);
        for Derived { field, constant, bits, others } in &self.derived {
            let bits = bits.iter().map(|(word, mask, weight)| {
                weight.wrapping_mul(u64::from((words[*word as usize] & mask).count_ones()))
            });
            let others = others.iter().map(|(slot, weight)| weight.wrapping_mul(slot.get(words)));
            let count = bits.chain(others).fold(*constant, u64::wrapping_add);
            words[field.word as usize] |= (count & field.max()) << field.shift;
        }
    }
}

impl Derived {
    fn of(determined: &Determined, slots: &[Slot]) -> Self {
        let Slot::Count(field) = slots[determined.place.index()] else {
            unreachable!("places of units are not determined")
        };
        let mut derived = Self { field, constant: determined.constant, bits: Vec::new(), others: Vec::new() };
        for (place, weight) in &determined.terms {
            match slots[place.index()] {
                Slot::Count(field) if field.width == 1 => {
                    let same = |(word, _, w): &&mut (u32, u64, u64)| *word == field.word && w == weight;
                    match derived.bits.iter_mut().find(same) {
                        Some((_, mask, _)) => *mask |= field.mask(),
                        None => derived.bits.push((field.word, field.mask(), *weight)),
                    }
                }
                slot => derived.others.push((slot, *weight)),
            }
        }
        derived
    }
}

/// Whether exactly one of `members` is marked, with one token, in every reachable marking: it is so
/// initially, and no firing changes how many tokens they have together.
fn always_has_one(net: &Net, members: &[PlaceId]) -> bool {
    let touching = members.iter().flat_map(|place| {
        net.producers(*place).chain(net.consumers(*place)).map(|(transition, _)| transition)
    });
    let keeps = |transition: pn_net::TransitionId| {
        let inside = effect(net, transition).filter(|(place, _)| members.binary_search(place).is_ok());
        inside.map(|(_, change)| change).sum::<i128>() == 0
    };
    members.iter().map(|place| u128::from(net.initial().tokens(*place))).sum::<u128>() == 1 && { touching }
        .all(keeps)
}

/// Fields of these widths, spread evenly over as many words as they need, how many words that is,
/// and how many bits of the last one are used.
fn pack<T>(wanted: &[(T, u8)]) -> (Vec<Field>, usize, u32) {
    let bits: u32 = wanted.iter().map(|(_, width)| u32::from(*width)).sum();
    // A word is full at the average: words of like size have like numbers of different values.
    let full = bits.div_ceil(bits.div_ceil(64).max(1)).max(1);
    let (mut word, mut used) = (0u32, 0u32);
    let fields = wanted.iter().map(|(_, width)| {
        if used >= full || used + u32::from(*width) > 64 {
            (word, used) = (word + 1, 0);
        }
        let shift = u8::try_from(used).expect("a word has 64 bits");
        used += u32::from(*width);
        Field { word, shift, width: *width }
    });
    let fields = fields.collect();
    (fields, word as usize + 1, used.max(1))
}

pub(super) fn width_for(count: u64) -> u8 {
    let bits = (u64::BITS - count.leading_zeros()).max(1);
    u8::try_from(bits).expect("a word has 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use pn_testkit::{oracle, random_net, random_safe_net};

    #[test]
    fn fields_never_straddle_words_and_hold_what_was_packed() {
        let counts: Vec<u64> = (0..200).map(|n| (n * 37) % 1000).collect();
        let lines: Vec<String> =
            counts.iter().enumerate().map(|(n, count)| format!("p{n}({count})")).collect();
        let net = pn_testkit::net(&lines.join("\n"));
        let layout = Layout::new(&net, &Encoding::of(&net));
        let mut words = vec![0; layout.words()];
        layout.pack(&counts, &mut words);
        for place in net.places() {
            let (Slot::Count(field) | Slot::Code(field, _)) = layout.slot(place);
            assert!(field.shift + field.width <= 64);
            assert_eq!(layout.tokens(&words, place), counts[place.index()]);
        }
    }

    /// For every reachable marking of random nets: what is stored of it is enough.
    #[test]
    fn stored_words_determine_all_counts() {
        let (mut units, mut derived) = (0, 0);
        for seed in 0..600 {
            let net = if seed % 2 == 0 { random_net(seed) } else { random_safe_net(seed) };
            let Some(space) = oracle::explore(&net, 500) else { continue };
            let mut encoding = Encoding::of(&net);
            for (place, width) in net.places().zip(&mut encoding.widths) {
                let most = space.markings().iter().map(|marking| marking.tokens(place)).max();
                *width = width_for(most.expect("one marking at least"));
            }
            let layout = Layout::new(&net, &encoding);
            (units, derived) = (units + layout.units.len(), derived + layout.derived.len());
            let mut words = vec![0; layout.words()];
            for marking in space.markings() {
                layout.pack(marking.counts(), &mut words);
                let whole = words.clone();
                words[layout.stored_words()..].fill(u64::MAX);
                layout.derive(&mut words);
                assert_eq!(words, whole, "{net:?} {marking:?}");
                assert_eq!(layout.total(&words), marking.total());
                assert!(net.places().all(|place| layout.tokens(&words, place) == marking.tokens(place)));
            }
        }
        assert!(units > 100 && derived > 20, "{units} {derived}");
    }
}
