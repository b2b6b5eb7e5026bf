//! How places are written in packed markings: widths, units, and what need not be stored.
//!
//! All of it is chosen by looking at the net. What place flows prove holds in every reachable
//! marking; the rest is no more than a guess, which firing tests: a count that outgrows its field
//! widens it, a second token in a unit dissolves it.
//!
//! Units are groups of places that seem to hold one token together: place semiflows with weights 1
//! and value 1, and the units that the file declares. A unit of k places takes ⌈log₂ k⌉ bits where
//! one is always marked, and ⌈log₂(k + 1)⌉ elsewhere (Garavel, "Nested-Unit Petri Nets", 2019,
//! section 7). Semiflows bound counts. A place flow y with |y(p)| = 1 determines the tokens of p
//! from those of the other places, since y·m is the same in all reachable markings (Wolf,
//! "Generating Petri net state spaces", 2007, section 4).

use super::layout::{Layout, width_for};
use super::program::Overflow;
use pn_net::{Net, PlaceId};
use pn_structure::{Effort, PlaceFlow, place_flows, place_semiflows};
use std::collections::BinaryHeap;

/// How much may be spent on flows before a search, in matrix entries: a few hundredths of a second.
const EFFORT: Effort = Effort(2_000_000);

/// The widest field that a bound alone justifies.
const GUESSED_WIDTH: u8 = 8;

/// The most other places that a determined one may depend on: they are read for every marking.
const LONGEST: usize = 64;

/// How the places of a net are written.
#[derive(Clone, Debug)]
pub(super) struct Encoding {
    /// The width of each place's count, unless it belongs to a unit.
    pub(super) widths: Vec<u8>,
    /// Whether semiflows prove that a place's count fits the width.
    pub(super) is_bounded: Vec<bool>,
    /// Disjoint groups of places, of which at most one is marked, with one token; ascending.
    pub(super) units: Vec<Vec<PlaceId>>,
    /// Places that others determine, none of a unit, each after those that it depends on.
    pub(super) determined: Vec<Determined>,
}

/// A place whose tokens are a constant and a weighted sum of those of others, modulo 2⁶⁴.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Determined {
    pub(super) place: PlaceId,
    pub(super) constant: u64,
    pub(super) terms: Vec<(PlaceId, u64)>,
}

impl Encoding {
    /// What seems best for `net`.
    pub(super) fn of(net: &Net) -> Self {
        let semiflows = place_semiflows(net, EFFORT).unwrap_or_default();
        let mut widths: Vec<u8> = net.initial().counts().iter().map(|count| width_for(*count)).collect();
        let is_bounded = bound_widths(net, &semiflows, &mut widths);
        let units = units(net, &semiflows);
        let flows = place_flows(net, EFFORT).unwrap_or_default();
        let everything = Self { widths, is_bounded, units, determined: Vec::new() };
        let determined = determined(net, &everything.units, &everything.widths, &flows);
        let rest = Self { determined, ..everything.clone() };
        // Computing counts again takes time for every marking: it has to be worth it.
        if rest.bytes(net) < everything.bytes(net) { rest } else { everything }
    }

    /// What a stored marking takes: bytes up to one word, words beyond.
    fn bytes(&self, net: &Net) -> usize {
        let layout = Layout::new(net, self);
        match layout.stored_words() {
            1 => layout.stored_bits().div_ceil(8) as usize,
            words => 8 * words,
        }
    }

    /// The same but for what `overflow` shows to be wrong.
    pub(super) fn corrected(&self, overflow: Overflow) -> Self {
        let mut corrected = self.clone();
        match overflow {
            // Twice as wide at least, so that no place is widened more than six times.
            Overflow::Count { place, count } => {
                let width = &mut corrected.widths[place.index()];
                *width = width_for(count).max(2 * *width).min(63);
            }
            Overflow::Unit(unit) => drop(corrected.units.remove(unit)),
        }
        corrected
    }
}

