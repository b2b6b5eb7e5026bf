//! Which places may be marked at the same time: the structural concurrency relation.
//!
//! The least relation of pairs of places, of a place with itself too, such that
//!
//! - places that are marked initially are related, a place with two tokens to itself;
//! - if the inputs of a transition are related to each other, one of which it takes two tokens to
//!   itself, then its outputs are related to each other and to every place that is related to all of
//!   its inputs; an output of two tokens to itself.
//!
//! Marked together are only related places, and a place that is not related to itself never holds
//! two tokens: by induction over the firings of a run. What is marked before a firing and still
//! afterwards is related to all inputs: to others as they are marked with it, and an input to
//! itself as it holds more than what is taken. So a transition with inputs that are not related
//! never fires.
//!
//! Places that are one-safe for another reason are not related to themselves, which leaves fewer pairs
//! of others.
//!
//! Kovalyov, "Concurrency relations and the safety problem for Petri nets" (1992); for live and
//! bounded free-choice nets the relation is exact (Kovalyov and Esparza, 1996). In planning it is
//! known as h² (Haslum and Geffner, 2000). O(passes · arcs · places / 64), places² / 8 bytes.

use crate::OneSafe;
use crate::row::{Effort, Incomplete};
use pn_net::{Net, PlaceId, TransitionId};

/// The relation, and what may fire by it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Concurrency {
    rows: Rows,
    fires: Vec<bool>,
}

/// The most bytes that the relation may take.
const MOST_BYTES: usize = 1 << 26;

impl Concurrency {
    /// The relation of `net`, of which `one_safe` is known.
    ///
    /// # Errors
    ///
    /// The effort, counted in words of 64 pairs, is spent, or the relation would be too large.
    pub fn of(net: &Net, one_safe: &OneSafe, mut effort: Effort) -> Result<Self, Incomplete> {
        let words = net.place_count().div_ceil(64);
        if net.place_count().saturating_mul(words * 8) > MOST_BYTES {
            return Err(Incomplete::Effort);
        }
        let mut growing = Growing {
            net,
            one_safe,
            rows: Rows { words, bits: vec![0; net.place_count() * words] },
            marked: vec![0; words],
            is_due: vec![true; net.transition_count()],
        };
        growing.begin();
        let mut fires = vec![false; net.transition_count()];
        let mut with = vec![0; words];
        loop {
            let mut is_done = true;
            for transition in net.transitions() {
                if !std::mem::take(&mut growing.is_due[transition.index()]) {
                    continue;
                }
                is_done = false;
                effort.spend(1 + words * (1 + net.preset(transition).len()))?;
                if growing.stay(transition, &mut with) {
                    fires[transition.index()] = true;
                    effort.spend(words * net.postset(transition).len())?;
                    growing.fire(transition, &mut with);
                }
            }
            if is_done {
                return Ok(Self { rows: growing.rows, fires });
            }
        }
    }

    /// Whether both places may be marked in one reachable marking; for a place and itself, whether
    /// it may hold two tokens.
    #[must_use]
    pub fn may_meet(&self, place: PlaceId, other: PlaceId) -> bool {
        self.rows.has(place.index(), other.index())
    }

    /// Whether the transition may fire.
    #[must_use]
    pub fn may_fire(&self, transition: TransitionId) -> bool {
        self.fires[transition.index()]
    }
}

/// A symmetric relation, one bit a pair.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Rows {
    words: usize,
    bits: Vec<u64>,
}

impl Rows {
    fn row(&self, place: usize) -> &[u64] {
        &self.bits[place * self.words..(place + 1) * self.words]
    }

    fn row_mut(&mut self, place: usize) -> &mut [u64] {
        &mut self.bits[place * self.words..(place + 1) * self.words]
    }

    fn has(&self, place: usize, other: usize) -> bool {
        has(self.row(place), other)
    }
}

/// The relation while pairs are found.
struct Growing<'n> {
    net: &'n Net,
    one_safe: &'n OneSafe,
    rows: Rows,
    /// The places that may be marked.
    marked: Vec<u64>,
    /// The transitions with an input of which a pair was found since they were looked at.
    is_due: Vec<bool>,
}

