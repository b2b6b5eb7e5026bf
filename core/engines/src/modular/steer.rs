//! Steering: a plan that leads from wherever one may be to the goal, one module after the other.

use super::division::Division;
use super::domains::Domains;
use super::homes::Homes;
use super::space::LocalSpace;
use crate::run::Stop;
use pn_logic::{Formula, Monotone, Move, Reason, Sense};
use pn_net::{Net, TransitionId};
use std::collections::VecDeque;

/// A plan by which `goal` is reached from every reachable marking that does not satisfy `unless`;
/// `None` where there seems to be none. O(moves · firings of a module), where a module is tried
/// again when one that it reads has been brought home.
pub(super) fn plan(
    net: &Net,
    division: &Division,
    spaces: &[LocalSpace],
    (goal, unless): (&Formula, &Formula),
    stop: &Stop<'_>,
) -> Result<Option<Vec<Move>>, Reason> {
    let mut domains = Domains::all(division, spaces);
    domains.narrow(&Monotone::of(net, unless, Sense::Fails), stop)?;
    let mut plan = Vec::new();
    if domains.is_empty {
        return Ok(Some(plan));
    }
    let homes = Homes::new(net, division, spaces, Some(&Monotone::of(net, goal, Sense::Holds)));
    let readers = division.readers(net);
    let mut open: VecDeque<usize> = division.in_order_of_reading(net).into();
    let mut is_home = vec![false; spaces.len()];
    while let Some(module) = open.pop_front() {
        stop.check()?;
        let best = homes.best(module);
        if is_home[module] || best.is_empty() {
            continue;
        }
        let granted = |transition: TransitionId| {
            division.reads(net, transition).all(|(place, weight)| domains.least(place) >= weight)
        };
        let serves = |home: &usize| {
            let reaches = spaces[module].backwards(&[*home], granted);
            domains.possible(module).all(|number| reaches[number])
        };
        if let Some(home) = best.into_iter().find(serves) {
            domains.settle(module, home);
            is_home[module] = true;
            plan.push(Move { module, to: spaces[module].markings[home].to_vec() });
            open.extend(readers[module].iter().filter(|reader| !is_home[**reader]));
        }
    }
    domains.narrow(&Monotone::of(net, goal, Sense::Fails), stop)?;
    Ok(domains.is_empty.then_some(plan))
}
