//! Clauses for gates and for counters in bits, with constants folded.

use super::patience::Patience;
use batsat::{Lit, Solver, SolverInterface, SolverOpts, lbool};

/// A SAT solver to which gates are added.
pub(super) struct Circuit<'r> {
    solver: Solver<Patience<'r>>,
    truth: Lit,
    clause: Vec<Lit>,
    size: usize,
}

impl<'r> Circuit<'r> {
    pub(super) fn new(patience: Patience<'r>) -> Self {
        let mut solver = Solver::new(SolverOpts::default(), patience);
        let truth = Lit::new(solver.new_var(lbool::UNDEF, true), true);
        solver.add_clause_reuse(&mut vec![truth]);
        Self { solver, truth, clause: Vec::new(), size: 0 }
    }

    /// The solver itself.
    pub(super) fn solver(&mut self) -> &mut Solver<Patience<'r>> {
        &mut self.solver
    }

    /// Literals in all clauses that were added, about.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// How often the solver had to take something back.
    pub(super) fn conflicts(&self) -> u64 {
        self.solver.num_conflicts()
    }

    /// The literal that is always true, or always false.
    pub(super) fn constant(&self, value: u64) -> Lit {
        if value == 0 { !self.truth } else { self.truth }
    }

    pub(super) fn is_true(&self, literal: Lit) -> bool {
        literal == self.truth
    }

    pub(super) fn is_false(&self, literal: Lit) -> bool {
        literal == !self.truth
    }

    /// A literal that is decided false first.
    pub(super) fn fresh(&mut self) -> Lit {
        Lit::new(self.solver.new_var(lbool::FALSE, true), true)
    }

    /// At least one of these holds.
    pub(super) fn any(&mut self, literals: impl IntoIterator<Item = Lit>) {
        self.clause.clear();
        self.clause.extend(literals);
        if self.clause.contains(&self.truth) {
            return;
        }
        self.size += self.clause.len();
        self.solver.add_clause_reuse(&mut self.clause);
    }

    fn and(&mut self, a: Lit, b: Lit) -> Lit {
        if self.is_false(a) || self.is_false(b) || a == !b {
            return self.constant(0);
        }
        if self.is_true(a) || a == b {
            return b;
        }
        if self.is_true(b) {
            return a;
        }
        let own = self.fresh();
        self.any([!own, a]);
        self.any([!own, b]);
        self.any([own, !a, !b]);
        own
    }

    /// A literal for "one of the two".
    pub(super) fn or(&mut self, a: Lit, b: Lit) -> Lit {
        !self.and(!a, !b)
    }

    fn xor(&mut self, a: Lit, b: Lit) -> Lit {
        for (one, other) in [(a, b), (b, a)] {
            if self.is_false(one) {
                return other;
            }
            if self.is_true(one) {
                return !other;
            }
        }
        if a == b || a == !b {
            return self.constant(u64::from(a != b));
        }
        let own = self.fresh();
        self.any([!own, a, b]);
        self.any([!own, !a, !b]);
        self.any([own, !a, b]);
        self.any([own, a, !b]);
        own
    }

    /// Where `gate` holds, the number in these bits, lowest first, is at least `least`.
    pub(super) fn at_least(&mut self, gate: Lit, bits: &[Lit], least: u64) {
        // A number is smaller if at the highest bit in which they differ it lacks one.
        for (at, bit) in bits.iter().enumerate().filter(|(at, _)| least >> at & 1 == 1) {
            let higher = (at + 1..bits.len()).filter(|higher| least >> higher & 1 == 0);
            let clause: Vec<Lit> =
                [!gate, *bit].into_iter().chain(higher.map(|higher| bits[higher])).collect();
            self.any(clause);
        }
    }

    /// Where `gate` holds, the number in these bits is at most `most`.
    pub(super) fn at_most(&mut self, gate: Lit, bits: &[Lit], most: u64) {
        // What the number lacks to all ones is at least what `most` lacks.
        let inverted: Vec<Lit> = bits.iter().map(|bit| !*bit).collect();
        let ones = (1 << bits.len()) - 1;
        self.at_least(gate, &inverted, ones - most.min(ones));
    }

    /// The number in these bits, more by `change` where `gate` holds; it must fit.
    pub(super) fn added(&mut self, gate: Lit, bits: &[Lit], change: u64) -> Vec<Lit> {
        let mut carry = self.constant(0);
        let mut sum = Vec::with_capacity(bits.len());
        for (at, bit) in bits.iter().enumerate() {
            let other = if change >> at & 1 == 1 { gate } else { self.constant(0) };
            let half = self.xor(*bit, other);
            sum.push(self.xor(half, carry));
            let both = self.and(*bit, other);
            let carried = self.and(half, carry);
            carry = self.or(both, carried);
        }
        sum
    }

    /// The number in these bits, less by `change` where `gate` holds; it must be at least that much.
    pub(super) fn taken(&mut self, gate: Lit, bits: &[Lit], change: u64) -> Vec<Lit> {
        let inverted: Vec<Lit> = bits.iter().map(|bit| !*bit).collect();
        let sum = self.added(gate, &inverted, change);
        sum.into_iter().map(|bit| !bit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Run;

    #[test]
    fn counters_add_take_and_compare() {
        let run = Run::unlimited();
        for (width, value, change) in (0..3 * 8 * 8).map(|n| (1 + n / 64, n / 8 % 8, n % 8)) {
            let ones = (1_u64 << width) - 1;
            if value > ones || change > ones {
                continue;
            }
            for fires in [false, true] {
                let mut circuit = Circuit::new(Patience::new(run.stop()));
                let gate = circuit.fresh();
                let bits: Vec<Lit> = (0..width).map(|_| circuit.fresh()).collect();
                let more = circuit.added(gate, &bits, change);
                let less = circuit.taken(gate, &bits, change);
                let [enough, room] = [(); 2].map(|()| circuit.fresh());
                circuit.at_least(enough, &bits, change);
                circuit.at_most(room, &bits, change);
                let told = |literal: Lit, holds: bool| if holds { literal } else { !literal };
                let mut assumed = vec![told(gate, fires)];
                assumed.extend(bits.iter().enumerate().map(|(at, bit)| told(*bit, value >> at & 1 == 1)));
                let solver = circuit.solver();
                assert_eq!(solver.solve_limited(&assumed), lbool::TRUE);
                let read = |bits: &[Lit]| {
                    let ones =
                        bits.iter().enumerate().filter(|(_, bit)| solver.value_lit(**bit) == lbool::TRUE);
                    ones.map(|(at, _)| 1_u64 << at).sum::<u64>()
                };
                let by = if fires { change } else { 0 };
                assert_eq!(read(&more), (value + by) & ones, "{value} + {by} in {width} bits");
                assert_eq!(read(&less), value.wrapping_sub(by) & ones, "{value} - {by} in {width} bits");
                for (claim, holds) in [(enough, value >= change), (room, value <= change)] {
                    let claimed: Vec<Lit> = assumed.iter().copied().chain([claim]).collect();
                    let said = solver.solve_limited(&claimed);
                    assert_eq!(said, if holds { lbool::TRUE } else { lbool::FALSE }, "{value}, {change}");
                }
            }
        }
    }
}
