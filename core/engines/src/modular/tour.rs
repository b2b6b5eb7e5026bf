//! One run that shows as much as possible: every transition, and every wish, a local marking that
//! somebody wants to see.
//!
//! Each module in turn, those that are read first, shows what it can without losing its way home,
//! and goes home, where others find what they read. Then, those that are read last, each shows the
//! rest, from which there need not be a way back.

use super::division::Division;
use super::homes::Homes;
use super::space::LocalSpace;
use crate::run::Stop;
use pn_net::{Marking, Net, PlaceId, Trace, TransitionId, firing};
use std::collections::VecDeque;

/// What somebody wants to see: one of these local markings of a module.
pub(super) struct Wish {
    pub(super) module: usize,
    pub(super) among: Vec<bool>,
}

/// The run and what it shows.
pub(super) struct Tour {
    pub(super) run: Trace,
    /// By transition: after how many firings of the run it is enabled, if ever.
    pub(super) enabled: Vec<Option<usize>>,
    /// By wish: after how many firings of the run it is granted, if ever.
    pub(super) granted: Vec<Option<usize>>,
}

/// A guide's eyes are kept on all of this.
struct Guide<'a> {
    net: &'a Net,
    division: &'a Division,
    spaces: &'a [LocalSpace],
    wishes: &'a [Wish],
    /// By module: what is wished of it.
    wished: Vec<Vec<usize>>,
    /// By place: who is enabled by it, and changes nothing.
    onlookers: Vec<Vec<TransitionId>>,
    marking: Marking,
    at: Vec<usize>,
    tour: Tour,
}

