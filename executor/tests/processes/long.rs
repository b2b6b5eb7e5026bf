//! Runs with many firings: few transactions, and taken up again in a moment.

use crate::support::draft;
use crate::trials;
use crate::world::World;
use libtest_mimic::Trial;
use pn_executor::machine::EndState;
use pn_executor::{Control, Journal, RunEvent};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[
        ("a_run_with_many_firings_is_taken_up_from_a_snapshot", snapshot),
        ("outcomes_that_come_together_are_written_together", together),
    ])
}

fn snapshot() {
    let world = World::new();
    // Just short of what is taken for a row of firings without end.
    let deployment = draft("p(99000)\na: p -> q\nx: q -> r").noops(&["x"]).goal("r", 3).expanded();
    let mut config = world.config(&deployment, &[]);
    config.settings.jobs = NonZeroUsize::MIN;
    let ran = world
        .run_with(config, &mut |event, say| {
            if matches!(event, RunEvent::Started { .. }) {
                say.send(Control::Stop).unwrap();
            }
        })
        .unwrap();
    assert_eq!(ran.report.state, EndState::Stopped);
    let journal = Journal::open(&ran.report.journal).unwrap();
    assert!(journal.trace(&deployment.net).unwrap().firings.len() >= 99_002, "the whole record stays");

    let began = Instant::now();
    let resumed = world.resume(&deployment, &ran.report.journal).unwrap();
    let took = began.elapsed();
    assert_eq!(resumed.report.state, EndState::Complete);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

fn together() {
    let world = World::new();
    let deployment = draft("a(1000)\nx: a -> b").noops(&["x"]).goal("b", 1000).expanded();
    let mut config = world.config(&deployment, &[]);
    config.settings.jobs = NonZeroUsize::new(100).unwrap();
    let ran = world.run_with(config, &mut |_, _| {}).unwrap();
    let journal = Journal::open(&ran.report.journal).unwrap();
    let firings = journal.trace(&deployment.net).unwrap().firings.len();
    let transactions = ran.report.transactions;
    assert!(firings >= 2000 && transactions < 1000, "{firings} firings, {transactions} transactions");
}
