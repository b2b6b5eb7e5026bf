//! Why no reachable marking satisfies a formula, by linear arithmetic.
//!
//! A weighting g of the places that no firing decreases, g·C ≥ 0, is at least g·m₀ in every
//! reachable marking. A marked trap holds a token in every reachable marking. If inequalities
//! (atoms) a₁ … aₙ held together there, their sum with multipliers, less the traps', would be an
//! upper bound of g: where that bound is below g·m₀, they do not. Each such [`Lemma`] is a
//! Farkas certificate for the state equation (Murata, "State equation, controllability, and
//! maximal matchings of Petri nets", 1977; Esparza and Melzer, "Verification of safety properties
//! using integer programming: beyond the state equation", 2000, for the traps). Lemmas
//! refute a formula when no choice of atoms that makes it true avoids them all.

use crate::{AtMost, Monotone};
use pn_net::PlaceId;

/// Lemmas that together refute a formula.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Refutation {
    /// Sets of places that are traps and marked initially.
    pub traps: Vec<Vec<PlaceId>>,
    /// What cannot hold together.
    pub lemmas: Vec<Lemma>,
}

/// Atoms that no reachable marking satisfies together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lemma {
    /// The atoms, each with its multiplier, at least 1.
    pub atoms: Vec<(AtMost, i128)>,
    /// Traps by their index in the refutation, each with its multiplier, at least 1.
    pub traps: Vec<(usize, i128)>,
    /// The weighting g, ascending by place: at most the sum of the atoms less that of the traps.
    pub weights: Vec<(PlaceId, i128)>,
}

impl Lemma {
    /// Whether the lemma excludes a set of atoms: it has all of the lemma's.
    pub fn excludes(&self, has: impl Fn(&AtMost) -> bool) -> bool {
        self.atoms.iter().all(|(atom, _)| has(atom))
    }
}

impl Monotone {
    /// The distinct atoms, in the order of their first appearance.
    #[must_use]
    pub fn atoms(&self) -> Vec<&AtMost> {
        let mut seen = std::collections::HashSet::new();
        let mut atoms = Vec::new();
        let mut stack = vec![self];
        while let Some(part) = stack.pop() {
            match part {
                Self::True | Self::False => {}
                Self::Atom(atom) => {
                    if seen.insert(atom) {
                        atoms.push(atom);
                    }
                }
                Self::And(parts) | Self::Or(parts) => stack.extend(parts.iter().rev()),
            }
        }
        atoms
    }
}
