//! Property-directed reachability: frames that a goal is excluded from, one after the other, until
//! one of them holds all that can be reached.
//!
//! While the last frame has a marking of the goal, a cube around it has to be left out: of this
//! frame, and before that, what leads into the cube of the frame before, and so on; each cube that
//! cannot be entered is left out together with as many others as can be, by dropping literals
//! (Bradley, "SAT-based model checking without unrolling", 2011), where a marking that is in the way
//! of dropping one is left out itself if that is easy (Hassan, Bradley and Somenzi, "Better
//! generalization in IC3", 2013). A cube with the initial marking in it ends a run to the goal. When
//! all cubes of a level could be left out of the next frame as well, the two frames are the same:
//! what they leave out is never reached. The length of the proof is up to the net, and may be
//! exponential.

use super::blocking::{Blocking, Cores, Entered};
use super::frames::{Cube, EVER, Frames, Level, contains};
use super::goal::Goal;
use super::moves::Moves;
use crate::run::Stop;
use crate::{Progress, Run};
use batsat::Lit;
use pn_logic::Reason;
use pn_net::TransitionId;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What came of a search.
pub(super) enum Outcome {
    /// The goal is never reached: it holds nowhere outside [`Search::never`].
    Never,
    /// Firing these transitions leads to the goal, as far as the places that are known go.
    Leads(Vec<TransitionId>),
    /// The goal is too large for the solver.
    TooLarge,
}

/// A cube that the goal can be reached from.
struct Obligation {
    cube: Cube,
    /// The transition that leads into the cube of another obligation.
    then: Option<(TransitionId, usize)>,
    cores: Cores,
}

/// Frames and what was learnt about them.
pub(super) struct Search<'m, 'r> {
    moves: &'m Moves,
    frames: Frames<'r>,
    /// The same with the goal, so that it costs the others nothing.
    with_goal: Frames<'r>,
    blocking: Blocking<'m>,
    /// By level, from 1: the cubes left out of the frames up to it and of none above.
    learnt: Vec<Vec<Cube>>,
    /// Cubes left out for ever, by what was found for this goal and for others before it.
    ever: Vec<Cube>,
}

/// How many markings in the way of dropping one literal are left out themselves.
const MOST_IN_THE_WAY: usize = 3;

/// After how many literals that cannot be dropped no other ones are tried.
const MOST_FAILURES: usize = 40;

impl<'m, 'r> Search<'m, 'r> {
    /// A search for goals, one after the other.
    pub(super) fn new(moves: &'m Moves, stop: Stop<'r>) -> Self {
        let [frames, with_goal] = [(); 2].map(|()| Frames::new(moves, stop));
        let blocking = Blocking::new(moves);
        Self { moves, frames, with_goal, blocking, learnt: Vec::new(), ever: Vec::new() }
    }

    /// The cubes of which it is known by now that they are never reached: their negations hold
    /// initially and, all together, are kept by every firing.
    pub(super) fn never(&self) -> &[Cube] {
        &self.ever
    }

    /// Looks for a run to `goal`, or for the reason why there is none.
    pub(super) fn decide(&mut self, goal: &Goal, run: &mut Run<'_>) -> Result<Outcome, Reason> {
        self.learnt.clear();
        self.frames.begin(run.deadline());
        self.with_goal.begin(run.deadline());
        self.tick(run, 0)?;
        let Some(top) = goal.encode(self.with_goal.solver()) else { return Ok(Outcome::TooLarge) };
        while self.with_goal.has(EVER, top)? {
            self.frames.add_level();
            self.with_goal.add_level();
            self.learnt.push(Vec::new());
            let last = self.frames.last();
            while self.with_goal.has(last, top)? {
                let cube = goal.implicant(&|literal| self.with_goal.holds(literal));
                if let Some(firings) = self.leave_out(cube, last, run)? {
                    return Ok(Outcome::Leads(firings));
                }
            }
            if let Some(level) = self.propagate(run)? {
                let found: Vec<Cube> = self.learnt.drain(level..).flatten().collect();
                found.into_iter().for_each(|cube| self.learn(cube, EVER));
                break;
            }
        }
        Ok(Outcome::Never)
    }

    fn contains_initial(&self, cube: &[Lit]) -> bool {
        cube.iter().all(|literal| self.moves.holds_initially(*literal))
    }

    fn tick(&self, run: &mut Run<'_>, waiting: usize) -> Result<(), Reason> {
        let bytes = (self.frames.size() + self.with_goal.size()) * 32 + waiting * 64;
        if bytes > run.memory() {
            return Err(Reason::Memory);
        }
        run.tick(Progress { states: waiting as u64, bytes: bytes as u64, ..Progress::default() })
    }

