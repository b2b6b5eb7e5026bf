//! What has fired on the way: for every reachable marking, the transitions that fire on some run
//! to it and those that fire on every run to it.
//!
//! Two flow problems over the reachability graph, solved together by sweeping over the markings in
//! the order of discovery until nothing changes: `some(m) = ∪ some(m') ∪ {t}` and
//! `every(m) = ∩ every(m') ∪ {t}` over the firings `m' –t→ m`, with nothing fired initially. The
//! classical forward analyses "may" and "must" (Nielson, Nielson, Hankin, "Principles of Program
//! Analysis", 1999, chapter 2). Two bits a marking and watched transition; O(sweeps · edges), and
//! one sweep more than the longest chain of edges that lead backwards is enough.

use super::block::Everything;
use super::breadth_first::{End, Explored, explore};
use super::predicate::{Deadness, holds_in};
use super::space::Scratch;
use crate::{Progress, Run};
use pn_logic::{Exploration, Formula, Reason};
use pn_net::{Net, TransitionId};

/// What the runs of a net have in common, as far as some watched transitions are concerned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fired {
    /// How much was looked at.
    pub exploration: Exploration,
    watched: Vec<TransitionId>,
    /// By transition: the watched ones that fire before it in some run; `None` if it never fires.
    before: Vec<Option<Vec<TransitionId>>>,
    /// By formula: the watched ones that fire in every run to it; `None` if no run leads there.
    always: Vec<Option<Vec<TransitionId>>>,
}

impl Fired {
    /// Whether the transition fires in some run.
    #[must_use]
    pub fn fires(&self, transition: TransitionId) -> bool {
        self.before[transition.index()].is_some()
    }

    /// The watched transitions that fire before `transition` in some run, in the order in which
    /// they were given. Empty where it never fires.
    #[must_use]
    pub fn before(&self, transition: TransitionId) -> &[TransitionId] {
        self.before[transition.index()].as_deref().unwrap_or_default()
    }

    /// The watched transitions that fire in every run from the initial marking to one in which
    /// the `index`-th formula holds, in the order in which they were given. `None` if there is no
    /// such run.
    #[must_use]
    pub fn in_every_run_to(&self, index: usize) -> Option<&[TransitionId]> {
        self.always[index].as_deref()
    }
}

/// Finds out what fires before what, and what fires on all ways to the markings of `targets`.
///
/// # Errors
///
/// The limit that was reached.
pub fn fired(
    net: &Net,
    watched: &[TransitionId],
    targets: &[Formula],
    run: &mut Run<'_>,
) -> Result<Fired, Reason> {
    let mut explored = explore(net, run, &mut Everything)?;
    if let End::Limit(reason) = explored.end {
        return Err(reason);
    }
    let flow = Flow::solve(&mut explored, net, watched, run)?;
    let chosen = |row: &[u64]| -> Vec<TransitionId> {
        let is_set = |bit: &usize| row[bit / 64] >> (bit % 64) & 1 == 1;
        (0..watched.len()).filter(is_set).map(|bit| watched[bit]).collect()
    };
    let mut before = vec![None::<Vec<u64>>; net.transition_count()];
    let mut always = vec![None::<Vec<u64>>; targets.len()];
    let (mut firings, mut scratch) = (Vec::new(), Scratch::default());
    for number in 0..explored.space.len() {
        tick(&explored, number, run)?;
        explored.space.recall(number, &mut firings);
        for (transition, _) in &firings {
            let row = before[transition.index()].get_or_insert_with(|| vec![0; flow.words]);
            row.iter_mut().zip(flow.some(number)).for_each(|(all, some)| *all |= some);
        }
        let dead = if firings.is_empty() { Deadness::Dead } else { Deadness::Alive };
        let marking = explored.space.marking(number, &mut scratch);
        for (row, target) in always.iter_mut().zip(targets) {
            if holds_in(&marking, dead, target) {
                let row = row.get_or_insert_with(|| vec![u64::MAX; flow.words]);
                row.iter_mut().zip(flow.every(number)).for_each(|(all, every)| *all &= every);
            }
        }
    }
    let in_words = |rows: Vec<Option<Vec<u64>>>| rows.into_iter().map(|row| row.map(|row| chosen(&row)));
    Ok(Fired {
        exploration: explored.exploration,
        before: in_words(before).collect(),
        always: in_words(always).collect(),
        watched: watched.to_vec(),
    })
}

/// For every marking two rows of bits, one a watched transition.
struct Flow {
    words: usize,
    some: Vec<u64>,
    every: Vec<u64>,
}

impl Flow {
    fn solve(
        explored: &mut Explored<'_>,
        net: &Net,
        watched: &[TransitionId],
        run: &mut Run<'_>,
    ) -> Result<Self, Reason> {
        let mut bits = vec![None; net.transition_count()];
        watched.iter().enumerate().for_each(|(bit, transition)| bits[transition.index()] = Some(bit));
        let words = watched.len().div_ceil(64);
        let states = explored.space.len();
        let needed = states.checked_mul(16 * words).ok_or(Reason::Memory)?;
        if needed.saturating_add(explored.space.bytes()) > run.memory() {
            return Err(Reason::Memory);
        }
        let mut flow = Self { words, some: vec![0; states * words], every: vec![u64::MAX; states * words] };
        // Nothing has fired initially.
        flow.every[..words].fill(0);
        let mut firings = Vec::new();
        let mut changed = words > 0;
        while std::mem::take(&mut changed) {
            for source in 0..states {
                tick(explored, source, run)?;
                explored.space.recall(source, &mut firings);
                for (transition, target) in &firings {
                    changed |= flow.along(source, bits[transition.index()], *target);
                }
            }
        }
        Ok(flow)
    }

    fn some(&self, number: usize) -> &[u64] {
        &self.some[number * self.words..(number + 1) * self.words]
    }

    fn every(&self, number: usize) -> &[u64] {
        &self.every[number * self.words..(number + 1) * self.words]
    }

    /// Carries the rows of `source` over a firing, whose bit is `fired`, to `target`; whether
    /// that changed anything.
    fn along(&mut self, source: usize, fired: Option<usize>, target: usize) -> bool {
        let mut changed = false;
        for word in 0..self.words {
            let own = fired.filter(|bit| bit / 64 == word).map_or(0, |bit| 1 << (bit % 64));
            let some = self.some[target * self.words + word] | self.some[source * self.words + word] | own;
            let every =
                self.every[target * self.words + word] & (self.every[source * self.words + word] | own);
            changed |= some != self.some[target * self.words + word];
            changed |= every != self.every[target * self.words + word];
            self.some[target * self.words + word] = some;
            self.every[target * self.words + word] = every;
        }
        changed
    }
}

fn tick(explored: &Explored<'_>, done: usize, run: &mut Run<'_>) -> Result<(), Reason> {
    if !done.is_multiple_of(1024) {
        return Ok(());
    }
    let Exploration { states, edges, .. } = explored.exploration;
    run.tick(Progress { states, expanded: states, edges, bytes: explored.bytes() })
}
