//! Which local markings of each module are still possible, and what follows for whole markings.

use super::division::Division;
use super::space::LocalSpace;
use crate::run::Stop;
use pn_logic::{AtMost, Monotone, Reason};
use pn_net::{MAX_TOKENS, Net, PlaceId, TransitionId};
use std::collections::{BTreeSet, VecDeque};

/// A part of a formula that speaks of more modules than this narrows none of them.
const MOST_MODULES: usize = 8;

/// What is possible, a subset of the local markings of each module: a set of whole markings, all
/// combinations of these.
#[derive(Clone)]
pub(super) struct Domains<'a> {
    net: &'a Net,
    division: &'a Division,
    spaces: &'a [LocalSpace],
    possible: Vec<Vec<bool>>,
    /// By place of a module: the fewest and the most tokens.
    range: Vec<(u64, u64)>,
    /// By shared place, by its number.
    pools: Vec<Pool>,
    /// Some module has nothing left.
    pub(super) is_empty: bool,
}

/// What the modules have given to a shared place at least and at most, added up, with its initial
/// tokens; and how many modules may have given anything.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pool {
    least: i128,
    most: i128,
    open: usize,
}

impl Pool {
    /// The fewest and the most tokens. The latter are negative where no marking is left.
    fn range(self) -> (i128, i128) {
        match self.open {
            0 => (self.least.max(0), self.most),
            _ => (0, i128::from(MAX_TOKENS)),
        }
    }
}

impl<'a> Domains<'a> {
    /// Everything is possible.
    pub(super) fn all(net: &'a Net, division: &'a Division, spaces: &'a [LocalSpace]) -> Self {
        let initially = |place: &PlaceId| {
            let tokens = i128::from(net.initial().tokens(*place));
            Pool { least: tokens, most: tokens, open: 0 }
        };
        let mut domains = Self {
            net,
            division,
            spaces,
            possible: spaces.iter().map(|space| vec![true; space.markings.len()]).collect(),
            range: vec![(0, 0); net.place_count()],
            pools: division.shared.iter().map(initially).collect(),
            is_empty: false,
        };
        for (module, space) in spaces.iter().enumerate() {
            domains.measure(module);
            for (number, given) in &space.given {
                let pool = &mut domains.pools[*number];
                match given {
                    None => pool.open += 1,
                    Some(given) => {
                        let (least, most) = domains.possible[module]
                            .iter()
                            .zip(given)
                            .fold((i128::MAX, i128::MIN), |(least, most), (_, given)| {
                                (least.min(*given), most.max(*given))
                            });
                        pool.least += least;
                        pool.most += most;
                    }
                }
            }
        }
        domains
    }

