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
    /// Some place is in no module, or in two.
    #[error("the modules do not divide the places")]
    NoDivision,
    /// A transition changes places of two modules.
    #[error("a transition changes places of two modules")]
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
    /// By place: its module, and where it stands in it.
    stands: Vec<(usize, usize)>,
    /// By module.
    markings: Vec<Vec<Vec<u64>>>,
    /// By module: from, by, to.
    firings: Vec<Vec<(usize, TransitionId, usize)>>,
    /// By place: fewest and most tokens.
    range: Vec<(u64, u64)>,
}

impl<'n> Spaces<'n> {
    /// Explores the modules of `net`.
    pub(crate) fn new(net: &'n Net, modules: &Arc<Modules>) -> Result<Self, ModularFlaw> {
        let mut stands = vec![None; net.place_count()];
        for (module, places) in modules.places.iter().enumerate() {
            for (slot, place) in places.iter().enumerate() {
                let stand = stands.get_mut(place.index()).ok_or(ModularFlaw::NoDivision)?;
                if stand.replace((module, slot)).is_some() {
                    return Err(ModularFlaw::NoDivision);
                }
            }
        }
        let stands: Vec<(usize, usize)> =
            stands.into_iter().collect::<Option<_>>().ok_or(ModularFlaw::NoDivision)?;
        let mut own: Vec<Vec<TransitionId>> = vec![Vec::new(); modules.places.len()];
        for transition in net.transitions() {
            let changed = effect(net, transition).map(|(place, _)| stands[place.index()].0);
            let changed: BTreeSet<usize> = changed.collect();
            if changed.len() > 1 {
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
            range: vec![(0, 0); net.place_count()],
        };
        for (module, transitions) in own.iter().enumerate() {
            let (markings, firings) =
                spaces.explored(module, transitions).ok_or(ModularFlaw::TooLarge(module))?;
            for (slot, place) in modules.places[module].iter().enumerate() {
                let tokens = markings.iter().map(|marking: &Vec<u64>| marking[slot]);
                spaces.range[place.index()] = (tokens.clone().min().unwrap_or(0), tokens.max().unwrap_or(0));
            }
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
                    let (other, slot) = self.stands[place.index()];
                    (other == module).then_some(slot)
                };
                let short = |(place, weight): (PlaceId, u64)| {
                    slot(place).is_some_and(|slot| markings[from][slot] < weight)
                };
                if self.net.pre(*transition).any(short) {
                    continue;
                }
                let mut next = markings[from].clone();
                for (place, change) in effect(self.net, *transition) {
                    let tokens = &mut next[slot(place)?];
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
            let goal = markings.iter().position(|marking| *marking == step.to);
            let goal = goal.ok_or(ModularFlaw::NoSuchMarking(number))?;
            let surely = |transition: TransitionId| {
                self.net.pre(transition).all(|(place, weight)| {
                    self.stands[place.index()].0 == step.module || rest.range(place).0 >= weight
                })
            };
            let mut reaches = vec![false; markings.len()];
            reaches[goal] = true;
            loop {
                let before = reaches.iter().filter(|is| **is).count();
                for (from, by, to) in self.firings[step.module].iter().rev() {
                    if reaches[*to] && !reaches[*from] && surely(*by) {
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
            rest.keep(step.module, |number| number == goal);
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
}

impl<'a> Rest<'a> {
    fn of(spaces: &'a Spaces<'a>) -> Self {
        Self { spaces, possible: FxHashMap::default(), range: FxHashMap::default() }
    }

    fn range(&self, place: PlaceId) -> (u64, u64) {
        self.range.get(&place).copied().unwrap_or(self.spaces.range[place.index()])
    }

    fn possible(&self, module: usize) -> Vec<bool> {
        let all = || vec![true; self.spaces.markings[module].len()];
        self.possible.get(&module).cloned().unwrap_or_else(all)
    }

    /// Takes away what `formula` excludes, until nothing changes; whether anything is left.
    fn sweep(&mut self, formula: &Monotone) -> bool {
        let parts: Vec<&Monotone> = match formula {
            Monotone::And(parts) => parts.iter().collect(),
            other => vec![other],
        };
        let speaks_of: Vec<BTreeSet<usize>> = parts
            .iter()
            .map(|part| {
                let terms = part.atoms().into_iter().flat_map(AtMost::terms);
                terms.map(|(place, _)| self.spaces.stands[place.index()].0).collect()
            })
            .collect();
        let mut changes = true;
        while std::mem::take(&mut changes) {
            for (part, modules) in parts.iter().zip(&speaks_of).filter(|(_, m)| m.len() <= MOST_MODULES) {
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
        let kept: Vec<bool> = (0..markings.len()).map(kept).collect();
        for (slot, place) in self.spaces.modules.places[module].iter().enumerate() {
            let tokens = markings.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(m, _)| m[slot]);
            let range = (tokens.clone().min().unwrap_or(0), tokens.max().unwrap_or(0));
            self.range.insert(*place, range);
        }
        self.possible.insert(module, kept);
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
                    let (module, slot) = self.spaces.stands[place.index()];
                    let (fewest, most) = match given {
                        Some((which, number)) if which == module => {
                            let tokens = self.spaces.markings[module][number][slot];
                            (tokens, tokens)
                        }
                        _ => self.range(*place),
                    };
                    let tokens = if *coefficient > 0 { fewest } else { most };
                    least = least.saturating_add(i128::from(*coefficient) * i128::from(tokens));
                }
                least <= atom.bound()
            }
        }
    }
}
