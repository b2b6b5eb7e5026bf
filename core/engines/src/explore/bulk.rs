//! Properties that come by the thousand, watched in tables.
//!
//! "Transition t can fire", "the bound of place p" and "some place reaches its threshold" are
//! settled by looking at the firings and, for counts, only at the places that a firing raises
//! when it discovers a marking: every larger count of a place appears in such a firing first.

use super::space::{Space, Step};
use pn_logic::{Comparison, Formula};
use pn_net::{Net, PlaceId, TransitionId};

/// The first marking in which each transition was seen enabled.
pub(super) struct Sightings {
    at: Vec<Option<u32>>,
    missing: usize,
}

impl Sightings {
    /// Looks out for these transitions.
    pub(super) fn of(net: &Net, wanted: impl Iterator<Item = TransitionId>) -> Self {
        // Those nobody asks about count as seen.
        let mut at = vec![Some(0); net.transition_count()];
        wanted.for_each(|transition| at[transition.index()] = None);
        let missing = at.iter().filter(|at| at.is_none()).count();
        Self { at, missing }
    }

    pub(super) fn at(&self, transition: TransitionId) -> Option<usize> {
        self.at[transition.index()].map(|number| number as usize)
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.missing == 0
    }

    /// Notes what is enabled in marking `number`; whether anything was seen for the first time.
    pub(super) fn note(&mut self, number: usize, steps: &[Step]) -> bool {
        let before = self.missing;
        for step in if before == 0 { &[] } else { steps } {
            let at = &mut self.at[step.transition.index()];
            if at.is_none() {
                *at = Some(short(number));
                self.missing -= 1;
            }
        }
        self.missing < before
    }
}

/// The largest count of each place and the first marking with it.
pub(super) struct Maxima(Vec<(u64, u32)>);

impl Maxima {
    pub(super) fn of(net: &Net) -> Self {
        Self(net.initial().counts().iter().map(|count| (*count, 0)).collect())
    }

    pub(super) fn of_place(&self, place: PlaceId) -> (u64, usize) {
        let (count, number) = self.0[place.index()];
        (count, number as usize)
    }

    pub(super) fn note(&mut self, space: &Space<'_>, steps: &[Step]) {
        for (place, number, count) in raised(space, steps) {
            let (largest, at) = &mut self.0[place.index()];
            if count > *largest {
                (*largest, *at) = (count, short(number));
            }
        }
    }
}

/// Comparisons `tokens(p) >= n` joined by `or`: is one of the counts ever reached?
pub(super) struct Thresholds(Vec<u64>);

impl Thresholds {
    /// The thresholds of a formula of that shape over more than one place.
    pub(super) fn of(net: &Net, formula: &Formula) -> Option<Self> {
        let Formula::Or(parts) = formula else { return None };
        let mut thresholds = vec![u64::MAX; net.place_count()];
        for part in parts {
            let Formula::Compare(left, Comparison::AtLeast, right) = part else { return None };
            let ([(place, 1)], 0, []) = (left.terms(), left.offset(), right.terms()) else { return None };
            let threshold = &mut thresholds[place.index()];
            *threshold = u64::try_from(right.offset()).unwrap_or(0).min(*threshold);
        }
        Some(Self(thresholds))
    }

    pub(super) fn holds_initially(&self, net: &Net) -> bool {
        net.initial().counts().iter().zip(&self.0).any(|(count, threshold)| count >= threshold)
    }

    /// The first of these firings that discovers a marking which reaches a threshold.
    pub(super) fn reached(&self, space: &Space<'_>, steps: &[Step]) -> Option<usize> {
        raised(space, steps).find(|(place, _, count)| *count >= self.0[place.index()]).map(|(_, n, _)| n)
    }
}

/// The places that the discovering ones of these firings raise: with the marking and the count.
fn raised(space: &Space<'_>, steps: &[Step]) -> impl Iterator<Item = (PlaceId, usize, u64)> {
    let new = steps.iter().filter(|step| step.is_new);
    new.flat_map(move |step| {
        let raised = space.raised(step.transition);
        raised.map(move |place| (place, step.target, space.tokens(step.target, place)))
    })
}

fn short(number: usize) -> u32 {
    u32::try_from(number).expect("a store numbers markings in 32 bits")
}
