//! The slow and obvious exhaustive search: the checker's own, and no engine's.
//!
//! Markings are kept as they are in a standard hash map; successors are computed by the reference
//! firing rule. O(markings · arcs).

use pn_logic::{Exploration, Explored};
use pn_net::{Marking, Net, firing};
use std::collections::HashMap;
use std::time::Instant;

/// All markings that can be reached from one, and the firings between them.
pub(crate) struct Recount {
    markings: Vec<Marking>,
    /// For each marking, where each of its enabled transitions leads.
    successors: Vec<Vec<usize>>,
}

/// Why a recount was given up.
pub(crate) enum RecountError {
    /// There are more markings than expected; what was found so far.
    MoreMarkings(Exploration),
    /// A place exceeds 2⁶³ − 1 tokens.
    TokenOverflow,
    /// The markings would take more memory or time than they may.
    Limits,
}

/// Where a recount is given up.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// Beyond so many markings.
    pub(crate) markings: u64,
    /// Beyond so many bytes, about.
    pub(crate) bytes: usize,
    /// After this instant.
    pub(crate) end: Option<Instant>,
}

impl Bounds {
    /// Whether so many bytes are too many, or it is too late.
    fn are_exceeded(&self, bytes: usize) -> bool {
        bytes > self.bytes || self.end.is_some_and(|end| Instant::now() >= end)
    }
}

impl Recount {
    /// Explores `net` from its initial marking.
    pub(crate) fn of(net: &Net, bounds: Bounds) -> Result<Self, RecountError> {
        Self::from(net, net.initial(), bounds)
    }

    /// Explores `net` from any marking.
    pub(crate) fn from(net: &Net, start: &Marking, bounds: Bounds) -> Result<Self, RecountError> {
        // Two copies of the counts, and what is kept of a marking besides.
        let each = 16 * net.place_count() + 160;
        let mut edges = 0;
        let mut recount = Self { markings: vec![start.clone()], successors: Vec::new() };
        let mut numbers = HashMap::from([(start.clone(), 0)]);
        while recount.successors.len() < recount.markings.len() {
            let marking = recount.markings[recount.successors.len()].clone();
            let mut row = Vec::new();
            for transition in firing::enabled(net, &marking) {
                let mut next = marking.clone();
                firing::fire(net, &mut next, transition).map_err(|_| RecountError::TokenOverflow)?;
                let number = *numbers.entry(next).or_insert_with_key(|next| {
                    recount.markings.push(next.clone());
                    recount.markings.len() - 1
                });
                row.push(number);
            }
            edges += row.len();
            recount.successors.push(row);
            if recount.markings.len() as u64 > bounds.markings {
                return Err(RecountError::MoreMarkings(recount.exploration()));
            }
            if bounds.are_exceeded(recount.markings.len().saturating_mul(each) + 16 * edges) {
                return Err(RecountError::Limits);
            }
        }
        Ok(recount)
    }

    pub(crate) fn markings(&self) -> &[Marking] {
        &self.markings
    }

    pub(crate) fn exploration(&self) -> Exploration {
        let edges = self.successors.iter().map(|row| row.len() as u64).sum();
        Exploration { states: self.markings.len() as u64, edges, of: Explored::Itself }
    }

    /// Whether there are at least as many markings and firings as in `part`.
    pub(crate) fn has_as_many_as(&self, part: Exploration) -> bool {
        let all = self.exploration();
        all.states >= part.states && all.edges >= part.edges
    }

    /// The markings from which none that is a goal can be reached, by sweeping until nothing
    /// changes.
    pub(crate) fn lost(&self, is_goal: impl Fn(&Marking) -> bool) -> Vec<&Marking> {
        let mut reaches: Vec<bool> = self.markings.iter().map(is_goal).collect();
        loop {
            let mut changed = false;
            for number in (0..self.markings.len()).rev() {
                if !reaches[number] && self.successors[number].iter().any(|next| reaches[*next]) {
                    reaches[number] = true;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        self.markings
            .iter()
            .zip(&reaches)
            .filter(|(_, reaches)| !**reaches)
            .map(|(marking, _)| marking)
            .collect()
    }
}