    /// The local markings that are possible, by number.
    pub(super) fn possible(&self, module: usize) -> impl Iterator<Item = usize> + Clone + '_ {
        self.possible[module].iter().enumerate().filter(|(_, is)| **is).map(|(number, _)| number)
    }

    /// Whether what the transition needs outside its module is surely there, the module in this local
    /// marking.
    pub(super) fn grants(&self, module: usize, number: usize, transition: TransitionId) -> bool {
        self.division
            .needs(self.net, transition)
            .all(|(place, weight)| self.tokens(place, Some((module, number))).0 >= i128::from(weight))
    }

    /// Only these local markings are possible.
    pub(super) fn settle(&mut self, module: usize, numbers: &[usize]) {
        let mut kept = vec![false; self.possible[module].len()];
        numbers.iter().for_each(|number| kept[*number] = true);
        self.set(module, kept);
    }

    /// Keeps the whole markings that may satisfy `formula`: a superset of those that do.
    /// To a fixed point, which does not depend on the order.
    pub(super) fn narrow(&mut self, formula: &Monotone, stop: &Stop<'_>) -> Result<(), Reason> {
        let mut parts: Vec<Monotone> = match formula {
            Monotone::And(parts) => parts.clone(),
            other => vec![other.clone()],
        };
        let mut modules: Vec<Vec<usize>> = parts.iter().map(|part| self.modules_in(part)).collect();
        modules.iter_mut().filter(|modules| modules.len() > MOST_MODULES).for_each(Vec::clear);
        // A shared place holds no less than nothing.
        for (number, place) in self.division.shared.iter().enumerate() {
            parts.push(Monotone::Atom(AtMost::new(vec![(*place, -1)], 0)));
            let gives = |module: &usize| self.spaces[*module].given.iter().any(|(n, _)| *n == number);
            modules.push((0..self.spaces.len()).filter(gives).collect());
        }
        let mut speaking = vec![Vec::new(); self.spaces.len()];
        let mut drawing = vec![Vec::new(); self.pools.len()];
        for (part, formula) in parts.iter().enumerate() {
            modules[part].iter().for_each(|module| speaking[*module].push(part));
            self.pools_in(formula).into_iter().for_each(|pool| drawing[pool].push(part));
        }
        let mut open: VecDeque<usize> = (0..parts.len()).filter(|part| !modules[*part].is_empty()).collect();
        let mut is_open: Vec<bool> = modules.iter().map(|modules| !modules.is_empty()).collect();
        while let Some(part) = open.pop_front() {
            stop.check()?;
            is_open[part] = false;
            for module in &modules[part] {
                let before = self.pools.clone();
                if !self.keep(*module, &parts[part]) {
                    continue;
                }
                let drawn = (0..before.len()).filter(|pool| before[*pool] != self.pools[*pool]);
                for other in speaking[*module].iter().chain(drawn.flat_map(|pool| &drawing[pool])) {
                    if !modules[*other].is_empty() && !std::mem::replace(&mut is_open[*other], true) {
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

    /// Drops the local markings with which `part` cannot hold; whether there were any.
    fn keep(&mut self, module: usize, part: &Monotone) -> bool {
        let before = &self.possible[module];
        let kept: Vec<bool> =
            (0..before.len()).map(|n| before[n] && self.may(part, Some((module, n)))).collect();
        let changes = kept != *before;
        if changes {
            self.set(module, kept);
        }
        changes
    }

    fn set(&mut self, module: usize, kept: Vec<bool>) {
        let before = self.given(module);
        self.possible[module] = kept;
        self.measure(module);
        if self.is_empty {
            return;
        }
        for ((number, before), (_, after)) in before.into_iter().zip(self.given(module)) {
            if let (Some((least, most)), Some(now)) = (before, after) {
                self.pools[number].least += now.0 - least;
                self.pools[number].most += now.1 - most;
            }
        }
    }

    /// By shared place: what the module has given at least and at most.
    fn given(&self, module: usize) -> Vec<(usize, Option<(i128, i128)>)> {
        let range = |given: &Vec<i128>| {
            let given = self.possible(module).map(|number| given[number]);
            Some((given.clone().min()?, given.max()?))
        };
        let space = &self.spaces[module];
        space.given.iter().map(|(number, given)| (*number, given.as_ref().and_then(range))).collect()
    }

    fn measure(&mut self, module: usize) {
        let kept: Vec<usize> = self.possible(module).collect();
        self.is_empty |= kept.is_empty();
        for (slot, place) in self.division.places[module].iter().enumerate() {
            let tokens = kept.iter().map(|number| self.spaces[module].markings[*number][slot]);
            self.range[place.index()] = (tokens.clone().min().unwrap_or(0), tokens.max().unwrap_or(0));
        }
    }

    fn places_in(formula: &Monotone) -> impl Iterator<Item = PlaceId> {
        formula.atoms().into_iter().flat_map(AtMost::terms).map(|(place, _)| *place)
    }

    fn modules_in(&self, formula: &Monotone) -> Vec<usize> {
        let modules: BTreeSet<usize> =
            Self::places_in(formula).filter_map(|place| self.division.module(place)).collect();
        modules.into_iter().collect()
    }

    fn pools_in(&self, formula: &Monotone) -> BTreeSet<usize> {
        if self.pools.is_empty() {
            return BTreeSet::new();
        }
        let number = |place: PlaceId| self.division.shared.iter().position(|shared| *shared == place);
        Self::places_in(formula).filter_map(number).collect()
    }

    /// The fewest and the most tokens that a place may hold; with a module in one local marking.
    fn tokens(&self, place: PlaceId, given: Option<(usize, usize)>) -> (i128, i128) {
        match (self.division.module(place), given) {
            (Some(module), Some((fixed, number))) if module == fixed => {
                let tokens = i128::from(self.spaces[module].markings[number][self.division.slot(place)]);
                (tokens, tokens)
            }
            (Some(_), _) => {
                let (least, most) = self.range[place.index()];
                (i128::from(least), i128::from(most))
            }
            (None, given) => {
                let number = self.division.shared.iter().position(|shared| *shared == place);
                number.map_or((0, i128::from(MAX_TOKENS)), |number| self.pool(number, given).range())
            }
        }
    }

    fn pool(&self, number: usize, given: Option<(usize, usize)>) -> Pool {
        let mut pool = self.pools[number];
        let Some((module, local)) = given else { return pool };
        let own = self.spaces[module].given.iter().find(|(other, _)| *other == number);
        if let Some((_, Some(gifts))) = own {
            let possible = self.possible(module).map(|number| gifts[number]);
            if let (Some(least), Some(most)) = (possible.clone().min(), possible.max()) {
                pool.least += gifts[local] - least;
                pool.most += gifts[local] - most;
            }
        }
        pool
    }

    /// The most tokens that a shared place may hold, if there is such a number.
    pub(super) fn most_shared(&self, place: PlaceId) -> Option<i128> {
        let number = self.division.shared.iter().position(|shared| *shared == place)?;
        (self.pools[number].open == 0).then(|| self.pools[number].most)
    }

    /// Whether `formula` holds in some of the markings, as far as the fewest and most tokens of each
    /// place tell; with a module in one local marking.
    fn may(&self, formula: &Monotone, given: Option<(usize, usize)>) -> bool {
        match formula {
            Monotone::True => true,
            Monotone::False => false,
            Monotone::Atom(atom) => {
                let least = atom.terms().iter().map(|(place, coefficient)| {
                    let (least, most) = self.tokens(*place, given);
                    i128::from(*coefficient) * if *coefficient > 0 { least } else { most }
                });
                least.sum::<i128>() <= atom.bound()
            }
            Monotone::And(parts) => parts.iter().all(|part| self.may(part, given)),
            Monotone::Or(parts) => parts.iter().any(|part| self.may(part, given)),
        }
    }
}
