//! Properties that come by the thousand, watched in tables.
//!
//! "Transition t can fire", "the bound of place p" and "some place reaches its threshold" are
//! settled by looking at the firings and, for counts, only at the places that a firing raises
//! when it discovers a marking: every larger count of a place appears in such a firing first.

use super::batch::Expanded;
use super::block::Site;
use super::space::Packed;
use pn_logic::{Comparison, Formula};
use pn_net::{Net, PlaceId, TransitionId};

/// The first marking in which each transition was seen enabled.
#[derive(Clone)]
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
    pub(super) fn note(&mut self, number: usize, enabled: &[TransitionId]) -> bool {
        let before = self.missing;
        for transition in if before == 0 { &[] } else { enabled } {
            let at = &mut self.at[transition.index()];
            if at.is_none() {
                *at = Some(short(number));
                self.missing -= 1;
            }
        }
        self.missing < before
    }

    /// Takes over what others saw, where they saw it earlier.
    pub(super) fn join(&mut self, other: Self) {
        for (own, its) in self.at.iter_mut().zip(other.at) {
            match (*own, its) {
                (None, Some(_)) => {
                    *own = its;
                    self.missing -= 1;
                }
                (Some(number), Some(earlier)) if earlier < number => *own = its,
                _ => {}
            }
        }
    }
}

/// The largest count of each place, and the first marking with it.
#[derive(Clone)]
pub(super) struct Maxima(Vec<(u64, Site)>);

impl Maxima {
    pub(super) fn of(net: &Net) -> Self {
        Self(net.initial().counts().iter().map(|count| (*count, Site::at(0))).collect())
    }

    pub(super) fn of_place(&self, place: PlaceId) -> (u64, Site) {
        self.0[place.index()]
    }

    pub(super) fn note(&mut self, at: Expanded<'_>) {
        for (place, transition, marking) in raised(at) {
            let (largest, site) = &mut self.0[place.index()];
            let count = marking.tokens(place);
            if count > *largest {
                (*largest, *site) = (count, Site::after(at.number, transition));
            }
        }
    }

    /// Takes over what others saw, where it is more or they saw it earlier.
    pub(super) fn join(&mut self, other: Self) {
        for (own, its) in self.0.iter_mut().zip(other.0) {
            if its.0 > own.0 || its.0 == own.0 && its.1 < own.1 {
                *own = its;
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
    pub(super) fn reached(&self, at: Expanded<'_>) -> Option<Site> {
        let reaching = |(place, _, marking): &(PlaceId, TransitionId, Packed<'_>)| {
            marking.tokens(*place) >= self.0[place.index()]
        };
        raised(at).find(reaching).map(|(_, transition, _)| Site::after(at.number, transition))
    }
}

/// The places that discovering firings raise: with the firing and the marking that it leads to.
fn raised(at: Expanded<'_>) -> impl Iterator<Item = (PlaceId, TransitionId, Packed<'_>)> {
    at.discoveries().flat_map(|(transition, marking)| {
        marking.raised(transition).map(move |place| (place, transition, marking))
    })
}

fn short(number: usize) -> u32 {
    u32::try_from(number).expect("a store numbers markings in 32 bits")
}
