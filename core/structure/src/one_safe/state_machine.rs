//! A set of places around one, on which no firing raises the number of tokens and which holds at
//! most one: a state machine within the net, for the most part (Hack, "Analysis of production
//! schemata by Petri nets", 1972), though tokens may also leave it.
//!
//! The set begins with the place. While some transition gives the set more tokens than it takes,
//! one of the transition's inputs must belong to it: the one is taken that brings the fewest new
//! transitions of this kind, and the next one if that leads nowhere. The search is exponential in
//! the worst case and has an end: after [`WORK`] looks at arcs it is given up.

use crate::row::{Effort, Incomplete};
use pn_net::{Net, PlaceId, TransitionId};

/// How many arcs are looked at for one place at most.
const WORK: u64 = 100_000;

/// How many transitions are compared to find the one with the fewest inputs to choose from.
const COMPARED: usize = 16;

/// The search for a set around a place; its memory is used for one place after the other.
pub(super) struct StateMachine<'n> {
    net: &'n Net,
    places: Vec<PlaceId>,
    is_inside: Vec<bool>,
    /// Places that need not be tried, as all sets with them and what is inside have been.
    is_barred: Vec<bool>,
    /// For each transition, how many tokens a firing adds to the set.
    gain: Vec<i128>,
    /// The transitions that add any, and where each stands among them.
    gaining: Vec<TransitionId>,
    position: Vec<usize>,
    /// Tokens in the set initially.
    tokens: u64,
    choices: Vec<Choice>,
}

/// One transition that needs an input in the set: which one is there, which ones could be instead.
struct Choice {
    chosen: Option<PlaceId>,
    /// The best one last.
    others: Vec<PlaceId>,
    barred: Vec<PlaceId>,
}

impl<'n> StateMachine<'n> {
    pub(super) fn new(net: &'n Net) -> Self {
        Self {
            net,
            places: Vec::new(),
            is_inside: vec![false; net.place_count()],
            is_barred: vec![false; net.place_count()],
            gain: vec![0; net.transition_count()],
            gaining: Vec::new(),
            position: vec![0; net.transition_count()],
            tokens: 0,
            choices: Vec::new(),
        }
    }

    /// A set around `place`, in no order; `None` if there is none, or it was not found.
    pub(super) fn around(
        &mut self,
        place: PlaceId,
        effort: &mut Effort,
    ) -> Result<Option<Vec<PlaceId>>, Incomplete> {
        let given = effort.0.min(WORK);
        let mut own = Effort(given);
        let found = self.search(place, &mut own);
        effort.0 -= given - own.0;
        let places = self.places.clone();
        self.clear();
        match found {
            Ok(is_found) => Ok(is_found.then_some(places)),
            Err(incomplete) if given < WORK => Err(incomplete),
            Err(_) => Ok(None),
        }
    }

    fn clear(&mut self) {
        while let Some(place) = self.places.last().copied() {
            self.leave(place);
        }
        for choice in std::mem::take(&mut self.choices) {
            choice.barred.into_iter().for_each(|place| self.is_barred[place.index()] = false);
        }
    }

