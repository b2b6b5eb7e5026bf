//! The first firings of a net, written out for a SAT solver.
//!
//! One step lets each transition fire once, in an order that is always the same: what fires, fires
//! one after the other, and later transitions of a step use what earlier ones of it produce
//! (Ogata, Tsuchiya and Kikuno, "SAT-based verification of safe Petri nets", 2004). So a step takes
//! one literal a transition and the changed bits of the places around it, and few steps reach far.
//! Transitions stand in the order in which a wave from the marked places comes to them. A place is
//! a counter of so many bits; runs on which it would overflow are not looked at. What can hold no
//! token yet is constant, and what needs it leaves no clauses.

use super::circuit::Circuit;
use super::goal::Goal;
use super::patience::Patience;
use batsat::{Lit, SolverInterface, lbool};
use pn_logic::{Monotone, Reason};
use pn_net::{Net, PlaceId, TransitionId, effect};
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::time::Instant;

/// What the solver says.
pub(super) enum Found {
    /// A run.
    Run(Vec<TransitionId>),
    /// There is none of these steps.
    None,
    /// The formula has too many clauses.
    TooLarge,
}

/// A net and its firings in some steps.
pub(super) struct Unrolled<'n, 'r> {
    net: &'n Net,
    circuit: Circuit<'r>,
    order: Vec<TransitionId>,
    /// By place: the bits of its count after all steps, the lowest first.
    counts: Vec<Vec<Lit>>,
    /// What may fire in each step, in order.
    fired: Vec<(TransitionId, Lit)>,
}

impl<'n, 'r> Unrolled<'n, 'r> {
    /// No steps yet. `widths` says how many bits the count of each place has, at least those of the
    /// initial marking.
    pub(super) fn new(net: &'n Net, widths: &[usize], patience: Patience<'r>) -> Self {
        let circuit = Circuit::new(patience);
        let bits = |place: PlaceId, width: usize| {
            let tokens = net.initial().tokens(place);
            (0..width).map(|at| circuit.constant(tokens >> at & 1)).collect()
        };
        let counts = net.places().zip(widths).map(|(place, width)| bits(place, *width)).collect();
        let changes = |transition: &TransitionId| effect(net, *transition).next().is_some();
        let order = wave(net).into_iter().filter(changes).collect();
        Self { net, order, counts, fired: Vec::new(), circuit }
    }

    /// Literals in all clauses.
    pub(super) const fn size(&self) -> usize {
        self.circuit.size()
    }

    /// How often the solver had to take something back.
    pub(super) fn conflicts(&self) -> u64 {
        self.circuit.conflicts()
    }

    /// Adds a step.
    pub(super) fn add_step(&mut self) {
        for at in 0..self.order.len() {
            let transition = self.order[at];
            if self.can_fire(transition) {
                let fires = self.circuit.fresh();
                self.fired.push((transition, fires));
                self.fire(transition, fires);
            }
        }
    }

    /// Whether constants leave it open.
    fn can_fire(&self, transition: TransitionId) -> bool {
        let most = |place: PlaceId| {
            let may = |(_, bit): &(usize, &Lit)| !self.circuit.is_false(**bit);
            let bits = self.counts[place.index()].iter().enumerate().filter(may);
            bits.map(|(at, _)| 1_u64 << at).sum::<u64>()
        };
        let fits = |place: PlaceId, tokens: u64| tokens >> self.counts[place.index()].len() == 0;
        self.net.pre(transition).all(|(place, tokens)| most(place) >= tokens)
            && self.net.post(transition).all(|(place, tokens)| fits(place, tokens))
    }

    fn fire(&mut self, transition: TransitionId, fires: Lit) {
        let net = self.net;
        for (place, taken) in net.pre(transition) {
            self.circuit.at_least(fires, &self.counts[place.index()], taken);
            let given = net.output_weight(transition, place);
            self.change(place, taken, given, fires);
        }
        for (place, given) in net.post(transition) {
            if net.input_weight(place, transition) == 0 {
                self.change(place, 0, given, fires);
            }
        }
    }

    fn change(&mut self, place: PlaceId, taken: u64, given: u64, fires: Lit) {
        let count = &mut self.counts[place.index()];
        let circuit = &mut self.circuit;
        if given > taken {
            let ones = (1 << count.len()) - 1;
            circuit.at_most(fires, count, ones - (given - taken));
        }
        *count = match (&count[..], given.cmp(&taken)) {
            (_, Ordering::Equal) => return,
            // What the firing needs of the one bit leaves nothing to compute.
            ([bit], Ordering::Greater) => vec![circuit.or(*bit, fires)],
            ([bit], Ordering::Less) => vec![!circuit.or(!*bit, fires)],
            (bits, Ordering::Greater) => circuit.added(fires, bits, given - taken),
            (bits, Ordering::Less) => circuit.taken(fires, bits, taken - given),
        };
    }

    /// A run of these steps to where `formula` holds.
    ///
    /// # Errors
    ///
    /// Why the solver gave up; it does at `end`.
    pub(super) fn find(&mut self, formula: &Monotone, end: Option<Instant>) -> Result<Found, Reason> {
        let goal = Goal::of(formula, &|place: PlaceId| Some(&self.counts[place.index()]));
        let solver = self.circuit.solver();
        let Some(goal) = goal.encode(solver) else { return Ok(Found::TooLarge) };
        solver.cb_mut().begin(end);
        let said = solver.solve_limited(&[goal]);
        if said == lbool::TRUE {
            let fires = |(_, literal): &&(TransitionId, Lit)| solver.value_lit(*literal) == lbool::TRUE;
            Ok(Found::Run(self.fired.iter().filter(fires).map(|(transition, _)| *transition).collect()))
        } else if said == lbool::FALSE {
            solver.add_clause_reuse(&mut vec![!goal]);
            Ok(Found::None)
        } else {
            Err(solver.cb().reason())
        }
    }
}

/// The transitions that could ever fire if tokens were never used up, in the order in which they
/// could.
fn wave(net: &Net) -> Vec<TransitionId> {
    let mut missing: Vec<usize> = net.transitions().map(|t| net.preset(t).len()).collect();
    let mut is_marked: Vec<bool> = net.places().map(|place| net.initial().tokens(place) > 0).collect();
    let mut places: VecDeque<PlaceId> = net.places().filter(|place| is_marked[place.index()]).collect();
    let mut order: Vec<TransitionId> = net.transitions().filter(|t| missing[t.index()] == 0).collect();
    let mut spread = 0;
    loop {
        for transition in &order[spread..] {
            for place in net.postset(*transition) {
                if !std::mem::replace(&mut is_marked[place.index()], true) {
                    places.push_back(*place);
                }
            }
        }
        spread = order.len();
        let Some(place) = places.pop_front() else { return order };
        for (transition, _) in net.consumers(place) {
            missing[transition.index()] -= 1;
            if missing[transition.index()] == 0 {
                order.push(transition);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transitions_stand_in_the_order_of_the_wave() {
        let net = pn_testkit::net(
            "a(1)
             third: c -> d
             never: e -> f
             second: b -> c
             first: a -> b
             source: -> g",
        );
        let names: Vec<&str> = wave(&net).into_iter().map(|t| net.transition_name(t)).collect();
        assert_eq!(names, ["source", "first", "second", "third"]);
    }
}
