//! Transitions compiled to tests and sums on packed markings.
//!
//! A transition is filed under one of its input places, its *trigger*: only the transitions filed
//! under marked places are tested at all. Inputs of weight 1 from one-bit fields and from units are
//! tested a whole word at a time. Firing adds one wrapping constant to each word that changes,
//! which is exact because every field stays within its width. What the encoding only supposes is
//! tested before: that counts fit, unless flows prove it, and that units have one token.
//!
//! Keeping the set of enabled transitions from firing to firing would not pay here: a marking is
//! expanded long after it was discovered, so its parent's set would have to be stored with it, and
//! the triggers leave little more to test than what a firing touches.

use super::layout::{Field, Layout, Slot};
use pn_net::{Net, PlaceId, TransitionId, effect};

/// A conjunction of conditions on one word: the bits of `mask` are those of `value`.
#[derive(Clone, Copy, Debug)]
struct Match {
    word: u32,
    mask: u64,
    value: u64,
}

/// All bits of `mask` in one word are clear.
#[derive(Clone, Copy, Debug)]
struct Clear {
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

/// A transition under its trigger, with its first condition, which most often decides.
#[derive(Clone, Copy, Debug)]
struct Filed {
    transition: u32,
    first: Match,
}

/// A range of [`Program::filed`].
type Range = (u32, u32);

/// A bit of a packed marking that belongs to a count: the transitions that its place triggers, and
/// all bits of the count.
#[derive(Clone, Copy, Debug, Default)]
struct Bit {
    filed: Range,
    field: u64,
}

/// A unit some of whose places trigger transitions: those of code `c` are `by_code[base + c]`.
#[derive(Clone, Copy, Debug)]
struct Selector {
    field: Field,
    base: u32,
}

/// The compiled form of all transitions of a net under one layout.
#[derive(Clone, Debug)]
pub(super) struct Program {
    bits: Vec<Bit>,
    /// For each word, the bits of counts whose places trigger something.
    triggering: Vec<u64>,
    selectors: Vec<Selector>,
    by_code: Vec<Range>,
    filed: Vec<Filed>,
    /// Transitions without inputs.
    sources: Vec<u32>,
    code: Vec<Code>,
    matches: Vec<Match>,
    field_tests: Vec<FieldTest>,
    clear: Vec<Clear>,
    /// Units in which the transition always leaves more than one token.
    conflicts: Vec<u32>,
    gains: Vec<Gain>,
    sums: Vec<(u32, u64)>,
    raised: Raised,
    /// What each bit of a packed marking belongs to.
    owners: Vec<Owner>,
}

#[derive(Clone, Copy, Debug)]
enum Owner {
    Place(PlaceId),
    Unit(usize),
}

/// Where each list of a transition ends in the shared arrays; it starts where the previous ends.
#[derive(Clone, Copy, Debug, Default)]
struct Code {
    matches: u32,
    field_tests: u32,
    clear: u32,
    conflicts: u32,
    gains: u32,
    sums: u32,
}

/// What the present encoding cannot hold of what a firing would lead to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Overflow {
    /// This place would hold `count` tokens.
    Count {
        /// The place.
        place: PlaceId,
        /// What it would hold.
        count: u64,
    },
    /// This unit would hold more than one token.
    Unit(usize),
}

impl Program {
    pub(super) fn compile(net: &Net, layout: &Layout) -> Self {
        let mut program = Self {
            bits: vec![Bit::default(); layout.words() * 64],
            triggering: vec![0; layout.words()],
            selectors: Vec::new(),
            by_code: Vec::new(),
            filed: Vec::with_capacity(net.transition_count()),
            sources: Vec::new(),
            code: vec![Code::default()],
            matches: Vec::new(),
            field_tests: Vec::new(),
            clear: Vec::new(),
            conflicts: Vec::new(),
            gains: Vec::new(),
            sums: Vec::new(),
            raised: Raised { ends: vec![0], places: Vec::new() },
            owners: owners(net, layout),
        };
        for transition in net.transitions() {
            program.compile_inputs(net, layout, transition);
            program.compile_effect(net, layout, transition);
            program.raised.ends.push(index(program.raised.places.len()));
            program.code.push(Code {
                matches: index(program.matches.len()),
                field_tests: index(program.field_tests.len()),
                clear: index(program.clear.len()),
                conflicts: index(program.conflicts.len()),
                gains: index(program.gains.len()),
                sums: index(program.sums.len()),
            });
        }
        program.file_under_triggers(net, layout);
        program
    }

