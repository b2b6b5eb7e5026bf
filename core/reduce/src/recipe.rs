//! Recipes: what firing a transition of the reduced net means in the original.
//!
//! Recipes share their parts: they are nodes of a directed acyclic graph, so that a transition
//! composed of a thousand others, by tens of rules, costs a few words. Two kinds of step depend on
//! where tokens really are, which fused places forget; a [`Tally`] says how to count the tokens of
//! a place of the draft in a marking of the original.

use pn_net::{Marking, PlaceId, TransitionId};
use rustc_hash::FxHashSet;

/// Index of a recipe.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct RecipeId(u32);

/// Index of a tally.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct TallyId(u32);

/// Index of a group of fused places.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct GroupId(u32);

/// A sequence of firings of the original net, given the marking in which it begins.
#[derive(Clone, Debug)]
pub(crate) enum Recipe {
    /// One firing.
    Fire(TransitionId),
    /// One after the other.
    Then(RecipeId, RecipeId),
    /// The same so many times.
    Repeat(RecipeId, u64),
    /// Either does; the first by default.
    Alike(RecipeId, RecipeId),
    /// Moves tokens within a group until its members, by position, hold what is needed.
    Gather(GroupId, Box<[(u32, u64)]>),
    /// The first whose tally is not 0.
    Whichever(Box<[(TallyId, RecipeId)]>),
}

/// How many tokens a place of the draft holds, in terms of the original's marking.
#[derive(Clone, Debug)]
pub(crate) enum Tally {
    /// Those of this place.
    Place(PlaceId),
    /// Those of all of these.
    Sum(Box<[TallyId]>),
    /// One for so many.
    Divided(TallyId, u64),
}

/// Places among which tokens move freely.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) members: Box<[TallyId]>,
    /// From a member to a member, by position, by this recipe; ascending by the second.
    pub(crate) moves: Box<[(u32, u32, RecipeId)]>,
}

/// All recipes, tallies and groups of one reduction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipes {
    recipes: Vec<Recipe>,
    tallies: Vec<Tally>,
    groups: Vec<Group>,
}

fn index(length: usize) -> u32 {
    u32::try_from(length).expect("a reduction makes fewer than 2^32 recipes")
}

impl Recipes {
    pub(crate) fn recipe(&mut self, recipe: Recipe) -> RecipeId {
        self.recipes.push(recipe);
        RecipeId(index(self.recipes.len() - 1))
    }

    /// `first`, then `second` so many times.
    pub(crate) fn then(&mut self, first: RecipeId, second: RecipeId, times: u64) -> RecipeId {
        let second = self.repeat(second, times);
        self.recipe(Recipe::Then(first, second))
    }

    pub(crate) fn repeat(&mut self, recipe: RecipeId, times: u64) -> RecipeId {
        if times == 1 { recipe } else { self.recipe(Recipe::Repeat(recipe, times)) }
    }

    pub(crate) fn tally(&mut self, tally: Tally) -> TallyId {
        self.tallies.push(tally);
        TallyId(index(self.tallies.len() - 1))
    }

    pub(crate) fn group(&mut self, group: Group) -> GroupId {
        self.groups.push(group);
        GroupId(index(self.groups.len() - 1))
    }

    pub(crate) fn of(&self, id: RecipeId) -> &Recipe {
        &self.recipes[id.0 as usize]
    }

    pub(crate) fn group_of(&self, id: GroupId) -> &Group {
        &self.groups[id.0 as usize]
    }

    /// The tokens that `tally` counts in a marking of the original.
    pub(crate) fn count(&self, tally: TallyId, marking: &Marking) -> u64 {
        match &self.tallies[tally.0 as usize] {
            Tally::Place(place) => marking.tokens(*place),
            Tally::Sum(parts) => {
                parts.iter().fold(0u64, |sum, part| sum.saturating_add(self.count(*part, marking)))
            }
            Tally::Divided(whole, by) => self.count(*whole, marking) / by,
        }
    }

    /// The transitions that the recipe may fire for its own sake, each once: moving tokens within
    /// a group does not count.
    pub(crate) fn fired(&self, recipe: RecipeId) -> Vec<TransitionId> {
        let mut seen = FxHashSet::default();
        let mut open = vec![recipe];
        let mut fired = Vec::new();
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            match self.of(next) {
                Recipe::Fire(transition) => fired.push(*transition),
                Recipe::Then(a, b) | Recipe::Alike(a, b) => open.extend([*a, *b]),
                Recipe::Repeat(a, _) => open.push(*a),
                Recipe::Gather(..) => {}
                Recipe::Whichever(ways) => open.extend(ways.iter().map(|(_, way)| *way)),
            }
        }
        fired.sort_unstable();
        fired.dedup();
        fired
    }
}
