//! Which transitions can fire at most once, whatever happens.
//!
//! A transition can, when some place that it takes from never gets tokens for two firings. How
//! many tokens a place gets at most is known when everything that fills it fires at most once:
//! its own, and one filling by each, or one in all where the fillers share a place that never
//! gets tokens for two firings of any of them. Least fixed point, so cycles never count as
//! known: sound, and not complete. O(arcs) for nets without choices, times the fillers of a place
//! at most.

use pn_net::{Net, PlaceId, TransitionId};
use std::collections::VecDeque;

/// By transition: whether it is known to fire at most once.
pub(super) fn at_most_once(net: &Net) -> Vec<bool> {
    let mut supply =
        Supply { net, most: vec![None; net.place_count()], once: vec![false; net.transition_count()] };
    let mut queue: VecDeque<PlaceId> = net.places().collect();
    while let Some(place) = queue.pop_front() {
        let most = supply.of(place);
        if most == supply.most[place.index()] {
            continue;
        }
        supply.most[place.index()] = most;
        for (transition, _) in net.consumers(place) {
            if supply.limits(place, transition) {
                supply.once[transition.index()] = true;
                let filled = net.post(transition).map(|(place, _)| place);
                queue.extend(filled.filter(|filled| gain(net, transition, *filled) > 0));
            }
        }
    }
    supply.once
}

struct Supply<'a> {
    net: &'a Net,
    /// How many tokens a place gets at most in all, where that is known.
    most: Vec<Option<u64>>,
    once: Vec<bool>,
}

impl Supply<'_> {
    fn of(&self, place: PlaceId) -> Option<u64> {
        let net = self.net;
        let fillers: Vec<(TransitionId, u64)> = net
            .producers(place)
            .map(|(filler, _)| (filler, gain(net, filler, place)))
            .filter(|(_, gain)| *gain > 0)
            .collect();
        if fillers.iter().any(|(filler, _)| !self.once[filler.index()]) {
            return None;
        }
        let filled = match self.exclude_each_other(&fillers) {
            true => fillers.iter().map(|(_, gain)| *gain).max().unwrap_or(0),
            false => fillers.iter().try_fold(0_u64, |sum, (_, gain)| sum.checked_add(*gain))?,
        };
        net.initial().tokens(place).checked_add(filled)
    }

    /// Whether only one of the transitions can fire, because all live on one place.
    fn exclude_each_other(&self, transitions: &[(TransitionId, u64)]) -> bool {
        let Some(((first, _), rest)) = transitions.split_first() else { return false };
        self.net
            .preset(*first)
            .iter()
            .any(|p| self.limits(*p, *first) && rest.iter().all(|(t, _)| self.limits(*p, *t)))
    }

    /// Whether the place never gets tokens for two firings of the transition.
    fn limits(&self, place: PlaceId, transition: TransitionId) -> bool {
        let (taken, given) =
            (self.net.input_weight(place, transition), self.net.output_weight(transition, place));
        let used = u128::from(taken.saturating_sub(given));
        self.most[place.index()].is_some_and(|most| u128::from(most) < 2 * used)
    }
}

fn gain(net: &Net, transition: TransitionId, place: PlaceId) -> u64 {
    net.output_weight(transition, place).saturating_sub(net.input_weight(place, transition))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pn_net::NetBuilder;

    /// A net of transitions `name: inputs -> outputs`, one marked place `p`, by single letters.
    fn once(arcs: &[(&str, &str)]) -> Vec<bool> {
        let mut builder = NetBuilder::new("small");
        let mut places = std::collections::BTreeMap::new();
        for letter in arcs.iter().flat_map(|(pre, post)| pre.chars().chain(post.chars())) {
            places.entry(letter).or_insert_with(|| {
                builder.place(&letter.to_string(), None, u64::from(letter == 'p')).expect("a new name")
            });
        }
        for (index, (pre, post)) in arcs.iter().enumerate() {
            let transition = builder.transition(&format!("t{index}"), None).expect("a new name");
            pre.chars().for_each(|p| builder.input(places[&p], transition, 1).expect("a small net"));
            post.chars().for_each(|p| builder.output(transition, places[&p], 1).expect("a small net"));
        }
        at_most_once(&builder.build().expect("a small net"))
    }

    #[test]
    fn a_chain_fires_once_and_a_cycle_does_not() {
        assert_eq!(once(&[("p", "a"), ("a", "b"), ("b", "c")]), [true; 3]);
        assert_eq!(once(&[("b", "c"), ("a", "b"), ("p", "a")]), [true; 3], "in any order");
        assert_eq!(once(&[("p", "a"), ("a", "p")]), [false; 2]);
        assert_eq!(once(&[("", "a"), ("a", "b")]), [false; 2], "what needs nothing fires for ever");
    }

    #[test]
    fn a_lock_that_is_given_back_does_not_matter() {
        assert_eq!(once(&[("p", "ab"), ("al", "ml"), ("bl", "nl")]), [true; 3]);
    }

    #[test]
    fn one_of_two_alternatives_fills_once_and_both_branches_of_a_fork_twice() {
        assert_eq!(once(&[("p", "a"), ("a", "g"), ("a", "g"), ("g", "z")]), [true; 4]);
        assert_eq!(once(&[("p", "ab"), ("a", "g"), ("b", "g"), ("g", "z")]), [true, true, true, false]);
        assert_eq!(once(&[("p", "ab"), ("a", "g"), ("b", "g"), ("gg", "z")]), [true; 4]);
    }
}
