//! Formulas and expressions evaluated on packed markings.
//!
//! The same meaning as [`pn_logic::holds_in`], which stays the reference: tests compare the two.

use super::space::Packed;
use pn_logic::{Formula, Linear};

/// The value of `expression` in `marking`.
pub(super) fn value_in(marking: &Packed<'_>, expression: &Linear) -> i128 {
    let terms = expression.terms().iter();
    terms.map(|(place, c)| i128::from(*c) * i128::from(marking.tokens(*place))).sum::<i128>()
        + i128::from(expression.offset())
}

/// Whether `formula` holds in `marking`, which is dead or not as `dead` says.
pub(super) fn holds_in(marking: &Packed<'_>, dead: Deadness, formula: &Formula) -> bool {
    match formula {
        Formula::True => true,
        Formula::False => false,
        Formula::Compare(left, comparison, right) => {
            comparison.holds(value_in(marking, left), value_in(marking, right))
        }
        Formula::Fireable(transitions) => transitions.iter().any(|t| marking.is_enabled(*t)),
        Formula::Dead => dead == Deadness::Dead,
        Formula::Not(inner) => !holds_in(marking, dead, inner),
        Formula::And(parts) => parts.iter().all(|part| holds_in(marking, dead, part)),
        Formula::Or(parts) => parts.iter().any(|part| holds_in(marking, dead, part)),
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
