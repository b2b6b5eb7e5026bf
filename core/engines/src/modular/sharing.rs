//! Which places to share: those that tie together what would fall apart without them, such as locks.
//! A guess, one place after the other, as long as some module is too large by itself, and then as
//! long as a large one falls apart.

use super::division::Division;
use super::space::LocalSpace;
use crate::run::Stop;
use pn_logic::Reason;
use pn_net::{Net, PlaceId, effect};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

/// At most so many places are shared.
const MOST_SHARED: usize = 32;

/// A module with no more local markings than this need not be divided further.
const EASY: usize = 256;

/// A place that fewer transitions change ties nothing together that is worth it.
const FEWEST_CHANGES: usize = 4;

/// A division of the net, with its local spaces, none of which is too large.
pub(super) fn divide(net: &Net, stop: &Stop<'_>) -> Result<(Division, Vec<LocalSpace>), Reason> {
    let mut shared: Vec<PlaceId> = Vec::new();
    let mut division = Division::of(net, &shared).ok_or(Reason::Unsupported)?;
    let mut best = None;
    loop {
        let moving = division.transitions.iter().filter(|transitions| !transitions.is_empty()).count();
        let module = match explored(net, &division, stop)? {
            Ok(_) if moving < 2 => 0,
            Ok(spaces) => {
                let largest = (0..spaces.len()).max_by_key(|module| spaces[*module].markings.len());
                let large = largest.filter(|module| spaces[*module].markings.len() > EASY);
                best = Some((division.clone(), spaces));
                let Some(module) = large else { break };
                module
            }
            Err(module) => module,
        };
        // What is good enough is divided further only where that makes much of it.
        let is_worth_it = |finer: &Division| best.is_none() || halves(&division, module, finer);
        let next = candidates(net, &division, module).into_iter().find_map(|place| {
            let shared: Vec<PlaceId> = shared.iter().copied().chain([place]).collect();
            Some((Division::of(net, &shared).filter(is_worth_it)?, shared))
        });
        match next.filter(|(_, shared)| shared.len() <= MOST_SHARED) {
            Some(next) => (division, shared) = next,
            None => break,
        }
    }
    best.ok_or(Reason::Unsupported)
}

/// Whether no module of a finer division has more than half of the places of this one.
fn halves(division: &Division, module: usize, finer: &Division) -> bool {
    let places = &division.places[module];
    let mut counts: FxHashMap<usize, usize> = FxHashMap::default();
    places
        .iter()
        .filter_map(|place| finer.module(*place))
        .for_each(|part| *counts.entry(part).or_default() += 1);
    counts.into_values().all(|count| 2 * count <= places.len())
}

/// All local spaces, or the first module that is too large.
fn explored(
    net: &Net,
    division: &Division,
    stop: &Stop<'_>,
) -> Result<Result<Vec<LocalSpace>, usize>, Reason> {
    let mut spaces = Vec::with_capacity(division.places.len());
    for module in 0..division.places.len() {
        match LocalSpace::of(net, division, module, stop) {
            Ok(space) => spaces.push(space),
            Err(Reason::Unsupported | Reason::TokenOverflow) => return Ok(Err(module)),
            Err(reason) => return Err(reason),
        }
    }
    Ok(Ok(spaces))
}

/// The places of a module that enough transitions change, most changed first.
fn candidates(net: &Net, division: &Division, module: usize) -> Vec<PlaceId> {
    let mut counts = vec![0_usize; division.places[module].len()];
    for transition in &division.transitions[module] {
        for (place, _) in effect(net, *transition).filter(|(p, _)| division.module(*p) == Some(module)) {
            counts[division.slot(place)] += 1;
        }
    }
    let counted = counts.into_iter().zip(division.places[module].iter().copied());
    let mut enough: Vec<(usize, PlaceId)> = counted.filter(|(count, _)| *count >= FEWEST_CHANGES).collect();
    enough.sort_unstable_by_key(|(count, place)| (Reverse(*count), *place));
    enough.into_iter().map(|(_, place)| place).collect()
}
