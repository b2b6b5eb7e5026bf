//! The net while it is being reduced: nodes die, arcs change, transitions are added.
//!
//! A transition's arcs are short sorted vectors and are the truth. A place lists the transitions
//! that had an arc with it when they were made; entries that no longer hold are passed over and
//! cleared away when they are the majority, so a place with many arcs loses them at constant cost
//! each. An existing transition never gains an arc: whatever does is made anew.

use crate::Interest;
use crate::recipe::{Recipe, RecipeId, Recipes, Tally, TallyId};
use crate::vector::{Effect, Weights, effect, weight};
use crate::{Question, Questions};
use pn_net::{Net, PlaceId, TransitionId};

/// A place of the draft.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) alive: bool,
    pub(crate) observed: bool,
    pub(crate) tokens: u64,
    /// The count in terms of the original.
    pub(crate) tally: TallyId,
    /// Whether it was dropped because its count never changes.
    pub(crate) constant: bool,
    consumers: Listed,
    producers: Listed,
    changed: u32,
}

/// A transition of the draft.
#[derive(Clone, Debug)]
pub(crate) struct Transition {
    pub(crate) alive: bool,
    /// Whether firing it fires an observed transition.
    pub(crate) observed: bool,
    pub(crate) pre: Weights,
    pub(crate) post: Weights,
    pub(crate) recipe: RecipeId,
    changed: u32,
}

impl Transition {
    pub(crate) fn effect(&self) -> Effect {
        effect(&self.pre, &self.post)
    }

    pub(crate) fn takes(&self, place: PlaceId) -> u64 {
        weight(&self.pre, place)
    }

    pub(crate) fn gives(&self, place: PlaceId) -> u64 {
        weight(&self.post, place)
    }

    pub(crate) fn has_no_effect(&self) -> bool {
        self.pre == self.post
    }
}

/// Transitions next to a place: a superset, and how many of them hold.
#[derive(Clone, Debug, Default)]
struct Listed {
    transitions: Vec<TransitionId>,
    count: u32,
}

/// The net while it is being reduced.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    places: Vec<Place>,
    transitions: Vec<Transition>,
    pub(crate) recipes: Recipes,
    /// What fires before anything else.
    pub(crate) prefix: Vec<RecipeId>,
    /// What has to be preserved.
    pub(crate) questions: Questions,
    alive_transitions: usize,
    clock: u32,
}

impl Draft {
    pub(crate) fn of(net: &Net, interest: &Interest) -> Self {
        let mut recipes = Recipes::default();
        let listed = |transitions: Vec<TransitionId>| Listed {
            count: u32::try_from(transitions.len()).expect("a net has fewer than 2^32 transitions"),
            transitions,
        };
        let places = net.places().map(|place| Place {
            alive: true,
            observed: interest.places[place.index()],
            tokens: net.initial().tokens(place),
            tally: recipes.tally(Tally::Place(place)),
            constant: false,
            consumers: listed(net.consumers(place).map(|(t, _)| t).collect()),
            producers: listed(net.producers(place).map(|(t, _)| t).collect()),
            changed: 0,
        });
        let places = places.collect();
        let transitions = net.transitions().map(|transition| Transition {
            alive: true,
            observed: interest.transitions[transition.index()],
            pre: net.pre(transition).collect(),
            post: net.post(transition).collect(),
            recipe: recipes.recipe(Recipe::Fire(transition)),
            changed: 0,
        });
        Self {
            places,
            transitions: transitions.collect(),
            recipes,
            prefix: Vec::new(),
            questions: interest.questions,
            alive_transitions: net.transition_count(),
            clock: 1,
        }
    }

    /// Whether a question looks at markings on the way, so that steps that change observed places
    /// must not be merged.
    pub(crate) const fn looks_at_every_marking(&self) -> bool {
        self.questions.meet(Questions::of(&[Question::Reachability, Question::Bounds, Question::Return]))
    }

    pub(crate) fn place(&self, place: PlaceId) -> &Place {
        &self.places[place.index()]
    }

