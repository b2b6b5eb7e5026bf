//! Random formulas and properties of a net, the same for the same seed.

use crate::Dice;
use pn_logic::{Comparison, Formula, Linear, Property};
use pn_net::{Net, PlaceId, TransitionId};

const COMPARISONS: [Comparison; 6] = [
    Comparison::Less,
    Comparison::AtMost,
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::AtLeast,
    Comparison::Greater,
];

/// An expression with up to three places and small numbers, some of them negative.
///
/// # Panics
///
/// Never: the coefficients are small.
#[must_use]
pub fn random_linear(net: &Net, seed: u64) -> Linear {
    linear(net, &mut Dice::new(seed))
}

/// A formula of any shape, at most four connectives deep.
///
/// # Panics
///
/// Never: the coefficients are small.
#[must_use]
pub fn random_formula(net: &Net, seed: u64) -> Formula {
    formula(net, &mut Dice::new(seed), 4)
}

/// A property of any kind.
///
/// # Panics
///
/// Never: the coefficients are small.
#[must_use]
pub fn random_property(net: &Net, seed: u64) -> Property {
    let mut dice = Dice::new(seed);
    match dice.within(0..=4) {
        0 => Property::Possibly(formula(net, &mut dice, 3)),
        1 => Property::Always(formula(net, &mut dice, 3)),
        2 => Property::InevitablyBackTo { goal: formula(net, &mut dice, 3), unless: Formula::False },
        3 => Property::InevitablyBackTo {
            goal: formula(net, &mut dice, 3),
            unless: formula(net, &mut dice, 2),
        },
        _ => Property::Bound(linear(net, &mut dice)),
    }
}

fn linear(net: &Net, dice: &mut Dice) -> Linear {
    let places: Vec<PlaceId> = net.places().collect();
    let count = if places.is_empty() { 0 } else { dice.within(0..=3) };
    let terms: Vec<(PlaceId, i32)> =
        (0..count).map(|_| (places[dice.index(places.len())], coefficient(dice))).collect();
    let constant = if dice.once_in(2) { 0 } else { i64::from(small(dice)) };
    Linear::new(terms, constant).expect("the coefficients are small")
}

fn coefficient(dice: &mut Dice) -> i32 {
    if dice.once_in(3) { small(dice) } else { 1 }
}

fn small(dice: &mut Dice) -> i32 {
    i32::try_from(dice.within(0..=7)).expect("it is small") - 3
}

fn formula(net: &Net, dice: &mut Dice, depth: usize) -> Formula {
    let kinds = if depth == 0 { 4 } else { 8 };
    match dice.within(0..=kinds) {
        0 if dice.once_in(2) => Formula::Dead,
        0 if dice.once_in(2) => Formula::True,
        0 => Formula::False,
        1 => Formula::Fireable(transitions(net, dice)),
        2..=4 => Formula::Compare(linear(net, dice), COMPARISONS[dice.index(6)], linear(net, dice)),
        5 | 6 => Formula::And(parts(net, dice, depth - 1)),
        7 => Formula::Or(parts(net, dice, depth - 1)),
        _ => Formula::Not(Box::new(formula(net, dice, depth - 1))),
    }
}

/// None (rarely) to three parts: connectives over nothing and over one formula exist.
fn parts(net: &Net, dice: &mut Dice, depth: usize) -> Vec<Formula> {
    let count = if dice.once_in(12) { 0 } else { dice.within(1..=3) };
    (0..count).map(|_| formula(net, dice, depth)).collect()
}

fn transitions(net: &Net, dice: &mut Dice) -> Vec<TransitionId> {
    let all: Vec<TransitionId> = net.transitions().collect();
    let count = if all.is_empty() { 0 } else { dice.within(1..=3) };
    (0..count).map(|_| all[dice.index(all.len())]).collect()
}
