//! Checks proofs by modules, from the net and the sets of places alone.
//!
//! The sets have to divide the places so that no transition changes places of two. Each module is
//! then explored by itself, with what its transitions read of others granted, and what a formula
//! leaves possible is swept through until nothing changes any more; a plan is followed move by move.
//! Definitions and limits are those of `docs/spec/certificates.md`, C13. A sweep is
//! O(formula · local markings).

use pn_logic::{AtMost, Modules, Monotone, Move};
use pn_net::{MAX_TOKENS, Net, PlaceId, TransitionId, effect};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Why a proof by modules proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ModularFlaw {
    /// Some place is in two modules, or is no place.
    #[error("the modules overlap")]
    Overlap,
    /// A transition changes places of two modules, or shared places alone.
    #[error("a transition changes places of two modules, or of none")]
    NotApart,
    /// A module has more local markings, or more tokens on a place, than are looked at.
    #[error("module {0} has too many local markings")]
    TooLarge(usize),
    /// Something is left that would contradict the verdict.
    #[error("the modules leave markings that contradict the verdict")]
    Inconclusive,
    /// A move names no module, or a marking that its module does not have.
    #[error("move {0} leads to no local marking")]
    NoSuchMarking(usize),
    /// From some local marking the move's cannot be reached, or not surely.
    #[error("move {0} cannot be made from every marking")]
    Stuck(usize),
}

/// A module with more local markings is not looked at (C13).
const MOST_MARKINGS: usize = 1 << 14;

/// A part of a formula that speaks of more modules narrows none of them (C13).
const MOST_MODULES: usize = 8;

/// The modules, explored.
pub(crate) struct Spaces<'n> {
    net: &'n Net,
    pub(crate) modules: Arc<Modules>,
    /// By place: its module, and where it stands in it; `None` where it is shared.
    stands: Vec<Option<(usize, usize)>>,
    /// By module.
    markings: Vec<Vec<Vec<u64>>>,
    /// By module: from, by, to.
    firings: Vec<Vec<(usize, TransitionId, usize)>>,
    /// By module: for each shared place that it changes what it has given, by local marking, where
    /// the ways agree.
    given: Vec<Vec<(PlaceId, Option<Vec<i128>>)>>,
    /// By place of a module: fewest and most tokens.
    range: Vec<(u64, u64)>,
    /// By shared place: its initial tokens and what all modules have given at least and at most;
    /// `None` where some module may have given anything.
    pools: FxHashMap<PlaceId, Option<(i128, i128)>>,
}

impl<'n> Spaces<'n> {
    /// Explores the modules of `net`.
    pub(crate) fn new(net: &'n Net, modules: &Arc<Modules>) -> Result<Self, ModularFlaw> {
        let mut stands = vec![None; net.place_count()];
        for (module, places) in modules.places.iter().enumerate() {
            for (slot, place) in places.iter().enumerate() {
                let stand = stands.get_mut(place.index()).ok_or(ModularFlaw::Overlap)?;
                if stand.replace((module, slot)).is_some() {
                    return Err(ModularFlaw::Overlap);
                }
            }
        }
        let mut own: Vec<Vec<TransitionId>> = vec![Vec::new(); modules.places.len()];
        for transition in net.transitions() {
            let changes_nothing = effect(net, transition).next().is_none();
            let changed = effect(net, transition).filter_map(|(place, _)| stands[place.index()]);
            let changed: BTreeSet<usize> = changed.map(|(module, _)| module).collect();
            if changed.len() > 1 || (changed.is_empty() && !changes_nothing) {
                return Err(ModularFlaw::NotApart);
            }
            changed.into_iter().for_each(|module| own[module].push(transition));
        }
        let mut spaces = Self {
            net,
            modules: Arc::clone(modules),
            stands,
            markings: Vec::new(),
            firings: Vec::new(),
            given: Vec::new(),
            range: vec![(0, 0); net.place_count()],
            pools: FxHashMap::default(),
        };
        for place in net.places().filter(|place| spaces.stands[place.index()].is_none()) {
            let initially = i128::from(net.initial().tokens(place));
            spaces.pools.insert(place, Some((initially, initially)));
        }
        for (module, transitions) in own.iter().enumerate() {
            let (markings, firings) =
                spaces.explored(module, transitions).ok_or(ModularFlaw::TooLarge(module))?;
            for (slot, place) in modules.places[module].iter().enumerate() {
                let tokens = markings.iter().map(|marking: &Vec<u64>| marking[slot]);
                spaces.range[place.index()] = (tokens.clone().min().unwrap_or(0), tokens.max().unwrap_or(0));
            }
            let is_shared = |place: &PlaceId| spaces.stands[place.index()].is_none();
            let shared: BTreeSet<PlaceId> = transitions
                .iter()
                .flat_map(|t| effect(net, *t))
                .map(|(place, _)| place)
                .filter(is_shared)
                .collect();
            let given = |place| (place, balance(net, place, markings.len(), &firings));
            let given: Vec<(PlaceId, Option<Vec<i128>>)> = shared.into_iter().map(given).collect();
            for (place, gifts) in &given {
                let pool = spaces.pools.entry(*place).or_default();
                *pool = pool.zip(gifts.as_deref().and_then(|gifts| ends(gifts, |_| true))).map(sum);
            }
            spaces.given.push(given);
            spaces.markings.push(markings);
            spaces.firings.push(firings);
        }
        Ok(spaces)
    }

