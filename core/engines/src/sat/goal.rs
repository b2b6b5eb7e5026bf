//! A formula over places whose counts are bits, one for those that hold at most one token, and the
//! cubes within it.
//!
//! Inequalities become Σ weight·[literal] ≤ slack with positive weights, where a negative coefficient
//! turns its literal around. Places without bits may hold anything: the inequality is taken as true
//! where that could make it so, hence the formula holds wherever the one it stands for does. For the SAT solver an inequality is a decision diagram of what is left of the slack
//! (Eén and Sörensson, "Translating pseudo-Boolean constraints into SAT", 2006), in the one direction
//! that is needed (Plaisted and Greenbaum, 1986).

use batsat::{Lit, SolverInterface, lbool};
use pn_logic::{AtMost, Monotone};
use pn_net::PlaceId;
use rustc_hash::{FxHashMap, FxHashSet};

/// A formula of `and`, `or` and sums of literals.
#[derive(Debug)]
pub(super) enum Goal {
    True,
    False,
    /// The weights, all positive, of the literals that hold are at most `slack` in total; not always.
    Sum {
        terms: Vec<(Lit, i128)>,
        slack: i128,
    },
    All(Vec<Goal>),
    Any(Vec<Goal>),
}

/// How many nodes the diagrams of one formula may have.
const MOST_NODES: usize = 1 << 20;

/// How many terms a sum may have that is not decided by one of them.
const MOST_TERMS: usize = 1 << 12;

impl Goal {
    /// What `formula` says of the places that have bits, the lowest first.
    pub(super) fn of<B: AsRef<[Lit]>>(formula: &Monotone, bits: &impl Fn(PlaceId) -> Option<B>) -> Self {
        match formula {
            Monotone::True => Self::True,
            Monotone::False => Self::False,
            Monotone::Atom(atom) => Self::sum(atom, bits),
            Monotone::And(parts) => Self::All(parts.iter().map(|part| Self::of(part, bits)).collect()),
            Monotone::Or(parts) => Self::Any(parts.iter().map(|part| Self::of(part, bits)).collect()),
        }
    }

    fn sum<B: AsRef<[Lit]>>(atom: &AtMost, bits: &impl Fn(PlaceId) -> Option<B>) -> Self {
        let mut slack = atom.bound();
        let mut terms = Vec::with_capacity(atom.terms().len());
        for (place, coefficient) in atom.terms() {
            let Some(bits) = bits(*place) else {
                match *coefficient > 0 {
                    true => continue,
                    false => return Self::True,
                }
            };
            for (literal, power) in bits.as_ref().iter().zip(0..) {
                let weight = i128::from(*coefficient) << power;
                if weight > 0 {
                    terms.push((*literal, weight));
                } else {
                    terms.push((!*literal, -weight));
                    slack = slack.saturating_sub(weight);
                }
            }
        }
        // The heaviest first: they decide most.
        terms.sort_unstable_by_key(|(literal, weight)| (-weight, *literal));
        let total: i128 = terms.iter().map(|(_, weight)| weight).sum();
        match slack {
            ..0 => Self::False,
            _ if total <= slack => Self::True,
            _ => Self::Sum { terms, slack },
        }
    }

    /// A literal from which the formula follows, with the clauses that say so; `None` if there would
    /// be too many of them.
    pub(super) fn encode(&self, solver: &mut impl SolverInterface) -> Option<Lit> {
        let mut room = MOST_NODES;
        self.encode_within(solver, &mut room)
    }

    fn encode_within(&self, solver: &mut impl SolverInterface, room: &mut usize) -> Option<Lit> {
        *room = room.checked_sub(1)?;
        let mut fresh = || Lit::new(solver.new_var(lbool::FALSE, true), true);
        match self {
            Self::True => Some(fresh()),
            Self::False => {
                let own = fresh();
                solver.add_clause_reuse(&mut vec![!own]);
                Some(own)
            }
            Self::Sum { terms, slack } => {
                if let [(literal, _)] = terms[..] {
                    return Some(!literal);
                }
                if terms.len() > MOST_TERMS {
                    return None;
                }
                let mut nodes = FxHashMap::default();
                let left = terms.iter().map(|(_, weight)| weight).sum();
                Some(diagram(terms, *slack, left, &mut nodes, solver, room)?.expect("it can be violated"))
            }
            Self::All(parts) => {
                let own = fresh();
                for part in parts {
                    let part = part.encode_within(solver, room)?;
                    solver.add_clause_reuse(&mut vec![!own, part]);
                }
                Some(own)
            }
            Self::Any(parts) => {
                let own = fresh();
                let mut clause = vec![!own];
                for part in parts {
                    clause.push(part.encode_within(solver, room)?);
                }
                solver.add_clause_reuse(&mut clause);
                Some(own)
            }
        }
    }

