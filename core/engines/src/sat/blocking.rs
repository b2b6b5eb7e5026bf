//! Whether a cube can be entered from a frame, and which part of the cube it is that cannot.
//!
//! A firing into a cube from outside it makes one of its literals true. So a cube is closed against
//! a frame when, beginning with a literal that does not hold initially, for each literal that
//! belongs to it, every transition that makes the literal true either makes another one of the cube
//! false or needs, with what stays of the cube, a marking that the frame does not have; the literals
//! of which that contradiction speaks belong to it in turn. What belongs to it in the end is closed
//! by itself: it can be left out of the next frame. This is relative induction (Bradley, "SAT-based
//! model checking without unrolling", 2011) looked at one transition at a time. That the cube itself
//! may be left out before the firing need not be said to the solver: its literal was false.

use super::frames::{Cube, Frames, Level};
use super::moves::Moves;
use batsat::Lit;
use pn_logic::Reason;
use pn_net::TransitionId;
use rustc_hash::FxHashMap;

/// For a transition, the literals of a cube, aside from what the transition needs or changes, that
/// exclude a firing into the cube. They stay valid while frames shrink.
pub(super) type Cores = FxHashMap<TransitionId, Vec<Lit>>;

/// What can be said of a cube and a frame.
pub(super) enum Entered {
    /// This part of the cube cannot be entered from the frame.
    Closed(Cube),
    /// This transition leads into the cube from a marking of the frame.
    By(TransitionId),
}

/// Marks of literals and transitions, to be forgotten all at once.
struct Marks {
    marks: Vec<u32>,
    current: u32,
}

impl Marks {
    fn new(count: usize) -> Self {
        Self { marks: vec![0; count], current: 0 }
    }

    fn forget(&mut self) {
        self.current = self.current.checked_add(1).unwrap_or_else(|| {
            self.marks.fill(0);
            1
        });
    }

    /// Whether it was not marked before.
    fn mark(&mut self, index: usize) -> bool {
        std::mem::replace(&mut self.marks[index], self.current) != self.current
    }

    fn has(&self, index: usize) -> bool {
        self.marks[index] == self.current
    }
}

fn index(literal: Lit) -> usize {
    literal.idx() as usize
}

/// Looks at cubes; its memory is used for one after the other.
pub(super) struct Blocking<'m> {
    moves: &'m Moves,
    in_cube: Marks,
    belongs: Marks,
    settled: Marks,
    touched: Marks,
}

impl<'m> Blocking<'m> {
    pub(super) fn new(moves: &'m Moves) -> Self {
        let literals = 2 * moves.place_count();
        Self {
            moves,
            in_cube: Marks::new(literals),
            belongs: Marks::new(literals),
            settled: Marks::new(moves.transition_count()),
            touched: Marks::new(moves.place_count()),
        }
    }

    /// Whether `cube`, in which not all literals hold initially, can be entered from frame `from`.
    /// `known` are cores against this frame or a larger one; new ones are added.
    pub(super) fn enter(
        &mut self,
        frames: &mut Frames<'_>,
        cube: &[Lit],
        from: Level,
        known: &mut Cores,
    ) -> Result<Entered, Reason> {
        let moves = self.moves;
        self.in_cube.forget();
        self.belongs.forget();
        self.settled.forget();
        cube.iter().for_each(|literal| {
            self.in_cube.mark(index(*literal));
        });
        let outside = cube.iter().filter(|literal| !moves.holds_initially(**literal));
        let first = outside.min_by_key(|literal| (moves.makers(**literal).len(), **literal));
        let mut part = vec![*first.expect("the cube does not hold initially")];
        self.belongs.mark(index(part[0]));
        let mut done = 0;
        while let Some(literal) = part.get(done).copied() {
            done += 1;
            for transition in moves.makers(literal) {
                if !self.settled.mark(transition.index()) {
                    continue;
                }
                if let Some(opposed) = self.opposed(*transition) {
                    if self.belongs.mark(index(opposed)) {
                        part.push(opposed);
                    }
                    continue;
                }
                if !self.is_excluded(frames, cube, from, *transition, known)? {
                    return Ok(Entered::By(*transition));
                }
                for literal in &known[transition] {
                    if self.belongs.mark(index(*literal)) {
                        part.push(*literal);
                    }
                }
            }
        }
        part.sort_unstable();
        Ok(Entered::Closed(part))
    }

    /// A literal of the cube that a firing makes false: one that belongs to its part already, or
    /// that few transitions make true.
    fn opposed(&self, transition: TransitionId) -> Option<Lit> {
        let after = self.moves.after(transition).iter().map(|literal| !*literal);
        let opposed = after.filter(|literal| self.in_cube.has(index(*literal)));
        opposed.min_by_key(|literal| {
            (!self.belongs.has(index(*literal)), self.moves.makers(*literal).len(), *literal)
        })
    }

    /// Whether no marking of frame `from` has a firing of `transition` into the cube, with the core
    /// in `known` if so.
    fn is_excluded(
        &mut self,
        frames: &mut Frames<'_>,
        cube: &[Lit],
        from: Level,
        transition: TransitionId,
        known: &mut Cores,
    ) -> Result<bool, Reason> {
        if let Some(core) = known.get(&transition)
            && core.iter().all(|literal| self.in_cube.has(index(*literal)))
        {
            return Ok(true);
        }
        let before = self.moves.before(transition);
        self.touched.forget();
        for literal in self.moves.after(transition) {
            self.touched.mark(literal.var().idx() as usize);
        }
        let stays = |literal: &&Lit| !self.touched.has(literal.var().idx() as usize);
        let stay = || cube.iter().filter(stays).copied();
        if from == 0 {
            if before.iter().all(|literal| self.moves.holds_initially(*literal)) {
                let outside = stay().filter(|literal| !self.moves.holds_initially(*literal));
                let first = outside.min_by_key(|literal| (!self.belongs.has(index(*literal)), *literal));
                let Some(first) = first else { return Ok(false) };
                known.insert(transition, vec![first]);
            } else {
                known.insert(transition, Vec::new());
            }
            return Ok(true);
        }
        let (ours, others): (Vec<Lit>, Vec<Lit>) = stay().partition(|l| self.belongs.has(index(*l)));
        let asked = before.iter().chain(&ours).chain(&others).copied();
        if frames.meets(from, asked)? {
            return Ok(false);
        }
        known.insert(transition, stay().filter(|literal| frames.needed(*literal)).collect());
        Ok(true)
    }

    /// The markings from which `transition` leads into the cube.
    pub(super) fn predecessors(&self, cube: &[Lit], transition: TransitionId) -> Cube {
        let touches =
            |literal: &Lit| self.moves.after(transition).iter().any(|after| after.var() == literal.var());
        let mut before: Cube = cube.iter().filter(|literal| !touches(literal)).copied().collect();
        before.extend_from_slice(self.moves.before(transition));
        before.sort_unstable();
        before
    }
}
