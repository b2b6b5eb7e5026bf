//! Linear expressions while they are read: wide numbers, terms in the order of the text.

use crate::Linear;
use pn_net::PlaceId;

/// `Σ coefficient · m(place) + constant`; a place may appear more than once.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    terms: Vec<(PlaceId, i128)>,
    constant: i128,
}

impl Sum {
    pub(super) fn constant(constant: i128) -> Self {
        Self { terms: Vec::new(), constant }
    }

    pub(super) fn tokens(places: &[PlaceId]) -> Self {
        Self { terms: places.iter().map(|place| (*place, 1)).collect(), constant: 0 }
    }

    fn is_constant(&self) -> bool {
        self.terms.is_empty()
    }

    /// `self + other`; `None` when a number exceeds 127 bits.
    pub(super) fn plus(mut self, other: Self) -> Option<Self> {
        self.constant = self.constant.checked_add(other.constant)?;
        self.terms.extend(other.terms);
        Some(self)
    }

    pub(super) fn times(mut self, factor: i128) -> Option<Self> {
        self.constant = self.constant.checked_mul(factor)?;
        for (_, coefficient) in &mut self.terms {
            *coefficient = coefficient.checked_mul(factor)?;
        }
        Some(self)
    }

    /// The factors of a product as expression and number; `None` when neither is a number.
    pub(super) fn and_factor(self, other: Self) -> Option<(Self, i128)> {
        match (self.is_constant(), other.is_constant()) {
            (_, true) => Some((self, other.constant)),
            (true, false) => Some((other, self.constant)),
            (false, false) => None,
        }
    }

    /// The expression in the range of the language; `None` when it is outside.
    pub(super) fn into_linear(mut self) -> Option<Linear> {
        self.terms.sort_by_key(|(place, _)| *place);
        let mut merged: Vec<(PlaceId, i128)> = Vec::with_capacity(self.terms.len());
        for (place, coefficient) in self.terms {
            match merged.last_mut() {
                Some((last, sum)) if *last == place => *sum = sum.checked_add(coefficient)?,
                _ => merged.push((place, coefficient)),
            }
        }
        let narrow = |(place, coefficient)| Some((place, i32::try_from(coefficient).ok()?));
        let terms: Vec<(PlaceId, i32)> = merged.into_iter().map(narrow).collect::<Option<_>>()?;
        Linear::new(terms, i64::try_from(self.constant).ok()?)
    }
}
