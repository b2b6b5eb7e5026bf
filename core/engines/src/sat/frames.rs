//! Sets of markings that contain what can be reached in so many steps, as clauses in a SAT solver.
//!
//! Frame 0 is the initial marking. Frame i, from 1, is what all cubes learnt at level i or above
//! leave, and what those learnt for ever do: so each frame lies within the next. A cube at level i
//! is a clause that holds where the literal of its level does, and the literal of each level implies
//! that of the next, so that one assumption selects a frame (Eén, Mishchenko and Brayton, "Efficient
//! implementation of property directed reachability", 2011).

use super::models::Models;
use super::moves::{Exclusive, Moves, marked};
use super::patience::Patience;
use crate::run::Stop;
use batsat::{Lit, Solver, SolverInterface, SolverOpts, Var, lbool};
use pn_logic::Reason;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Instant;

/// A set of literals, ascending: the markings in which all of them hold.
pub(super) type Cube = Vec<Lit>;

/// The number of a frame.
pub(super) type Level = usize;

/// The frame that only what was learnt for ever bounds.
pub(super) const EVER: Level = Level::MAX;

/// The frames from 1 on.
pub(super) struct Frames<'r> {
    solver: Solver<Patience<'r>>,
    /// How many variables there are beside those of levels and goals.
    own: u32,
    /// The literal of each level, from 1.
    levels: Vec<Lit>,
    assumed: Vec<Lit>,
    clause: Vec<Lit>,
    /// Markings that were found.
    models: Models,
    places: usize,
    /// Literals in all clauses.
    size: usize,
}

impl<'r> Frames<'r> {
    /// Frames that hold no more than `moves` says of all reachable markings.
    pub(super) fn new(moves: &Moves, stop: Stop<'r>) -> Self {
        let mut frames = Self {
            solver: Solver::new(SolverOpts::default(), Patience::new(stop)),
            own: 0,
            levels: Vec::new(),
            assumed: Vec::new(),
            clause: Vec::new(),
            models: Models::default(),
            places: moves.place_count(),
            size: 0,
        };
        for place in 0..moves.place_count() {
            let is_known = moves.is_known(pn_net::PlaceId::new(place));
            frames.solver.new_var(lbool::UNDEF, is_known);
        }
        frames.exclude_pairs(moves.exclusive());
        moves.empty().iter().for_each(|place| frames.add(std::iter::once(!marked(*place))));
        frames.own = frames.solver.num_vars();
        frames
    }

    /// Forgets all levels and goals, and gives up at `end`.
    pub(super) fn begin(&mut self, end: Option<Instant>) {
        self.levels.clear();
        self.models.begin();
        // Every clause about them, but for what follows from others, has one of them negated.
        for variable in self.own..self.solver.num_vars() {
            self.add(std::iter::once(Lit::new(Var::unsafe_from_idx(variable), false)));
        }
        self.own = self.solver.num_vars();
        self.solver.cb_mut().begin(end);
    }

