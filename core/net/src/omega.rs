//! ω-markings: markings in which some places hold as many tokens as one likes.
//!
//! R. M. Karp, R. E. Miller, "Parallel Program Schemata", 1969: ω > n, ω + n = ω − n = ω for every
//! number n. The firing rule is that of [`crate::firing`], extended to ω.

use crate::firing::FiringError;
use crate::{MAX_TOKENS, Marking, Net, PlaceId, TransitionId};
use std::fmt;

/// A number of tokens or ω on every place, in the order of the net's places.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OmegaMarking(Box<[u64]>);

/// How ω is kept: above every count, so that comparing needs no cases.
const OMEGA: u64 = u64::MAX;

impl OmegaMarking {
    /// The ω-marking with these counts, `None` for ω.
    ///
    /// # Panics
    ///
    /// When a count exceeds [`MAX_TOKENS`].
    #[must_use]
    pub fn new(counts: impl IntoIterator<Item = Option<u64>>) -> Self {
        let counts: Box<[u64]> = counts.into_iter().map(|count| count.unwrap_or(OMEGA)).collect();
        let is_valid = |count: &u64| *count <= MAX_TOKENS || *count == OMEGA;
        assert!(counts.iter().all(is_valid), "a place holds at most 2^63 - 1 tokens");
        Self(counts)
    }

    /// The tokens on `place`; `None` for ω.
    #[must_use]
    pub fn tokens(&self, place: PlaceId) -> Option<u64> {
        Some(self.0[place.index()]).filter(|count| *count != OMEGA)
    }

    /// The tokens on all places, in their order; `None` for ω.
    pub fn counts(&self) -> impl ExactSizeIterator<Item = Option<u64>> + '_ {
        self.0.iter().map(|count| Some(*count).filter(|count| *count != OMEGA))
    }

    /// Whether every place holds at least as many tokens here as in `other`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a >= b)
    }

    /// Whether `transition` is enabled. O(|•t|).
    #[must_use]
    pub fn enables(&self, net: &Net, transition: TransitionId) -> bool {
        net.pre(transition).all(|(place, weight)| self.0[place.index()] >= weight)
    }

    /// Fires `transition`.
    ///
    /// # Errors
    ///
    /// When it is not enabled or a place would overflow.
    pub fn fired(&self, net: &Net, transition: TransitionId) -> Result<Self, FiringError> {
        let mut counts = self.0.clone();
        for (place, needed) in net.pre(transition) {
            let count = &mut counts[place.index()];
            if *count < needed {
                return Err(FiringError::NotEnough { transition, place, tokens: *count, needed });
            }
            if *count != OMEGA {
                *count -= needed;
            }
        }
        for (place, weight) in net.post(transition) {
            let count = &mut counts[place.index()];
            if *count != OMEGA {
                *count += weight;
                if *count > MAX_TOKENS {
                    return Err(FiringError::Overflow { transition, place });
                }
            }
        }
        Ok(Self(counts))
    }

    /// What repeating a run tends to that leads from `before` to `after`, which covers it, fired
    /// from this marking, which covers `after`: ω where the run gains tokens.
    #[must_use]
    pub fn accelerated(&self, before: &Self, after: &Self) -> Self {
        let gains = after.0.iter().zip(&before.0).map(|(after, before)| after > before);
        Self(self.0.iter().zip(gains).map(|(count, gains)| if gains { OMEGA } else { *count }).collect())
    }
}

impl From<&Marking> for OmegaMarking {
    fn from(marking: &Marking) -> Self {
        Self(marking.counts().into())
    }
}

impl fmt::Debug for OmegaMarking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let marked = self.counts().enumerate().filter(|(_, count)| *count != Some(0));
        f.debug_map()
            .entries(marked.map(|(place, count)| {
                (PlaceId::new(place), count.map_or_else(|| "ω".to_owned(), |count| count.to_string()))
            }))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NetBuilder;

    #[test]
    fn omega_is_neither_used_up_nor_raised() {
        let mut builder = NetBuilder::new("test");
        let a = builder.place("a", None, 1).expect("it is new");
        let b = builder.place("b", None, 0).expect("it is new");
        let t = builder.transition("t", None).expect("it is new");
        builder.input(a, t, 1).expect("the weight is 1");
        builder.input(b, t, 5).expect("the weight is 5");
        builder.output(t, a, 3).expect("the weight is 3");
        let net = builder.build().expect("it is small");
        let start = OmegaMarking::from(net.initial());
        assert!(start.fired(&net, t).is_err());
        let limit = OmegaMarking::new([Some(1), None]);
        assert!(limit.covers(&start) && !start.covers(&limit));
        let after = limit.fired(&net, t).expect("it is enabled");
        assert_eq!(after, OmegaMarking::new([Some(3), None]));
        assert_eq!(after.accelerated(&limit, &after), OmegaMarking::new([None, None]));
        let full = OmegaMarking::new([Some(MAX_TOKENS), None]);
        assert!(matches!(full.fired(&net, t), Err(FiringError::Overflow { .. })));
    }
}
