//! Places that never hold two tokens, as far as weightings tell.
//!
//! A weighting w ≥ 0 of the places that no firing increases, w·C ≤ 0, is at most w·m₀ in every
//! reachable marking. So the places that weigh more than half of w·m₀ hold at most one token, all
//! of them together: two tokens would weigh more (Murata, "Petri Nets: Properties, Analysis and
//! Applications", 1989, section VIII-A). Weightings come from three sources: the nested units that
//! the file claims, a unit with all that it lies in (Garavel, "Nested-Unit Petri Nets", 2019); sets
//! of places that every transition that gives one of them a token takes one from, found by
//! [`state_machine`]; and the semiflows, where there are few. Whatever the source, that no firing
//! increases a weighting is computed before it counts, exactly. The first costs the arcs of each
//! unit, the others as much effort as they are given.

mod state_machine;

use crate::place_semiflows;
use crate::row::{Effort, Incomplete};
use pn_net::{Net, Nupn, PlaceId, TransitionId};
use state_machine::StateMachine;

/// How much work the weightings of a net are worth to those who prove by them: some hundredths of a
/// second.
pub const WEIGHTINGS: Effort = Effort(1 << 22);

/// Weights of places, the weighted number of tokens of which no firing increases.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Weighting {
    terms: Vec<(PlaceId, u64)>,
    initially: u128,
}

impl Weighting {
    /// The weighting with these weights, in any order, if no firing increases it; `None` also where
    /// numbers do not fit.
    fn of(
        net: &Net,
        mut terms: Vec<(PlaceId, u64)>,
        effort: &mut Effort,
    ) -> Result<Option<Self>, Incomplete> {
        terms.sort_unstable();
        terms.dedup_by_key(|(place, _)| *place);
        let mut changes: Vec<(TransitionId, i128)> = Vec::new();
        for (place, weight) in &terms {
            let times = |tokens: u64| i128::from(tokens).checked_mul(i128::from(*weight));
            effort.spend(net.producers(*place).len() + net.consumers(*place).len())?;
            let given = net.producers(*place).map(|(t, tokens)| Some((t, times(tokens)?)));
            let taken = net.consumers(*place).map(|(t, tokens)| Some((t, -times(tokens)?)));
            for change in given.chain(taken) {
                let Some(change) = change else { return Ok(None) };
                changes.push(change);
            }
        }
        changes.sort_unstable_by_key(|(transition, _)| *transition);
        let grows = changes.chunk_by(|(t, _), (u, _)| t == u).any(|of_one| {
            let total = of_one.iter().try_fold(0_i128, |total, (_, change)| total.checked_add(*change));
            total.is_none_or(|total| total > 0)
        });
        let tokens = |place: &PlaceId| u128::from(net.initial().tokens(*place));
        let initially = terms.iter().try_fold(0_u128, |sum, (place, weight)| {
            sum.checked_add(tokens(place).checked_mul(u128::from(*weight))?)
        });
        Ok(initially.filter(|_| !grows).map(|initially| Self { terms, initially }))
    }

    /// The places with a weight other than 0, ascending, with their weights.
    #[must_use]
    pub fn terms(&self) -> &[(PlaceId, u64)] {
        &self.terms
    }

    /// The weighted number of tokens in the initial marking: the most that it ever is.
    #[must_use]
    pub const fn initially(&self) -> u128 {
        self.initially
    }

    /// The places that hold at most one token, all of them together: two would weigh too much.
    pub fn at_most_one(&self) -> impl Iterator<Item = PlaceId> + '_ {
        let heavy = |weight: u64| 2 * u128::from(weight) > self.initially;
        self.terms.iter().filter(move |(_, weight)| heavy(*weight)).map(|(place, _)| *place)
    }
}

/// Weightings, and for each place the one that shows that it is one-safe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OneSafe {
    weightings: Vec<Weighting>,
    by: Vec<Option<usize>>,
}

impl OneSafe {
    /// All weightings, each of which shows it of some place that those before do not.
    #[must_use]
    pub fn weightings(&self) -> &[Weighting] {
        &self.weightings
    }

