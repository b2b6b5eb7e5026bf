//! State formulas kept up to date: what a firing makes of them is known in time proportional to
//! what it touches.
//!
//! A formula is split into its conjuncts. Every linear comparison in one is an atom whose value,
//! left minus right, is kept as a sum; a firing adds its change. A conjunct that is one comparison
//! is decided by its sum alone, others are evaluated anew when one of their places changes, and
//! those that speak of enabledness whenever they are asked for.

use super::rules::Rules;
use pn_logic::{Comparison, Formula, holds_in};
use pn_net::{Marking, PlaceId, TransitionId, firing};
use std::collections::{BTreeMap, BTreeSet};

/// Formulas, the conjuncts of all of them in one row.
#[derive(Debug)]
pub(super) struct Conditions {
    atoms: Vec<Atom>,
    conjuncts: Vec<Conjunct>,
    /// By place, where it counts: the atoms that mention it.
    mentions: BTreeMap<PlaceId, Vec<(usize, i128)>>,
    /// The conjuncts that speak of enabledness.
    volatile: Vec<usize>,
    /// By transition, where it has any: the conjuncts that its firing touches, and what it adds to
    /// their atoms.
    touches: BTreeMap<TransitionId, Vec<Touch>>,
    /// How many of the other conjuncts do not hold.
    broken: usize,
}

#[derive(Debug)]
struct Atom {
    value: i128,
    comparison: Comparison,
    conjunct: usize,
}

#[derive(Debug)]
struct Conjunct {
    /// Which formula it belongs to.
    formula: usize,
    tree: Tree,
    holds: bool,
}

#[derive(Debug)]
enum Tree {
    Constant(bool),
    Atom(usize),
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    /// It speaks of enabledness.
    Volatile(Formula),
}

#[derive(Debug)]
struct Touch {
    conjunct: usize,
    changes: Vec<(usize, i128)>,
}