    #[expect(clippy::type_complexity, reason = "the two fields of the same names")]
    fn explored(
        &self,
        module: usize,
        transitions: &[TransitionId],
    ) -> Option<(Vec<Vec<u64>>, Vec<(usize, TransitionId, usize)>)> {
        let initial: Vec<u64> =
            self.modules.places[module].iter().map(|place| self.net.initial().tokens(*place)).collect();
        let mut numbers = FxHashMap::from_iter([(initial.clone(), 0)]);
        let (mut markings, mut firings) = (vec![initial], Vec::new());
        let mut from = 0;
        while from < markings.len() {
            for transition in transitions {
                let slot = |place: PlaceId| {
                    self.stands[place.index()].filter(|(other, _)| *other == module).map(|(_, slot)| slot)
                };
                let short = |(place, weight): (PlaceId, u64)| {
                    slot(place).is_some_and(|slot| markings[from][slot] < weight)
                };
                if self.net.pre(*transition).any(short) {
                    continue;
                }
                let mut next = markings[from].clone();
                for (place, change) in effect(self.net, *transition) {
                    // What is given to or taken from a shared place stands elsewhere.
                    let Some(slot) = slot(place) else { continue };
                    let tokens = &mut next[slot];
                    *tokens = u64::try_from(i128::from(*tokens) + change).ok()?;
                    if *tokens > MAX_TOKENS {
                        return None;
                    }
                }
                let to = *numbers.entry(next).or_insert_with_key(|next| {
                    markings.push(next.clone());
                    markings.len() - 1
                });
                firings.push((from, *transition, to));
            }
            if markings.len() > MOST_MARKINGS {
                return None;
            }
            from += 1;
        }
        Some((markings, firings))
    }

    /// Whether no reachable marking satisfies `formula`.
    pub(crate) fn exclude(&self, formula: &Monotone) -> Result<(), ModularFlaw> {
        let mut rest = Rest::of(self);
        match rest.sweep(formula) {
            true => Err(ModularFlaw::Inconclusive),
            false => Ok(()),
        }
    }