    /// Literals, all true by `holds`, from which the formula follows; it must be true itself.
    pub(super) fn implicant(&self, holds: &impl Fn(Lit) -> bool) -> Vec<Lit> {
        let mut chosen = FxHashSet::default();
        let mut cube = Vec::new();
        let single = std::slice::from_ref(self);
        let parts = if let Self::All(parts) = self { &parts[..] } else { single };
        let ways = |part: &&Goal| match part {
            Self::Any(choices) => choices.iter().filter(|choice| choice.is_true(holds)).count(),
            _ => 0,
        };
        let mut parts: Vec<&Goal> = parts.iter().collect();
        // Those that leave no choice first: the others can then use what they need.
        parts.sort_by_cached_key(ways);
        for part in parts {
            let mut more = Vec::new();
            part.collect(holds, &chosen, &mut more);
            chosen.extend(more.iter().copied());
            cube.append(&mut more);
        }
        cube.sort_unstable();
        cube.dedup();
        cube
    }

    fn is_true(&self, holds: &impl Fn(Lit) -> bool) -> bool {
        match self {
            Self::True => true,
            Self::False => false,
            Self::Sum { terms, slack } => {
                terms.iter().filter(|(literal, _)| holds(*literal)).map(|(_, weight)| weight).sum::<i128>()
                    <= *slack
            }
            Self::All(parts) => parts.iter().all(|part| part.is_true(holds)),
            Self::Any(parts) => parts.iter().any(|part| part.is_true(holds)),
        }
    }

    /// Adds to `more` what is needed beside what is chosen.
    fn collect(&self, holds: &impl Fn(Lit) -> bool, chosen: &FxHashSet<Lit>, more: &mut Vec<Lit>) {
        match self {
            Self::True | Self::False => {}
            Self::Sum { terms, slack } => {
                let mut most: i128 = terms.iter().map(|(_, weight)| weight).sum();
                let absent = || terms.iter().filter(|(literal, _)| !holds(*literal));
                let is_there = |literal: Lit| chosen.contains(&literal);
                let known = absent().filter(|(literal, _)| is_there(!*literal));
                most -= known.map(|(_, weight)| weight).sum::<i128>();
                for (literal, weight) in absent().filter(|(literal, _)| !is_there(!*literal)) {
                    if most <= *slack {
                        break;
                    }
                    most -= weight;
                    more.push(!*literal);
                }
            }
            Self::All(parts) => parts.iter().for_each(|part| part.collect(holds, chosen, more)),
            Self::Any(parts) => {
                let mut best: Option<Vec<Lit>> = None;
                for part in parts.iter().filter(|part| part.is_true(holds)) {
                    let mut own = Vec::new();
                    part.collect(holds, chosen, &mut own);
                    if best.as_ref().is_none_or(|best| own.len() < best.len()) {
                        best = Some(own);
                    }
                    if best.as_ref().is_some_and(Vec::is_empty) {
                        break;
                    }
                }
                more.extend(best.unwrap_or_default());
            }
        }
    }
}

/// The literal from which it follows that `terms`, which weigh `left` in total, stay within `slack`;
/// `Some(None)` if they always do.
fn diagram(
    terms: &[(Lit, i128)],
    slack: i128,
    left: i128,
    nodes: &mut FxHashMap<(usize, i128), Lit>,
    solver: &mut impl SolverInterface,
    room: &mut usize,
) -> Option<Option<Lit>> {
    if left <= slack {
        return Some(None);
    }
    if let Some(known) = nodes.get(&(terms.len(), slack)) {
        return Some(Some(*known));
    }
    *room = room.checked_sub(1)?;
    let own = Lit::new(solver.new_var(lbool::FALSE, true), true);
    let (literal, weight) = terms[0];
    let rest = left - weight;
    if weight > slack {
        solver.add_clause_reuse(&mut vec![!own, !literal]);
    } else if let Some(with) = diagram(&terms[1..], slack - weight, rest, nodes, solver, room)? {
        solver.add_clause_reuse(&mut vec![!own, !literal, with]);
    }
    if let Some(without) = diagram(&terms[1..], slack, rest, nodes, solver, room)? {
        solver.add_clause_reuse(&mut vec![!own, without]);
    }
    nodes.insert((terms.len(), slack), own);
    Some(Some(own))
}