    /// The weighting that shows that `place` never holds two tokens, by its index; `None` if
    /// nothing is known.
    #[must_use]
    pub fn by(&self, place: PlaceId) -> Option<usize> {
        self.by[place.index()]
    }

    /// Whether every place is shown to be one-safe.
    #[must_use]
    pub fn is_everywhere(&self) -> bool {
        self.by.iter().all(Option::is_some)
    }

    /// Keeps a weighting that shows something new.
    fn add(&mut self, weighting: Weighting) {
        let number = self.weightings.len();
        let mut is_new = false;
        for place in weighting.at_most_one() {
            let by = &mut self.by[place.index()];
            if by.is_none() {
                *by = Some(number);
                is_new = true;
            }
        }
        if is_new {
            self.weightings.push(weighting);
        }
    }
}

/// The places of `net` that weightings show to be one-safe, with as much work as `effort` allows.
#[must_use]
pub fn one_safe(net: &Net, effort: Effort) -> OneSafe {
    let mut found = OneSafe { weightings: Vec::new(), by: vec![None; net.place_count()] };
    let mut left = effort;
    // What is found before the effort ends counts.
    let _ = by_units(net, &mut found, &mut left).and_then(|()| by_state_machines(net, &mut found, &mut left));
    if !found.is_everywhere() {
        by_semiflows(net, &mut found, left);
    }
    found
}

/// Units together with all units that they lie in, or by themselves where that is not enough.
fn by_units(net: &Net, found: &mut OneSafe, effort: &mut Effort) -> Result<(), Incomplete> {
    let Some(nupn) = net.nupn() else { return Ok(()) };
    // The innermost first: what holds of a unit with its surroundings holds of these.
    for branch in branches(nupn).iter().rev() {
        let own = &nupn.units[*branch.last().expect("a branch ends in its unit")].places;
        for units in [&branch[..], &branch[branch.len() - 1..]] {
            if own.iter().all(|place| found.by(*place).is_some()) {
                break;
            }
            let places = units.iter().flat_map(|unit| &nupn.units[*unit].places);
            let terms = places.map(|place| (*place, 1)).collect();
            if let Some(weighting) = Weighting::of(net, terms, effort)? {
                found.add(weighting);
            }
        }
    }
    Ok(())
}

/// For each unit that the root contains, the units from the root to it, outer ones first; each
/// unit after those that contain it.
fn branches(nupn: &Nupn) -> Vec<Vec<usize>> {
    let mut seen = vec![false; nupn.units.len()];
    let mut branches = Vec::new();
    let mut open = vec![vec![nupn.root]];
    while let Some(branch) = open.pop() {
        let unit = *branch.last().expect("a branch ends in its unit");
        // A tree has each unit once; what the file says need not be a tree.
        if std::mem::replace(&mut seen[unit], true) {
            continue;
        }
        let inner = |inner: &usize| branch.iter().copied().chain([*inner]).collect();
        open.extend(nupn.units[unit].subunits.iter().map(inner));
        branches.push(branch);
    }
    branches
}

/// A state machine for each place that none shows anything of so far.
fn by_state_machines(net: &Net, found: &mut OneSafe, effort: &mut Effort) -> Result<(), Incomplete> {
    let mut machine = StateMachine::new(net);
    for place in net.places() {
        if found.by(place).is_some() {
            continue;
        }
        if let Some(places) = machine.around(place, effort)? {
            let terms = places.into_iter().map(|place| (place, 1)).collect();
            if let Some(weighting) = Weighting::of(net, terms, effort)? {
                found.add(weighting);
            }
        }
    }
    Ok(())
}

/// Semiflows with a place that none of the others shows anything of.
fn by_semiflows(net: &Net, found: &mut OneSafe, mut effort: Effort) {
    let Ok(flows) = place_semiflows(net, effort) else { return };
    for flow in flows {
        let weight = |weight: i64| u64::try_from(weight).expect("a semiflow has no negative weight");
        let terms = flow.terms().iter().map(|(place, own)| (*place, weight(*own))).collect();
        match Weighting::of(net, terms, &mut effort) {
            Ok(Some(weighting)) => found.add(weighting),
            Ok(None) => {}
            Err(_) => return,
        }
    }
}
