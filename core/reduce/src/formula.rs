//! Formulas in terms of the reduced net.
//!
//! Fireability of single transitions inside a formula becomes what their input arcs ask for,
//! since the transitions may be gone; observed places that turned out constant become numbers,
//! and what is then decided is folded away.

use crate::Image;
use pn_logic::{Formula, Linear, value_in};
use pn_net::{Marking, Net, PlaceId};

/// Places of the original in terms of the reduced net.
pub(crate) struct Translation<'a> {
    pub(crate) original: &'a Net,
    pub(crate) places: &'a [Image],
}

impl Translation<'_> {
    /// The formula about the reduced net; `None` when it speaks of a place that was not observed,
    /// or a number becomes too large.
    pub(crate) fn formula(&self, formula: &Formula) -> Option<Formula> {
        Some(match formula {
            Formula::True => Formula::True,
            Formula::False => Formula::False,
            Formula::Dead => Formula::Dead,
            Formula::Compare(left, comparison, right) => {
                let (left, right) = (self.linear(left)?, self.linear(right)?);
                if left.terms().is_empty() && right.terms().is_empty() {
                    let empty = Marking::new([]);
                    let holds = comparison.holds(value_in(&empty, &left), value_in(&empty, &right));
                    return Some(if holds { Formula::True } else { Formula::False });
                }
                Formula::Compare(left, *comparison, right)
            }
            Formula::Fireable(transitions) => {
                let each = transitions.iter().map(|t| {
                    let inputs = self.original.pre(*t).map(|(place, weight)| self.at_least(place, weight));
                    Some(all(inputs.collect::<Option<_>>()?))
                });
                any(each.collect::<Option<_>>()?)
            }
            Formula::Not(inner) => self.formula(inner)?.negated(),
            Formula::And(parts) => all(parts.iter().map(|part| self.formula(part)).collect::<Option<_>>()?),
            Formula::Or(parts) => any(parts.iter().map(|part| self.formula(part)).collect::<Option<_>>()?),
        })
    }

    fn at_least(&self, place: PlaceId, weight: u64) -> Option<Formula> {
        match self.places[place.index()] {
            Image::Place(image) => Some(Formula::at_least(image, i64::try_from(weight).ok()?)),
            Image::Constant(tokens) if tokens >= weight => Some(Formula::True),
            Image::Constant(_) => Some(Formula::False),
            Image::Gone => None,
        }
    }

    /// The expression over places of the reduced net.
    pub(crate) fn linear(&self, expression: &Linear) -> Option<Linear> {
        let mut constant = i128::from(expression.offset());
        let mut terms = Vec::with_capacity(expression.terms().len());
        for (place, coefficient) in expression.terms() {
            match self.places[place.index()] {
                Image::Place(image) => terms.push((image, *coefficient)),
                Image::Constant(tokens) => constant += i128::from(*coefficient) * i128::from(tokens),
                Image::Gone => return None,
            }
        }
        Linear::new(terms, i64::try_from(constant).ok()?)
    }
}

/// The conjunction, decided where its parts decide it.
fn all(parts: Vec<Formula>) -> Formula {
    if parts.contains(&Formula::False) {
        return Formula::False;
    }
    let mut parts: Vec<Formula> = parts.into_iter().filter(|part| *part != Formula::True).collect();
    match parts.len() {
        0 => Formula::True,
        1 => parts.remove(0),
        _ => Formula::And(parts),
    }
}

/// The disjunction, decided where its parts decide it.
fn any(parts: Vec<Formula>) -> Formula {
    if parts.contains(&Formula::True) {
        return Formula::True;
    }
    let mut parts: Vec<Formula> = parts.into_iter().filter(|part| *part != Formula::False).collect();
    match parts.len() {
        0 => Formula::False,
        1 => parts.remove(0),
        _ => Formula::Or(parts),
    }
}