    pub(crate) fn transition(&self, transition: TransitionId) -> &Transition {
        &self.transitions[transition.index()]
    }

    pub(crate) const fn alive_transitions(&self) -> usize {
        self.alive_transitions
    }

    /// Nodes ever made, alive or not.
    pub(crate) const fn made(&self) -> (usize, usize) {
        (self.places.len(), self.transitions.len())
    }

    /// The places that are left, ascending.
    pub(crate) fn places(&self) -> impl Iterator<Item = PlaceId> + '_ {
        (0..self.places.len()).map(PlaceId::new).filter(|place| self.place(*place).alive)
    }

    /// The transitions that are left, ascending.
    pub(crate) fn transitions(&self) -> impl Iterator<Item = TransitionId> + '_ {
        (0..self.transitions.len()).map(TransitionId::new).filter(|t| self.transition(*t).alive)
    }

    /// Places that are left and that changed, or their neighbourhood did, since this moment.
    pub(crate) fn places_since(&self, since: u32) -> Vec<PlaceId> {
        self.places().filter(|place| self.place(*place).changed >= since).collect()
    }

    /// Transitions that are left and that changed, or a place next to them, since this moment.
    pub(crate) fn transitions_since(&self, since: u32) -> Vec<TransitionId> {
        let is_fresh = |t: &TransitionId| {
            let transition = self.transition(*t);
            let mut places = transition.pre.iter().chain(&transition.post);
            transition.changed >= since || places.any(|(place, _)| self.place(*place).changed >= since)
        };
        self.transitions().filter(is_fresh).collect()
    }

    /// The present moment; the next change is later.
    pub(crate) const fn tick(&mut self) -> u32 {
        self.clock += 1;
        self.clock
    }

    /// p•, with weights.
    pub(crate) fn consumers(&self, place: PlaceId) -> impl Iterator<Item = (TransitionId, u64)> + '_ {
        let listed = self.place(place).consumers.transitions.iter();
        listed.filter_map(move |t| {
            let transition = self.transition(*t);
            let weight = if transition.alive { transition.takes(place) } else { 0 };
            (weight > 0).then_some((*t, weight))
        })
    }

    /// •p, with weights.
    pub(crate) fn producers(&self, place: PlaceId) -> impl Iterator<Item = (TransitionId, u64)> + '_ {
        let listed = self.place(place).producers.transitions.iter();
        listed.filter_map(move |t| {
            let transition = self.transition(*t);
            let weight = if transition.alive { transition.gives(place) } else { 0 };
            (weight > 0).then_some((*t, weight))
        })
    }

    pub(crate) fn consumer_count(&self, place: PlaceId) -> usize {
        self.place(place).consumers.count as usize
    }

    pub(crate) fn producer_count(&self, place: PlaceId) -> usize {
        self.place(place).producers.count as usize
    }

    pub(crate) fn drop_transition(&mut self, transition: TransitionId) {
        let index = transition.index();
        if !self.transitions[index].alive {
            return;
        }
        self.transitions[index].alive = false;
        self.alive_transitions -= 1;
        let pre = std::mem::take(&mut self.transitions[index].pre);
        let post = std::mem::take(&mut self.transitions[index].post);
        for (place, _) in pre {
            self.touch(place);
            self.forget(place, Side::Consumers);
        }
        for (place, _) in post {
            self.touch(place);
            self.forget(place, Side::Producers);
        }
    }

    pub(crate) fn add_transition(&mut self, transition: New) -> TransitionId {
        let id = TransitionId::new(self.transitions.len());
        for (place, _) in &transition.pre {
            self.touch(*place);
            let consumers = &mut self.places[place.index()].consumers;
            consumers.transitions.push(id);
            consumers.count += 1;
        }
        for (place, _) in &transition.post {
            self.touch(*place);
            let producers = &mut self.places[place.index()].producers;
            producers.transitions.push(id);
            producers.count += 1;
        }
        self.alive_transitions += 1;
        let New { pre, post, recipe, observed } = transition;
        self.transitions.push(Transition { alive: true, observed, pre, post, recipe, changed: self.clock });
        id
    }

    /// Takes a place away with its arcs.
    pub(crate) fn drop_place(&mut self, place: PlaceId) {
        let consumers: Vec<TransitionId> = self.consumers(place).map(|(t, _)| t).collect();
        let producers: Vec<TransitionId> = self.producers(place).map(|(t, _)| t).collect();
        for transition in consumers {
            self.set_weight(place, transition, Side::Consumers, 0);
        }
        for transition in producers {
            self.set_weight(place, transition, Side::Producers, 0);
        }
        let dropped = &mut self.places[place.index()];
        debug_assert!(dropped.alive && dropped.consumers.count == 0 && dropped.producers.count == 0);
        dropped.alive = false;
        (dropped.consumers, dropped.producers) = (Listed::default(), Listed::default());
    }

    /// Drops a place whose count never changes.
    pub(crate) fn drop_constant(&mut self, place: PlaceId) {
        self.drop_place(place);
        self.places[place.index()].constant = true;
    }

    /// A new place that is not observed.
    pub(crate) fn add_place(&mut self, tokens: u64, tally: TallyId) -> PlaceId {
        self.places.push(Place {
            alive: true,
            observed: false,
            tokens,
            tally,
            constant: false,
            consumers: Listed::default(),
            producers: Listed::default(),
            changed: self.clock,
        });
        PlaceId::new(self.places.len() - 1)
    }

    pub(crate) fn set_tokens(&mut self, place: PlaceId, tokens: u64) {
        self.touch(place);
        self.places[place.index()].tokens = tokens;
    }

    pub(crate) fn set_tally(&mut self, place: PlaceId, tally: TallyId) {
        self.places[place.index()].tally = tally;
    }

    pub(crate) fn set_recipe(&mut self, transition: TransitionId, recipe: RecipeId) {
        self.transitions[transition.index()].recipe = recipe;
    }

    /// Says that firing the transition fires an observed one.
    pub(crate) fn observe(&mut self, transition: TransitionId) {
        self.transitions[transition.index()].observed = true;
    }

    /// Changes the weight of an arc that there is; 0 takes it away.
    pub(crate) fn set_weight(&mut self, place: PlaceId, transition: TransitionId, side: Side, weight: u64) {
        self.touch(place);
        let changed = &mut self.transitions[transition.index()];
        changed.changed = self.clock;
        let weights = match side {
            Side::Consumers => &mut changed.pre,
            Side::Producers => &mut changed.post,
        };
        let Ok(index) = weights.binary_search_by_key(&place, |entry| entry.0) else { return };
        if weight > 0 {
            weights[index].1 = weight;
            return;
        }
        weights.remove(index);
        let others: Vec<PlaceId> = changed.pre.iter().chain(&changed.post).map(|(p, _)| *p).collect();
        others.into_iter().for_each(|other| self.touch(other));
        self.forget(place, side);
    }

    fn touch(&mut self, place: PlaceId) {
        self.places[place.index()].changed = self.clock;
    }

    /// One entry of the list no longer holds.
    fn forget(&mut self, place: PlaceId, side: Side) {
        let Self { places, transitions, .. } = self;
        let node = &mut places[place.index()];
        let listed = match side {
            Side::Consumers => &mut node.consumers,
            Side::Producers => &mut node.producers,
        };
        listed.count -= 1;
        if listed.transitions.len() > 2 * listed.count as usize + 8 {
            listed.transitions.retain(|t| {
                let transition = &transitions[t.index()];
                let weights = match side {
                    Side::Consumers => &transition.pre,
                    Side::Producers => &transition.post,
                };
                transition.alive && weight(weights, place) > 0
            });
        }
    }
}

/// A transition to be made.
#[derive(Clone, Debug)]
pub(crate) struct New {
    pub(crate) pre: Weights,
    pub(crate) post: Weights,
    pub(crate) recipe: RecipeId,
    pub(crate) observed: bool,
}

/// One of the two lists of a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Consumers,
    Producers,
}