/// Widens counts to what semiflows allow, where that is little; tells where.
fn bound_widths(net: &Net, semiflows: &[PlaceFlow], widths: &mut [u8]) -> Vec<bool> {
    let mut bounds = vec![u64::MAX; widths.len()];
    for flow in semiflows {
        let value = flow.value(net.initial());
        for (place, weight) in flow.terms() {
            let bound = &mut bounds[place.index()];
            *bound = u64::try_from(value / i128::from(*weight)).unwrap_or(u64::MAX).min(*bound);
        }
    }
    let widen = |(width, bound): (&mut u8, u64)| {
        let bounded = width_for(bound);
        if bounded <= GUESSED_WIDTH {
            *width = bounded.max(*width);
        }
        bounded <= *width
    };
    widths.iter_mut().zip(bounds).map(widen).collect()
}

/// Disjoint units, those that save the most bits first.
fn units(net: &Net, semiflows: &[PlaceFlow]) -> Vec<Vec<PlaceId>> {
    let single = semiflows
        .iter()
        .filter(|flow| flow.value(net.initial()) == 1 && flow.terms().iter().all(|(_, weight)| *weight == 1));
    let proved = single.map(|flow| flow.terms().iter().map(|(place, _)| *place).collect());
    let declared = net.nupn().into_iter().flat_map(|nupn| &nupn.units).map(|unit| {
        let mut places = unit.places.clone();
        places.sort_unstable();
        places.dedup();
        places
    });
    let mut groups: Vec<Vec<PlaceId>> = proved.chain(declared).collect();
    let tokens =
        |group: &[PlaceId]| group.iter().map(|place| u128::from(net.initial().tokens(*place))).sum::<u128>();
    let saved = |group: &[PlaceId]| match group.len() {
        0 | 1 => 0,
        _ if tokens(group) > 1 => 0,
        n => n - usize::from(width_for(n as u64 - 1)),
    };
    let mut waiting: BinaryHeap<(usize, std::cmp::Reverse<usize>)> =
        groups.iter().enumerate().map(|(index, group)| (saved(group), std::cmp::Reverse(index))).collect();
    let mut is_taken = vec![false; net.place_count()];
    let mut chosen = Vec::new();
    while let Some((gain, std::cmp::Reverse(index))) = waiting.pop() {
        if gain == 0 {
            break;
        }
        groups[index].retain(|place| !is_taken[place.index()]);
        let now = saved(&groups[index]);
        if now < gain {
            waiting.push((now, std::cmp::Reverse(index)));
            continue;
        }
        groups[index].iter().for_each(|place| is_taken[place.index()] = true);
        chosen.push(std::mem::take(&mut groups[index]));
    }
    chosen
}

/// Places that need not be stored, each after those that it depends on.
fn determined(net: &Net, units: &[Vec<PlaceId>], widths: &[u8], flows: &[PlaceFlow]) -> Vec<Determined> {
    let mut in_unit = vec![false; net.place_count()];
    units.iter().flatten().for_each(|place| in_unit[place.index()] = true);
    let mut flows: Vec<&PlaceFlow> = flows.iter().filter(|flow| flow.terms().len() <= LONGEST).collect();
    flows.sort_by_key(|flow| flow.terms().len());
    // What an earlier flow needs or determines cannot be determined by a later one.
    let mut is_used = vec![false; net.place_count()];
    let rows = flows.into_iter().filter_map(|flow| {
        let is_free = |(place, weight): &&(PlaceId, i64)| {
            weight.abs() == 1 && !in_unit[place.index()] && !is_used[place.index()]
        };
        let free = flow.terms().iter().filter(is_free);
        let (pivot, sign) = free.max_by_key(|(place, _)| widths[place.index()]).copied()?;
        flow.terms().iter().for_each(|(place, _)| is_used[place.index()] = true);
        let others = flow.terms().iter().filter(|(place, _)| *place != pivot);
        let terms = others.map(|(place, weight)| (*place, weight.wrapping_mul(-sign).cast_unsigned()));
        #[expect(clippy::cast_possible_truncation, reason = "counts are computed modulo 2⁶⁴")]
        let value = flow.value(net.initial()) as i64;
        let constant = value.wrapping_mul(sign).cast_unsigned();
        Some(Determined { place: pivot, constant, terms: terms.collect() })
    });
    rows.collect()
}