    fn search(&mut self, place: PlaceId, effort: &mut Effort) -> Result<bool, Incomplete> {
        if !self.fits(place) {
            return Ok(false);
        }
        self.enter(place, effort)?;
        while let Some(others) = self.open_choice(effort)? {
            self.choices.push(Choice { chosen: None, others, barred: Vec::new() });
            if !self.go_on(effort)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes the next choice that is left, taking back those after which none is. Whether there was
    /// one.
    fn go_on(&mut self, effort: &mut Effort) -> Result<bool, Incomplete> {
        while let Some(mut choice) = self.choices.pop() {
            if let Some(chosen) = choice.chosen.take() {
                choice.barred.push(chosen);
                self.is_barred[chosen.index()] = true;
                self.leave(chosen);
            }
            if let Some(next) = choice.others.pop() {
                choice.chosen = Some(next);
                self.choices.push(choice);
                self.enter(next, effort)?;
                return Ok(true);
            }
            choice.barred.into_iter().for_each(|place| self.is_barred[place.index()] = false);
        }
        Ok(false)
    }

    /// Whether the set still holds at most one token with this place.
    fn fits(&self, place: PlaceId) -> bool {
        self.net.initial().tokens(place).checked_add(self.tokens).is_some_and(|tokens| tokens <= 1)
    }

    /// The inputs of which a transition needs one in the set, the best one last, for the transition
    /// with the fewest of those looked at; `None` when no transition needs any.
    fn open_choice(&self, effort: &mut Effort) -> Result<Option<Vec<PlaceId>>, Incomplete> {
        let mut fewest: Option<Vec<PlaceId>> = None;
        for transition in self.gaining.iter().take(COMPARED) {
            effort.spend(self.net.pre(*transition).len())?;
            let inputs = self.net.preset(*transition).iter().copied();
            let inputs: Vec<PlaceId> = inputs.filter(|place| self.may_enter(*place, *transition)).collect();
            if fewest.as_ref().is_none_or(|fewest| inputs.len() < fewest.len()) {
                fewest = Some(inputs);
            }
        }
        let Some(inputs) = fewest else { return Ok(None) };
        let mut ranked = Vec::with_capacity(inputs.len());
        for place in inputs {
            effort.spend(self.net.producers(place).len())?;
            ranked.push((self.new_gains(place), place));
        }
        ranked.sort_unstable_by(|a, b| b.cmp(a));
        Ok(Some(ranked.into_iter().map(|(_, place)| place).collect()))
    }

    /// Whether the place is a new one from which the transition takes tokens for good.
    fn may_enter(&self, place: PlaceId, transition: TransitionId) -> bool {
        let net = self.net;
        let is_open = !self.is_inside[place.index()] && !self.is_barred[place.index()] && self.fits(place);
        is_open && net.input_weight(place, transition) > net.output_weight(transition, place)
    }

    /// How many transitions would add tokens to the set that do not without this place.
    fn new_gains(&self, place: PlaceId) -> usize {
        let would_gain = |(transition, weight): &(TransitionId, u64)| {
            let gain = self.gain[transition.index()];
            let taken = self.net.input_weight(place, *transition);
            gain <= 0 && gain + i128::from(*weight) - i128::from(taken) > 0
        };
        self.net.producers(place).filter(would_gain).count()
    }

    fn enter(&mut self, place: PlaceId, effort: &mut Effort) -> Result<(), Incomplete> {
        effort.spend(2 * (self.net.producers(place).len() + self.net.consumers(place).len()))?;
        self.places.push(place);
        self.is_inside[place.index()] = true;
        self.tokens += self.net.initial().tokens(place);
        self.count(place, 1);
        Ok(())
    }

    /// Takes out the place that entered last.
    fn leave(&mut self, place: PlaceId) {
        self.places.pop();
        self.is_inside[place.index()] = false;
        self.tokens -= self.net.initial().tokens(place);
        self.count(place, -1);
    }

    fn count(&mut self, place: PlaceId, sign: i128) {
        let net = self.net;
        let given = net.producers(place).map(|(t, weight)| (t, sign * i128::from(weight)));
        let taken = net.consumers(place).map(|(t, weight)| (t, -sign * i128::from(weight)));
        for (transition, change) in given.chain(taken) {
            let before = self.gain[transition.index()];
            let after = before + change;
            self.gain[transition.index()] = after;
            if before <= 0 && after > 0 {
                self.position[transition.index()] = self.gaining.len();
                self.gaining.push(transition);
            } else if before > 0 && after <= 0 {
                let position = self.position[transition.index()];
                self.gaining.swap_remove(position);
                if let Some(moved) = self.gaining.get(position) {
                    self.position[moved.index()] = position;
                }
            }
        }
    }
}
