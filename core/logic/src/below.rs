//! What may be true below an ω-marking: in any of the markings that it covers.
//!
//! An over-approximation, one place at a time: each place holds anything from 0 to what the
//! ω-marking has there, independently of the others. Exact for formulas that stay true when tokens
//! are added. O(size of the formula).

use crate::{Comparison, Formula, Linear};
use pn_net::{Net, OmegaMarking};

/// The largest value of `expression` below `marking`; `None` if there is no limit.
#[must_use]
pub fn most_below(marking: &OmegaMarking, expression: &Linear) -> Option<i128> {
    sum(marking, expression, 1, i128::from(expression.offset()))
}

/// Whether some marking below `marking` may satisfy `formula`; if not, none does.
#[must_use]
pub fn may_hold_below(net: &Net, marking: &OmegaMarking, formula: &Formula) -> bool {
    may_be(net, marking, formula, Wanted::True)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    True,
    False,
}

fn may_be(net: &Net, marking: &OmegaMarking, formula: &Formula, wanted: Wanted) -> bool {
    let part = |part: &Formula| may_be(net, marking, part, wanted);
    match (formula, wanted) {
        (Formula::True, _) => wanted == Wanted::True,
        (Formula::False, _) => wanted == Wanted::False,
        (Formula::Compare(left, comparison, right), Wanted::True) => {
            compares(marking, left, *comparison, right)
        }
        (Formula::Compare(left, comparison, right), Wanted::False) => {
            compares(marking, left, comparison.negated(), right)
        }
        (Formula::Fireable(transitions), Wanted::True) => {
            transitions.iter().any(|t| marking.enables(net, *t))
        }
        // Without any tokens only what needs none is enabled.
        (Formula::Fireable(transitions), Wanted::False) => {
            transitions.iter().all(|t| !net.preset(*t).is_empty())
        }
        (Formula::Dead, Wanted::True) => net.transitions().all(|t| !net.preset(t).is_empty()),
        (Formula::Dead, Wanted::False) => net.transitions().any(|t| marking.enables(net, t)),
        (Formula::Not(inner), Wanted::True) => may_be(net, marking, inner, Wanted::False),
        (Formula::Not(inner), Wanted::False) => may_be(net, marking, inner, Wanted::True),
        (Formula::And(parts), Wanted::True) | (Formula::Or(parts), Wanted::False) => parts.iter().all(part),
        (Formula::And(parts), Wanted::False) | (Formula::Or(parts), Wanted::True) => parts.iter().any(part),
    }
}

/// The largest value of `sign` times the terms of `expression`, and `constant`.
fn sum(marking: &OmegaMarking, expression: &Linear, sign: i128, constant: i128) -> Option<i128> {
    let terms =
        expression.terms().iter().map(|(place, coefficient)| (*place, sign * i128::from(*coefficient)));
    terms.filter(|(_, coefficient)| *coefficient > 0).try_fold(constant, |sum, (place, coefficient)| {
        Some(sum + coefficient * i128::from(marking.tokens(place)?))
    })
}

fn compares(marking: &OmegaMarking, left: &Linear, comparison: Comparison, right: &Linear) -> bool {
    let constant = i128::from(left.offset()) - i128::from(right.offset());
    // The difference lies between these; no limit is larger than any number.
    let most = sum(marking, left, 1, constant).and_then(|most| sum(marking, right, -1, most));
    let least = sum(marking, left, -1, -constant).and_then(|least| sum(marking, right, 1, least));
    let (most, least) = (most.unwrap_or(i128::MAX), least.map_or(i128::MIN, |negated| -negated));
    match comparison {
        Comparison::Less => least < 0,
        Comparison::AtMost => least <= 0,
        Comparison::Equal => least <= 0 && most >= 0,
        Comparison::NotEqual => least != 0 || most != 0,
        Comparison::AtLeast => most >= 0,
        Comparison::Greater => most > 0,
    }
}