    /// Whether the plan leads from every reachable marking that satisfies `from` to one that does
    /// not satisfy `failing`.
    pub(crate) fn steer(
        &self,
        from: &Monotone,
        failing: &Monotone,
        plan: &[Move],
    ) -> Result<(), ModularFlaw> {
        let mut rest = Rest::of(self);
        if !rest.sweep(from) {
            return Ok(());
        }
        for (number, step) in plan.iter().enumerate() {
            let markings = self.markings.get(step.module).ok_or(ModularFlaw::NoSuchMarking(number))?;
            let known = |to: &Vec<u64>| markings.iter().position(|marking| marking == to);
            let goals: Option<Vec<usize>> = step.to.iter().map(known).collect();
            let goals = goals.ok_or(ModularFlaw::NoSuchMarking(number))?;
            let surely = |from: usize, transition: TransitionId| {
                self.net.pre(transition).all(|(place, weight)| {
                    self.stands[place.index()].is_some_and(|(module, _)| module == step.module)
                        || rest.range(place, Some((step.module, from))).0 >= i128::from(weight)
                })
            };
            let mut reaches = vec![false; markings.len()];
            goals.iter().for_each(|goal| reaches[*goal] = true);
            loop {
                let before = reaches.iter().filter(|is| **is).count();
                for (from, by, to) in self.firings[step.module].iter().rev() {
                    if reaches[*to] && !reaches[*from] && surely(*from, *by) {
                        reaches[*from] = true;
                    }
                }
                if reaches.iter().filter(|is| **is).count() == before {
                    break;
                }
            }
            if !rest
                .possible(step.module)
                .iter()
                .zip(&reaches)
                .all(|(possible, reaches)| !possible || *reaches)
            {
                return Err(ModularFlaw::Stuck(number));
            }
            rest.keep(step.module, |number| goals.contains(&number));
        }
        match rest.sweep(failing) {
            true => Err(ModularFlaw::Inconclusive),
            false => Ok(()),
        }
    }
}

/// What is left of the local markings. Modules from which nothing is taken are not written out.
struct Rest<'a> {
    spaces: &'a Spaces<'a>,
    possible: FxHashMap<usize, Vec<bool>>,
    range: FxHashMap<PlaceId, (u64, u64)>,
    pools: FxHashMap<PlaceId, Option<(i128, i128)>>,
}

/// The least and the greatest of the gifts that remain.
fn ends(gifts: &[i128], remains: impl Fn(usize) -> bool) -> Option<(i128, i128)> {
    let left = gifts.iter().enumerate().filter(|(number, _)| remains(*number)).map(|(_, gift)| *gift);
    Some((left.clone().min()?, left.max()?))
}

fn sum((a, b): ((i128, i128), (i128, i128))) -> (i128, i128) {
    (a.0 + b.0, a.1 + b.1)
}

/// What firings have given to `place` on balance, by local marking; `None` where ways disagree.
fn balance(
    net: &Net,
    place: PlaceId,
    markings: usize,
    firings: &[(usize, TransitionId, usize)],
) -> Option<Vec<i128>> {
    let mut sums = vec![None; markings];
    sums[0] = Some(0);
    // Local markings are numbered as they are found: from each, firings lead on after one led to it.
    for (from, by, to) in firings {
        let change = effect(net, *by).find(|(other, _)| *other == place).map_or(0, |(_, change)| change);
        let sum = sums[*from]? + change;
        match sums[*to] {
            None => sums[*to] = Some(sum),
            Some(other) if other == sum => {}
            Some(_) => return None,
        }
    }
    sums.into_iter().collect()
}

impl<'a> Rest<'a> {
    fn of(spaces: &'a Spaces<'a>) -> Self {
        Self {
            spaces,
            possible: FxHashMap::default(),
            range: FxHashMap::default(),
            pools: spaces.pools.clone(),
        }
    }

    /// The fewest and the most tokens on a place; with one module as given. The most are negative
    /// where the modules have taken more than a shared place can have.
    fn range(&self, place: PlaceId, given: Option<(usize, usize)>) -> (i128, i128) {
        if let Some((module, slot)) = self.spaces.stands[place.index()] {
            if let Some((_, number)) = given.filter(|(fixed, _)| *fixed == module) {
                let tokens = i128::from(self.spaces.markings[module][number][slot]);
                return (tokens, tokens);
            }
            let (least, most) = self.range.get(&place).copied().unwrap_or(self.spaces.range[place.index()]);
            return (i128::from(least), i128::from(most));
        }
        let Some((mut least, mut most)) = self.pools.get(&place).copied().flatten() else {
            return (0, i128::from(MAX_TOKENS));
        };
        if let Some((module, number)) = given
            && let Some((_, Some(gifts))) = self.spaces.given[module].iter().find(|(p, _)| *p == place)
            && let Some((fewest, greatest)) = self.ends(module, gifts)
        {
            least += gifts[number] - fewest;
            most += gifts[number] - greatest;
        }
        (least.max(0), most)
    }

