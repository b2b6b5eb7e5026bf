//! Checks inductive invariants: clauses over places that hold at most one token.
//!
//! A weighting stands if no firing increases it; the places that weigh more than half of what it is
//! initially then hold at most one token together. Clauses may speak of such places and no others.
//! They stand if each holds initially and no firing from a marking in which all hold leads to one
//! where one does not. What a transition needs of other places is taken to be there. They exclude a
//! formula if no marking in which all of them hold satisfies it, other places holding as many tokens
//! as it likes. Whether there are such firings and markings is asked of CaDiCaL (Biere et al.,
//! "CaDiCaL 2.0", 2024), a question for each clause and one for the formula; the engines use another
//! solver. Weightings are exact: arithmetic that would overflow 127 bits is a rejection.

use pn_logic::{AtMost, Inductive, Monotone, Occupancy};
use pn_net::{Net, PlaceId, TransitionId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why clauses prove nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InductiveFlaw {
    /// Some firing increases a weighting, or its numbers are too large.
    #[error("weighting {0}: a firing increases it")]
    Increases(usize),
    /// A clause speaks of a place that no weighting shows to be one-safe.
    #[error("clause {0}: no weighting shows that its places hold at most one token")]
    NotOneSafe(usize),
    /// A clause does not hold in the initial marking.
    #[error("clause {0} does not hold initially")]
    NotInitially(usize),
    /// Some firing leads from where all clauses hold to where this one does not.
    #[error("clause {0} need not hold after a firing")]
    NotPreserved(usize),
    /// Some marking in which all clauses hold satisfies the formula.
    #[error("the clauses do not exclude every way in which the formula can hold")]
    Incomplete,
    /// The formula is too large to be checked, or the solver gave up.
    #[error("this is too large to be checked")]
    TooLarge,
}

/// How many conflicts a question may cost the solver.
const MOST_CONFLICTS: i32 = 1_000_000;

/// How many clauses the inequalities of a formula may become.
const MOST_CLAUSES: usize = 1 << 21;

/// Clauses that were found to hold in every reachable marking.
pub(crate) struct Invariant<'n> {
    pub(crate) proof: Arc<Inductive>,
    question: Question<'n>,
}

impl<'n> Invariant<'n> {
    /// The clauses of `proof`, if they hold in every reachable marking of `net`.
    pub(crate) fn new(net: &'n Net, proof: &Arc<Inductive>) -> Result<Self, InductiveFlaw> {
        let mut question = Question::new(net);
        for (place, _) in proof.weightings.iter().flatten() {
            question.occurrences[place.index()] += 1;
        }
        for (number, weighting) in proof.weightings.iter().enumerate() {
            let weights = weights(weighting).ok_or(InductiveFlaw::Increases(number))?;
            let initially = initially(net, &weights).ok_or(InductiveFlaw::Increases(number))?;
            question.bound(&weights, initially);
        }
        for (number, clause) in proof.clauses.iter().enumerate() {
            let literals = clause.iter().map(|literal| question.literal(*literal));
            let literals: Option<Vec<i32>> = literals.collect();
            let literals = literals.ok_or(InductiveFlaw::NotOneSafe(number))?;
            let holds = |literal: &Occupancy| match literal {
                Occupancy::Marked(place) => net.initial().tokens(*place) > 0,
                Occupancy::Empty(place) => net.initial().tokens(*place) == 0,
            };
            if !clause.iter().any(holds) {
                return Err(InductiveFlaw::NotInitially(number));
            }
            question.solver.add_clause(literals);
        }
        for (number, clause) in proof.clauses.iter().enumerate() {
            if question.may_break(clause)? {
                return Err(InductiveFlaw::NotPreserved(number));
            }
        }
        Ok(Self { proof: Arc::clone(proof), question })
    }

    /// Whether no marking in which the clauses hold satisfies `goal`.
    pub(crate) fn exclude(&mut self, goal: &Monotone) -> Result<(), InductiveFlaw> {
        if self.question.may_hold(goal)? { Err(InductiveFlaw::Incomplete) } else { Ok(()) }
    }
}

/// The weights of a weighting by place; `None` where they are too large.
fn weights(weighting: &[(PlaceId, u64)]) -> Option<BTreeMap<PlaceId, i128>> {
    let mut weights = BTreeMap::new();
    for (place, weight) in weighting {
        let entry: &mut i128 = weights.entry(*place).or_default();
        *entry = entry.checked_add(i128::from(*weight))?;
    }
    Some(weights)
}