    /// Files each transition under its rarest input place. A place of a unit of k is marked once in
    /// k times or so; of the others, those that start empty and have few consumers come first.
    fn file_under_triggers(&mut self, net: &Net, layout: &Layout) {
        let mut by_place: Vec<Vec<u32>> = vec![Vec::new(); net.place_count()];
        let mut rivals = vec![2; net.place_count()];
        for unit in layout.units() {
            unit.members.iter().for_each(|place| rivals[place.index()] = unit.members.len());
        }
        for transition in net.transitions() {
            let rarity = |p: &&PlaceId| {
                let starts_marked = net.initial().tokens(**p) > 0;
                (usize::MAX - rivals[p.index()], starts_marked, net.consumers(**p).len(), p.index())
            };
            match net.preset(transition).iter().min_by_key(rarity) {
                Some(trigger) => by_place[trigger.index()].push(index(transition.index())),
                None => self.sources.push(index(transition.index())),
            }
        }
        let filed = |transitions: &Vec<u32>, program: &mut Self| {
            let start = index(program.filed.len());
            program.filed.extend(transitions.iter().map(|transition| {
                let (from, to) = (program.code[*transition as usize], program.code[*transition as usize + 1]);
                let matches = &program.matches[from.matches as usize..to.matches as usize];
                let first = matches.first().copied().unwrap_or(Match { word: 0, mask: 0, value: 0 });
                Filed { transition: *transition, first }
            }));
            (start, index(program.filed.len()))
        };
        for unit in layout.units() {
            if unit.members.iter().all(|place| by_place[place.index()].is_empty()) {
                continue;
            }
            self.selectors.push(Selector { field: unit.field, base: index(self.by_code.len()) });
            // Field values that name no place trigger nothing.
            let base = self.by_code.len();
            self.by_code.resize(base + usize::try_from(unit.field.max()).expect("codes are few") + 1, (0, 0));
            for (place, code) in unit.members.iter().zip(base + usize::from(unit.first == 1)..) {
                self.by_code[code] = filed(&by_place[place.index()], self);
            }
        }
        for place in net.places().filter(|place| !by_place[place.index()].is_empty()) {
            if let Slot::Count(field) = layout.slot(place) {
                let range = filed(&by_place[place.index()], self);
                self.triggering[field.word as usize] |= field.mask();
                let first = field.word as usize * 64 + usize::from(field.shift);
                self.bits[first..first + usize::from(field.width)]
                    .fill(Bit { filed: range, field: field.mask() });
            }
        }
    }

    fn compile_inputs(&mut self, net: &Net, layout: &Layout, transition: TransitionId) {
        let first = self.matches.len();
        for (place, weight) in net.pre(transition) {
            match layout.slot(place) {
                Slot::Code(field, code) if weight == 1 => {
                    merge(&mut self.matches, first, field.word, field.mask(), code << field.shift);
                }
                // A unit never has two tokens.
                Slot::Code(field, _) => self.matches.push(Match { word: field.word, mask: 0, value: 1 }),
                Slot::Count(field) if field.width == 1 && weight == 1 => {
                    merge(&mut self.matches, first, field.word, field.mask(), field.mask());
                }
                Slot::Count(field) => {
                    let (word, shift, max) = (field.word, field.shift, field.max());
                    self.field_tests.push(FieldTest { word, shift, max, bound: weight });
                }
            }
        }
    }