impl Growing<'_> {
    fn begin(&mut self) {
        let net = self.net;
        let tokens = |place: &PlaceId| net.initial().tokens(*place);
        let initially: Vec<PlaceId> = net.places().filter(|place| tokens(place) > 0).collect();
        initially.iter().for_each(|place| add(&mut self.marked, place.index()));
        for place in initially {
            let row = self.rows.row_mut(place.index());
            row.copy_from_slice(&self.marked);
            if tokens(&place) < 2 {
                row[place.index() / 64] &= !(1 << (place.index() % 64));
            }
        }
    }

    /// Whether the transition may fire; if so, `with` are the places that may be marked besides what
    /// it takes.
    fn stay(&self, transition: TransitionId, with: &mut [u64]) -> bool {
        with.copy_from_slice(&self.marked);
        let inputs = self.net.preset(transition);
        for (number, (place, weight)) in self.net.pre(transition).enumerate() {
            let place = place.index();
            let meets = |other: &PlaceId| self.rows.has(place, other.index());
            let is_there = has(&self.marked, place) && (weight == 1 || self.rows.has(place, place));
            if !is_there || !inputs[..number].iter().all(meets) {
                return false;
            }
            with.iter_mut().zip(self.rows.row(place)).for_each(|(with, row)| *with &= row);
        }
        true
    }

    /// Adds the pairs of the outputs.
    fn fire(&mut self, transition: TransitionId, with: &mut [u64]) {
        let stays = with.to_vec();
        self.net.postset(transition).iter().for_each(|place| add(with, place.index()));
        for (place, weight) in self.net.post(transition) {
            let is_single = self.one_safe.by(place).is_some();
            let place = place.index();
            let is_double = !is_single && (weight > 1 || has(&stays, place));
            let mut has_news = !has(&self.marked, place);
            add(&mut self.marked, place);
            for (word, with) in with.iter().enumerate() {
                let own = &mut self.rows.row_mut(place)[word];
                let mut found = with & !*own;
                if word == place / 64 && !is_double {
                    found &= !(1 << (place % 64));
                }
                *own |= found;
                has_news |= found != 0;
                while found != 0 {
                    let other = 64 * word + found.trailing_zeros() as usize;
                    found &= found - 1;
                    add(self.rows.row_mut(other), place);
                    self.news(other);
                }
            }
            if has_news {
                self.news(place);
            }
        }
    }

    fn news(&mut self, place: usize) {
        let consumers = self.net.consumers(PlaceId::new(place));
        consumers.for_each(|(transition, _)| self.is_due[transition.index()] = true);
    }
}

fn has(set: &[u64], place: usize) -> bool {
    set[place / 64] >> (place % 64) & 1 == 1
}

fn add(set: &mut [u64], place: usize) {
    set[place / 64] |= 1 << (place % 64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::one_safe;
    use pn_testkit::{oracle, random_net, random_safe_net};

    #[test]
    fn what_is_marked_together_is_related() {
        let (mut apart, mut dead) = (0, 0);
        for seed in 0..600 {
            let net = if seed % 2 == 0 { random_net(seed) } else { random_safe_net(seed) };
            let Some(space) = oracle::explore(&net, 2_000) else { continue };
            let effort = if seed % 3 == 0 { Effort(0) } else { Effort(1 << 20) };
            let relation = Concurrency::of(&net, &one_safe(&net, effort), Effort(1 << 20)).unwrap();
            for marking in space.markings() {
                for (one, other) in net.places().flat_map(|p| net.places().map(move |q| (p, q))) {
                    let least = if one == other { 2 } else { 1 };
                    let meet = marking.tokens(one).min(marking.tokens(other)) >= least;
                    assert!(!meet || relation.may_meet(one, other), "seed {seed}: {one:?} {other:?}");
                }
            }
            let never = space.never_fireable();
            for transition in net.transitions().filter(|t| !relation.may_fire(*t)) {
                assert!(never.contains(&transition), "seed {seed}: {transition:?} fires");
                dead += 1;
            }
            let pairs = net.places().flat_map(|p| net.places().map(move |q| (p, q)));
            apart += pairs.filter(|(one, other)| !relation.may_meet(*one, *other)).count();
        }
        assert!(apart > 1_000 && dead > 100, "{apart} pairs apart, {dead} transitions dead");
    }

    #[test]
    fn two_who_share_a_lock_exclude_each_other() {
        let net = pn_testkit::net(
            "lock(1) idle1(1) idle2(1)
             enter1: idle1 + lock -> busy1
             enter2: idle2 + lock -> busy2
             leave1: busy1 -> idle1 + lock
             leave2: busy2 -> idle2 + lock
             both: busy1 + busy2 -> crash",
        );
        let place = |name: &str| net.find_place(name).unwrap();
        let nothing = one_safe(&net, Effort(0));
        let relation = Concurrency::of(&net, &nothing, Effort(1_000)).unwrap();
        assert!(!relation.may_meet(place("busy1"), place("busy2")));
        assert!(relation.may_meet(place("busy1"), place("idle2")));
        assert!(!relation.may_meet(place("lock"), place("lock")));
        assert!(!relation.may_fire(net.find_transition("both").unwrap()));
        assert_eq!(Concurrency::of(&net, &nothing, Effort(10)), Err(Incomplete::Effort));
    }
}