/// The tour, as far as it comes before it is stopped.
pub(super) fn tour(
    net: &Net,
    division: &Division,
    spaces: &[LocalSpace],
    (homes, wishes): (&Homes<'_>, &[Wish]),
    stop: &Stop<'_>,
) -> Tour {
    let mut wished = vec![Vec::new(); spaces.len()];
    wishes.iter().enumerate().for_each(|(number, wish)| wished[wish.module].push(number));
    let mut onlookers = vec![Vec::new(); net.place_count()];
    for transition in net.transitions().filter(|transition| division.owner(*transition).is_none()) {
        net.preset(transition).iter().for_each(|place| onlookers[place.index()].push(transition));
    }
    let mut guide = Guide {
        net,
        division,
        spaces,
        wishes,
        wished,
        onlookers,
        marking: net.initial().clone(),
        at: vec![0; spaces.len()],
        tour: Tour {
            run: Trace { firings: Vec::new() },
            enabled: vec![None; net.transition_count()],
            granted: vec![None; wishes.len()],
        },
    };
    (0..spaces.len()).for_each(|module| guide.look(module));
    let order = division.in_order_of_reading(net);
    for module in &order {
        if stop.check().is_err() {
            return guide.tour;
        }
        guide.show_and_go_home(*module, &homes.best(*module));
    }
    for module in order.iter().rev() {
        if stop.check().is_err() {
            break;
        }
        let everywhere = vec![true; spaces[*module].markings.len()];
        while guide.show_next(*module, &everywhere) {}
    }
    guide.tour
}

impl Guide<'_> {
    /// Whether what the transition needs outside the module would be there if that alone came to
    /// this local marking.
    fn is_granted(&self, module: usize, number: usize, transition: TransitionId) -> bool {
        self.division.needs(self.net, transition).all(|(place, weight)| {
            let now = i128::from(self.marking.tokens(place));
            let own = self.spaces[module].given.iter().find(|(n, _)| self.division.shared[*n] == place);
            match own {
                None => now >= i128::from(weight),
                Some((_, Some(given))) => now - given[self.at[module]] + given[number] >= i128::from(weight),
                Some((_, None)) => number == self.at[module] && now >= i128::from(weight),
            }
        })
    }

    fn show_and_go_home(&mut self, module: usize, best: &[usize]) {
        let home = best.iter().copied().find_map(|home| {
            let safe = self.spaces[module].backwards(&[home], |from, t| self.is_granted(module, from, t));
            safe[self.at[module]].then_some((home, safe))
        });
        let Some((home, safe)) = home else { return };
        while self.show_next(module, &safe) {}
        let mut only = vec![false; safe.len()];
        only[home] = true;
        self.go(module, &safe, |_, number| only[number]);
    }

    /// Goes on to what is nearest of all that is to be seen; whether there is anything.
    fn show_next(&mut self, module: usize, safe: &[bool]) -> bool {
        // Others may have come to where they grant what they did not before.
        self.look(module);
        let (enabled, granted) = (&self.tour.enabled, &self.tour.granted);
        let open: Vec<&Wish> = self.wished[module]
            .iter()
            .filter(|wish| granted[**wish].is_none())
            .map(|wish| &self.wishes[*wish])
            .collect();
        let unseen: Vec<bool> =
            self.division.transitions[module].iter().map(|t| enabled[t.index()].is_none()).collect();
        if open.is_empty() && !unseen.contains(&true) {
            return false;
        }
        let own = &self.division.transitions[module];
        let is_new = |transition: TransitionId| own.binary_search(&transition).is_ok_and(|n| unseen[n]);
        let wishes: Vec<usize> = (0..safe.len()).filter(|n| open.iter().any(|wish| wish.among[*n])).collect();
        let firings = &self.spaces[module].firings;
        let shows: Vec<bool> = (0..safe.len())
            .map(|number| {
                wishes.binary_search(&number).is_ok()
                    || firings[number].iter().any(|(t, _)| is_new(*t) && self.is_granted(module, number, *t))
            })
            .collect();
        self.go(module, safe, |_, number| shows[number])
    }

    /// Brings the module on the shortest way, through markings that are `safe`, to one that is an
    /// `end`; whether there is one.
    fn go(&mut self, module: usize, safe: &[bool], end: impl Fn(&Self, usize) -> bool) -> bool {
        let space = &self.spaces[module];
        let start = self.at[module];
        let mut from = vec![None; space.markings.len()];
        let mut open = VecDeque::from([start]);
        let mut seen = vec![false; space.markings.len()];
        seen[start] = true;
        let found = loop {
            let Some(number) = open.pop_front() else { return false };
            if end(self, number) {
                break number;
            }
            for (transition, to) in &space.firings[number] {
                if safe[*to] && !seen[*to] && self.is_granted(module, number, *transition) {
                    seen[*to] = true;
                    from[*to] = Some((number, *transition));
                    open.push_back(*to);
                }
            }
        };
        let mut way = Vec::new();
        let mut number = found;
        while let Some((before, transition)) = from[number] {
            way.push((transition, number));
            number = before;
        }
        for (transition, to) in way.into_iter().rev() {
            if firing::fire(self.net, &mut self.marking, transition).is_err() {
                return false;
            }
            self.tour.run.firings.push(transition);
            self.at[module] = to;
            self.look(module);
        }
        true
    }

    /// Notes what the marking shows of the module.
    fn look(&mut self, module: usize) {
        let (now, number) = (self.tour.run.firings.len(), self.at[module]);
        for (transition, _) in &self.spaces[module].firings[number] {
            if self.tour.enabled[transition.index()].is_none() && self.is_granted(module, number, *transition)
            {
                self.tour.enabled[transition.index()] = Some(now);
            }
        }
        for wish in &self.wished[module] {
            if self.tour.granted[*wish].is_none() && self.wishes[*wish].among[number] {
                self.tour.granted[*wish] = Some(now);
            }
        }
        let marked: Vec<PlaceId> = self.division.places[module].clone();
        for place in marked {
            for index in 0..self.onlookers[place.index()].len() {
                let transition = self.onlookers[place.index()][index];
                if self.tour.enabled[transition.index()].is_none()
                    && firing::is_enabled(self.net, &self.marking, transition)
                {
                    self.tour.enabled[transition.index()] = Some(now);
                }
            }
        }
    }
}
