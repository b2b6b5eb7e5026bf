//! Where modules are at home: the local markings to which it is best to bring each of them, for a
//! goal and for what others read. A guess; whether it serves is found out by who uses it.

use super::division::Division;
use super::space::LocalSpace;
use pn_logic::{AtMost, Monotone};
use pn_net::{Net, PlaceId};
use std::cmp::Reverse;

/// What makes one local marking better than another, most important first.
pub(super) struct Homes<'a> {
    spaces: &'a [LocalSpace],
    /// By module: how it counts for inequalities of the goal. Those of it alone hold or not, in the
    /// sums of others it takes part.
    goals: Vec<Vec<(AtMost, Counts)>>,
    /// By module: its places that others read, with how many tokens they want there.
    wanted: Vec<Vec<(usize, u64)>>,
    division: &'a Division,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Counts {
    Alone,
    InASum,
}

impl<'a> Homes<'a> {
    /// For a goal, or for reads alone. Of sums over several modules those count that do not hold
    /// initially.
    pub(super) fn new(
        net: &Net,
        division: &'a Division,
        spaces: &'a [LocalSpace],
        goal: Option<&Monotone>,
    ) -> Self {
        let mut goals = vec![Vec::new(); spaces.len()];
        for atom in goal.into_iter().flat_map(Monotone::atoms) {
            let mut modules: Vec<usize> =
                atom.terms().iter().filter_map(|(place, _)| division.module(*place)).collect();
            modules.sort_unstable();
            modules.dedup();
            let holds = atom.sum(|place| i128::from(net.initial().tokens(place))) <= atom.bound();
            match modules.as_slice() {
                [module] => goals[*module].push((atom.clone(), Counts::Alone)),
                _ if holds => {}
                _ => modules.iter().for_each(|module| {
                    let own = atom.terms().iter().filter(|(p, _)| division.module(*p) == Some(*module));
                    let share = AtMost::new(own.copied().collect(), 0);
                    goals[*module].push((share, Counts::InASum));
                }),
            }
        }
        let mut wanted: Vec<Vec<(usize, u64)>> = vec![Vec::new(); spaces.len()];
        for transition in net.transitions() {
            for (place, weight) in division.reads(net, transition) {
                if let Some(module) = division.module(place) {
                    wanted[module].push((division.slot(place), weight));
                }
            }
        }
        for wanted in &mut wanted {
            wanted.sort_unstable();
            wanted.dedup();
        }
        Self { spaces, goals, wanted, division }
    }

    /// The local markings of a module than which none is better, by number. Nothing where all are
    /// alike, as nobody wants anything of the module.
    pub(super) fn best(&self, module: usize) -> Vec<usize> {
        let space = &self.spaces[module];
        if self.goals[module].is_empty() && self.wanted[module].is_empty() && space.given.is_empty() {
            return Vec::new();
        }
        let scores: Vec<_> = (0..space.markings.len()).map(|number| self.score(module, number)).collect();
        let best = scores.iter().max();
        (0..scores.len()).filter(|number| Some(&scores[*number]) == best).collect()
    }

    fn score(&self, module: usize, number: usize) -> (usize, Reverse<i128>, usize, i128) {
        let marking = &self.spaces[module].markings[number];
        let tokens = |place: PlaceId| i128::from(marking[self.division.slot(place)]);
        let goals = &self.goals[module];
        let alone = goals
            .iter()
            .filter(|(atom, counts)| *counts == Counts::Alone && atom.sum(tokens) <= atom.bound());
        let shares = goals.iter().filter(|(_, counts)| *counts == Counts::InASum);
        let sum = shares.map(|(atom, _)| atom.sum(tokens)).sum();
        let granted = self.wanted[module].iter().filter(|(slot, weight)| marking[*slot] >= *weight);
        // What it holds of what is shared, others wait for.
        let given = self.spaces[module].given.iter().filter_map(|(_, given)| given.as_ref());
        (alone.count(), Reverse(sum), granted.count(), given.map(|given| given[number]).sum())
    }
}
