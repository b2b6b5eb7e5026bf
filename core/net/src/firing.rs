//! The firing rule: enabledness, firing, un-firing.
//!
//! A transition `t` is *enabled* in a marking `m` when `m(p) ≥ Pre(p,t)` for every place `p`;
//! firing it yields `m'(p) = m(p) − Pre(p,t) + Post(t,p)` (Murata 1989, section II-A).
//! A place never holds more than [`MAX_TOKENS`]; a firing that would exceed it is an error and
//! leaves the marking as it was. These functions are the reference semantics of the toolkit.

use crate::{MAX_TOKENS, Marking, Net, PlaceId, TransitionId};

/// Why a transition cannot be fired or un-fired. The marking is unchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FiringError {
    /// The place holds fewer tokens than the arc takes.
    #[error("{place:?} holds {tokens} of the {needed} tokens that {transition:?} takes")]
    NotEnough {
        /// The transition that was to fire.
        transition: TransitionId,
        /// The first place that is short.
        place: PlaceId,
        /// What it holds.
        tokens: u64,
        /// What the arc takes.
        needed: u64,
    },
    /// The place would hold more than [`MAX_TOKENS`].
    #[error("{place:?} would hold more than 2^63 - 1 tokens after {transition:?}")]
    Overflow {
        /// The transition that was to fire.
        transition: TransitionId,
        /// The first place that overflows.
        place: PlaceId,
    },
}

/// Whether `transition` is enabled in `marking`. O(|•t|).
#[must_use]
pub fn is_enabled(net: &Net, marking: &Marking, transition: TransitionId) -> bool {
    net.pre(transition).all(|(place, weight)| marking.tokens(place) >= weight)
}

/// The transitions enabled in `marking`, ascending. O(arcs).
pub fn enabled<'a>(net: &'a Net, marking: &'a Marking) -> impl Iterator<Item = TransitionId> + 'a {
    net.transitions().filter(move |t| is_enabled(net, marking, *t))
}

/// Whether no transition is enabled in `marking`: a dead marking, a deadlock.
#[must_use]
pub fn is_dead(net: &Net, marking: &Marking) -> bool {
    enabled(net, marking).next().is_none()
}

/// The input places that keep `transition` from being enabled, with what they hold and need.
pub fn missing<'a>(
    net: &'a Net,
    marking: &'a Marking,
    transition: TransitionId,
) -> impl Iterator<Item = (PlaceId, u64, u64)> + 'a {
    net.pre(transition)
        .map(|(place, weight)| (place, marking.tokens(place), weight))
        .filter(|(_, tokens, weight)| tokens < weight)
}

/// Fires `transition`. O(|•t| + |t•|).
///
/// # Errors
///
/// When the transition is not enabled or a place would overflow; `marking` is then unchanged.
pub fn fire(net: &Net, marking: &mut Marking, transition: TransitionId) -> Result<(), FiringError> {
    exchange(marking, transition, net.pre(transition), net.post(transition))
}

/// Takes a firing back: the inverse of [`fire`].
///
/// # Errors
///
/// When `marking` cannot be the result of firing `transition`; it is then unchanged.
pub fn unfire(net: &Net, marking: &mut Marking, transition: TransitionId) -> Result<(), FiringError> {
    exchange(marking, transition, net.post(transition), net.pre(transition))
}

fn exchange(
    marking: &mut Marking,
    transition: TransitionId,
    taken: impl Iterator<Item = (PlaceId, u64)> + Clone,
    given: impl Iterator<Item = (PlaceId, u64)> + Clone,
) -> Result<(), FiringError> {
    for (place, needed) in taken.clone() {
        let tokens = marking.tokens(place);
        if tokens < needed {
            return Err(FiringError::NotEnough { transition, place, tokens, needed });
        }
    }
    for (place, weight) in taken.clone() {
        marking.set(place, marking.tokens(place) - weight);
    }
    let mut given_so_far = 0;
    let mut overflow = None;
    for (place, weight) in given.clone() {
        let tokens = marking.tokens(place) + weight;
        if tokens > MAX_TOKENS {
            overflow = Some(place);
            break;
        }
        marking.set(place, tokens);
        given_so_far += 1;
    }
    let Some(place) = overflow else { return Ok(()) };
    for (place, weight) in given.take(given_so_far) {
        marking.set(place, marking.tokens(place) - weight);
    }
    for (place, weight) in taken {
        marking.set(place, marking.tokens(place) + weight);
    }
    Err(FiringError::Overflow { transition, place })
}
