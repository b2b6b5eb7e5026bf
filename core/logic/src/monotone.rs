//! Formulas as monotone combinations of linear inequalities.
//!
//! Counts are integers, so every formula of one marking is equivalent to one built with `and` and
//! `or` alone from atoms Σ c·m(p) ≤ b: a negated atom is the atom −Σ c·m(p) ≤ −b − 1, `=` two
//! atoms, `!=` a choice of two; "t is enabled" is m(p) ≥ W(p, t) for every input place, and
//! `dead` says for every transition that some input place is short. In this form a set of atoms
//! that hold together is all that a proof has to speak about. Linear in the size of the formula;
//! `dead` and its negation take one atom for each input arc of the net.

use crate::{Comparison, Formula, Linear};
use pn_net::{Net, PlaceId, TransitionId};

/// The inequality Σ coefficient · m(place) ≤ bound, divided by what divides all coefficients.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AtMost {
    terms: Vec<(PlaceId, i64)>,
    bound: i128,
}

impl AtMost {
    /// The inequality with these terms, ascending by place, each place once, no coefficient 0.
    #[must_use]
    pub fn new(terms: Vec<(PlaceId, i64)>, bound: i128) -> Self {
        let divisor = terms.iter().fold(0, |divisor, (_, c)| gcd(divisor, c.unsigned_abs()));
        match i64::try_from(divisor) {
            // Counts are integers: what is at most b is at most b rounded down.
            Ok(divisor) if divisor > 1 => Self {
                terms: terms.into_iter().map(|(place, c)| (place, c / divisor)).collect(),
                bound: bound.div_euclid(i128::from(divisor)),
            },
            _ => Self { terms, bound },
        }
    }

    /// Places with their coefficients, ascending.
    #[must_use]
    pub fn terms(&self) -> &[(PlaceId, i64)] {
        &self.terms
    }

    /// What the sum is at most.
    #[must_use]
    pub const fn bound(&self) -> i128 {
        self.bound
    }

    /// The value of the sum where `tokens` says how many tokens a place holds.
    pub fn sum(&self, tokens: impl Fn(PlaceId) -> i128) -> i128 {
        self.terms.iter().map(|(place, c)| i128::from(*c) * tokens(*place)).sum()
    }

    /// The truth of an inequality that holds in every marking or in none, as far as signs tell.
    fn constant(&self) -> Option<bool> {
        let falls = self.terms.iter().all(|(_, c)| *c < 0);
        let grows = self.terms.iter().all(|(_, c)| *c > 0);
        if falls && self.bound >= 0 {
            Some(true)
        } else if grows && self.bound < 0 {
            Some(false)
        } else {
            None
        }
    }
}

/// A formula of `and`, `or` and inequalities.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Monotone {
    /// Holds in every marking.
    True,
    /// Holds in no marking.
    False,
    /// One inequality.
    Atom(AtMost),
    /// All hold: two or more, none of them a conjunction or constant.
    And(Vec<Monotone>),
    /// At least one holds: two or more, none of them a disjunction or constant.
    Or(Vec<Monotone>),
}

/// Which of the two a formula is taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sense {
    /// The formula itself.
    Holds,
    /// Its negation.
    Fails,
}

impl Monotone {
    /// The markings in which `formula` holds, or fails.
    #[must_use]
    pub fn of(net: &Net, formula: &Formula, sense: Sense) -> Self {
        match (formula, sense) {
            (Formula::True, Sense::Holds) | (Formula::False, Sense::Fails) => Self::True,
            (Formula::True, Sense::Fails) | (Formula::False, Sense::Holds) => Self::False,
            (Formula::Compare(left, comparison, right), Sense::Holds) => compare(left, *comparison, right),
            (Formula::Compare(left, comparison, right), Sense::Fails) => {
                compare(left, comparison.negated(), right)
            }
            (Formula::Fireable(transitions), Sense::Holds) => {
                Self::any(transitions.iter().map(|t| enabled(net, *t)))
            }
            (Formula::Fireable(transitions), Sense::Fails) => {
                Self::all(transitions.iter().map(|t| disabled(net, *t)))
            }
            (Formula::Dead, Sense::Holds) => Self::all(net.transitions().map(|t| disabled(net, t))),
            (Formula::Dead, Sense::Fails) => Self::any(net.transitions().map(|t| enabled(net, t))),
            (Formula::Not(inner), Sense::Holds) => Self::of(net, inner, Sense::Fails),
            (Formula::Not(inner), Sense::Fails) => Self::of(net, inner, Sense::Holds),
            (Formula::And(parts), Sense::Holds) | (Formula::Or(parts), Sense::Fails) => {
                Self::all(parts.iter().map(|part| Self::of(net, part, sense)))
            }
            (Formula::Or(parts), Sense::Holds) | (Formula::And(parts), Sense::Fails) => {
                Self::any(parts.iter().map(|part| Self::of(net, part, sense)))
            }
        }
    }