    /// Leaves `cube` out of all frames up to `level`, or returns a run to it.
    fn leave_out(
        &mut self,
        cube: Cube,
        level: Level,
        run: &mut Run<'_>,
    ) -> Result<Option<Vec<TransitionId>>, Reason> {
        let last = level;
        let mut size = cube.len();
        let mut obligations = vec![Obligation { cube, then: None, cores: Cores::default() }];
        let mut open = BinaryHeap::from([Reverse((level, Reverse(0)))]);
        while let Some(Reverse((level, Reverse(number)))) = open.pop() {
            self.tick(run, size)?;
            if self.contains_initial(&obligations[number].cube) {
                return Ok(Some(firings(&obligations, number)));
            }
            let Obligation { cube, cores, .. } = &mut obligations[number];
            let next = if self.is_left_out(cube, level) {
                level + 1
            } else {
                match self.blocking.enter(&mut self.frames, cube, level - 1, cores)? {
                    Entered::By(transition) => {
                        let before = self.blocking.predecessors(cube, transition);
                        open.push(Reverse((level, Reverse(number))));
                        open.push(Reverse((level - 1, Reverse(obligations.len()))));
                        size += before.len();
                        let then = Some((transition, number));
                        obligations.push(Obligation { cube: before, then, cores: Cores::default() });
                        continue;
                    }
                    Entered::Closed(part) => {
                        let mut cores = std::mem::take(cores);
                        let part = self.shorten(part, level - 1, &mut cores, MOST_IN_THE_WAY)?;
                        self.raise(part, level, last)?.saturating_add(1)
                    }
                }
            };
            if next <= last {
                obligations[number].cores = Cores::default();
                open.push(Reverse((next, Reverse(number))));
            }
        }
        Ok(None)
    }

    /// Whether what was learnt leaves the cube out of frame `level`.
    fn is_left_out(&self, cube: &[Lit], level: Level) -> bool {
        let levels = self.learnt[level - 1..].iter().flatten();
        levels.chain(&self.ever).any(|part| contains(cube, part))
    }

    /// A part of `cube` that cannot be entered from frame `from` either, of which few literals can
    /// be spared; `cube` cannot be entered, by `cores`.
    fn shorten(
        &mut self,
        cube: Cube,
        from: Level,
        cores: &mut Cores,
        in_the_way: usize,
    ) -> Result<Cube, Reason> {
        let mut shortest = cube.clone();
        let mut failures = 0;
        for literal in cube {
            let Ok(position) = shortest.binary_search(&literal) else { continue };
            let mut without = shortest.clone();
            without.remove(position);
            if self.contains_initial(&without) {
                continue;
            }
            match self.closed(&without, from, cores, in_the_way)? {
                Some(part) => shortest = part,
                None => failures += 1,
            }
            if failures >= MOST_FAILURES {
                break;
            }
        }
        Ok(shortest)
    }

    /// The part of `cube` that cannot be entered from frame `from`, once up to `in_the_way` cubes
    /// that lead there are left out; `None` if that does not help.
    fn closed(
        &mut self,
        cube: &[Lit],
        from: Level,
        cores: &mut Cores,
        in_the_way: usize,
    ) -> Result<Option<Cube>, Reason> {
        for left in (0..=in_the_way).rev() {
            let transition = match self.blocking.enter(&mut self.frames, cube, from, cores)? {
                Entered::Closed(part) => return Ok(Some(part)),
                Entered::By(transition) => transition,
            };
            if left == 0 || from == 0 {
                break;
            }
            let before = self.blocking.predecessors(cube, transition);
            if self.contains_initial(&before) {
                break;
            }
            let mut own = Cores::default();
            let Entered::Closed(part) = self.blocking.enter(&mut self.frames, &before, from - 1, &mut own)?
            else {
                break;
            };
            let part = self.shorten(part, from - 1, &mut own, 0)?;
            self.raise(part, from, from)?;
        }
        Ok(None)
    }

    /// Leaves a cube that cannot be entered from the frame before `level` out of that level, for
    /// ever if it can be, or of as many levels up to `highest` as it can be. The level.
    fn raise(&mut self, cube: Cube, level: Level, highest: Level) -> Result<Level, Reason> {
        if let Entered::Closed(part) =
            self.blocking.enter(&mut self.frames, &cube, EVER, &mut Cores::default())?
        {
            self.learn(part, EVER);
            return Ok(EVER);
        }
        let (mut cube, mut level) = (cube, level);
        while level < highest {
            match self.blocking.enter(&mut self.frames, &cube, level, &mut Cores::default())? {
                Entered::Closed(part) => cube = part,
                Entered::By(_) => break,
            }
            level += 1;
        }
        self.learn(cube, level);
        Ok(level)
    }

    fn learn(&mut self, cube: Cube, level: Level) {
        self.frames.exclude(&cube, level);
        self.with_goal.exclude(&cube, level);
        let below = level.min(self.learnt.len());
        for cubes in &mut self.learnt[..below] {
            cubes.retain(|other| !contains(other, &cube));
        }
        if level == EVER {
            self.ever.retain(|other| !contains(other, &cube));
            self.ever.push(cube);
        } else {
            self.learnt[level - 1].push(cube);
        }
    }

    /// Leaves cubes out of the next frame where that is possible. The first level, but for the last,
    /// of which no cube is left: its frame is the next one.
    fn propagate(&mut self, run: &mut Run<'_>) -> Result<Option<Level>, Reason> {
        for level in 1..self.frames.last() {
            let mut kept = Vec::new();
            for cube in std::mem::take(&mut self.learnt[level - 1]) {
                self.tick(run, 0)?;
                match self.blocking.enter(&mut self.frames, &cube, level, &mut Cores::default())? {
                    Entered::Closed(part) => self.learn(part, level + 1),
                    Entered::By(_) => kept.push(cube),
                }
            }
            if kept.is_empty() {
                return Ok(Some(level));
            }
            self.learnt[level - 1] = kept;
        }
        Ok(None)
    }
}

/// From the obligation with this number, which holds initially, to the goal.
fn firings(obligations: &[Obligation], number: usize) -> Vec<TransitionId> {
    let step = |then: &(TransitionId, usize)| obligations[then.1].then;
    std::iter::successors(obligations[number].then, step).map(|(transition, _)| transition).collect()
}
