//! Which local markings of each module are still possible, and what follows for whole markings.

use super::division::Division;
use super::space::LocalSpace;
use crate::run::Stop;
use pn_logic::{AtMost, Monotone, Reason};
use pn_net::PlaceId;
use std::collections::{BTreeSet, VecDeque};

/// A part of a formula that speaks of more modules than this narrows none of them.
const MOST_MODULES: usize = 8;

/// What is possible, a subset of the local markings of each module: a set of whole markings, all
/// combinations of these.
#[derive(Clone)]
pub(super) struct Domains<'a> {
    division: &'a Division,
    spaces: &'a [LocalSpace],
    possible: Vec<Vec<bool>>,
    /// By place.
    least: Vec<u64>,
    most: Vec<u64>,
    /// Some module has nothing left.
    pub(super) is_empty: bool,
}

impl<'a> Domains<'a> {
    /// Everything is possible.
    pub(super) fn all(division: &'a Division, spaces: &'a [LocalSpace]) -> Self {
        let places = division.places.iter().map(Vec::len).sum();
        let mut domains = Self {
            division,
            spaces,
            possible: spaces.iter().map(|space| vec![true; space.markings.len()]).collect(),
            least: vec![0; places],
            most: vec![0; places],
            is_empty: false,
        };
        (0..spaces.len()).for_each(|module| domains.measure(module));
        domains
    }

    /// The fewest tokens that a place may hold.
    pub(super) fn least(&self, place: PlaceId) -> u64 {
        self.least[place.index()]
    }

    /// The local markings that are possible, by number.
    pub(super) fn possible(&self, module: usize) -> impl Iterator<Item = usize> + '_ {
        self.possible[module].iter().enumerate().filter(|(_, is)| **is).map(|(number, _)| number)
    }

    /// Only this local marking is possible.
    pub(super) fn settle(&mut self, module: usize, number: usize) {
        self.possible[module].fill(false);
        self.possible[module][number] = true;
        self.measure(module);
    }

    /// Keeps the whole markings that may satisfy `formula`: a superset of those that do.
    /// To a fixed point, which does not depend on the order.
    pub(super) fn narrow(&mut self, formula: &Monotone, stop: &Stop<'_>) -> Result<(), Reason> {
        let parts: &[Monotone] = match formula {
            Monotone::And(parts) => parts,
            other => std::slice::from_ref(other),
        };
        let modules: Vec<Vec<usize>> = parts.iter().map(|part| self.modules_in(part)).collect();
        let narrows = |part: &usize| modules[*part].len() <= MOST_MODULES;
        let mut speaking = vec![Vec::new(); self.spaces.len()];
        for part in (0..parts.len()).filter(narrows) {
            modules[part].iter().for_each(|module| speaking[*module].push(part));
        }
        let mut open: VecDeque<usize> = (0..parts.len()).filter(narrows).collect();
        let mut is_open: Vec<bool> = (0..parts.len()).map(|part| narrows(&part)).collect();
        while let Some(part) = open.pop_front() {
            stop.check()?;
            is_open[part] = false;
            for module in &modules[part] {
                if !self.keep(*module, &parts[part]) {
                    continue;
                }
                for other in &speaking[*module] {
                    if !std::mem::replace(&mut is_open[*other], true) {
                        open.push_back(*other);
                    }
                }
            }
            if self.is_empty {
                return Ok(());
            }
        }
        self.is_empty |= !parts.iter().all(|part| self.may(part, None));
        Ok(())
    }

    /// Drops the local markings with which `part` cannot hold; whether the fewest or most tokens of
    /// some place have changed.
    fn keep(&mut self, module: usize, part: &Monotone) -> bool {
        let dropped: Vec<usize> =
            self.possible(module).filter(|number| !self.may(part, Some((module, *number)))).collect();
        if dropped.is_empty() {
            return false;
        }
        dropped.iter().for_each(|number| self.possible[module][*number] = false);
        self.measure(module);
        true
    }

    fn measure(&mut self, module: usize) {
        let kept: Vec<usize> = self.possible(module).collect();
        self.is_empty |= kept.is_empty();
        for (slot, place) in self.division.places[module].iter().enumerate() {
            let tokens = kept.iter().map(|number| self.spaces[module].markings[*number][slot]);
            self.least[place.index()] = tokens.clone().min().unwrap_or(0);
            self.most[place.index()] = tokens.max().unwrap_or(0);
        }
    }

    fn modules_in(&self, formula: &Monotone) -> Vec<usize> {
        let places = formula.atoms().into_iter().flat_map(AtMost::terms).map(|(place, _)| *place);
        let modules: BTreeSet<usize> = places.map(|place| self.division.module(place)).collect();
        modules.into_iter().collect()
    }

    /// Whether `formula` holds in some of the markings, as far as the fewest and most tokens of each
    /// place tell; with a module in one local marking.
    fn may(&self, formula: &Monotone, given: Option<(usize, usize)>) -> bool {
        match formula {
            Monotone::True => true,
            Monotone::False => false,
            Monotone::Atom(atom) => {
                let least = atom.terms().iter().map(|(place, coefficient)| {
                    let tokens = match given {
                        Some((module, number)) if self.division.module(*place) == module => {
                            self.spaces[module].markings[number][self.division.slot(*place)]
                        }
                        _ if *coefficient > 0 => self.least[place.index()],
                        _ => self.most[place.index()],
                    };
                    i128::from(*coefficient) * i128::from(tokens)
                });
                least.sum::<i128>() <= atom.bound()
            }
            Monotone::And(parts) => parts.iter().all(|part| self.may(part, given)),
            Monotone::Or(parts) => parts.iter().any(|part| self.may(part, given)),
        }
    }
}
