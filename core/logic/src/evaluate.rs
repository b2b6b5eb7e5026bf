//! The value of an expression and the truth of a formula in one marking.

use crate::{Comparison, Formula, Linear};
use pn_net::{Marking, Net, firing};

/// The value of `expression` in `marking`.
#[must_use]
pub fn value_in(marking: &Marking, expression: &Linear) -> i128 {
    let terms = expression.terms().iter();
    terms.map(|(place, c)| i128::from(*c) * i128::from(marking.tokens(*place))).sum::<i128>()
        + i128::from(expression.offset())
}

/// Whether `formula` holds in `marking`. O(size of the formula; `dead` looks at every arc).
#[must_use]
pub fn holds_in(net: &Net, marking: &Marking, formula: &Formula) -> bool {
    match formula {
        Formula::True => true,
        Formula::False => false,
        Formula::Compare(left, comparison, right) => {
            comparison.holds(value_in(marking, left), value_in(marking, right))
        }
        Formula::Fireable(transitions) => transitions.iter().any(|t| firing::is_enabled(net, marking, *t)),
        Formula::Dead => firing::is_dead(net, marking),
        Formula::Not(inner) => !holds_in(net, marking, inner),
        Formula::And(parts) => parts.iter().all(|part| holds_in(net, marking, part)),
        Formula::Or(parts) => parts.iter().any(|part| holds_in(net, marking, part)),
    }
}

impl Comparison {
    /// Whether `left` stands in this relation to `right`.
    #[must_use]
    pub fn holds(self, left: i128, right: i128) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::AtLeast => left >= right,
            Self::Greater => left > right,
        }
    }
}
