//! What a search looks out for: a batch of properties, settled as markings are visited.
//!
//! Two kinds of property come by the thousand and are watched in bulk: "transition t can fire"
//! (one table of first sightings) and "the bound of place p" (one table of maxima, touched only
//! when a firing that discovers a marking raises the place). All others are evaluated marking by
//! marking until settled.

use super::breadth_first::End;
use super::graph::NoReturn;
use super::predicate::{Deadness, holds_in, value_in};
use super::space::{Space, Step};
use pn_logic::{Answer, Evidence, Exploration, Formula, Linear, Property, Reason, Verdict};
use pn_net::{Net, PlaceId, Trace, TransitionId};
use rustc_hash::FxHashMap;
use std::ops::ControlFlow;

/// The state of all properties of a batch.
pub(super) struct Watch<'p> {
    kinds: Vec<Kind<'p>>,
    /// Indices of the formulas that are not settled yet.
    open: Vec<usize>,
    /// For formulas, by property: the marking that settled it.
    found: Vec<Option<usize>>,
    sightings: Option<Sightings>,
    maxima: Option<Maxima>,
    /// Expressions over several places: the largest value and where.
    largest: Vec<(usize, &'p Linear, i128, usize)>,
    /// Whether some property needs every marking.
    wants_all: bool,
}