/// The weighted number of tokens in the initial marking; `None` if some firing increases it.
fn initially(net: &Net, weights: &BTreeMap<PlaceId, i128>) -> Option<i128> {
    let weight_of = |place: PlaceId| weights.get(&place).copied().unwrap_or(0);
    let more = |sum: i128, (place, tokens): (PlaceId, u64)| {
        sum.checked_add(weight_of(place).checked_mul(i128::from(tokens))?)
    };
    let gives = weights.keys().flat_map(|place| net.producers(*place)).map(|(transition, _)| transition);
    let mut gives: Vec<TransitionId> = gives.collect();
    gives.sort_unstable();
    gives.dedup();
    for transition in gives {
        if net.post(transition).try_fold(0, more)? > net.pre(transition).try_fold(0, more)? {
            return None;
        }
    }
    weights.keys().map(|place| (*place, net.initial().tokens(*place))).try_fold(0, more)
}

/// Markings of one-safe places, as far as they are restricted, and transitions.
struct Question<'n> {
    net: &'n Net,
    solver: cadical::Solver,
    /// Whether a place holds at most one token.
    is_one_safe: Vec<bool>,
    /// How many weightings have a place.
    occurrences: Vec<u32>,
    /// Literals for "this one or that one", the second being a place.
    either: FxHashMap<(i32, i32), i32>,
    next: i32,
}

impl<'n> Question<'n> {
    fn new(net: &'n Net) -> Self {
        let next = i32::try_from(net.place_count()).map_or(i32::MAX, |places| places.saturating_add(1));
        Self {
            net,
            solver: cadical::Solver::new(),
            is_one_safe: vec![false; net.place_count()],
            occurrences: vec![0; net.place_count()],
            either: FxHashMap::default(),
            next,
        }
    }

    fn fresh(&mut self) -> i32 {
        self.next += 1;
        self.next - 1
    }

    /// The variable of a place.
    fn marked(place: PlaceId) -> i32 {
        i32::try_from(place.index()).map_or(i32::MAX, |index| index + 1)
    }

    /// The literal; `None` if its place may hold several tokens.
    fn literal(&self, literal: Occupancy) -> Option<i32> {
        let (place, literal) = match literal {
            Occupancy::Marked(place) => (place, Self::marked(place)),
            Occupancy::Empty(place) => (place, -Self::marked(place)),
        };
        self.is_one_safe[place.index()].then_some(literal)
    }

    /// Learns of a weighting that is never above `most`. Weightings that begin alike, with the places
    /// that most of them have, share what is said of their beginnings.
    fn bound(&mut self, weights: &BTreeMap<PlaceId, i128>, most: i128) {
        let heavy = weights.iter().filter(|(_, weight)| **weight > most - **weight);
        let mut places: Vec<PlaceId> = heavy.map(|(place, _)| *place).collect();
        places.sort_by_key(|place| std::cmp::Reverse(self.occurrences[place.index()]));
        let mut so_far: Option<i32> = None;
        for place in places {
            self.is_one_safe[place.index()] = true;
            let own = Self::marked(place);
            so_far = Some(match so_far {
                None => own,
                Some(before) => self.either(before, own),
            });
        }
    }

    /// A literal for "the one or the other", which exclude each other.
    fn either(&mut self, before: i32, own: i32) -> i32 {
        if let Some(known) = self.either.get(&(before, own)) {
            return *known;
        }
        let either = self.fresh();
        self.solver.add_clause([-before, -own]);
        self.solver.add_clause([-before, either]);
        self.solver.add_clause([-own, either]);
        self.either.insert((before, own), either);
        either
    }

    /// Whether there is a marking with these assumptions.
    fn ask(&mut self, assumed: i32) -> Result<bool, InductiveFlaw> {
        self.solver.set_limit("conflicts", MOST_CONFLICTS).map_err(|_| InductiveFlaw::TooLarge)?;
        self.solver.solve_with([assumed]).ok_or(InductiveFlaw::TooLarge)
    }

    /// Whether a firing may lead to where the clause does not hold; it holds before, by what the
    /// solver knows.
    fn may_break(&mut self, clause: &[Occupancy]) -> Result<bool, InductiveFlaw> {
        let makes_false = clause.iter().flat_map(|literal| match literal {
            Occupancy::Marked(place) => self.net.consumers(*place).map(|(t, _)| t).collect::<Vec<_>>(),
            Occupancy::Empty(place) => self.net.producers(*place).map(|(t, _)| t).collect(),
        });
        let mut transitions: Vec<TransitionId> = makes_false.collect();
        transitions.sort_unstable();
        transitions.dedup();
        let makes_true: FxHashSet<Occupancy> = clause.iter().copied().collect();
        let some = self.fresh();
        let mut choice = vec![-some];
        for transition in transitions {
            let outputs = self.net.postset(transition);
            if outputs.iter().any(|place| makes_true.contains(&Occupancy::Marked(*place))) {
                continue;
            }
            let Some(needed) = self.needed(transition, clause) else { continue };
            let fires = self.fresh();
            needed.into_iter().for_each(|literal| self.solver.add_clause([-fires, literal]));
            choice.push(fires);
        }
        if choice.len() == 1 {
            return Ok(false);
        }
        self.solver.add_clause(choice);
        let found = self.ask(some)?;
        self.solver.add_clause([-some]);
        Ok(found)
    }

