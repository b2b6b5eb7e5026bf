//! What a run did to each place: least, most and average tokens.
//!
//! A place is looked at only when its count changes; the average counts every marking of the run
//! once, the initial and the last included.

use pn_net::{Marking, PlaceId};

/// The tokens of one place over all markings of a run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PlaceStatistics {
    /// The fewest.
    pub least: u64,
    /// The most.
    pub most: u64,
    /// The mean over all markings of the run, each counted once.
    pub mean: f64,
}

/// Collects the statistics during a run.
pub(crate) struct Collector(Vec<Record>);

struct Record {
    least: u64,
    most: u64,
    current: u64,
    /// The number of the marking from which the place holds `current`.
    since: u64,
    /// Σ count · markings, without the current stretch. Below 2⁶³ · 2⁶⁴, so it does not wrap.
    sum: u128,
}

impl Collector {
    pub(crate) fn new(initial: &Marking) -> Self {
        let record = |n: &u64| Record { least: *n, most: *n, current: *n, since: 0, sum: 0 };
        Self(initial.counts().iter().map(record).collect())
    }

    /// `place` holds `tokens` from marking number `step` on.
    pub(crate) fn changed(&mut self, place: PlaceId, step: u64, tokens: u64) {
        let record = &mut self.0[place.index()];
        record.sum += u128::from(record.current) * u128::from(step - record.since);
        record.since = step;
        record.current = tokens;
        record.least = record.least.min(tokens);
        record.most = record.most.max(tokens);
    }

    /// The statistics of the markings 0 to `steps`.
    pub(crate) fn finish(self, steps: u64) -> Vec<PlaceStatistics> {
        let markings = steps.saturating_add(1);
        self.0
            .into_iter()
            .map(|record| {
                let sum = record.sum + u128::from(record.current) * u128::from(markings - record.since);
                let mean = sum as f64 / markings as f64;
                PlaceStatistics { least: record.least, most: record.most, mean }
            })
            .collect()
    }
}
