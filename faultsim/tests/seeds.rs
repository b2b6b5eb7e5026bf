//! Ten thousand simulated runs break no property, and every planted bug is found among them.

#![allow(clippy::unwrap_used, clippy::panic)] // a test that cannot go on fails

use pn_executor::machine::EndState;
use pn_faultsim::{Bug, Log, simulate};

const SEEDS: u64 = 10_000;

#[test]
fn no_seed_breaks_a_property_and_runs_end_in_more_than_one_way() {
    let (mut ends, mut crashes) = (std::collections::HashMap::new(), 0);
    for seed in 0..SEEDS {
        match simulate(seed, None, Log::Dropped) {
            Ok(figures) => {
                *ends.entry(figures.end).or_insert(0) += 1;
                crashes += figures.crashes;
            }
            Err(failure) => panic!("{failure}; `cargo xtask faults --seed {seed}` tells its run"),
        }
    }
    for end in [EndState::Complete, EndState::DeclaredFailure, EndState::Stopped] {
        assert!(ends.get(&end).is_some_and(|count| *count > 50), "{ends:?}");
    }
    assert!(crashes > 1000, "{crashes} crashes");
}

/// Seeds beyond the first ten thousand that once broke a property.
#[test]
fn seeds_that_found_a_bug_break_no_property_any_more() {
    // 1002980: an approval given before a crash outlived its transition's being disabled.
    // 3024551: a failure between a success and its settling was counted, which the net forgives.
    // 646402: a run taken up from a snapshot held an interrupted repair that had gone on.
    for seed in [1_002_980, 3_024_551, 646_402] {
        if let Err(failure) = simulate(seed, None, Log::Dropped) {
            panic!("{failure}; `cargo xtask faults --seed {seed}` tells its run");
        }
    }
}

#[test]
fn every_planted_bug_is_found() {
    for bug in Bug::ALL {
        let found = (0..SEEDS).find_map(|seed| simulate(seed, Some(bug), Log::Dropped).err());
        match found {
            Some(failure) => println!("{bug:?}: {failure}"),
            None => panic!("{bug:?} is not found in {SEEDS} seeds"),
        }
    }
}

#[test]
fn a_seed_gives_the_same_run_again() {
    for seed in 0..50 {
        assert_eq!(simulate(seed, None, Log::Kept), simulate(seed, None, Log::Kept));
    }
}
