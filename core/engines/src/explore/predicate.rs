//! Formulas and expressions evaluated on packed markings.
//!
//! The same meaning as [`pn_logic::holds_in`], which stays the reference: tests compare the two.

use super::space::Space;
use pn_logic::{Formula, Linear};

/// The value of `expression` in marking `number`.
pub(super) fn value_in(space: &Space<'_>, number: usize, expression: &Linear) -> i128 {
    let terms = expression.terms().iter();
    terms.map(|(place, c)| i128::from(*c) * i128::from(space.tokens(number, *place))).sum::<i128>()
        + i128::from(expression.offset())
}

/// Whether `formula` holds in marking `number`, which is dead or not as `dead` says.
pub(super) fn holds_in(space: &Space<'_>, number: usize, dead: Deadness, formula: &Formula) -> bool {
    match formula {
        Formula::True => true,
        Formula::False => false,
        Formula::Compare(left, comparison, right) => {
            comparison.holds(value_in(space, number, left), value_in(space, number, right))
        }
        Formula::Fireable(transitions) => transitions.iter().any(|t| space.is_enabled(number, *t)),
        Formula::Dead => dead == Deadness::Dead,
        Formula::Not(inner) => !holds_in(space, number, dead, inner),
        Formula::And(parts) => parts.iter().all(|part| holds_in(space, number, dead, part)),
        Formula::Or(parts) => parts.iter().any(|part| holds_in(space, number, dead, part)),
    }
}

/// Whether a marking enables anything; known from its expansion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Deadness {
    /// Nothing is enabled.
    Dead,
    /// Something is.
    Alive,
}
