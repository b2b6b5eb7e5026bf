//! Checks refutations in exact arithmetic.
//!
//! A lemma stands if its traps are traps that are marked initially, its weighting is at most the
//! sum of its atoms less its traps, no firing decreases the weighting, and initially it is above
//! what the atoms allow. A refutation stands if all its lemmas do and no choice of atoms makes
//! the formula true without one of them. The last question goes to CaDiCaL (Biere et al.,
//! "CaDiCaL 2.0", 2024); the engines use another solver. Arithmetic that would overflow 127 bits
//! is a rejection.

use pn_logic::{AtMost, Lemma, Monotone, Refutation};
use pn_net::{Net, PlaceId, effect};
use rustc_hash::FxHashMap;

/// Why a refutation proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Flaw {
    /// A set of places is not a trap, or is not marked initially.
    #[error("set of places {0} is not a trap that is marked initially")]
    NotAMarkedTrap(usize),
    /// The weighting is above the sum of the atoms less the traps, or names a place twice.
    #[error("lemma {0}: the weighting does not follow from the inequalities")]
    Unfounded(usize),
    /// Some firing decreases the weighting.
    #[error("lemma {0}: a firing decreases the weighting")]
    Decreases(usize),
    /// The inequalities do not contradict the initial marking.
    #[error("lemma {0}: the inequalities do not contradict each other")]
    NoContradiction(usize),
    /// Numbers are too large to be checked, or the solver gave up.
    #[error("lemma {0}: the numbers are too large to be checked")]
    TooLarge(usize),
    /// Some choice of inequalities makes the formula true and avoids all lemmas.
    #[error("the lemmas do not exclude every way in which the formula can hold")]
    Incomplete,
}

/// Whether `refutation` shows that no reachable marking of `net` satisfies `goal`.
pub(crate) fn check(net: &Net, goal: &Monotone, refutation: &Refutation) -> Result<(), Flaw> {
    for (number, trap) in refutation.traps.iter().enumerate() {
        if !is_marked_trap(net, trap) {
            return Err(Flaw::NotAMarkedTrap(number));
        }
    }
    for (number, lemma) in refutation.lemmas.iter().enumerate() {
        check_lemma(net, number, lemma, &refutation.traps)?;
    }
    if excludes_all(goal, &refutation.lemmas) { Ok(()) } else { Err(Flaw::Incomplete) }
}

fn is_marked_trap(net: &Net, places: &[PlaceId]) -> bool {
    let mut inside = vec![false; net.place_count()];
    places.iter().for_each(|place| inside[place.index()] = true);
    let touches = |ends: &[PlaceId]| ends.iter().any(|place| inside[place.index()]);
    let keeps = net.transitions().all(|t| !touches(net.preset(t)) || touches(net.postset(t)));
    keeps && places.iter().any(|place| net.initial().tokens(*place) > 0)
}

fn check_lemma(net: &Net, number: usize, lemma: &Lemma, traps: &[Vec<PlaceId>]) -> Result<(), Flaw> {
    let too_large = Flaw::TooLarge(number);
    let unfounded = Flaw::Unfounded(number);
    // The sum of the atoms less the traps, and what it is at most.
    let mut sum: FxHashMap<PlaceId, i128> = FxHashMap::default();
    let mut allowed = 0_i128;
    let mut add = |place: PlaceId, amount: Option<i128>| {
        let entry = sum.entry(place).or_default();
        *entry = amount.and_then(|amount| entry.checked_add(amount)).ok_or(too_large)?;
        Ok(())
    };
    for (atom, multiplier) in &lemma.atoms {
        if *multiplier < 1 {
            return Err(unfounded);
        }
        for (place, coefficient) in atom.terms() {
            add(*place, multiplier.checked_mul(i128::from(*coefficient)))?;
        }
        let share = multiplier.checked_mul(atom.bound());
        allowed = share.and_then(|share| allowed.checked_add(share)).ok_or(too_large)?;
    }
    for (trap, multiplier) in &lemma.traps {
        let places = traps.get(*trap).filter(|_| *multiplier >= 1).ok_or(unfounded)?;
        let mut once = places.clone();
        once.sort_unstable();
        once.dedup();
        for place in once {
            add(place, multiplier.checked_neg())?;
        }
        allowed = allowed.checked_sub(*multiplier).ok_or(too_large)?;
    }
    let mut weights: FxHashMap<PlaceId, i128> = FxHashMap::default();
    for (place, weight) in &lemma.weights {
        if weights.insert(*place, *weight).is_some() {
            return Err(unfounded);
        }
    }
    let weight_of = |place: &PlaceId| weights.get(place).copied().unwrap_or(0);
    let founded = sum.iter().all(|(place, most)| weight_of(place) <= *most)
        && weights.iter().all(|(place, weight)| *weight <= sum.get(place).copied().unwrap_or(0));
    if !founded {
        return Err(unfounded);
    }
    let mut initially = 0_i128;
    for (place, weight) in &lemma.weights {
        let share = weight.checked_mul(i128::from(net.initial().tokens(*place)));
        initially = share.and_then(|share| initially.checked_add(share)).ok_or(too_large)?;
    }
    for transition in net.transitions() {
        let mut gain = 0_i128;
        for (place, change) in effect(net, transition) {
            let share = weight_of(&place).checked_mul(change);
            gain = share.and_then(|share| gain.checked_add(share)).ok_or(too_large)?;
        }
        if gain < 0 {
            return Err(Flaw::Decreases(number));
        }
    }
    if initially > allowed { Ok(()) } else { Err(Flaw::NoContradiction(number)) }
}

/// Whether no set of atoms that makes `goal` true avoids all lemmas.
fn excludes_all(goal: &Monotone, lemmas: &[Lemma]) -> bool {
    let mut solver: cadical::Solver = cadical::Solver::new();
    let mut literals: FxHashMap<&AtMost, i32> = FxHashMap::default();
    let mut next = 1;
    let top = encode(goal, &mut solver, &mut literals, &mut next);
    solver.add_clause([top]);
    for lemma in lemmas {
        let known: Option<Vec<i32>> =
            lemma.atoms.iter().map(|(atom, _)| literals.get(atom).map(|literal| -literal)).collect();
        // Atoms that do not occur in the formula are never chosen together.
        if let Some(clause) = known {
            solver.add_clause(clause);
        }
    }
    solver.solve() == Some(false)
}

/// The literal of a formula, with the clauses that what it stands for follows from it.
fn encode<'f>(
    formula: &'f Monotone,
    solver: &mut cadical::Solver,
    literals: &mut FxHashMap<&'f AtMost, i32>,
    next: &mut i32,
) -> i32 {
    let mut fresh = || {
        *next += 1;
        *next - 1
    };
    match formula {
        Monotone::Atom(atom) => *literals.entry(atom).or_insert_with(fresh),
        Monotone::True => fresh(),
        Monotone::False => {
            let own = fresh();
            solver.add_clause([-own]);
            own
        }
        Monotone::And(parts) => {
            let own = fresh();
            for part in parts {
                let part = encode(part, solver, literals, next);
                solver.add_clause([-own, part]);
            }
            own
        }
        Monotone::Or(parts) => {
            let own = fresh();
            let mut clause = vec![-own];
            for part in parts {
                clause.push(encode(part, solver, literals, next));
            }
            solver.add_clause(clause);
            own
        }
    }
}