    /// What must hold before a firing of `transition` after which the clause does not hold; `None`
    /// if there is no such firing.
    fn needed(&self, transition: TransitionId, clause: &[Occupancy]) -> Option<Vec<i32>> {
        let mut needed = Vec::new();
        for (place, tokens) in self.net.pre(transition).filter(|(p, _)| self.is_one_safe[p.index()]) {
            if tokens > 1 {
                return None;
            }
            needed.push(Self::marked(place));
        }
        for (place, tokens) in self.net.post(transition).filter(|(p, _)| self.is_one_safe[p.index()]) {
            // A second token would come to the place.
            if tokens > 1 {
                return None;
            }
            if self.net.input_weight(place, transition) == 0 {
                needed.push(-Self::marked(place));
            }
        }
        for literal in clause {
            let (place, wanted) = match literal {
                Occupancy::Marked(place) => (*place, true),
                Occupancy::Empty(place) => (*place, false),
            };
            let is_input = self.net.input_weight(place, transition) > 0;
            let is_output = self.net.output_weight(transition, place) > 0;
            if is_output == wanted && (is_output || is_input) {
                return None;
            }
            if !is_input && !is_output {
                needed.push(if wanted { -Self::marked(place) } else { Self::marked(place) });
            }
        }
        Some(needed)
    }

    /// Whether a marking that is not excluded may satisfy `goal`.
    fn may_hold(&mut self, goal: &Monotone) -> Result<bool, InductiveFlaw> {
        let mut room = MOST_CLAUSES;
        let mut known = FxHashMap::default();
        let top = self.encode(goal, &mut known, &mut room)?;
        let found = self.ask(top)?;
        self.solver.add_clause([-top]);
        Ok(found)
    }

    /// A literal from which the formula follows, other places holding what it likes.
    fn encode<'f>(
        &mut self,
        formula: &'f Monotone,
        known: &mut FxHashMap<&'f AtMost, i32>,
        room: &mut usize,
    ) -> Result<i32, InductiveFlaw> {
        let own = self.fresh();
        match formula {
            Monotone::True => {}
            Monotone::False => self.solver.add_clause([-own]),
            Monotone::Atom(atom) => {
                if let Some(literal) = known.get(atom) {
                    return Ok(*literal);
                }
                self.encode_atom(own, atom, room)?;
                known.insert(atom, own);
            }
            Monotone::And(parts) => {
                for part in parts {
                    let part = self.encode(part, known, room)?;
                    self.solver.add_clause([-own, part]);
                }
            }
            Monotone::Or(parts) => {
                let mut clause = vec![-own];
                for part in parts {
                    clause.push(self.encode(part, known, room)?);
                }
                self.solver.add_clause(clause);
            }
        }
        Ok(own)
    }

    /// Adds what follows from `own`: that the inequality can hold. Place by place, a literal for
    /// each value that the sum so far can have; from the values from which even the least rest
    /// exceeds the bound, a contradiction follows.
    fn encode_atom(&mut self, own: i32, atom: &AtMost, room: &mut usize) -> Result<(), InductiveFlaw> {
        let too_large = InductiveFlaw::TooLarge;
        let (terms, others): (Vec<(PlaceId, i64)>, Vec<_>) =
            atom.terms().iter().partition(|(place, _)| self.is_one_safe[place.index()]);
        if others.iter().any(|(_, coefficient)| *coefficient < 0) {
            return Ok(());
        }
        let least = |c: i64| i128::from(c.min(0));
        let most = |c: i64| i128::from(c.max(0));
        let mut rest_least: i128 = terms.iter().map(|(_, c)| least(*c)).sum();
        let mut rest_most: i128 = terms.iter().map(|(_, c)| most(*c)).sum();
        let mut values: BTreeMap<i128, i32> = BTreeMap::from([(0, own)]);
        for (place, coefficient) in &terms {
            rest_least -= least(*coefficient);
            rest_most -= most(*coefficient);
            let mut next: BTreeMap<i128, i32> = BTreeMap::new();
            for (value, literal) in values {
                for (condition, sum) in
                    [(-Self::marked(*place), value), (Self::marked(*place), value + i128::from(*coefficient))]
                {
                    *room = room.checked_sub(1).ok_or(too_large)?;
                    if sum + rest_least > atom.bound() {
                        self.solver.add_clause([-literal, -condition]);
                    } else if sum + rest_most > atom.bound() {
                        let to = *next.entry(sum).or_insert_with(|| {
                            self.next += 1;
                            self.next - 1
                        });
                        self.solver.add_clause([-literal, -condition, to]);
                    }
                }
            }
            values = next;
        }
        if terms.is_empty() && atom.bound() < 0 {
            self.solver.add_clause([-own]);
        }
        Ok(())
    }
}