    /// `expression` exceeds `bound`.
    #[must_use]
    pub fn exceeds(expression: &Linear, bound: i128) -> Self {
        let terms = expression.terms().iter().map(|(place, c)| (*place, -i64::from(*c)));
        atom(terms.collect(), i128::from(expression.offset()) - bound - 1)
    }

    /// All of `parts`, flattened.
    fn all(parts: impl Iterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Self::True => {}
                Self::False => return Self::False,
                Self::And(inner) => all.extend(inner),
                Self::Atom(_) | Self::Or(_) => all.push(part),
            }
        }
        match all.len() {
            0 => Self::True,
            1 => all.remove(0),
            _ => Self::And(all),
        }
    }

    /// Any of `parts`, flattened.
    fn any(parts: impl Iterator<Item = Self>) -> Self {
        let mut any = Vec::new();
        for part in parts {
            match part {
                Self::False => {}
                Self::True => return Self::True,
                Self::Or(inner) => any.extend(inner),
                Self::Atom(_) | Self::And(_) => any.push(part),
            }
        }
        match any.len() {
            0 => Self::False,
            1 => any.remove(0),
            _ => Self::Or(any),
        }
    }
}

fn enabled(net: &Net, transition: TransitionId) -> Monotone {
    let inputs = net.pre(transition).map(|(place, weight)| atom(vec![(place, -1)], -i128::from(weight)));
    Monotone::all(inputs)
}

fn disabled(net: &Net, transition: TransitionId) -> Monotone {
    let inputs = net.pre(transition).map(|(place, weight)| atom(vec![(place, 1)], i128::from(weight) - 1));
    Monotone::any(inputs)
}

fn compare(left: &Linear, comparison: Comparison, right: &Linear) -> Monotone {
    match comparison {
        Comparison::AtMost => at_most(left, right, 0),
        Comparison::Less => at_most(left, right, -1),
        Comparison::AtLeast => at_most(right, left, 0),
        Comparison::Greater => at_most(right, left, -1),
        Comparison::Equal => Monotone::all([at_most(left, right, 0), at_most(right, left, 0)].into_iter()),
        Comparison::NotEqual => {
            Monotone::any([at_most(left, right, -1), at_most(right, left, -1)].into_iter())
        }
    }
}

/// left ≤ right + `slack`.
fn at_most(left: &Linear, right: &Linear, slack: i128) -> Monotone {
    let (mut ours, mut theirs) = (left.terms().iter().peekable(), right.terms().iter().peekable());
    let mut terms = Vec::new();
    loop {
        let place = match (ours.peek(), theirs.peek()) {
            (None, None) => break,
            (Some((p, _)), None) | (None, Some((p, _))) => *p,
            (Some((p, _)), Some((q, _))) => *p.min(q),
        };
        let plus = ours.next_if(|(p, _)| *p == place).map_or(0, |(_, c)| i64::from(*c));
        let minus = theirs.next_if(|(p, _)| *p == place).map_or(0, |(_, c)| i64::from(*c));
        if plus != minus {
            terms.push((place, plus - minus));
        }
    }
    atom(terms, i128::from(right.offset()) - i128::from(left.offset()) + slack)
}

fn atom(terms: Vec<(PlaceId, i64)>, bound: i128) -> Monotone {
    let atom = AtMost::new(terms, bound);
    match atom.constant() {
        Some(true) => Monotone::True,
        Some(false) => Monotone::False,
        None => Monotone::Atom(atom),
    }
}

const fn gcd(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inequality_without_terms_is_a_constant() {
        assert_eq!(atom(Vec::new(), 0), Monotone::True);
        assert_eq!(atom(Vec::new(), -1), Monotone::False);
        assert_eq!(atom(vec![(PlaceId::new(0), 1)], -1), Monotone::False);
        assert_eq!(atom(vec![(PlaceId::new(0), -2)], 0), Monotone::True);
    }

    #[test]
    fn common_divisors_are_taken_out_and_the_bound_rounded_down() {
        let twice = AtMost::new(vec![(PlaceId::new(0), 2), (PlaceId::new(1), -4)], -3);
        assert_eq!(twice, AtMost::new(vec![(PlaceId::new(0), 1), (PlaceId::new(1), -2)], -2));
    }
}