impl Conditions {
    pub(super) fn new<'a>(
        rules: &Rules,
        marking: &Marking,
        formulas: impl IntoIterator<Item = &'a Formula>,
    ) -> Self {
        let mut new = Self {
            atoms: Vec::new(),
            conjuncts: Vec::new(),
            mentions: BTreeMap::new(),
            volatile: Vec::new(),
            touches: BTreeMap::new(),
            broken: 0,
        };
        for (index, formula) in formulas.into_iter().enumerate() {
            new.add(index, formula, marking);
        }
        for index in 0..new.conjuncts.len() {
            if new.volatile.binary_search(&index).is_err() {
                new.conjuncts[index].holds = new.evaluate(&new.conjuncts[index].tree, &[]);
                new.broken += usize::from(!new.conjuncts[index].holds);
            }
        }
        for transition in rules.deployment.net.transitions() {
            let mut changes: BTreeMap<usize, BTreeMap<usize, i128>> = BTreeMap::new();
            for (place, change) in rules.effect(transition) {
                for (atom, coefficient) in new.mentions.get(place).into_iter().flatten() {
                    let of = changes.entry(new.atoms[*atom].conjunct).or_default();
                    *of.entry(*atom).or_default() += coefficient * i128::from(*change);
                }
            }
            let touch = |(conjunct, changes): (usize, BTreeMap<usize, i128>)| Touch {
                conjunct,
                changes: changes.into_iter().collect(),
            };
            if !changes.is_empty() {
                new.touches.insert(transition, changes.into_iter().map(touch).collect());
            }
        }
        new
    }

    fn add(&mut self, formula: usize, part: &Formula, marking: &Marking) {
        if let Formula::And(parts) = part {
            return parts.iter().for_each(|part| self.add(formula, part, marking));
        }
        let conjunct = self.conjuncts.len();
        let tree = if speaks_of_enabledness(part) {
            self.volatile.push(conjunct);
            Tree::Volatile(part.clone())
        } else {
            self.tree(conjunct, part, marking)
        };
        self.conjuncts.push(Conjunct { formula, tree, holds: true });
    }

    fn tree(&mut self, conjunct: usize, formula: &Formula, marking: &Marking) -> Tree {
        let mut all =
            |parts: &[Formula]| parts.iter().map(|part| self.tree(conjunct, part, marking)).collect();
        match formula {
            Formula::True => Tree::Constant(true),
            Formula::False => Tree::Constant(false),
            Formula::Not(inner) => Tree::Not(Box::new(self.tree(conjunct, inner, marking))),
            Formula::And(parts) => Tree::And(all(parts)),
            Formula::Or(parts) => Tree::Or(all(parts)),
            Formula::Compare(left, comparison, right) => {
                let atom = self.atoms.len();
                let mut value = i128::from(left.offset()) - i128::from(right.offset());
                let mut coefficients: BTreeMap<PlaceId, i128> = BTreeMap::new();
                for (terms, sign) in [(left.terms(), 1), (right.terms(), -1)] {
                    for (place, coefficient) in terms {
                        let signed = sign * i128::from(*coefficient);
                        value += signed * i128::from(marking.tokens(*place));
                        *coefficients.entry(*place).or_default() += signed;
                    }
                }
                for (place, coefficient) in coefficients.into_iter().filter(|(_, c)| *c != 0) {
                    self.mentions.entry(place).or_default().push((atom, coefficient));
                }
                self.atoms.push(Atom { value, comparison: *comparison, conjunct });
                Tree::Atom(atom)
            }
            Formula::Fireable(_) | Formula::Dead => unreachable!("such conjuncts are volatile"),
        }
    }

    /// The conjuncts whose truth a firing of the transition may change.
    pub(super) fn touched_by(&self, transition: TransitionId) -> impl Iterator<Item = usize> + '_ {
        let own = self.touches.get(&transition).into_iter().flatten().map(|touch| touch.conjunct);
        own.chain(self.volatile.iter().copied())
    }

    /// The transition has fired and led to this marking.
    pub(super) fn fired(&mut self, transition: TransitionId) {
        let Some(touches) = self.touches.remove(&transition) else { return };
        for touch in &touches {
            for (atom, change) in &touch.changes {
                self.atoms[*atom].value += change;
            }
            let holds = self.evaluate(&self.conjuncts[touch.conjunct].tree, &[]);
            let held = std::mem::replace(&mut self.conjuncts[touch.conjunct].holds, holds);
            self.broken = self.broken + usize::from(!holds) - usize::from(!held);
        }
        self.touches.insert(transition, touches);
    }

    /// Whether all hold in this marking, to which the firings have led.
    pub(super) fn hold(&self, rules: &Rules, marking: &Marking) -> bool {
        let volatile = |index: &usize| match &self.conjuncts[*index].tree {
            Tree::Volatile(formula) => holds_in(&rules.deployment.net, marking, formula),
            _ => true,
        };
        self.broken == 0 && self.volatile.iter().all(volatile)
    }

    /// The first formula that would not hold after the firing; the transition is enabled.
    pub(super) fn first_broken_after(
        &self,
        rules: &Rules,
        marking: &Marking,
        transition: TransitionId,
    ) -> Option<usize> {
        let touches = self.touches.get(&transition).into_iter().flatten();
        let mut broken: BTreeSet<usize> = BTreeSet::new();
        for touch in touches {
            let conjunct = &self.conjuncts[touch.conjunct];
            if !self.evaluate(&conjunct.tree, &touch.changes) {
                broken.insert(conjunct.formula);
            }
        }
        if !self.volatile.is_empty() {
            let net = &rules.deployment.net;
            let mut after = marking.clone();
            firing::fire(net, &mut after, transition).ok()?;
            for index in &self.volatile {
                let conjunct = &self.conjuncts[*index];
                if let Tree::Volatile(formula) = &conjunct.tree
                    && !holds_in(net, &after, formula)
                {
                    broken.insert(conjunct.formula);
                }
            }
        }
        broken.first().copied()
    }

    /// Evaluates with these changes added to the atoms; volatile parts stand alone and are not
    /// evaluated here.
    fn evaluate(&self, tree: &Tree, changes: &[(usize, i128)]) -> bool {
        match tree {
            Tree::Constant(value) => *value,
            Tree::Atom(atom) => {
                let change = changes.iter().find(|(changed, _)| changed == atom).map_or(0, |(_, c)| *c);
                let Atom { value, comparison, .. } = self.atoms[*atom];
                compares(value + change, comparison)
            }
            Tree::Not(inner) => !self.evaluate(inner, changes),
            Tree::And(parts) => parts.iter().all(|part| self.evaluate(part, changes)),
            Tree::Or(parts) => parts.iter().any(|part| self.evaluate(part, changes)),
            Tree::Volatile(_) => true,
        }
    }
}

fn compares(difference: i128, comparison: Comparison) -> bool {
    match comparison {
        Comparison::Less => difference < 0,
        Comparison::AtMost => difference <= 0,
        Comparison::Equal => difference == 0,
        Comparison::NotEqual => difference != 0,
        Comparison::AtLeast => difference >= 0,
        Comparison::Greater => difference > 0,
    }
}

fn speaks_of_enabledness(formula: &Formula) -> bool {
    match formula {
        Formula::True | Formula::False | Formula::Compare(..) => false,
        Formula::Fireable(_) | Formula::Dead => true,
        Formula::Not(inner) => speaks_of_enabledness(inner),
        Formula::And(parts) | Formula::Or(parts) => parts.iter().any(speaks_of_enabledness),
    }
}
