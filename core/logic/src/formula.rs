//! State formulas: Boolean combinations of linear comparisons, fireability and deadness.
//!
//! The fragment is that of the Model Checking Contest's reachability examinations, with
//! coefficients and `dead` added. A formula is bound to one net through the ids that it holds.

use pn_net::{Net, PlaceId, TransitionId};
use std::fmt;

/// A linear expression over token counts, `Σ coefficient · m(place) + constant`.
///
/// Coefficients fit in 32 bits, counts in 63 and constants in 64, so that values fit in `i128`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Linear {
    /// Places with their coefficients, ascending, each place once, no coefficient 0.
    terms: Vec<(PlaceId, i32)>,
    constant: i64,
}

impl Linear {
    /// The expression with these terms, which may repeat places, and this constant.
    /// `None` when the coefficients of a place add up to more than 32 bits hold.
    #[must_use]
    pub fn new(terms: impl IntoIterator<Item = (PlaceId, i32)>, constant: i64) -> Option<Self> {
        let mut sorted: Vec<(PlaceId, i32)> = terms.into_iter().collect();
        sorted.sort_by_key(|(place, _)| *place);
        let mut merged: Vec<(PlaceId, i32)> = Vec::with_capacity(sorted.len());
        for (place, coefficient) in sorted {
            match merged.last_mut() {
                Some((last, sum)) if *last == place => *sum = sum.checked_add(coefficient)?,
                _ => merged.push((place, coefficient)),
            }
        }
        merged.retain(|(_, coefficient)| *coefficient != 0);
        Some(Self { terms: merged, constant })
    }

    /// A constant.
    #[must_use]
    pub fn constant(value: i64) -> Self {
        Self { terms: Vec::new(), constant: value }
    }

    /// The tokens on one place.
    #[must_use]
    pub fn tokens(place: PlaceId) -> Self {
        Self { terms: vec![(place, 1)], constant: 0 }
    }

    /// Places with their coefficients, ascending, each place once.
    #[must_use]
    pub fn terms(&self) -> &[(PlaceId, i32)] {
        &self.terms
    }

    /// The constant summand.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.constant
    }
}

/// How two expressions are compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `>=`
    AtLeast,
    /// `>`
    Greater,
}

impl Comparison {
    /// The comparison that holds exactly when this one does not.
    #[must_use]
    pub const fn negated(self) -> Self {
        match self {
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::Greater,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::AtLeast => Self::Less,
            Self::Greater => Self::AtMost,
        }
    }
}

/// A property of one marking.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Formula {
    /// Holds in every marking.
    True,
    /// Holds in no marking.
    False,
    /// Compares two linear expressions over token counts.
    Compare(Linear, Comparison, Linear),
    /// At least one of these transitions is enabled; false for an empty list.
    Fireable(Vec<TransitionId>),
    /// No transition is enabled.
    Dead,
    /// The formula does not hold.
    Not(Box<Formula>),
    /// All hold; true for an empty list.
    And(Vec<Formula>),
    /// At least one holds; false for an empty list.
    Or(Vec<Formula>),
}

impl Formula {
    /// The negation, without doubling `not`.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// `tokens(place) >= count`.
    #[must_use]
    pub fn at_least(place: PlaceId, count: i64) -> Self {
        Self::Compare(Linear::tokens(place), Comparison::AtLeast, Linear::constant(count))
    }

    /// The formula in the text syntax, with the identifiers of `net`.
    pub fn display<'a>(&'a self, net: &'a Net) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| crate::display::formula(f, net, self))
    }
}