    /// The solver, to add what follows from a literal of its own.
    pub(super) fn solver(&mut self) -> &mut Solver<Patience<'r>> {
        &mut self.solver
    }

    /// Literals in all clauses that were added.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// A literal that never has to be decided: where nothing forces it, either value will do.
    fn fresh(&mut self) -> Lit {
        Lit::new(self.solver.new_var(lbool::UNDEF, false), true)
    }

    fn add(&mut self, literals: impl Iterator<Item = Lit>) {
        self.clause.clear();
        self.clause.extend(literals);
        self.size += self.clause.len();
        let mut clause = std::mem::take(&mut self.clause);
        self.solver.add_clause_reuse(&mut clause);
        self.clause = clause;
    }

    /// At most one of each set, or exactly one. Sets of nested units have most of their places in
    /// common with others: literals that belong to the same sets get a literal for "one of these",
    /// and sets that begin alike, the literals of most sets first, share literals for "one so far".
    fn exclude_pairs(&mut self, sets: &[Exclusive]) {
        let mut belongs: BTreeMap<Lit, Vec<usize>> = BTreeMap::new();
        for (number, set) in sets.iter().enumerate() {
            set.places.iter().for_each(|literal| belongs.entry(*literal).or_default().push(number));
        }
        let mut classes: BTreeMap<(Reverse<usize>, Vec<usize>), Vec<Lit>> = BTreeMap::new();
        for (literal, sets) in belongs {
            classes.entry((Reverse(sets.len()), sets)).or_default().push(literal);
        }
        let mut last: Vec<Option<Lit>> = vec![None; sets.len()];
        for ((_, belongs), class) in classes {
            let one = if let [single] = class[..] { single } else { self.fresh() };
            if class.len() > 1 {
                self.at_most_one(&class);
                class.iter().for_each(|literal| self.add([!*literal, one].into_iter()));
                self.add(std::iter::once(!one).chain(class));
            }
            let mut so_far: BTreeMap<Lit, Lit> = BTreeMap::new();
            for set in belongs {
                last[set] = Some(match last[set] {
                    None => one,
                    Some(before) => *so_far.entry(before).or_insert_with(|| self.either(before, one)),
                });
            }
        }
        for (set, last) in sets.iter().zip(last) {
            if set.is_kept {
                self.add(last.into_iter());
            }
        }
    }

    /// A literal for "one of the two", which exclude each other.
    fn either(&mut self, before: Lit, one: Lit) -> Lit {
        let own = self.fresh();
        self.add([!before, !one].into_iter());
        self.add([!before, own].into_iter());
        self.add([!one, own].into_iter());
        self.add([!own, before, one].into_iter());
        own
    }

    /// In groups of four, each but the last with a literal for "one of the others" (Klieber and
    /// Kwon, "Efficient CNF encoding for selecting 1 from n objects", 2007).
    fn at_most_one(&mut self, set: &[Lit]) {
        let mut rest = set.to_vec();
        while rest.len() > 5 {
            let other = self.fresh();
            let mut group: Vec<Lit> = rest.split_off(rest.len() - 3);
            group.push(other);
            self.no_two(&group);
            rest.insert(0, !other);
        }
        self.no_two(&rest);
    }

    fn no_two(&mut self, literals: &[Lit]) {
        for (number, one) in literals.iter().enumerate() {
            for other in &literals[..number] {
                self.add([!*one, !*other].into_iter());
            }
        }
    }

    /// The number of the last frame.
    pub(super) fn last(&self) -> Level {
        self.levels.len()
    }

    /// Adds a frame after the last one.
    pub(super) fn add_level(&mut self) {
        let own = self.fresh();
        if let Some(before) = self.levels.last().copied() {
            self.add([!before, own].into_iter());
        }
        self.levels.push(own);
    }

    /// Leaves `cube` out of all frames up to `level`.
    pub(super) fn exclude(&mut self, cube: &[Lit], level: Level) {
        self.models.exclude(cube, level);
        let gate = self.levels.get(level.wrapping_sub(1)).map(|literal| !*literal);
        self.add(gate.into_iter().chain(cube.iter().map(|literal| !*literal)));
    }

    /// Whether frame `level`, at least 1, has a marking in which all these literals of places hold.
    /// If not, [`Self::needed`] tells which of them exclude each other, earlier ones by preference.
    pub(super) fn meets(
        &mut self,
        level: Level,
        literals: impl Iterator<Item = Lit>,
    ) -> Result<bool, Reason> {
        self.assumed.clear();
        self.assumed.extend(literals);
        if self.models.meet(level, &self.assumed) {
            return Ok(true);
        }
        let found = self.solve(level)?;
        if found {
            let solver = &self.solver;
            let is_marked = |place: usize| {
                let variable = Var::unsafe_from_idx(u32::try_from(place).unwrap_or(u32::MAX));
                solver.value_var(variable) == lbool::TRUE
            };
            self.models.keep(level, self.places, is_marked);
        }
        Ok(found)
    }

    /// Whether frame `level`, at least 1, has a marking of this goal. If so, [`Self::holds`] is about
    /// one.
    pub(super) fn has(&mut self, level: Level, goal: Lit) -> Result<bool, Reason> {
        self.assumed.clear();
        self.assumed.push(goal);
        self.solve(level)
    }

    fn solve(&mut self, level: Level) -> Result<bool, Reason> {
        if level != EVER {
            self.assumed.insert(0, self.levels[level - 1]);
        }
        let said = self.solver.solve_limited(&self.assumed);
        if said == lbool::TRUE {
            Ok(true)
        } else if said == lbool::FALSE {
            Ok(false)
        } else {
            Err(self.solver.cb().reason())
        }
    }

    /// Whether the contradiction needs this one of the literals that were asked for.
    pub(super) fn needed(&self, literal: Lit) -> bool {
        self.solver.unsat_core_contains_var(literal.var())
    }

    /// Whether the literal of a place holds in the marking that was found.
    pub(super) fn holds(&self, literal: Lit) -> bool {
        self.solver.value_lit(literal) == lbool::TRUE
    }
}

/// Whether all literals of `part`, ascending, are among those of `whole`.
pub(super) fn contains(whole: &[Lit], part: &[Lit]) -> bool {
    let mut rest = whole.iter();
    part.len() <= whole.len() && part.iter().all(|literal| rest.any(|other| other == literal))
}
