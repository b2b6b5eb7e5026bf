//! Refutes a monotone formula in all reachable markings, or finds a solution that may be one.
//!
//! Two searches take turns. A SAT solver chooses atoms that make the formula true; the state
//! equation, as a linear program, says whether they have a common solution. A contradiction is
//! a lemma that the solver must avoid from then on; a solution may violate parts of the formula
//! that were not looked at so far, which are added; one that violates none and leaves no marked
//! trap empty is a candidate. Formula and lemmas together unsatisfiable: refuted. The scheme is
//! that of lazy satisfiability modulo theories (Nieuwenhuis, Oliveras and Tinelli, "Solving SAT
//! and SAT modulo theories", 2006); the constraints are those of Esparza and Melzer (2000).
//! Each turn adds a lemma, a part or a trap, so there is an end; how many there are is up to the
//! formula.

use super::relaxation::{Point, Relaxation, Said, ZERO};
use super::skeleton::Skeleton;
use crate::{Progress, Run};
use pn_logic::{AtMost, Lemma, Monotone, Reason};
use pn_net::PlaceId;

/// What came of an attempt to refute.
pub(super) enum Outcome {
    /// No reachable marking satisfies the formula, by these lemmas.
    Refuted(Vec<Lemma>),
    /// The relaxation has this solution, which need not be reachable.
    Candidate(Point),
    /// Nothing is known, for this reason.
    Open(Reason),
}

/// Refutes `formula` under the relaxation, which keeps the traps that it learns.
pub(super) fn refute(relaxation: &mut Relaxation<'_>, formula: &Monotone, run: &mut Run<'_>) -> Outcome {
    let parts = match formula {
        Monotone::And(parts) => &parts[..],
        other => std::slice::from_ref(other),
    };
    let kin = single_atoms(formula);
    let mut skeleton = Skeleton::new(parts);
    let mut lemmas = Vec::new();
    if let [only] = parts {
        debug_assert!(!matches!(only, Monotone::And(_)));
        skeleton.activate(0);
    }
    for lemma in one_by_one(relaxation, &kin) {
        skeleton.exclude(&lemma);
        lemmas.push(lemma);
    }
    loop {
        if let Err(reason) = run.tick(Progress { expanded: lemmas.len() as u64, ..Progress::default() }) {
            return Outcome::Open(reason);
        }
        let Some(chosen) = skeleton.choose() else { return Outcome::Refuted(lemmas) };
        let said = match relaxation.assume(chosen.iter().copied()) {
            Ok(()) => relaxation.solve(run),
            Err(said) => said,
        };
        match said {
            Said::Nothing(reason) => return Outcome::Open(reason),
            Said::Contradiction(lemma) => {
                let others = transferred(&lemma, &kin, |weights| relaxation.initially_weighs(weights));
                for lemma in std::iter::once(lemma).chain(others) {
                    skeleton.exclude(&lemma);
                    lemmas.push(lemma);
                }
            }
            Said::Point(point) => {
                let tokens = |place: PlaceId| point.tokens[place.index()];
                let violated = parts.iter().enumerate().filter(|(_, part)| !holds(part, &tokens));
                let violated: Vec<usize> = violated.map(|(number, _)| number).collect();
                if violated.is_empty() {
                    if !relaxation.cut(&point) {
                        return Outcome::Candidate(point);
                    }
                } else {
                    let news = violated.into_iter().filter(|part| skeleton.activate(*part)).count();
                    if news == 0 {
                        // The solver's figures are not exact enough to tell.
                        return Outcome::Open(Reason::Unsupported);
                    }
                }
            }
        }
    }
}

/// Whether a formula holds for these token counts, which may be fractions.
fn holds(formula: &Monotone, tokens: &impl Fn(PlaceId) -> f64) -> bool {
    match formula {
        Monotone::True => true,
        Monotone::False => false,
        Monotone::Atom(atom) => {
            let sum: f64 = atom.terms().iter().map(|(place, c)| *c as f64 * tokens(*place)).sum();
            let bound = atom.bound() as f64;
            sum <= bound + ZERO * bound.abs().max(1.0)
        }
        Monotone::And(parts) => parts.iter().all(|part| holds(part, tokens)),
        Monotone::Or(parts) => parts.iter().any(|part| holds(part, tokens)),
    }
}

/// The atoms "place ≥ k" of a disjunction of nothing but atoms, each of which wants a lemma.
fn single_atoms(formula: &Monotone) -> Vec<&AtMost> {
    let Monotone::Or(parts) = formula else { return Vec::new() };
    let atoms = parts.iter().filter_map(|part| match part {
        Monotone::Atom(atom) if matches!(atom.terms(), [(_, -1)]) => Some(atom),
        _ => None,
    });
    atoms.collect()
}

/// Of many atoms "place ≥ k", lemmas about those that weightings contradict, without any linear
/// program: those of nested units, for example, one of which is enough for many places.
fn one_by_one(relaxation: &Relaxation<'_>, kin: &[&AtMost]) -> Vec<Lemma> {
    // Two tokens weigh too much; one may not.
    let several = || kin.iter().filter(|atom| atom.bound() <= -2);
    if several().count() < 2 {
        return Vec::new();
    }
    let known = relaxation.one_safe();
    let lemma = |atom: &&AtMost| {
        let (place, _) = *atom.terms().first()?;
        let weighting = &known.weightings()[known.by(place)?];
        let weights = weighting.terms().iter().map(|(place, weight)| (*place, -i128::from(*weight)));
        let weights: Vec<(PlaceId, i128)> = weights.collect();
        let own = weights.binary_search_by_key(&place, |(place, _)| *place).ok()?;
        let multiplier = -weights[own].1;
        Some(Lemma { atoms: vec![((*atom).clone(), multiplier)], traps: Vec::new(), weights })
    };
    several().filter_map(lemma).collect()
}

/// What a lemma about one place says of others: a weighting that is nowhere positive bounds each
/// place with a weight.
fn transferred(
    lemma: &Lemma,
    kin: &[&AtMost],
    initially: impl Fn(&[(PlaceId, i128)]) -> Option<i128>,
) -> Vec<Lemma> {
    let [(own, _)] = &lemma.atoms[..] else { return Vec::new() };
    let bounds_all = lemma.weights.iter().all(|(_, weight)| *weight < 0);
    if kin.is_empty() || !bounds_all || !lemma.traps.is_empty() {
        return Vec::new();
    }
    let Some(initially) = initially(&lemma.weights) else { return Vec::new() };
    let about = |atom: &&&AtMost| {
        let (place, _) = atom.terms()[0];
        let weight = lemma.weights.binary_search_by_key(&place, |(p, _)| *p).ok()?;
        let multiplier = -lemma.weights[weight].1;
        let allowed = multiplier.checked_mul(atom.bound())?;
        (**atom != own && initially > allowed).then_some(multiplier)
    };
    let others = kin.iter().filter_map(|atom| Some((*atom, about(&atom)?)));
    others
        .map(|(atom, multiplier)| Lemma { atoms: vec![(atom.clone(), multiplier)], ..lemma.clone() })
        .collect()
}
