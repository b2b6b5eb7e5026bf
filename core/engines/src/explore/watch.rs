//! What a search looks out for: a batch of properties, settled as markings are visited.
//!
//! Properties of the shapes that [`super::bulk`] knows cost next to nothing a marking; all other
//! formulas are evaluated in each marking until settled, expressions until the end.

use super::batch::Expanded;
use super::block::{Site, Visitor};
use super::breadth_first::End;
use super::bulk::{Maxima, Sightings, Thresholds};
use super::graph::NoReturn;
use super::predicate::{Deadness, holds_in, value_in};
use pn_logic::{Answer, Evidence, Exploration, Formula, Linear, Property, Reason, Verdict};
use pn_net::{Net, PlaceId, Trace, TransitionId};
use rustc_hash::FxHashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The state of all properties of a batch.
#[derive(Clone)]
pub(super) struct Watch<'p> {
    kinds: Arc<[Kind<'p>]>,
    /// Formulas and thresholds that are not settled yet.
    open: Vec<usize>,
    /// For formulas and thresholds, by property: where it was settled.
    found: Vec<Option<Site>>,
    sightings: Sightings,
    maxima: Option<Maxima>,
    /// Expressions over several places: the largest value and where.
    largest: FxHashMap<usize, (i128, usize)>,
    /// Whether some property needs every marking.
    wants_all: bool,
    /// Where something was settled in the latest visit.
    fresh: Vec<Site>,
}

