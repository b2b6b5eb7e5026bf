//! A marking: the number of tokens on every place.

use crate::{Net, PlaceId};
use std::fmt;

/// The largest number of tokens that a place can hold, 2⁶³ − 1.
///
/// With this limit the sum of two valid counts, and a count plus a weight, never wraps.
pub const MAX_TOKENS: u64 = i64::MAX as u64;

/// Token counts, one a place, in the order of the net's places.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marking(Box<[u64]>);

impl Marking {
    /// The marking with these counts, in place order.
    ///
    /// # Panics
    ///
    /// When a count exceeds [`MAX_TOKENS`].
    #[must_use]
    pub fn new(counts: impl Into<Box<[u64]>>) -> Self {
        let counts = counts.into();
        assert!(counts.iter().all(|n| *n <= MAX_TOKENS), "a place holds at most 2^63 - 1 tokens");
        Self(counts)
    }

    /// The tokens on `place`.
    #[must_use]
    pub fn tokens(&self, place: PlaceId) -> u64 {
        self.0[place.index()]
    }

    pub(crate) fn set(&mut self, place: PlaceId, tokens: u64) {
        debug_assert!(tokens <= MAX_TOKENS);
        self.0[place.index()] = tokens;
    }

    /// All counts, in place order.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.0
    }

    /// The sum over all places; up to 2⁹⁵, hence the wide type.
    #[must_use]
    pub fn total(&self) -> u128 {
        self.0.iter().map(|n| u128::from(*n)).sum()
    }

    /// The marked places with their counts, in place order.
    pub fn marked(&self) -> impl Iterator<Item = (PlaceId, u64)> + '_ {
        self.0
            .iter()
            .enumerate()
            .filter(|(_, tokens)| **tokens > 0)
            .map(|(place, tokens)| (PlaceId::new(place), *tokens))
    }

    /// Whether every place holds at least as many tokens here as in `other`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a >= b)
    }

    /// The marking in words, such as `idle + 3 free`, by the identifiers of `net`.
    pub fn display<'a>(&'a self, net: &'a Net) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| {
            let mut separator = "";
            for (place, tokens) in self.marked() {
                match tokens {
                    1 => write!(f, "{separator}{}", net.place_name(place))?,
                    _ => write!(f, "{separator}{tokens} {}", net.place_name(place))?,
                }
                separator = " + ";
            }
            if separator.is_empty() { f.write_str("(no tokens)") } else { Ok(()) }
        })
    }
}

impl fmt::Debug for Marking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.marked()).finish()
    }
}
