//! Choices of atoms that make a monotone formula true, but for those already refuted.
//!
//! The formula's Boolean structure goes to a SAT solver, one variable for each atom and each inner
//! node, in one direction only (Plaisted and Greenbaum, "A structure-preserving clause form
//! translation", 1986): a node that is true has true children. Of a conjunction only the parts
//! that were asked for are there; the others are added when a solution violates them.

use batsat::{BasicSolver, Lit, SolverInterface, lbool};
use pn_logic::{AtMost, Lemma, Monotone};
use rustc_hash::FxHashMap;

/// The parts of a conjunction that matter so far, and what cannot hold together.
pub(super) struct Skeleton<'f> {
    solver: BasicSolver,
    /// The conjunction's parts.
    parts: &'f [Monotone],
    is_active: Vec<bool>,
    variables: FxHashMap<&'f AtMost, Lit>,
    /// The variables of inner nodes of active parts, by address.
    nodes: FxHashMap<*const Monotone, Lit>,
    clause: Vec<Lit>,
}

impl<'f> Skeleton<'f> {
    /// Of all `parts` together; none is active.
    pub(super) fn new(parts: &'f [Monotone]) -> Self {
        Self {
            solver: BasicSolver::default(),
            parts,
            is_active: vec![false; parts.len()],
            variables: FxHashMap::default(),
            nodes: FxHashMap::default(),
            clause: Vec::new(),
        }
    }

    /// Demands this part from now on. Whether it was not demanded before.
    pub(super) fn activate(&mut self, part: usize) -> bool {
        let is_new = !std::mem::replace(&mut self.is_active[part], true);
        if is_new {
            let parts = self.parts;
            let literal = self.literal(&parts[part]);
            self.add_clause([literal]);
        }
        is_new
    }

    /// Forbids these atoms together. Atoms that occur nowhere cannot all be chosen anyway.
    pub(super) fn exclude(&mut self, lemma: &Lemma) {
        let literals: Option<Vec<Lit>> =
            lemma.atoms.iter().map(|(atom, _)| self.variables.get(atom).map(|literal| !*literal)).collect();
        if let Some(literals) = literals {
            self.add_clause(literals);
        }
    }

    /// Atoms that make all active parts true; `None` if every choice is excluded.
    pub(super) fn choose(&mut self) -> Option<Vec<&'f AtMost>> {
        if self.solver.solve_limited(&[]) != lbool::TRUE {
            return None;
        }
        let mut chosen = Vec::new();
        let active = self.parts.iter().zip(&self.is_active).filter(|(_, is_active)| **is_active);
        let mut stack: Vec<&'f Monotone> = active.map(|(part, _)| part).collect();
        while let Some(node) = stack.pop() {
            match node {
                Monotone::True | Monotone::False => {}
                Monotone::Atom(atom) => chosen.push(atom),
                Monotone::And(children) => stack.extend(children),
                Monotone::Or(children) => stack.extend(children.iter().find(|child| self.is_true(child))),
            }
        }
        chosen.sort_unstable();
        chosen.dedup();
        Some(chosen)
    }

    fn is_true(&self, node: &Monotone) -> bool {
        let literal = match node {
            Monotone::True => return true,
            Monotone::False => return false,
            Monotone::Atom(atom) => self.variables[atom],
            Monotone::And(_) | Monotone::Or(_) => self.nodes[&std::ptr::from_ref(node)],
        };
        self.solver.value_lit(literal) == lbool::TRUE
    }

    /// The literal of a node, with what follows from it.
    fn literal(&mut self, node: &'f Monotone) -> Lit {
        let literal = match node {
            Monotone::Atom(atom) => {
                if let Some(known) = self.variables.get(atom) {
                    return *known;
                }
                let literal = self.fresh();
                self.variables.insert(atom, literal);
                return literal;
            }
            Monotone::True | Monotone::False | Monotone::And(_) | Monotone::Or(_) => self.fresh(),
        };
        match node {
            Monotone::True | Monotone::Atom(_) => {}
            Monotone::False => self.add_clause([!literal]),
            Monotone::And(children) => {
                for child in children {
                    let child = self.literal(child);
                    self.add_clause([!literal, child]);
                }
            }
            Monotone::Or(children) => {
                let mut clause = vec![!literal];
                for child in children {
                    clause.push(self.literal(child));
                }
                self.add_clause(clause);
            }
        }
        self.nodes.insert(std::ptr::from_ref(node), literal);
        literal
    }

    fn fresh(&mut self) -> Lit {
        Lit::new(self.solver.new_var_default(), true)
    }

    fn add_clause(&mut self, literals: impl IntoIterator<Item = Lit>) {
        self.clause.clear();
        self.clause.extend(literals);
        self.solver.add_clause_reuse(&mut self.clause);
    }
}
