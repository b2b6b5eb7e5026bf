//! The local space of a module: its markings and firings by itself, with every read granted.
//! O(markings · transitions of the module).

use super::division::Division;
use crate::run::Stop;
use pn_logic::Reason;
use pn_net::{MAX_TOKENS, Net, PlaceId, TransitionId, effect};
use rustc_hash::FxHashMap;

/// A module with more local markings than this is not looked at.
const MOST_MARKINGS: usize = 1 << 14;

/// The markings of one module, the initial one first, and the firings between them.
#[derive(Debug)]
pub(super) struct LocalSpace {
    /// Tokens by slot.
    pub(super) markings: Vec<Box<[u64]>>,
    /// From each marking: what fires, and where it leads.
    pub(super) firings: Vec<Vec<(TransitionId, usize)>>,
    /// By shared place that the module changes, by its number: what has been given to it on balance,
    /// in each marking; `None` where that depends on the way.
    pub(super) given: Vec<(usize, Option<Vec<i128>>)>,
}

/// A transition as its module sees it.
struct Local {
    transition: TransitionId,
    needs: Vec<(usize, u64)>,
    changes: Vec<(usize, i128)>,
}

impl LocalSpace {
    /// All of it, or why not.
    pub(super) fn of(net: &Net, division: &Division, module: usize, stop: &Stop<'_>) -> Result<Self, Reason> {
        let locals: Vec<Local> = division.transitions[module]
            .iter()
            .map(|transition| {
                let own = |place: &PlaceId| division.module(*place) == Some(module);
                Local {
                    transition: *transition,
                    needs: net
                        .pre(*transition)
                        .filter(|(place, _)| own(place))
                        .map(|(place, weight)| (division.slot(place), weight))
                        .collect(),
                    changes: effect(net, *transition)
                        .filter(|(place, _)| own(place))
                        .map(|(place, change)| (division.slot(place), change))
                        .collect(),
                }
            })
            .collect();
        let initial: Box<[u64]> =
            division.places[module].iter().map(|place| net.initial().tokens(*place)).collect();
        let mut known = FxHashMap::from_iter([(initial.clone(), 0)]);
        let mut space = Self { markings: vec![initial], firings: Vec::new(), given: Vec::new() };
        while let Some(marking) = space.markings.get(space.firings.len()).cloned() {
            stop.check()?;
            let mut firings = Vec::new();
            for local in &locals {
                if local.needs.iter().any(|(slot, weight)| marking[*slot] < *weight) {
                    continue;
                }
                let next = local.after(&marking).ok_or(Reason::TokenOverflow)?;
                let number = *known.entry(next).or_insert_with_key(|next| {
                    space.markings.push(next.clone());
                    space.markings.len() - 1
                });
                firings.push((local.transition, number));
            }
            if space.markings.len() > MOST_MARKINGS {
                return Err(Reason::Unsupported);
            }
            space.firings.push(firings);
        }
        for (number, place) in division.shared.iter().enumerate() {
            let change = |t: TransitionId| effect(net, t).find(|(p, _)| p == place).map_or(0, |(_, c)| c);
            if division.transitions[module].iter().any(|transition| change(*transition) != 0) {
                let given = space.balance(change);
                space.given.push((number, given));
            }
        }
        Ok(space)
    }

    /// What firings have added up to in each marking, if all ways agree.
    fn balance(&self, change: impl Fn(TransitionId) -> i128) -> Option<Vec<i128>> {
        let mut sums: Vec<Option<i128>> = vec![None; self.markings.len()];
        sums[0] = Some(0);
        // Markings are numbered in the order in which they were found, so each has a sum in its turn.
        for from in 0..self.markings.len() {
            for (transition, to) in &self.firings[from] {
                let sum = sums[from]?.checked_add(change(*transition))?;
                if *sums[*to].get_or_insert(sum) != sum {
                    return None;
                }
            }
        }
        sums.into_iter().collect()
    }

    /// The memory that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let marking = self.markings.first().map_or(0, |marking| marking.len() * 8 + 64);
        let firings: usize = self.firings.iter().map(Vec::len).sum();
        self.markings.len() * marking + firings * 16
    }

    /// The markings from which one of `goals` is reached by firings that `may` happen.
    pub(super) fn backwards(&self, goals: &[usize], may: impl Fn(usize, TransitionId) -> bool) -> Vec<bool> {
        let mut before = vec![Vec::new(); self.markings.len()];
        for (from, firings) in self.firings.iter().enumerate() {
            for (_, to) in firings.iter().filter(|(transition, _)| may(from, *transition)) {
                before[*to].push(from);
            }
        }
        let mut reaches = vec![false; self.markings.len()];
        goals.iter().for_each(|goal| reaches[*goal] = true);
        let mut open = goals.to_vec();
        while let Some(marking) = open.pop() {
            for from in &before[marking] {
                if !reaches[*from] {
                    reaches[*from] = true;
                    open.push(*from);
                }
            }
        }
        reaches
    }
}

impl Local {
    fn after(&self, marking: &[u64]) -> Option<Box<[u64]>> {
        let mut next: Box<[u64]> = marking.into();
        for (slot, change) in &self.changes {
            let tokens = u64::try_from(i128::from(next[*slot]) + change).ok()?;
            next[*slot] = Some(tokens).filter(|tokens| *tokens <= MAX_TOKENS)?;
        }
        Some(next)
    }
}