/// How a property is watched.
#[derive(Clone, Copy)]
enum Kind<'p> {
    /// Settled by a marking in which the formula has this truth value.
    Formula(&'p Formula, Sought),
    Fires(TransitionId),
    PlaceBound(PlaceId, &'p Linear),
    Bound,
    Back,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sought {
    Witness,
    Violation,
}

/// The first marking in which each transition was seen enabled.
struct Sightings {
    at: Vec<Option<u32>>,
    missing: usize,
}

/// The largest count of each place and the first marking with it.
struct Maxima {
    of: Vec<(u64, u32)>,
}

impl<'p> Watch<'p> {
    pub(super) fn new(net: &Net, properties: &[&'p Property]) -> Self {
        let kinds: Vec<Kind<'p>> = properties.iter().map(|property| kind(property)).collect();
        let has = |test: fn(&Kind<'_>) -> bool| kinds.iter().any(test);
        let open = (0..kinds.len()).filter(|i| matches!(kinds[*i], Kind::Formula(..))).collect();
        let bounds = properties.iter().enumerate().filter_map(|(index, property)| match property {
            Property::Bound(expression) => Some((index, expression, i128::MIN, 0)),
            _ => None,
        });
        let largest = bounds.filter(|(index, ..)| matches!(kinds[*index], Kind::Bound)).collect();
        let sightings = has(|kind| matches!(kind, Kind::Fires(_))).then(|| {
            let mut wanted = vec![false; net.transition_count()];
            for kind in &kinds {
                if let Kind::Fires(transition) = kind {
                    wanted[transition.index()] = true;
                }
            }
            let missing = wanted.iter().filter(|wanted| **wanted).count();
            // Those nobody asks about count as seen.
            let at = wanted.iter().map(|wanted| if *wanted { None } else { Some(0) }).collect();
            Sightings { at, missing }
        });
        let maxima = has(|kind| matches!(kind, Kind::PlaceBound(..)))
            .then(|| Maxima { of: net.initial().counts().iter().map(|count| (*count, 0)).collect() });
        let wants_all = has(|kind| matches!(kind, Kind::PlaceBound(..) | Kind::Bound | Kind::Back));
        Self { found: vec![None; kinds.len()], kinds, open, sightings, maxima, largest, wants_all }
    }

    /// Looks at marking `number` and its firings; breaks when nothing is left to look for.
    pub(super) fn visit(&mut self, space: &Space<'_>, number: usize, steps: &[Step]) -> ControlFlow<()> {
        let dead = if steps.is_empty() { Deadness::Dead } else { Deadness::Alive };
        let Self { kinds, open, found, sightings, maxima, largest, .. } = self;
        open.retain(|index| {
            let Kind::Formula(formula, sought) = kinds[*index] else { return false };
            let settles = holds_in(space, number, dead, formula) == (sought == Sought::Witness);
            if settles {
                found[*index] = Some(number);
            }
            !settles
        });
        if let Some(sightings) = sightings {
            sightings.note(number, steps);
        }
        if let Some(maxima) = maxima {
            maxima.note(space, steps);
        }
        for (_, expression, value, at) in largest {
            let here = value_in(space, number, expression);
            if here > *value {
                (*value, *at) = (here, number);
            }
        }
        let seen_all = self.sightings.as_ref().is_none_or(|sightings| sightings.missing == 0);
        if self.open.is_empty() && seen_all && !self.wants_all {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// The markings to which the answers need a run.
    pub(super) fn witnesses(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.kinds.len()).filter_map(|index| self.witness(index))
    }

    /// How many formulas and transitions are settled so far.
    pub(super) fn settled(&self) -> usize {
        let seen = self.sightings.as_ref().map_or(0, |sightings| sightings.at.len() - sightings.missing);
        self.found.iter().flatten().count() + seen
    }

    /// The marking that settles property `index`, or attains its largest value so far.
    pub(super) fn witness(&self, index: usize) -> Option<usize> {
        match self.kinds[index] {
            Kind::Formula(..) => self.found[index],
            Kind::Fires(t) => self.sightings.as_ref()?.at[t.index()].map(|number| number as usize),
            Kind::PlaceBound(p, _) => Some(self.maxima.as_ref()?.of[p.index()].1 as usize),
            Kind::Bound => self.largest.iter().find(|entry| entry.0 == index).map(|entry| entry.3),
            Kind::Back => None,
        }
    }

    /// The answers, from the runs to [`Self::witnesses`] and what the graph says of the
    /// properties that need it.
    pub(super) fn answers(
        &self,
        method: &'static str,
        exploration: Exploration,
        end: End,
        backs: &FxHashMap<usize, NoReturn>,
        runs: &FxHashMap<usize, Trace>,
    ) -> Vec<Answer> {
        let exhaustion = match end {
            End::Complete => Ok(exploration),
            End::Limit(reason) => Err(reason),
            // The visitor stops only when every formula is settled.
            End::Stopped => Err(Reason::Unsupported),
        };
        let answer = |verdict, evidence| Answer { verdict, method, evidence };
        let each = self.kinds.iter().enumerate().map(|(index, kind)| {
            let witness = self.witness(index).and_then(|number| runs.get(&number).cloned());
            match (kind, witness, exhaustion) {
                (Kind::Formula(_, Sought::Violation), Some(run), _) => {
                    answer(Verdict::Fails, Evidence::Run(run))
                }
                (Kind::Formula(..) | Kind::Fires(_), Some(run), _) => {
                    answer(Verdict::Holds, Evidence::Run(run))
                }
                (Kind::Formula(_, Sought::Violation), None, Ok(all)) => {
                    answer(Verdict::Holds, Evidence::Exhaustion(all))
                }
                (Kind::Formula(..) | Kind::Fires(_), None, Ok(all)) => {
                    answer(Verdict::Fails, Evidence::Exhaustion(all))
                }
                (Kind::PlaceBound(..) | Kind::Bound, Some(run), Ok(all)) => {
                    answer(Verdict::Bounded(self.value(index)), Evidence::RunAndExhaustion(run, all))
                }
                (Kind::Back, _, Ok(all)) => match backs.get(&index) {
                    Some(NoReturn::Nowhere) => answer(Verdict::Holds, Evidence::Exhaustion(all)),
                    Some(NoReturn::At(number)) => {
                        let run = runs.get(number).cloned().unwrap_or_default();
                        answer(Verdict::Fails, Evidence::RunAndExhaustion(run, all))
                    }
                    Some(NoReturn::Limit(reason)) => Answer::unknown(*reason),
                    None => Answer::unknown(Reason::Unsupported),
                },
                (_, _, Err(reason)) => Answer::unknown(reason),
                (_, None, Ok(_)) => Answer::unknown(Reason::Unsupported),
            }
        });
        each.collect()
    }

    fn value(&self, index: usize) -> i128 {
        match self.kinds[index] {
            Kind::PlaceBound(place, expression) => {
                let count = self.maxima.as_ref().map_or(0, |maxima| maxima.of[place.index()].0);
                i128::from(count) + i128::from(expression.offset())
            }
            _ => self.largest.iter().find(|entry| entry.0 == index).map_or(i128::MIN, |entry| entry.2),
        }
    }
}

fn kind(property: &Property) -> Kind<'_> {
    match property {
        Property::Possibly(Formula::Fireable(transitions)) if transitions.len() == 1 => {
            Kind::Fires(transitions[0])
        }
        Property::Possibly(formula) => Kind::Formula(formula, Sought::Witness),
        Property::Always(formula) => Kind::Formula(formula, Sought::Violation),
        Property::InevitablyBackTo { .. } => Kind::Back,
        Property::Bound(expression) => match expression.terms() {
            [(place, 1)] => Kind::PlaceBound(*place, expression),
            _ => Kind::Bound,
        },
    }
}

impl Sightings {
    fn note(&mut self, number: usize, steps: &[Step]) {
        if self.missing == 0 {
            return;
        }
        for step in steps {
            let at = &mut self.at[step.transition.index()];
            if at.is_none() {
                *at = u32::try_from(number).ok();
                self.missing -= 1;
            }
        }
    }
}

impl Maxima {
    fn note(&mut self, space: &Space<'_>, steps: &[Step]) {
        for step in steps.iter().filter(|step| step.is_new) {
            for place in space.raised(step.transition) {
                let count = space.tokens(step.target, place);
                let (largest, at) = &mut self.of[place.index()];
                if count > *largest {
                    *largest = count;
                    *at = u32::try_from(step.target).expect("a store numbers markings in 32 bits");
                }
            }
        }
    }
}