    fn ends(&self, module: usize, gifts: &[i128]) -> Option<(i128, i128)> {
        let possible = self.possible.get(&module);
        ends(gifts, |number| possible.is_none_or(|possible| possible[number]))
    }

    fn possible(&self, module: usize) -> Vec<bool> {
        let all = || vec![true; self.spaces.markings[module].len()];
        self.possible.get(&module).cloned().unwrap_or_else(all)
    }

    /// Takes away what `formula` excludes, until nothing changes; whether anything is left.
    fn sweep(&mut self, formula: &Monotone) -> bool {
        let mut parts: Vec<Monotone> = match formula {
            Monotone::And(parts) => parts.clone(),
            other => vec![other.clone()],
        };
        let stands = |place: PlaceId| self.spaces.stands[place.index()].map(|(module, _)| module);
        let mut narrows: Vec<BTreeSet<usize>> = parts
            .iter()
            .map(|part| {
                let terms = part.atoms().into_iter().flat_map(AtMost::terms);
                terms.filter_map(|(place, _)| stands(*place)).collect()
            })
            .collect();
        narrows.iter_mut().filter(|modules| modules.len() > MOST_MODULES).for_each(BTreeSet::clear);
        // A shared place holds no less than nothing.
        for place in self.spaces.net.places().filter(|place| stands(*place).is_none()) {
            parts.push(Monotone::Atom(AtMost::new(vec![(place, -1)], 0)));
            let gives =
                |module: &usize| self.spaces.given[*module].iter().any(|(shared, _)| *shared == place);
            narrows.push((0..self.spaces.given.len()).filter(gives).collect());
        }
        let mut changes = true;
        while std::mem::take(&mut changes) {
            for (part, modules) in parts.iter().zip(&narrows) {
                for module in modules {
                    let before = self.possible(*module);
                    let kept: Vec<bool> = (0..before.len())
                        .map(|number| before[number] && self.may(part, Some((*module, number))))
                        .collect();
                    if kept == before {
                        continue;
                    }
                    if !kept.contains(&true) {
                        return false;
                    }
                    self.keep(*module, |number| kept[number]);
                    changes = true;
                }
            }
        }
        parts.iter().all(|part| self.may(part, None))
    }

    fn keep(&mut self, module: usize, kept: impl Fn(usize) -> bool) {
        let markings = &self.spaces.markings[module];
        let given = &self.spaces.given[module];
        let before: Vec<_> =
            given.iter().map(|(_, g)| g.as_ref().and_then(|g| self.ends(module, g))).collect();
        let kept: Vec<bool> = (0..markings.len()).map(kept).collect();
        for (slot, place) in self.spaces.modules.places[module].iter().enumerate() {
            let tokens = markings.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(m, _)| m[slot]);
            let range = (tokens.clone().min().unwrap_or(0), tokens.max().unwrap_or(0));
            self.range.insert(*place, range);
        }
        self.possible.insert(module, kept);
        for ((place, gifts), before) in given.iter().zip(before) {
            let after = gifts.as_ref().and_then(|gifts| self.ends(module, gifts));
            if let (Some(Some(pool)), Some(before), Some(after)) = (self.pools.get_mut(place), before, after)
            {
                *pool = (pool.0 + after.0 - before.0, pool.1 + after.1 - before.1);
            }
        }
    }

    /// Whether `formula` can hold, the places independent of each other; with one module as given.
    fn may(&self, formula: &Monotone, given: Option<(usize, usize)>) -> bool {
        match formula {
            Monotone::True => true,
            Monotone::False => false,
            Monotone::And(parts) => parts.iter().all(|part| self.may(part, given)),
            Monotone::Or(parts) => parts.iter().any(|part| self.may(part, given)),
            Monotone::Atom(atom) => {
                let mut least = 0_i128;
                for (place, coefficient) in atom.terms() {
                    let (fewest, most) = self.range(*place, given);
                    let tokens = if *coefficient > 0 { fewest } else { most };
                    least = least.saturating_add(i128::from(*coefficient) * tokens);
                }
                least <= atom.bound()
            }
        }
    }
}
