//! Walks along the state equation: a solution says how often each transition would fire, walks try
//! to fire just that, in some order.
//!
//! The solution with the fewest firings that satisfies what is asked for comes from the search of
//! [`super::refute`]; where walks by it do not arrive, further solutions are those that are cheap at
//! other prices. What arrives is a run, whatever led to it; a solution that no run realises costs
//! time and nothing else. That walks should follow a Parikh vector is an idea of Thierry-Mieg,
//! "Structural reductions revisited" (2020), section 4.

use super::refute::{Outcome, refute};
use super::relaxation::Relaxation;
use crate::engine::questioned;
use crate::walk::{Plan, errands};
use crate::{Engine, Progress, Run};
use pn_logic::{Answer, Monotone, Property, Reason};
use pn_net::Net;

/// Walks along solutions of the state equation. Takes what a run can settle.
pub struct AlongStateEquation;

/// Walks by one solution.
const WALKS: usize = 24;
/// Solutions for one goal.
const ROUNDS: u64 = 12;
/// The highest price of a firing; the lowest is 1.
const HIGHEST: u64 = 4;

impl Engine for AlongStateEquation {
    fn name(&self) -> &'static str {
        "walk along the state equation"
    }

    fn techniques(&self) -> &'static str {
        "STATE_EQUATION PARIKH_WALK"
    }

    fn takes(&self, property: &Property) -> bool {
        questioned(property).is_some()
    }

    fn solve(&self, net: &Net, properties: &[&Property], run: &mut Run<'_>) -> Vec<Answer> {
        let Some(mut relaxation) = Relaxation::new(net) else {
            return vec![Answer::unknown(Reason::Unsupported); properties.len()];
        };
        let kinds: Vec<Option<usize>> = net.transitions().map(|t| relaxation.column(t)).collect();
        let mut plan = Plan { kinds, firings: Vec::new() };
        errands(net, properties, self.name(), run, |errands, run| {
            let mut hopeful: Vec<usize> = (0..properties.len()).collect();
            for round in 0..ROUNDS {
                hopeful.retain(|goal| errands.is_open(*goal));
                let mut next = Vec::new();
                for (number, goal) in hopeful.iter().enumerate() {
                    run.tick(Progress { expanded: number as u64, ..Progress::default() })?;
                    let Some((formula, sense, _)) = questioned(properties[*goal]) else { continue };
                    if !errands.is_open(*goal) {
                        continue;
                    }
                    // Half of the time is for further rounds.
                    let mut part = run.share(2 * (hopeful.len() - number));
                    relaxation.seek_cheap(|column| price(column, round));
                    let wanted = Monotone::of(net, formula, sense);
                    let Outcome::Candidate(point) = refute(&mut relaxation, &wanted, &mut part) else {
                        continue;
                    };
                    next.push(*goal);
                    plan.firings = relaxation.firings(&point);
                    for _ in 0..WALKS {
                        match errands.walk(&plan, &mut part) {
                            Ok(()) if errands.is_open(*goal) => {}
                            Ok(()) | Err(Reason::Time) => break,
                            Err(reason) => return Err(reason),
                        }
                    }
                }
                hopeful = next;
            }
            Ok(())
        })
    }
}

/// What a firing of this kind costs in this round: in the first all are alike.
fn price(column: usize, round: u64) -> f64 {
    let mixed = (column as u64 ^ (round << 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    if round == 0 { 1.0 } else { (1 + mixed % HIGHEST) as f64 }
}
