//! The way back: runs of the reduced net become runs of the original.
//!
//! Each firing is replaced by its recipe, carried out on the original net's own marking, which
//! tells where tokens of fused places are. A run to a dead marking is completed: what a dropped
//! part can still do, and producers that wait for their consumers, ends by itself. Nothing here
//! is taken on trust: a step that cannot be made ends the lift, and the caller replays the result.
//! Cost: the length of the lifted run times the degree of its transitions.

use crate::recipe::{Group, GroupId, Recipe, RecipeId, Recipes};
use pn_net::{Marking, Net, Trace, TransitionId, firing};
use std::collections::VecDeque;

/// How to turn runs of a reduced net into runs of the original.
#[derive(Clone, Debug)]
pub struct WayBack {
    pub(crate) recipes: Recipes,
    pub(crate) prefix: Vec<RecipeId>,
    /// By transition of the reduced net.
    pub(crate) transitions: Vec<RecipeId>,
}

/// What a lifted run has to show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// A marking with the same tokens on observed places.
    Marking,
    /// A dead marking.
    Dead,
    /// A marking that enables this transition of the original. The run is followed by a firing
    /// of the transition of the reduced net, which stands for it among others.
    Enables {
        /// Of the reduced net.
        image: TransitionId,
        /// Of the original.
        transition: TransitionId,
    },
}

/// The longest run that is lifted, in firings.
const LONGEST: usize = 50_000_000;
/// The effort for running out, which ends sooner unless a rule is wrong.
const MOST_ARCS_LOOKED_AT: usize = 2_000_000_000;

impl WayBack {
    /// The run of `original` for a run of the reduced net; `None` if it cannot be made, or is
    /// longer than fits in memory.
    #[must_use]
    pub fn lift(&self, original: &Net, trace: &Trace, goal: Goal) -> Option<Trace> {
        let mut lifting = Lifting::new(self, original);
        self.prefix.iter().try_for_each(|recipe| lifting.carry_out(*recipe, None))?;
        for transition in &trace.firings {
            lifting.carry_out(self.transitions[transition.index()], None)?;
        }
        match goal {
            Goal::Marking => {}
            Goal::Dead => lifting.run_out()?,
            Goal::Enables { image, transition } => {
                if !lifting.firings.contains(&transition) {
                    lifting.carry_out(self.transitions[image.index()], Some(transition))?;
                }
                let before = lifting.firings.iter().position(|fired| *fired == transition)?;
                lifting.firings.truncate(before);
            }
        }
        Some(Trace { firings: lifting.firings })
    }

    /// The firings that come before every lifted run, and the run after them alone: the second of
    /// two runs, of which the first has been lifted.
    #[must_use]
    pub fn lift_both(&self, original: &Net, first: &Trace, second: &Trace) -> Option<(Trace, Trace)> {
        let before = self.lift(original, first, Goal::Marking)?;
        let both = Trace { firings: first.firings.iter().chain(&second.firings).copied().collect() };
        let mut all = self.lift(original, &both, Goal::Marking)?;
        let after = all.firings.split_off(before.firings.len());
        Some((before, Trace { firings: after }))
    }
}

/// The original's marking, the firings so far and what is still to be done.
struct Lifting<'a> {
    recipes: &'a Recipes,
    net: &'a Net,
    marking: Marking,
    firings: Vec<TransitionId>,
}

impl<'a> Lifting<'a> {
    fn new(way: &'a WayBack, net: &'a Net) -> Self {
        Self { recipes: &way.recipes, net, marking: net.initial().clone(), firings: Vec::new() }
    }

    fn fire(&mut self, transition: TransitionId) -> Option<()> {
        if self.firings.len() >= LONGEST {
            return None;
        }
        firing::fire(self.net, &mut self.marking, transition).ok()?;
        self.firings.push(transition);
        Some(())
    }

    /// Carries out a recipe; among alike ones, one that fires `wanted`.
    fn carry_out(&mut self, recipe: RecipeId, wanted: Option<TransitionId>) -> Option<()> {
        let recipes = self.recipes;
        let mut open = vec![(recipe, 1u64)];
        while let Some((next, times)) = open.pop() {
            if times == 0 {
                continue;
            }
            if times > 1 {
                open.push((next, times - 1));
            }
            match recipes.of(next) {
                Recipe::Fire(transition) => self.fire(*transition)?,
                Recipe::Then(first, second) => open.extend([(*second, 1), (*first, 1)]),
                Recipe::Repeat(inner, times) => open.push((*inner, *times)),
                Recipe::Alike(first, second) => {
                    let fires = |wanted| recipes.fired(*second).binary_search(&wanted).is_ok();
                    open.push((if wanted.is_some_and(fires) { *second } else { *first }, 1));
                }
                Recipe::Whichever(ways) => {
                    let marked = ways.iter().find(|(tally, _)| recipes.count(*tally, &self.marking) > 0);
                    open.push((marked?.1, 1));
                }
                Recipe::Gather(group, needs) => {
                    if let Some(path) = self.path(*group, needs)? {
                        open.push((next, 1));
                        open.extend(path.into_iter().rev().map(|step| (step, 1)));
                    }
                }
            }
        }
        Some(())
    }

    /// The moves that bring one more token to a member that is short of what is needed; an empty
    /// option when none is, no result when there is no way.
    fn path(&self, group: GroupId, needs: &[(u32, u64)]) -> Option<Option<Vec<RecipeId>>> {
        let Group { members, moves } = self.recipes.group_of(group);
        let need = |member: u32| needs.iter().find(|(m, _)| *m == member).map_or(0, |(_, w)| *w);
        let count = |member: u32| self.recipes.count(members[member as usize], &self.marking);
        let Some((short, _)) = needs.iter().find(|(member, w)| count(*member) < *w) else {
            return Some(None);
        };
        // Backwards from the member that is short to the nearest that can spare a token.
        let mut towards: Vec<Option<(u32, RecipeId)>> = vec![None; members.len()];
        let mut open = VecDeque::from([*short]);
        while let Some(member) = open.pop_front() {
            if member != *short && count(member) > need(member) {
                let mut path = Vec::new();
                let mut at = member;
                while at != *short {
                    let (next, step) = towards[at as usize].expect("every found member has a way");
                    path.push(step);
                    at = next;
                }
                return Some(Some(path));
            }
            let start = moves.partition_point(|(_, to, _)| *to < member);
            for (from, _, step) in moves[start..].iter().take_while(|(_, to, _)| *to == member) {
                if *from != *short && towards[*from as usize].is_none() {
                    towards[*from as usize] = Some((member, *step));
                    open.push_back(*from);
                }
            }
        }
        None
    }

    /// Fires whatever is enabled until nothing is.
    fn run_out(&mut self) -> Option<()> {
        for _ in 0..MOST_ARCS_LOOKED_AT / (self.net.arc_count() + 1) + self.net.transition_count() {
            let Some(next) = firing::enabled(self.net, &self.marking).next() else { return Some(()) };
            while firing::is_enabled(self.net, &self.marking, next) {
                self.fire(next)?;
            }
        }
        None
    }
}
