//! Stopping a run: once to let it finish what runs, twice to cancel that.

use crate::support::{draft, sh};
use crate::trials;
use crate::world::{World, wait_until};
use libtest_mimic::Trial;
use pn_deployment::Outcome;
use pn_executor::machine::EndState;
use pn_executor::{Control, RunEvent};
use std::time::{Duration, Instant};

pub(crate) fn tests() -> Vec<Trial> {
    trials(&[
        ("one_stop_lets_running_actions_finish", once),
        ("two_stops_cancel_and_resume_goes_on", twice),
        ("a_frozen_run_is_resumed_and_frozen_again", frozen),
    ])
}

fn once() {
    let world = World::new();
    let deployment = draft("a(1)\nx: a -> b\ny: b -> c")
        .action("x", sh("sleep 0.3"))
        .action("y", sh("true"))
        .goal("c", 1)
        .expanded();
    let ran = world
        .run_with(world.config(&deployment, &[]), &mut |event, control| {
            if matches!(event, RunEvent::Started { .. }) {
                control.send(Control::Stop).unwrap();
            }
        })
        .unwrap();
    assert_eq!(ran.report.state, EndState::Stopped);
    assert_eq!(ran.reports(&deployment, "x")[0].result, Outcome::Ok);
    let ran = world.resume(&deployment, &ran.report.journal).unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
    assert!(ran.reports(&deployment, "x").is_empty());
}

fn twice() {
    let world = World::new();
    let flag = world.at("flag");
    let deployment = draft("a(1)\nx: a -> b")
        .action("x", sh(&format!("test -e {flag} || {{ touch {flag}; sleep 60; }}")))
        .goal("b", 1)
        .expanded();
    let started = Instant::now();
    let mut asked = false;
    let ran = world
        .run_with(world.config(&deployment, &[]), &mut |event, control| {
            if matches!(event, RunEvent::Started { .. }) && !asked {
                asked = true;
                let (flag, control) = (flag.clone(), control.clone());
                std::thread::spawn(move || {
                    wait_until("the command begins", || std::path::Path::new(&flag).exists());
                    control.send(Control::Stop).unwrap();
                    control.send(Control::Stop).unwrap();
                });
            }
        })
        .unwrap();
    assert_eq!(ran.report.state, EndState::Stopped);
    assert_eq!(ran.reports(&deployment, "x")[0].result, Outcome::Cancelled);
    assert!(started.elapsed() < Duration::from_secs(20));
    let ran = world.resume(&deployment, &ran.report.journal).unwrap();
    assert_eq!(ran.report.state, EndState::Complete);
}

fn frozen() {
    let world = World::new();
    let deployment = draft("a(2)\nx: a -> b").noops(&["x"]).limit("one", "b", 1).expanded();
    let ran = world.run(&deployment);
    assert_eq!((ran.report.state, ran.report.frozen.len()), (EndState::Frozen, 1));
    let again = world.resume(&deployment, &ran.report.journal).unwrap();
    assert_eq!((again.report.state, again.report.frozen), (EndState::Frozen, ran.report.frozen));
}