    fn compile_effect(&mut self, net: &Net, layout: &Layout, transition: TransitionId) {
        let (first_clear, first_sum) = (self.clear.len(), self.sums.len());
        for (place, change) in effect(net, transition) {
            if change > 0 {
                self.raised.places.push(place);
            }
            let Slot::Count(field) = layout.slot(place) else { continue };
            let magnitude = u64::try_from(change.unsigned_abs()).expect("a weight fits in 63 bits");
            let shifted = magnitude.wrapping_shl(u32::from(field.shift));
            if change < 0 {
                add(&mut self.sums, first_sum, field.word, shifted.wrapping_neg());
                continue;
            }
            add(&mut self.sums, first_sum, field.word, shifted);
            if layout.is_bounded(place) {
                continue;
            }
            if field.width == 1 && magnitude == 1 {
                clear(&mut self.clear, first_clear, field);
                continue;
            }
            let (word, shift, max) = (field.word, field.shift, field.max());
            let test = FieldTest { word, shift, max, bound: max.saturating_sub(magnitude) };
            self.gains.push(Gain { place, test, gain: magnitude });
        }
        for number in units_touched(net, layout, transition) {
            let unit = &layout.units()[number];
            let code = |arcs: &mut dyn Iterator<Item = (PlaceId, u64)>| {
                let inside = arcs.filter(|(place, _)| unit.members.binary_search(place).is_ok());
                let (mut tokens, mut code) = (0u64, 0);
                for (place, weight) in inside {
                    tokens = tokens.saturating_add(weight);
                    if let Slot::Code(_, of_place) = layout.slot(place) {
                        code = of_place;
                    }
                }
                (tokens, code)
            };
            let (taken, old) = code(&mut net.pre(transition));
            let (given, new) = code(&mut net.post(transition));
            match (taken, given) {
                (0, 0) => {}
                (_, 2..) => self.conflicts.push(index(number)),
                (0, _) => {
                    clear(&mut self.clear, first_clear, unit.field);
                    add(&mut self.sums, first_sum, unit.field.word, new << unit.field.shift);
                }
                // With two tokens taken it is never enabled.
                (1.., given) => {
                    let new = if given == 0 { 0 } else { new };
                    let sum = new.wrapping_sub(old).wrapping_shl(u32::from(unit.field.shift));
                    add(&mut self.sums, first_sum, unit.field.word, sum);
                }
            }
        }
        // What is read but not changed adds nothing.
        let sums = self.sums.split_off(first_sum);
        self.sums.extend(sums.into_iter().filter(|(_, sum)| *sum != 0));
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
        for Selector { field, base } in &self.selectors {
            let (start, end) = self.by_code[*base as usize + field.get(words) as usize];
            self.test_filed(words, &self.filed[start as usize..end as usize], &mut found)?;
        }
        for (number, (word, triggering)) in words.iter().zip(&self.triggering).enumerate() {
            let mut rest = word & triggering;
            while rest != 0 {
                let Bit { filed: (start, end), field } =
                    self.bits[number * 64 + rest.trailing_zeros() as usize];
                rest &= !field;
                self.test_filed(words, &self.filed[start as usize..end as usize], &mut found)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn test_filed<E>(
        &self,
        words: &[u64],
        filed: &[Filed],
        found: &mut impl FnMut(TransitionId) -> Result<(), E>,
    ) -> Result<(), E> {
        for Filed { transition, first } in filed {
            if words[first.word as usize] & first.mask == first.value
                && self.enabled(words, *transition as usize)
            {
                found(TransitionId::new(*transition as usize))?;
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
        let matches = &self.matches[from.matches as usize..to.matches as usize];
        let tests = &self.field_tests[from.field_tests as usize..to.field_tests as usize];
        matches.iter().all(|t| words[t.word as usize] & t.mask == t.value)
            && tests.iter().all(|t| (words[t.word as usize] >> t.shift) & t.max >= t.bound)
    }

    /// Fires `transition`, which is enabled in `words`, in place.
    pub(super) fn fire(&self, words: &mut [u64], transition: TransitionId) -> Result<(), Overflow> {
        let transition = transition.index();
        let (from, to) = (self.code[transition], self.code[transition + 1]);
        if from.conflicts < to.conflicts {
            return Err(Overflow::Unit(self.conflicts[from.conflicts as usize] as usize));
        }
        for Clear { word, mask } in &self.clear[from.clear as usize..to.clear as usize] {
            let occupied = words[*word as usize] & mask;
            if occupied != 0 {
                return Err(match self.owners[*word as usize * 64 + occupied.trailing_zeros() as usize] {
                    Owner::Place(place) => Overflow::Count { place, count: 2 },
                    Owner::Unit(unit) => Overflow::Unit(unit),
                });
            }
        }
        for Gain { place, test, gain } in &self.gains[from.gains as usize..to.gains as usize] {
            let count = (words[test.word as usize] >> test.shift) & test.max;
            if *gain > test.max || count > test.bound {
                return Err(Overflow::Count { place: *place, count: count + gain });
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
            + size_of_val(&*self.triggering)
            + size_of_val(&*self.selectors)
            + size_of_val(&*self.by_code)
            + size_of_val(&*self.filed)
            + size_of_val(&*self.code)
            + size_of_val(&*self.matches)
            + size_of_val(&*self.field_tests)
            + size_of_val(&*self.clear)
            + size_of_val(&*self.conflicts)
            + size_of_val(&*self.gains)
            + size_of_val(&*self.sums)
            + size_of_val(&*self.raised.ends)
            + size_of_val(&*self.raised.places)
            + size_of_val(&*self.owners)
    }
}

/// The units with places among the inputs and outputs of `transition`, ascending.
fn units_touched(net: &Net, layout: &Layout, transition: TransitionId) -> Vec<usize> {
    let places = net.pre(transition).chain(net.post(transition)).map(|(place, _)| place);
    let mut units: Vec<usize> = places.filter_map(|place| layout.unit_of(place)).collect();
    units.sort_unstable();
    units.dedup();
    units
}

fn owners(net: &Net, layout: &Layout) -> Vec<Owner> {
    // Bits that nothing owns are never set.
    let mut owners = vec![Owner::Unit(usize::MAX); layout.words() * 64];
    let mut own = |field: Field, owner: Owner| {
        let first = field.word as usize * 64 + usize::from(field.shift);
        owners[first..first + usize::from(field.width)].fill(owner);
    };
    for place in net.places() {
        if let Slot::Count(field) = layout.slot(place) {
            own(field, Owner::Place(place));
        }
    }
    layout.units().iter().enumerate().for_each(|(number, unit)| own(unit.field, Owner::Unit(number)));
    owners
}

fn merge(list: &mut Vec<Match>, first: usize, word: u32, mask: u64, value: u64) {
    match list[first..].iter_mut().find(|entry| entry.word == word && entry.mask != 0) {
        // Two places of a unit are never marked together.
        Some(entry) if entry.mask & mask != 0 && entry.value & mask != value => {
            list.push(Match { word, mask: 0, value: 1 });
        }
        Some(entry) => {
            entry.mask |= mask;
            entry.value |= value;
        }
        None => list.push(Match { word, mask, value }),
    }
}

fn clear(list: &mut Vec<Clear>, first: usize, field: Field) {
    match list[first..].iter_mut().find(|entry| entry.word == field.word) {
        Some(entry) => entry.mask |= field.mask(),
        None => list.push(Clear { word: field.word, mask: field.mask() }),
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
