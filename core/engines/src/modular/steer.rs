//! Steering: a plan that leads from wherever one may be to the goal, one module after the other.

use super::division::Division;
use super::domains::Domains;
use super::homes::Homes;
use super::space::LocalSpace;
use crate::run::Stop;
use pn_logic::{Formula, Monotone, Move, Reason, Sense};
use pn_net::Net;
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
    let mut domains = Domains::all(net, division, spaces);
    domains.narrow(&Monotone::of(net, unless, Sense::Fails), stop)?;
    let mut plan = Vec::new();
    if domains.is_empty {
        return Ok(Some(plan));
    }
    let homes = Homes::new(net, division, spaces, Some(&Monotone::of(net, goal, Sense::Holds)));
    let order = division.in_order_of_reading(net);
    for module in &order {
        stop.check()?;
        plan.extend(release(&mut domains, &homes, &spaces[*module], *module));
    }
    let readers = division.readers(net);
    let mut open: VecDeque<usize> = order.into();
    let mut is_home = vec![false; spaces.len()];
    while let Some(module) = open.pop_front() {
        stop.check()?;
        if is_home[module] {
            continue;
        }
        let serves = |home: &usize| {
            let reaches = spaces[module].backwards(&[*home], |from, t| domains.grants(module, from, t));
            domains.possible(module).all(|number| reaches[number])
        };
        if let Some(home) = homes.best(module).into_iter().find(serves) {
            domains.settle(module, &[home]);
            is_home[module] = true;
            plan.push(Move { module, to: vec![spaces[module].markings[home].to_vec()] });
            open.extend(readers[module].iter().filter(|reader| !is_home[**reader]));
        }
    }
    domains.narrow(&Monotone::of(net, goal, Sense::Fails), stop)?;
    Ok(domains.is_empty.then_some(plan))
}

/// Brings a module to where it has given back what it took of what is shared and there is still a
/// way home, if it can get there from wherever it may be.
fn release(domains: &mut Domains<'_>, homes: &Homes<'_>, space: &LocalSpace, module: usize) -> Option<Move> {
    let given: Vec<&Vec<i128>> = space.given.iter().filter_map(|(_, given)| given.as_ref()).collect();
    let most: Vec<i128> = given.iter().filter_map(|given| given.iter().max().copied()).collect();
    let has_released = |number: &usize| given.iter().zip(&most).all(|(given, most)| given[*number] == *most);
    let comes_home = space.backwards(&homes.best(module), |_, _| true);
    let comes_home = |number: &usize| comes_home[*number];
    let ends: Vec<usize> = (0..space.markings.len()).filter(has_released).filter(comes_home).collect();
    if given.is_empty() || ends.len() == space.markings.len() {
        return None;
    }
    let reaches = space.backwards(&ends, |from, transition| domains.grants(module, from, transition));
    if !domains.possible(module).all(|number| reaches[number]) {
        return None;
    }
    domains.settle(module, &ends);
    Some(Move { module, to: ends.iter().map(|number| space.markings[*number].to_vec()).collect() })
}