/// How a property is watched.
enum Kind<'p> {
    /// Settled by a marking in which the formula has this truth value.
    Formula(&'p Formula, Sought),
    /// Settled by a marking in which some place reaches its threshold.
    Reaches(Thresholds),
    Fires(TransitionId),
    PlaceBound(PlaceId, i64),
    Bound(&'p Linear),
    Back,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sought {
    Witness,
    Violation,
}

impl<'p> Watch<'p> {
    pub(super) fn new(net: &Net, properties: &[&'p Property]) -> Self {
        let kinds: Arc<[Kind<'p>]> = properties.iter().map(|property| kind(net, property)).collect();
        let (mut open, mut found) = (Vec::new(), vec![None; kinds.len()]);
        for (index, kind) in kinds.iter().enumerate() {
            match kind {
                Kind::Reaches(thresholds) if thresholds.holds_initially(net) => {
                    found[index] = Some(Site::at(0))
                }
                Kind::Reaches(_) | Kind::Formula(..) => open.push(index),
                _ => {}
            }
        }
        let fires = kinds.iter().filter_map(|kind| match kind {
            Kind::Fires(transition) => Some(*transition),
            _ => None,
        });
        let sightings = Sightings::of(net, fires);
        let bounds = kinds.iter().any(|kind| matches!(kind, Kind::PlaceBound(..)));
        let wants_all = bounds || kinds.iter().any(|kind| matches!(kind, Kind::Bound(_) | Kind::Back));
        let sums = kinds.iter().enumerate().filter(|(_, kind)| matches!(kind, Kind::Bound(_)));
        let largest = sums.map(|(index, _)| (index, (i128::MIN, 0))).collect();
        let maxima = bounds.then(|| Maxima::of(net));
        Self { kinds, open, found, sightings, maxima, largest, wants_all, fresh: Vec::new() }
    }

    /// Where something was settled in the latest visit: in the visited marking, or by a firing.
    pub(super) fn fresh(&self) -> &[Site] {
        &self.fresh
    }

    /// Where the answers need a run to.
    pub(super) fn witnesses(&self) -> impl Iterator<Item = Site> + '_ {
        (0..self.kinds.len()).filter_map(|index| self.witness(index))
    }

    /// What settles property `index`, or attains its largest value so far.
    fn witness(&self, index: usize) -> Option<Site> {
        match &self.kinds[index] {
            Kind::Formula(..) | Kind::Reaches(_) => self.found[index],
            Kind::Fires(transition) => self.sightings.at(*transition).map(Site::at),
            Kind::PlaceBound(place, _) => self.maxima.as_ref().map(|maxima| maxima.of_place(*place).1),
            Kind::Bound(_) => self.largest.get(&index).map(|(_, at)| Site::at(*at)),
            Kind::Back => None,
        }
    }

    /// The answers, from runs to the [`Self::witnesses`], and from what the graph says of the
    /// properties that need it.
    pub(super) fn answers(
        &self,
        method: &'static str,
        exploration: Exploration,
        end: End,
        backs: &FxHashMap<usize, NoReturn>,
        runs: &FxHashMap<Site, Trace>,
    ) -> Vec<Answer> {
        let all = match end {
            End::Complete => Ok(exploration),
            End::Limit(reason) => Err(reason),
            // The visitor stops only when every property has its witness.
            End::Stopped => Err(Reason::Unsupported),
        };
        let each = self.kinds.iter().enumerate().map(|(index, kind)| {
            let witness = self.witness(index);
            let run = witness.map(|site| runs.get(&site).cloned().ok_or(Reason::Memory)).transpose();
            let settled = match kind {
                Kind::Formula(_, Sought::Violation) => by_witness(run, all, Verdict::Fails, Verdict::Holds),
                Kind::Formula(..) | Kind::Reaches(_) | Kind::Fires(_) => {
                    by_witness(run, all, Verdict::Holds, Verdict::Fails)
                }
                Kind::PlaceBound(..) | Kind::Bound(_) => all.and_then(|all| {
                    let run = run?.expect("some marking attains the largest value");
                    Ok((Verdict::Bounded(self.value(index)), Evidence::RunAndExhaustion(run, all)))
                }),
                Kind::Back => all.and_then(|all| back(backs[&index], all, runs)),
            };
            match settled {
                Ok((verdict, evidence)) => Answer { verdict, method, evidence },
                Err(reason) => Answer::unknown(reason),
            }
        });
        each.collect()
    }

    fn value(&self, index: usize) -> i128 {
        match (&self.kinds[index], &self.maxima) {
            (Kind::PlaceBound(place, offset), Some(maxima)) => {
                i128::from(maxima.of_place(*place).0) + i128::from(*offset)
            }
            _ => self.largest[&index].0,
        }
    }
}

impl Visitor for Watch<'_> {
    fn visit(&mut self, at: Expanded<'_>) -> ControlFlow<()> {
        let (number, marking) = (at.number, &at.marking);
        let dead = if at.fired().is_empty() { Deadness::Dead } else { Deadness::Alive };
        let Self { kinds, open, found, sightings, maxima, largest, fresh, .. } = self;
        fresh.clear();
        open.retain(|index| {
            let settled = match &kinds[*index] {
                Kind::Formula(formula, sought) => {
                    let holds = holds_in(marking, dead, formula);
                    (holds == (*sought == Sought::Witness)).then_some(Site::at(number))
                }
                Kind::Reaches(thresholds) => thresholds.reached(at),
                _ => None,
            };
            found[*index] = settled;
            fresh.extend(settled);
            settled.is_none()
        });
        if sightings.note(number, at.fired()) {
            fresh.push(Site::at(number));
        }
        if let Some(maxima) = maxima {
            maxima.note(at);
        }
        for (index, (value, at)) in largest {
            let Kind::Bound(expression) = kinds[*index] else { continue };
            let here = value_in(marking, expression);
            if here > *value {
                (*value, *at) = (here, number);
            }
        }
        match self.is_satisfied() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn is_satisfied(&self) -> bool {
        self.open.is_empty() && self.sightings.is_complete() && !self.wants_all
    }

    fn join(&mut self, other: Self) {
        for (own, its) in self.found.iter_mut().zip(other.found) {
            *own = match (*own, its) {
                (Some(own), Some(its)) => Some(own.min(its)),
                (own, its) => own.or(its),
            };
        }
        let found = &self.found;
        self.open.retain(|index| found[*index].is_none());
        self.sightings.join(other.sightings);
        if let (Some(own), Some(its)) = (&mut self.maxima, other.maxima) {
            own.join(its);
        }
        for (index, (value, at)) in other.largest {
            let own = self.largest.entry(index).or_insert((value, at));
            if value > own.0 || value == own.0 && at < own.1 {
                *own = (value, at);
            }
        }
    }
}

type Settled = Result<(Verdict, Evidence), Reason>;

/// With a run the one verdict, after looking at everything the other. A run that is known to
/// exist but did not fit in memory proves nothing.
fn by_witness(
    run: Result<Option<Trace>, Reason>,
    all: Result<Exploration, Reason>,
    with: Verdict,
    without: Verdict,
) -> Settled {
    match run? {
        Some(run) => Ok((with, Evidence::Run(run))),
        None => all.map(|all| (without, Evidence::Exhaustion(all))),
    }
}

fn back(back: NoReturn, all: Exploration, runs: &FxHashMap<Site, Trace>) -> Settled {
    match back {
        NoReturn::Nowhere => Ok((Verdict::Holds, Evidence::Exhaustion(all))),
        NoReturn::At(number) => match runs.get(&Site::at(number)) {
            Some(run) => Ok((Verdict::Fails, Evidence::RunAndExhaustion(run.clone(), all))),
            None => Err(Reason::Memory),
        },
        NoReturn::Limit(reason) => Err(reason),
    }
}

fn kind<'p>(net: &Net, property: &'p Property) -> Kind<'p> {
    match property {
        Property::Possibly(Formula::Fireable(transitions)) if transitions.len() == 1 => {
            Kind::Fires(transitions[0])
        }
        Property::Possibly(formula) => match Thresholds::of(net, formula) {
            Some(thresholds) => Kind::Reaches(thresholds),
            None => Kind::Formula(formula, Sought::Witness),
        },
        Property::Always(formula) => Kind::Formula(formula, Sought::Violation),
        Property::InevitablyBackTo { .. } => Kind::Back,
        Property::Bound(expression) => match expression.terms() {
            [(place, 1)] => Kind::PlaceBound(*place, expression.offset()),
            _ => Kind::Bound(expression),
        },
    }
}
