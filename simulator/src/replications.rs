//! Several runs with seeds derived from one.
//!
//! Run 0 has the given seed itself; run `i` has the `i`-th value of the SplitMix64 sequence that
//! starts there (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014), so
//! every run can be repeated alone from the seed in its result.

use crate::{Progress, Run, Settings, Stop, simulate};
use pn_net::Net;
use std::ops::ControlFlow;

/// The seed of replication number `index`, counted from 0.
#[must_use]
pub const fn seed_of(seed: u64, index: u32) -> u64 {
    if index == 0 {
        return seed;
    }
    let mut z = seed.wrapping_add((index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The runs of `net` number 0 to `runs`, one after the other; ends early after a cancelled run.
pub fn replicate<'a>(
    net: &'a Net,
    settings: &'a Settings,
    runs: u32,
    monitor: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> impl Iterator<Item = Run> + 'a {
    let mut indices = 0..runs;
    let mut cancelled = false;
    std::iter::from_fn(move || {
        if cancelled {
            return None;
        }
        let seed = seed_of(settings.seed, indices.next()?);
        let run = simulate(net, &Settings { seed, ..settings.clone() }, monitor);
        cancelled = run.stop == Stop::Cancelled;
        Some(run)
    })
}

/// What several runs have in common, gathered run by run with [`Summary::add`].
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Summary {
    /// Number of runs.
    pub runs: u64,
    /// How many ended after the number of steps that was asked for.
    pub steps: u64,
    /// How many ended in a dead marking.
    pub dead: u64,
    /// How many reached the formula that was waited for.
    pub reached: u64,
    /// How many ended when the transition that was waited for had fired.
    pub fired: u64,
    /// How many were cancelled.
    pub cancelled: u64,
    /// How many ended because a place would have overflowed.
    pub overflow: u64,
    /// Firings of all runs together.
    pub total_steps: u128,
    /// The length of the shortest run; 0 without runs.
    pub shortest: u64,
    /// The length of the longest run.
    pub longest: u64,
    /// How often each transition fired in all runs together, by transition index.
    pub firings: Vec<u128>,
}

impl Summary {
    /// Takes one more run of the same net into account.
    pub fn add(&mut self, run: &Run) {
        *match run.stop {
            Stop::Steps => &mut self.steps,
            Stop::Dead => &mut self.dead,
            Stop::Reached => &mut self.reached,
            Stop::Fired => &mut self.fired,
            Stop::Cancelled => &mut self.cancelled,
            Stop::Overflow(..) => &mut self.overflow,
        } += 1;
        self.shortest = if self.runs == 0 { run.steps } else { self.shortest.min(run.steps) };
        self.longest = self.longest.max(run.steps);
        self.total_steps += u128::from(run.steps);
        self.runs += 1;
        self.firings.resize(self.firings.len().max(run.firings.len()), 0);
        for (sum, count) in self.firings.iter_mut().zip(&run.firings) {
            *sum += u128::from(*count);
        }
    }

    /// The mean length of a run; 0 without runs.
    #[must_use]
    pub fn mean_steps(&self) -> f64 {
        if self.runs == 0 { 0.0 } else { self.total_steps as f64 / self.runs as f64 }
    }
}
